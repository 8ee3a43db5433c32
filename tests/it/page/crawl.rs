//! Every link of every page leads to a page, whatever the tables are like.

use std::{
    collections::{BTreeSet, VecDeque},
    io::Write as _,
    time::{Duration, Instant},
};

use tower_rest::{Api, Database, Router, Schema, testing::Client};
use tracing::{Level, instrument::WithSubscriber as _};

use super::{
    browser::{Browser, Page, resolved},
    database, hostile, router,
};
use crate::{
    databases::Kind,
    garage,
    logging::{Log, listening},
    reflection::awkward,
};

/// The most pages of one API that are asked for.
const MOST: usize = 6_000;
/// How many of them are asked for on a server.
const SOME: usize = 300;

/// What a crawl found.
#[derive(Default)]
struct Crawled {
    pages: usize,
    /// What no link should lead to, with the page that has the link.
    faults: Vec<String>,
    /// How much longer the slowest page took than the same URL in JSON, and which it was.
    slowest: (Duration, String),
    largest: (usize, String),
}

impl Crawled {
    /// Notes how much longer a page takes than the same URL in JSON. A page that seems slow is asked for again, since
    /// other tests run at the same time.
    async fn time(&mut self, browser: &Browser, plain: &Client<Api>, url: &str) {
        if url.contains("_form=") || url.contains("/docs") {
            return;
        }
        let mut least = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            plain.get(url).await;
            let json = began.elapsed();
            let began = Instant::now();
            browser.get(url).await;
            least = least.min(began.elapsed().saturating_sub(json));
            if least <= self.slowest.0 {
                return;
            }
        }
        self.slowest = (least, url.to_owned());
    }
}

/// Follows every link from the root on. Of a page whose URL has parameters, only links to other paths are followed: those
/// of its filters and orders are alike.
async fn crawl(browser: &Browser, plain: &Client<Api>, most: usize) -> Crawled {
    let mut crawled = Crawled::default();
    let mut known = BTreeSet::new();
    let mut queue = VecDeque::from([("/".to_owned(), "nowhere".to_owned())]);
    while let Some((url, from)) = queue.pop_front() {
        if !known.insert(url.clone()) {
            continue;
        }
        if crawled.pages == most {
            assert!(
                most < MOST,
                "there are more than {MOST} pages: {url} from {from}"
            );
            break;
        }
        crawled.pages += 1;
        let answer = browser.get(&url).await;
        if answer.status() != 200 {
            let words = super::browser::shown(&answer.text());
            crawled
                .faults
                .push(format!("{} {url} from {from}: {words}", answer.status()));
            continue;
        }
        let is_page = answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if !is_page {
            continue;
        }
        crawled.time(browser, plain, &url).await;
        let page = Page::of(&url, answer);
        if page.answer.bytes().len() > crawled.largest.0 {
            crawled.largest = (page.answer.bytes().len(), url.clone());
        }
        hostile::check(&page);
        well_formed(&page);
        let path = url.split('?').next().unwrap_or_default();
        for link in page.all("a[href]") {
            let href = link.attr("href").unwrap_or_default();
            let to = resolved(&url, href);
            // Swagger UI is none of the library's pages.
            let is_own = !to.contains("/docs/swagger-ui");
            let stays = is_own && to.starts_with('/') && !to.starts_with("//");
            let is_new = !url.contains('?') || to.split('?').next() != Some(path);
            if stays && is_new && !known.contains(&to) {
                queue.push_back((to, url.clone()));
            }
        }
        for form in page.all("form[method=get]") {
            let class = form.attr("class").unwrap_or_default();
            if !url.contains('?') {
                let done = browser.done(&page.form(&format!("form.{class}"))).await;
                if !known.contains(&done) {
                    queue.push_back((done, url.clone()));
                }
            }
        }
    }
    crawled
}

/// Asserts what is true of every page.
fn well_formed(page: &Page) {
    let url = &page.url;
    for one in ["h1", "main", "title", "nav.trail, .brand"] {
        assert!(!page.all(one).is_empty(), "{url}: no {one}");
    }
    assert_eq!(page.all("h1").len(), 1, "{url}");
    let mut ids = BTreeSet::new();
    for element in page.all("[id]") {
        let id = element.attr("id").unwrap_or_default();
        assert!(ids.insert(id.to_owned()), "{url}: two elements are {id}");
    }
    for (attribute, what) in [
        ("for", "label"),
        ("aria-describedby", "*"),
        ("aria-labelledby", "*"),
    ] {
        for element in page.all(&format!("{what}[{attribute}]")) {
            for id in element.attr(attribute).unwrap_or_default().split(' ') {
                assert!(ids.contains(id), "{url}: {attribute} names {id}");
            }
        }
    }
    for control in
        page.all("main input:not([type=hidden]), main select, main textarea:not([hidden])")
    {
        let id = control.attr("id");
        let has_label = id.is_some_and(|id| page.all(&format!("label[for='{id}']")).len() == 1);
        assert!(
            has_label || control.attr("aria-label").is_some(),
            "{url}: {:?}",
            control.value()
        );
    }
}

