//! Costs against numbers of rows, both on logarithmic scales: a panel for each database. The SVG is read on light and on
//! dark pages.

use std::time::Duration;

use crate::{
    growth::{Cost, Growth},
    plot::{GREY, STYLE, label, write},
};

/// The size of a panel, and where the first begins.
const WIDTH: f64 = 230.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 50.0;
const BETWEEN: f64 = 24.0;
/// The decades of the scales: rows, and microseconds.
const ROWS: (f64, f64) = (4.0, 7.0);
const MICROS: (f64, f64) = (1.0, 7.0);
/// Colours that are read on white and on black; after the last, lines are dashed.
const COLOURS: [&str; 9] = [
    "#2f81f7", "#bf6a02", "#2da44e", "#cf4a55", "#8250df", "#1b9e9e", "#b8860b", "#d05ca3",
    "#7a7a7a",
];

pub(crate) fn svg(all: &[Growth]) -> String {
    // SQLite has one question less than servers.
    let longest = all.iter().max_by_key(|growth| growth.questions.len());
    let names: Vec<&str> = longest.map_or_else(Vec::new, |growth| {
        growth.questions.iter().map(|(name, _)| *name).collect()
    });
    let panels = number(all.len());
    let width = panels.mul_add(WIDTH + BETWEEN, LEFT + 16.0).max(700.0);
    let legend = TOP + HEIGHT + 44.0;
    let height = number(names.len().div_ceil(2)).mul_add(20.0, legend);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">Time of a request against the number of rows</title>\n<style>{STYLE}</style>\n"
    );
    label(
        &mut svg,
        8.0,
        20.0,
        "Time of a request against the number of rows",
    );
    for (at, growth) in all.iter().enumerate() {
        let left = number(at).mul_add(WIDTH + BETWEEN, LEFT);
        panel(&mut svg, left, (growth, &names), at == 0);
    }
    for (at, name) in names.iter().enumerate() {
        let x = number(at % 2).mul_add(width / 2.0 - 8.0, 8.0);
        let y = number(at / 2).mul_add(20.0, legend);
        line(&mut svg, &[(x, y - 4.0), (x + 28.0, y - 4.0)], at);
        label(&mut svg, x + 36.0, y, &name.replace('`', ""));
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, left: f64, (growth, names): (&Growth, &[&str]), is_first: bool) {
    label(svg, left, TOP - 8.0, &growth.kind.to_string());
    for decade in 1_i32..=7 {
        let y = vertical(f64::from(decade));
        write(
            svg,
            format_args!(
                "<path d=\"M{left} {y:.1}h{WIDTH}\" stroke=\"{GREY}\" stroke-opacity=\".3\"/>\n"
            ),
        );
        if is_first {
            let time = Duration::from_micros(10_u64.pow(decade.unsigned_abs()));
            label(svg, 4.0, y + 4.0, &format!("{time:?}"));
        }
    }
    // The first and the last keep inside their panel.
    for (decade, words, shift) in [
        (4.0, "10⁴", 0.0),
        (5.0, "10⁵", 10.0),
        (6.0, "10⁶", 10.0),
        (7.0, "10⁷", 24.0),
    ] {
        let x = left + horizontal(decade) - shift;
        label(svg, x, TOP + HEIGHT + 18.0, words);
    }
    for (name, costs) in &growth.questions {
        let at = names
            .iter()
            .position(|known| known == name)
            .unwrap_or_default();
        let points: Vec<_> = growth
            .rows
            .iter()
            .zip(costs)
            .filter_map(|(rows, cost)| {
                let time = match cost {
                    Cost::Answered(time) | Cost::Uncounted(time) => *time,
                    Cost::Refused(_) => return None,
                };
                let micros = (time.as_secs_f64() * 1e6).log10();
                Some((
                    left + horizontal(f64::from(*rows).log10()),
                    vertical(micros),
                ))
            })
            .collect();
        line(svg, &points, at);
    }
}

fn line(svg: &mut String, points: &[(f64, f64)], at: usize) {
    let points: Vec<_> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let colour = COLOURS[at % COLOURS.len()];
    let dashes = if at < COLOURS.len() {
        ""
    } else {
        " stroke-dasharray=\"6 4\""
    };
    write(
        svg,
        format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>\n",
            points.join(" ")
        ),
    );
}

fn horizontal(rows: f64) -> f64 {
    (rows - ROWS.0) / (ROWS.1 - ROWS.0) * WIDTH
}

fn vertical(micros: f64) -> f64 {
    let share = (micros - MICROS.0) / (MICROS.1 - MICROS.0);
    (1.0 - share).mul_add(HEIGHT, TOP)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(0.0, f64::from)
}
