//! New rows from a pasted table.

use serde_json::{Value as Json, json};
use tower_rest::testing::Client;

use super::open;
use crate::databases::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_table_is_shown_and_then_inserted() {
    for kind in Kind::reachable().await {
        let (fresh, api, browser) = open(kind).await;
        let list = browser.page("/cars/").await;
        let page = browser.page(&list.link("Paste rows")).await;
        assert_eq!(page.url, "/cars/?_form=paste", "{kind}");
        assert!(page.main().contains("make"), "{kind}: the columns are said");
        for (table, make) in [
            (
                "make\tyear\tsold\nAlfa, \"red\"\t1960\ttrue\nBMW\t\tfalse\n",
                "Alfa, \"red\"",
            ),
            (
                "make,year,sold\n\"Alfa, \"\"red\"\"\",1960,true\nBMW,,false",
                "Alfa, \"red\"",
            ),
        ] {
            let before = fresh.number("SELECT count(*) FROM cars").await;
            let form = page.own_form().set("table", table);
            let preview = browser.sent(&form).await;
            assert_eq!(preview.answer.status(), 200, "{kind}: {}", preview.main());
            assert_eq!(
                preview.texts("thead th"),
                ["row", "make", "year", "sold"],
                "{kind}"
            );
            assert_eq!(preview.texts("tbody tr td")[0], make, "{kind}");
            assert_eq!(
                fresh.number("SELECT count(*) FROM cars").await,
                before,
                "{kind}"
            );
            let insert = preview.all("button[name=_form]")[0]
                .attr("value")
                .expect("a value")
                .to_owned();
            let form = preview.own_form().and("_form", &insert);
            assert_eq!(browser.done(&form).await, "/cars/", "{kind}");
            assert_eq!(
                fresh.number("SELECT count(*) FROM cars").await,
                before + 2,
                "{kind}"
            );
            let rows = Client::new(api.clone())
                .get("/cars/?ordering=-car_id&page_size=2")
                .await
                .json();
            assert_eq!(
                (&rows["results"][1]["make"], &rows["results"][1]["year"]),
                (&json!(make), &json!(1960)),
                "{kind}"
            );
            assert_eq!(
                rows["results"][0]["year"],
                Json::Null,
                "{kind}: an empty cell is null"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_stand_in_their_cells_and_nothing_is_inserted() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let form = browser.form("/cars/?_form=paste").await;
        let table = "make\tyear\nFiat\t2000\n\t1700\nmuch too long for any make of cars\tx\n";
        let form = form.set("table", table).and("_form", "insert=1");
        let refused = browser.sent(&form).await;
        assert_eq!(refused.answer.status(), 400, "{kind}: {}", refused.main());
        let bad = refused.all("td.bad");
        assert_eq!(bad.len(), 4, "{kind}: {}", refused.main());
        // Above the table, where they are is said in words.
        let listed = refused.texts(".problem li");
        assert_eq!(listed.len(), 4, "{kind}: {listed:?}");
        for (start, what) in [
            ("Row 2, column make, empty: ", "blank"),
            ("Row 2, column year, 1700: ", "1886"),
            ("Row 3, column make, much too long", "20"),
            ("Row 3, column year, x: ", "whole number"),
        ] {
            let mut faults = listed.iter();
            assert!(
                faults.any(|fault| fault.starts_with(start) && fault.contains(what)),
                "{kind}: {start}{what} is not in {listed:?}"
            );
        }
        assert_eq!(refused.own_form().value("table"), table, "{kind}");
        assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");

        for (table, words) in [
            ("make\tnonsense\nFiat\t1\n", "nonsense"),
            ("year\n1999\n", "make"),
            ("make\nFiat,more\n", "Row 1"),
            ("make\tmake\nFiat\tSaab\n", "make"),
            ("make\tmileage\nFiat\t7\n", "mileage"),
        ] {
            let form = browser.form("/cars/?_form=paste").await;
            let refused = browser
                .sent(&form.set("table", table).and("_form", "insert=1"))
                .await;
            assert_eq!(
                refused.answer.status(),
                400,
                "{kind} {table:?}: {}",
                refused.main()
            );
            assert!(
                refused.main().contains(words),
                "{kind} {table:?}: {}",
                refused.main()
            );
            assert_eq!(fresh.number("SELECT count(*) FROM cars").await, 3, "{kind}");
        }
        // One row of many that is there already takes all of them back.
        let form = browser.form("/owners/?_form=paste").await;
        let form = form
            .set("table", "name\ttenant\nZoe\t1\nAda\t1")
            .and("_form", "insert=1");
        let refused = browser.sent(&form).await;
        assert_eq!(refused.answer.status(), 409, "{kind}: {}", refused.main());
        assert_eq!(
            fresh.number("SELECT count(*) FROM owners").await,
            3,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_tables_are_read_or_refused_but_never_half() {
    let (fresh, _api, browser) = open(Kind::Sqlite).await;
    let paste = async |table: &str| {
        let form = browser.form("/cars/?_form=paste").await;
        browser
            .send(&form.set("table", table).and("_form", "insert=1"))
            .await
            .status()
    };
    // A cell with line ends, in quotes.
    assert_eq!(paste("make,note\nA,\"one\ntwo\"\n").await, 303);
    assert_eq!(
        fresh
            .number("SELECT count(*) FROM cars WHERE note = 'one' || char(10) || 'two'")
            .await,
        1
    );
    for (table, status) in [
        ("", 200),
        ("\n\n", 200),
        ("make", 200),
        ("make\n\n\nB\n\n", 303),
        ("make\n\"open", 303),
        (" make , year \nC,1999", 303),
        ("make\u{0}\nD", 400),
        ("\u{feff}make\nE", 303),
    ] {
        let before = fresh.number("SELECT count(*) FROM cars").await;
        let got = paste(table).await;
        let after = fresh.number("SELECT count(*) FROM cars").await;
        assert_eq!(
            (got, after - before),
            (status, i64::from(status == 303)),
            "{table:?}"
        );
    }
    // More rows than a request may write.
    let many = format!("make\n{}", "X\n".repeat(1_001));
    assert!(matches!(paste(&many).await, 400 | 413));
    assert_eq!(
        fresh
            .number("SELECT count(*) FROM cars WHERE make = 'X'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_rows_of_a_nested_list_belong_to_its_parent() {
    for kind in Kind::reachable().await {
        let (fresh, _api, browser) = open(kind).await;
        let page = browser.page("/cars/2/parts/?_form=paste").await;
        let form = page
            .own_form()
            .set("table", "kind\nmirror\nhorn")
            .and("_form", "insert=1");
        assert_eq!(browser.done(&form).await, "/cars/2/parts/", "{kind}");
        assert_eq!(
            fresh
                .number("SELECT count(*) FROM parts WHERE car_id = 2")
                .await,
            2,
            "{kind}"
        );
        let form = page
            .own_form()
            .set("table", "kind\tcar_id\nmirror\t1")
            .and("_form", "insert=1");
        let refused = browser.sent(&form).await;
        assert_eq!(refused.answer.status(), 400, "{kind}: {}", refused.main());
        assert!(
            !page.main().contains("car_id"),
            "{kind}: the parent is no column"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_faults_is_no_longer_than_people_read() {
    let (_fresh, _api, browser) = open(Kind::Sqlite).await;
    let form = browser.form("/cars/?_form=paste").await;
    let table = format!("make\tyear\n{}", "Fiat\tx\n".repeat(23));
    let form = form.set("table", &table).and("_form", "insert=1");
    let refused = browser.sent(&form).await;
    assert_eq!(refused.texts(".problem li").len(), 20);
    assert!(
        refused.main().contains("3 more faults"),
        "{}",
        refused.main()
    );
    assert_eq!(refused.all("td.bad").len(), 23);
}