fn say(crawled: &Crawled, what: &str) {
    let ((beyond, slow), (bytes, large)) = (&crawled.slowest, &crawled.largest);
    let words = format!(
        "{what}: {} pages; at most {} ms beyond JSON ({slow}), at most {bytes} bytes ({large})\n",
        crawled.pages,
        beyond.as_millis()
    );
    std::io::stderr()
        .write_all(words.as_bytes())
        .expect("standard error");
}

fn cut(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(300)
        .map_or(text.len(), |(end, _)| end);
    &text[..end]
}

fn check(crawled: &Crawled, least: usize, what: &str) {
    say(crawled, what);
    let faults: Vec<_> = crawled.faults.iter().map(|fault| cut(fault)).collect();
    assert!(
        faults.is_empty(),
        "{what}: {} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(
        crawled.pages >= least,
        "{what}: only {} pages",
        crawled.pages
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_tables_of_sqlite_have_pages() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(include_str!("awkward.sql"))
        .await
        .expect("tables");
    let schema = Schema::reflect(&db).await.expect("a schema");
    assert!(schema.models().count() >= 60, "{schema}");
    let api = Router::of(schema).writable().build().expect("an API");
    let crawled = crawl(&Browser::of(&api), &Client::new(api.clone()), MOST).await;
    check(&crawled, 1_000, "awkward.sql");
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_tables_of_every_database_have_pages() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(&awkward::script(kind)).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).writable().build().expect("an API");
        let most = if kind == Kind::Sqlite { MOST } else { SOME };
        let crawled = crawl(&Browser::of(&api), &Client::new(api.clone()), most).await;
        check(&crawled, SOME, kind.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn related_tables_have_pages() {
    let fresh = garage::database_on(Kind::Sqlite).await;
    for (name, headers) in garage::APIS {
        let api = garage::api(name, &fresh.db);
        let (mut browser, mut plain) = (Browser::of(&api), Client::new(api));
        for (name, value) in *headers {
            browser = browser.with(name, value);
            plain = plain.header(name, value);
        }
        check(&crawl(&browser, &plain, SOME).await, 10, name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_of_forms_has_pages() {
    let fresh = database(Kind::Sqlite).await;
    let api = router(&fresh.db).build().expect("an API");
    check(
        &crawl(&Browser::of(&api), &Client::new(api.clone()), MOST).await,
        50,
        "forms",
    );
}

/// Every table takes a row by its form, gives it back unchanged, and deletes it, or says why not.
#[tokio::test(flavor = "multi_thread")]
async fn forms_of_awkward_tables_write_what_they_show() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(include_str!("awkward.sql"))
        .await
        .expect("tables");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let api = Router::of(schema).writable().build().expect("an API");
    let browser = Browser::of(&api);
    let root = browser.page("/").await;
    let (mut unchanged, mut faults) = (0, Vec::new());
    for list in root.all("ul.resources a[href]") {
        let list = resolved("/", list.attr("href").unwrap_or_default());
        let page = browser.page(&list).await;
        let rows = page.all("td.open a[href]").into_iter();
        let rows: Vec<_> = rows.filter_map(|link| link.attr("href")).take(12).collect();
        for row in rows {
            let row = resolved(&list, row);
            let before = browser.get(&format!("{row}?format=json")).await;
            let edit = browser.open(&format!("{row}?_form=edit")).await;
            if edit.answer.status() == 405 {
                continue;
            }
            assert_eq!(edit.answer.status(), 200, "{row}: {}", edit.main());
            let answer = browser.send(&edit.own_form()).await;
            let after = browser.get(&format!("{row}?format=json")).await;
            if answer.status() != 303 || before.text() != after.text() {
                let words = super::browser::shown(&answer.text());
                faults.push(format!(
                    "{row}: {} {words}\n  {}\n  {}",
                    answer.status(),
                    before.text(),
                    after.text()
                ));
            }
            unchanged += 1;
        }
        // A form without anything typed is refused or makes a row, and never fails.
        for form in ["create", "paste"] {
            let page = browser.open(&format!("{list}?_form={form}")).await;
            if page.answer.status() == 405 {
                continue;
            }
            let answer = browser.send(&page.own_form()).await;
            // A table that refers to one that is missing takes no rows.
            if answer.status() >= 500 && list != "/orphans/" {
                faults.push(format!("{list} {form}: {}", answer.text()));
            }
        }
    }
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| fault.chars().take(900).collect::<String>())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(unchanged > 100, "{unchanged}");
}

/// The most rows that a statement of a page may read: the related rows of an object, whose number is shown up to a
/// thousand.
const MOST_ROWS: u64 = 1_001;

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_a_large_table() {
    let db = Database::in_memory().await.expect("a database");
    let tables = "CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE cars (id INTEGER PRIMARY KEY, make TEXT NOT NULL, note TEXT, owner_id INTEGER NOT NULL REFERENCES owners (id));
        CREATE INDEX cars_owner ON cars (owner_id);
        INSERT INTO owners WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i, 'Owner ' || i FROM n;
        INSERT INTO cars WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i, 'Make ' || i % 100, 'note', CASE WHEN i < 100000 THEN 1 ELSE i END FROM n;";
    db.execute_script(tables).await.expect("rows");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let router = Router::of(schema)
        .writable()
        .configure("owners", |owners| owners.search(["name"]));
    let api = router.build().expect("an API");
    let (browser, plain) = (Browser::of(&api), Client::new(api));
    let mut crawled = Crawled::default();
    for url in [
        "/",
        "/owners/",
        "/cars/",
        "/cars/?page=last",
        "/cars/?page=6000",
        "/cars/?make=Make%207",
        "/owners/?search=Owner%2099999",
        "/cars/7/",
        "/owners/1/",
        "/owners/1/?expand=cars",
        "/owners/?page_size=10",
        "/cars/?_form=create",
        "/cars/7/?_form=edit",
        "/cars/7/?_form=delete",
        "/owners/1/?_form=delete",
        "/owners/1/?_form=edit",
        "/cars/?_form=options",
        "/cars/?_form=paste",
    ] {
        let log = Log::default();
        let page = browser.page(url).with_subscriber(listening(&log)).await;
        few_rows(&log, url);
        let bytes = page.answer.bytes().len();
        assert!(bytes < 200_000, "{url}: {bytes} bytes");
        if !url.contains("_form") {
            let json = plain.get(url).await;
            let statements = (page.answer.statements(), json.statements());
            assert!(statements.0 <= statements.1 + 2, "{url}: {statements:?}");
            crawled.time(&browser, &plain, url).await;
        }
    }
    // A row is looked up: the first page, a search, and a page far behind.
    let form = browser
        .form("/cars/?_form=create")
        .await
        .and("_form", "look-up=owner_id");
    for added in [vec![], vec!["search", "Owner 29999"], vec!["page=5000"]] {
        let form = added
            .iter()
            .fold(form.clone(), |form, value| form.and("_form", value));
        let log = Log::default();
        let rows = browser.sent(&form).with_subscriber(listening(&log)).await;
        assert_eq!(rows.answer.status(), 200, "{added:?}: {}", rows.main());
        few_rows(&log, &format!("{added:?}"));
        let found = rows.all("button[value^='choose=']").len();
        assert!((1..=20).contains(&found), "{added:?}: {found}");
        assert!(rows.answer.bytes().len() < 60_000);
    }
    // A row that 99,999 others refer to is not deleted, and the page says so.
    let question = browser.form("/owners/1/?_form=delete").await;
    let log = Log::default();
    let refused = browser
        .sent(&question)
        .with_subscriber(listening(&log))
        .await;
    assert_eq!(refused.answer.status(), 409, "{}", refused.main());
    few_rows(&log, "deletion");
    assert!(refused.answer.bytes().len() < 60_000);
    say(&crawled, "300,000 rows");
}

/// Asserts that no statement gave more rows than a page shows.
fn few_rows(log: &Log, what: &str) {
    let text = log.up_to(Level::DEBUG);
    let counts = text
        .lines()
        .filter_map(|line| line.strip_prefix("DEBUG statement rows="));
    let counts: Vec<u64> = counts
        .map(|count| count.parse().expect("a number"))
        .collect();
    let is_read = !what.contains("_form") && what != "/";
    assert!(!is_read || !counts.is_empty(), "{what}: {text}");
    assert!(
        counts.iter().all(|count| *count <= MOST_ROWS),
        "{what}: {counts:?}"
    );
}
