//! The ratios as bars: an SVG that is read on light and on dark pages.

use std::fmt::Write;

use crate::{cases::Case, report::MeasuredCase};

/// Where bars start, and how long the longest is.
const LEFT: f64 = 260.0;
const LONGEST: f64 = 380.0;
const BAR: f64 = 16.0;
const GROUP: f64 = 50.0;
const TOP: f64 = 76.0;

/// Grey is read on white and on black; a page that knows its colours gets better.
pub(crate) const STYLE: &str = "text{font:14px system-ui,sans-serif}\
    @media (prefers-color-scheme:light){.text{fill:#24292f}}\
    @media (prefers-color-scheme:dark){.text{fill:#d1d7e0}}";
pub(crate) const GREY: &str = "#7a7a7a";
const COLOURS: [&str; 2] = ["#2f81f7", "#bf6a02"];
const AGAINST: [&str; 2] = ["ours / the peer", "ours / the careful peer"];

pub(crate) fn svg(cases: &[MeasuredCase<'_>]) -> String {
    let ratios: Vec<(&Case, [f64; 2])> = cases
        .iter()
        .map(|(case, [ours, peer, careful], _)| {
            let times = |other| ours.times(other, |round| round.rate).middle;
            (*case, [times(peer), times(careful)])
        })
        .collect();
    let most = ratios.iter().flat_map(|(_, pair)| pair);
    let scale = LONGEST / most.copied().fold(1.0, f64::max);
    let height = GROUP.mul_add(
        f64::from(u32::try_from(cases.len()).unwrap_or(0)),
        TOP + 4.0,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 {height}\" width=\"700\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">Requests a second, as a multiple of a handler written by hand</title>\n\
         <style>{STYLE}</style>\n"
    );
    label(
        &mut svg,
        8.0,
        24.0,
        "Requests a second, as a multiple of a handler written by hand",
    );
    for (number, (name, colour)) in (0_u8..).zip(AGAINST.into_iter().zip(COLOURS)) {
        let x = f64::from(number).mul_add(150.0, LEFT);
        bar(&mut svg, (x, 40.0), (12.0, 12.0), colour);
        label(&mut svg, x + 18.0, 51.0, name);
    }
    for (number, (case, pair)) in (0_u8..).zip(&ratios) {
        let y = f64::from(number).mul_add(GROUP, TOP);
        label(
            &mut svg,
            8.0,
            y + 21.0,
            &format!("{}: {}", case.name, case.what),
        );
        for (line, (ratio, colour)) in (0_u8..).zip(pair.iter().zip(COLOURS)) {
            let y = f64::from(line).mul_add(BAR + 2.0, y);
            bar(&mut svg, (LEFT, y), (ratio * scale, BAR), colour);
            label(
                &mut svg,
                ratio.mul_add(scale, LEFT + 6.0),
                y + 13.0,
                &format!("{ratio:.2}"),
            );
        }
    }
    // Where ours and theirs are equal.
    let (x, bottom) = (LEFT + scale, height - 6.0);
    let from = TOP - 6.0;
    write(
        &mut svg,
        format_args!(
            "<path d=\"M{x:.1} {from}V{bottom}\" stroke=\"{GREY}\" stroke-dasharray=\"3 3\"/>\n</svg>\n"
        ),
    );
    svg
}

fn bar(svg: &mut String, (x, y): (f64, f64), (width, height): (f64, f64), colour: &str) {
    write(
        svg,
        format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" rx=\"2\" fill=\"{colour}\"/>\n"
        ),
    );
}

pub(crate) fn label(svg: &mut String, x: f64, y: f64, words: &str) {
    write(
        svg,
        format_args!(
            "<text class=\"text\" x=\"{x:.1}\" y=\"{y}\" fill=\"{GREY}\">{words}</text>\n"
        ),
    );
}

pub(crate) fn write(svg: &mut String, words: std::fmt::Arguments<'_>) {
    svg.write_fmt(words).expect("a String takes everything");
}
