//! Relations, names and secrets of databases that are there already.

use serde_json::{Value, json};
use tower_rest::{Api, Database, Router, Schema};

use crate::{databases::Kind, examples::served, server::ask};

/// The API of a database of each kind that can be reached.
async fn apis(sql: &str) -> Vec<(Kind, crate::databases::Fresh, Schema, Api)> {
    let mut apis = Vec::new();
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(sql).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema.clone()).build().expect("an API");
        apis.push((kind, fresh, schema, api));
    }
    apis
}

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

fn members(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn r170_a_junction_of_many_rows_is_cut_and_its_list_is_linked() {
    let rows: Vec<String> = (1..=1500).map(|id| format!("({id})")).collect();
    let pairs: Vec<String> = (1..=1500).map(|id| format!("(1, {id})")).collect();
    let sql = format!(
        "CREATE TABLE playlists (id integer NOT NULL PRIMARY KEY); CREATE TABLE tracks (id integer NOT NULL PRIMARY KEY); \
         CREATE TABLE listed (playlist_id integer NOT NULL, track_id integer NOT NULL, PRIMARY KEY (playlist_id, track_id), \
             FOREIGN KEY (playlist_id) REFERENCES playlists (id), FOREIGN KEY (track_id) REFERENCES tracks (id)); \
         INSERT INTO playlists VALUES (1); INSERT INTO tracks VALUES {}; INSERT INTO listed VALUES {}",
        rows.join(", "),
        pairs.join(", ")
    );
    for (kind, _fresh, _, api) in apis(&sql).await {
        let object = get(&api, "/playlists/1/").await;
        assert_eq!(
            object["tracks"], "http://test/playlists/1/tracks/",
            "{kind}"
        );
        let embedded = &get(&api, "/playlists/1/?expand=tracks").await["tracks"];
        assert_eq!(
            embedded["results"].as_array().map(Vec::len),
            Some(100),
            "{kind}"
        );
        let next = embedded["next"].as_str().expect("a link");
        assert_eq!(next, "http://test/playlists/1/tracks/?page_size=100&page=2");
        let page = get(&api, next.trim_start_matches("http://test")).await;
        assert_eq!(
            (&page["count"], &page["results"][0]["id"]),
            (&json!(1500), &json!(101))
        );
        let track = get(&api, "/tracks/7/").await;
        assert_eq!(
            track["playlists"],
            json!(["http://test/playlists/1/"]),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn r171_a_declared_junction_is_listed_by_the_way_back() {
    use sea_query::{ColumnDef, SqliteQueryBuilder, Table};
    use tower_rest::{Model, ViewSet};
    let table = |name: &'static str| {
        Table::create()
            .table(name)
            .col(ColumnDef::new("id").integer().primary_key())
            .to_owned()
    };
    let db = Database::in_memory().await.expect("a database");
    let create = [table("lists"), table("songs")].map(|table| table.to_string(SqliteQueryBuilder));
    db.execute_script(&format!(
        "{}; CREATE TABLE pairs (list int, song int, PRIMARY KEY (list, song)); INSERT INTO lists VALUES (1), (2); \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO songs SELECT i FROM n; \
         INSERT INTO pairs SELECT 1, id FROM songs; INSERT INTO pairs VALUES (2, 5)",
        create.join("; ")
    ))
    .await
    .expect("rows");
    let lists = Model::from_table("List", &table("lists"))
        .many_through("songs", "songs", "pairs", "list", "song");
    let songs = Model::from_table("Song", &table("songs"))
        .many_through("lists", "lists", "pairs", "song", "list");
    let api = Router::new()
        .register("lists", ViewSet::new(lists).database(&db))
        .register("songs", ViewSet::new(songs).database(&db))
        .build()
        .expect("an API");
    let list = get(&api, "/lists/1/").await;
    assert_eq!(list["songs"], "http://test/songs/?lists=1");
    let all = get(&api, "/songs/?lists=1").await;
    assert_eq!(all["count"], 1200);
    let next = &get(&api, "/lists/1/?expand=songs").await["songs"]["next"];
    assert_eq!(next, "http://test/songs/?lists=1&page_size=100&page=2");
    assert_eq!(
        get(&api, "/lists/2/").await["songs"],
        json!(["http://test/songs/5/"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r172_a_child_whose_key_is_the_foreign_key_is_the_object_under_its_parent() {
    let sql = "CREATE TABLE page (id integer NOT NULL PRIMARY KEY, title varchar(20)); \
        CREATE TABLE blogpage (page_ptr_id integer NOT NULL PRIMARY KEY, body varchar(20), \
            FOREIGN KEY (page_ptr_id) REFERENCES page (id)); \
        CREATE TABLE parts (a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b)); \
        CREATE TABLE details (a integer NOT NULL, b integer NOT NULL, note varchar(20), PRIMARY KEY (a, b), \
            FOREIGN KEY (a, b) REFERENCES parts (a, b)); \
        INSERT INTO page VALUES (62, 'x'), (63, 'y'); INSERT INTO blogpage VALUES (62, 'text'); \
        INSERT INTO parts VALUES (1, 2); INSERT INTO details VALUES (1, 2, 'z')";
    for (kind, _fresh, _, api) in apis(sql).await {
        let blog = get(&api, "/page/62/blogpage/").await;
        assert_eq!(blog["body"], "text", "{kind}");
        assert_eq!(blog["href"], "http://test/page/62/blogpage/");
        assert_eq!(blog["page_ptr"], "http://test/page/62/");
        for path in [
            "/page/63/blogpage/",
            "/page/99/blogpage/",
            "/page/62/blogpage/62/",
        ] {
            assert_eq!(ask(&api, path).await.status, 404, "{kind}: {path}");
        }
        assert_eq!(get(&api, "/parts/1,2/details/").await["note"], "z");
        assert_eq!(get(&api, "/page/?blogpage__body=text").await["count"], 1);
        let fields = get(&api, "/page/62/blogpage/?fields=body&expand=page_ptr").await;
        assert_eq!(members(&fields), ["body", "page_ptr"]);
        let list = ask(&api, "/page/62/blogpage/?page=1").await.json();
        assert_eq!(list["code"], "unknown_parameter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r173_relations_are_named_by_columns_of_any_spelling() {
    let sql = r#"CREATE TABLE "Employees" ("EmployeeID" integer NOT NULL PRIMARY KEY, "ReportsTo" integer, "GUID" integer,
            FOREIGN KEY ("ReportsTo") REFERENCES "Employees" ("EmployeeID"));
        CREATE TABLE address (id integer NOT NULL PRIMARY KEY);
        CREATE TABLE area (id integer NOT NULL PRIMARY KEY);
        CREATE TABLE "Customers" ("CustomerId" integer NOT NULL PRIMARY KEY, "SupportRepId" integer, billtoaddressid integer,
            shiptoaddressid integer, begin_area integer, end_area integer, owner_fk integer,
            FOREIGN KEY ("SupportRepId") REFERENCES "Employees" ("EmployeeID"),
            FOREIGN KEY (billtoaddressid) REFERENCES address (id), FOREIGN KEY (shiptoaddressid) REFERENCES address (id),
            FOREIGN KEY (begin_area) REFERENCES area (id), FOREIGN KEY (end_area) REFERENCES area (id),
            FOREIGN KEY (owner_fk) REFERENCES "Employees" ("EmployeeID"));
        INSERT INTO "Employees" VALUES (1, NULL, NULL), (2, 1, NULL); INSERT INTO address VALUES (3); INSERT INTO area VALUES (4);
        INSERT INTO "Customers" VALUES (5, 1, 3, 3, 4, 4, 2)"#;
    for (kind, _fresh, _, api) in apis(sql).await {
        let customer = get(&api, "/Customers/5/").await;
        for (name, link) in [
            ("SupportRep", "/Employees/1/"),
            ("billtoaddress", "/address/3/"),
            ("shiptoaddress", "/address/3/"),
            ("area_by_begin_area", "/area/4/"),
            ("area_by_end_area", "/area/4/"),
            ("owner", "/Employees/2/"),
        ] {
            assert_eq!(
                customer[name],
                format!("http://test{link}"),
                "{kind}: {name} {customer}"
            );
        }
        let employee = get(&api, "/Employees/2/").await;
        assert_eq!(
            employee["Employees_by_ReportsTo"], "http://test/Employees/1/",
            "{kind}: {employee}"
        );
        let area = get(&api, "/area/4/").await;
        assert_eq!(
            members(&area),
            [
                "Customers_by_begin_area",
                "Customers_by_end_area",
                "href",
                "id"
            ]
        );
        let boss = get(&api, "/Employees/1/").await;
        assert!(
            members(&boss).contains(&"Customers_by_SupportRep"),
            "{kind}: {boss}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r174_tables_that_inherit_are_related_through_their_parent_alone() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    let sql = "CREATE TABLE customer (id int PRIMARY KEY); INSERT INTO customer VALUES (1); \
        CREATE TABLE payment (id int PRIMARY KEY, customer_id int); \
        CREATE TABLE payment_1 (PRIMARY KEY (id), FOREIGN KEY (customer_id) REFERENCES customer) INHERITS (payment); \
        CREATE TABLE payment_2 (PRIMARY KEY (id), FOREIGN KEY (customer_id) REFERENCES customer) INHERITS (payment); \
        INSERT INTO payment_1 VALUES (1, 1); INSERT INTO payment_2 VALUES (1, 1)";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let left_out: Vec<_> = schema.left_out().iter().map(ToString::to_string).collect();
    let reason = "the key of payment: tables inherit from it, whose rows may have the same: its rows are a list without `href`";
    assert!(left_out.iter().any(|one| one == reason), "{left_out:#?}");
    let api = Router::of(schema).build().expect("an API");
    let customer = get(&api, "/customer/1/").await;
    assert_eq!(members(&customer), ["href", "id", "payment"]);
    assert_eq!(get(&api, "/payment/?customer_id=1").await["count"], 2);
    assert_eq!(
        get(&api, "/payment_1/1/").await["customer"],
        "http://test/customer/1/"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r175_filters_go_through_four_relations_and_places_have_one_order() {
    let sql = r#"CREATE TABLE "Zone" (id integer NOT NULL PRIMARY KEY, name varchar(20));
        CREATE TABLE country (id integer NOT NULL PRIMARY KEY, zone_id integer, FOREIGN KEY (zone_id) REFERENCES "Zone" (id));
        CREATE TABLE "City" (id integer NOT NULL PRIMARY KEY, country_id integer, FOREIGN KEY (country_id) REFERENCES country (id));
        CREATE TABLE address (id integer NOT NULL PRIMARY KEY, city_id integer, FOREIGN KEY (city_id) REFERENCES "City" (id));
        CREATE TABLE _staff (id integer NOT NULL PRIMARY KEY, address_id integer, FOREIGN KEY (address_id) REFERENCES address (id));
        CREATE TABLE staff_1 (id integer NOT NULL PRIMARY KEY);
        INSERT INTO "Zone" VALUES (1, 'Italy'); INSERT INTO country VALUES (1, 1); INSERT INTO "City" VALUES (1, 1);
        INSERT INTO address VALUES (1, 1); INSERT INTO _staff VALUES (1, 1), (2, NULL)"#;
    for (kind, _fresh, schema, api) in apis(sql).await {
        let paths: Vec<_> = schema.models().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            ["_staff", "address", "City", "country", "staff_1", "Zone"],
            "{kind}"
        );
        let found = get(&api, "/_staff/?address__city__country__zone__name=Italy").await;
        assert_eq!(found["count"], 1, "{kind}");
        let others = get(&api, "/_staff/?address__city__country__zone__name!=Italy").await;
        assert_eq!(others["results"][0]["id"], 2, "{kind}");
        let answer = ask(&api, "/_staff/?expand=address.city.country").await;
        assert_eq!(answer.json()["code"], "limit_exceeded", "{kind}");
    }
}

#[tokio::test]
async fn r176_secrets_are_known_by_their_tables_too() {
    let sql = "CREATE TABLE authtoken_token (\"key\" varchar(40) NOT NULL PRIMARY KEY, created varchar(20), user_id int); \
        CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text, expire_date varchar(20)); \
        CREATE TABLE image (id integer NOT NULL PRIMARY KEY, file_hash varchar(40), author varchar(20)); \
        INSERT INTO authtoken_token VALUES ('s3cr3t', 'now', 1); INSERT INTO django_session VALUES ('s3cr3t', 's3cr3t', 'now'); \
        INSERT INTO image VALUES (1, 'abc', 'Ann')";
    for (kind, fresh, schema, api) in apis(sql).await {
        assert!(
            schema.to_string().contains("--show table.column"),
            "{schema}"
        );
        for path in ["/authtoken_token/", "/django_session/"] {
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{kind}");
            assert!(
                !answer.body.contains("s3cr3t") && !answer.body.contains("href"),
                "{kind}: {}",
                answer.body
            );
            assert_eq!(ask(&api, &format!("{path}s3cr3t/")).await.status, 404);
        }
        assert_eq!(get(&api, "/image/1/").await["file_hash"], "abc");
        let schema = Schema::reflect(&fresh.db)
            .show_secrets(["authtoken_token.key"])
            .hide(["image.author", "image.file*"])
            .await
            .expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        assert_eq!(get(&api, "/authtoken_token/s3cr3t/").await["user_id"], 1);
        assert_eq!(members(&get(&api, "/image/1/").await), ["href", "id"]);
        assert_eq!(
            ask(&api, "/image/?author=Ann").await.json()["code"],
            "unknown_parameter"
        );
        let mistake = Schema::reflect(&fresh.db).hide(["image.autor"]).await;
        let words = mistake.expect_err("a mistake").to_string();
        assert!(
            words.contains("`.hide(…)` names `image.autor`, which is not there"),
            "{words}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r177_a_database_without_foreign_keys_says_so_and_can_be_related() {
    let sql = "CREATE TABLE users (id integer NOT NULL PRIMARY KEY, name varchar(20)); \
        CREATE TABLE posts (id integer NOT NULL PRIMARY KEY, author integer, a integer, b integer); \
        CREATE TABLE cells (a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b)); \
        INSERT INTO users VALUES (7, 'Ann'); INSERT INTO cells VALUES (1, 2); INSERT INTO posts VALUES (1, 7, 1, 2), (2, 8, 1, 3)";
    for (kind, fresh, schema, _) in apis(sql).await {
        assert!(
            schema.to_string().contains("no table has a foreign key"),
            "{schema}"
        );
        let schema = Schema::reflect(&fresh.db)
            .relate("posts.author", "users.id")
            .relate("posts.a, posts.b", "cells.a,cells.b")
            .await
            .expect("a schema");
        assert!(!schema.to_string().contains("no table has a foreign key"));
        let api = Router::of(schema).build().expect("an API");
        let post = get(&api, "/posts/1/").await;
        assert_eq!(post["users"], "http://test/users/7/", "{kind}: {post}");
        assert_eq!(post["cells"], "http://test/cells/1,2/");
        assert_eq!(get(&api, "/users/7/posts/").await["count"], 1);
        assert_eq!(get(&api, "/posts/?users__name=Ann").await["count"], 1);
        let mistake = Schema::reflect(&fresh.db)
            .relate("posts.autor", "users.id")
            .await;
        let words = mistake.expect_err("a mistake").to_string();
        assert!(
            words.contains("`posts.autor`, which is not there; did you mean `posts.author`"),
            "{words}"
        );
        let mistake = Schema::reflect(&fresh.db)
            .relate("posts.a", "cells.a,cells.b")
            .await;
        let words = mistake.expect_err("a mistake").to_string();
        assert!(words.contains("not as many columns"), "{words}");
    }
}

/// What a column of bytes is told when it is to be read as texts and has others.
async fn refused_as_text(fresh: &crate::databases::Fresh, pattern: &str) -> String {
    let schema = Schema::reflect(&fresh.db).text([pattern]).await;
    schema.expect_err("bytes that are no text").to_string()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn r178_a_file_that_cannot_be_read_is_named_and_the_error_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (locked, logged) = (path("locked cars.db"), path("logged cars?.db"));
    for file in [&locked, &logged] {
        let db = Database::open_file(file).await.expect("a file");
        let sql = "CREATE TABLE cars (id integer primary key); INSERT INTO cars VALUES (1)";
        db.execute_script(sql).await.expect("a table");
        db.sqlite_pool().expect("SQLite").close().await;
    }
    // SQLite follows no link there, so it cannot make the file, as in a folder that it may only read; root may write to any.
    std::os::unix::fs::symlink(path("nowhere"), path("logged cars?.db-shm")).expect("a link");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&locked)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
    let mut other = sqlx::ConnectOptions::connect(&options)
        .await
        .expect("a connection");
    let lock = sqlx::raw_sql("BEGIN EXCLUSIVE");
    lock.execute(&mut other).await.expect("a lock");
    let url = |path: &std::path::Path| {
        let path = path.display().to_string();
        format!("sqlite:{}", path.replace(' ', "%20").replace('?', "%3F"))
    };
    let reflect = |db: Result<Database, tower_rest::Error>| async move {
        let read = match db {
            Ok(db) => Schema::reflect(&db).await.map(drop),
            Err(error) => Err(error),
        };
        read.expect_err("a refusal").to_string()
    };
    let close = "another program has locked it: close that program, or wait until it is done";
    let immutable = "open it by a URL as `sqlite:file.db?immutable=true`";
    for (file, advice) in [(&locked, close), (&logged, immutable)] {
        let (read, written, connected) = tokio::join!(
            async { reflect(Database::open_file_for_reading(file).await).await },
            async { reflect(Database::open_file(file).await).await },
            async { reflect(Database::connect(&url(file)).await).await },
        );
        for words in [read, written, connected] {
            let name = format!("{}`", file.display());
            assert!(words.contains(&name), "{words}");
            assert!(words.contains(advice), "{words}");
        }
    }
    // And it does what it says.
    let url = format!("{}?immutable=true", url(&logged));
    let db = Database::connect(&url).await.expect("a database");
    let api = Router::of(Schema::reflect(&db).await.expect("a schema")).build();
    assert_eq!(get(&api.expect("an API"), "/cars/").await["count"], 1);
}

#[tokio::test]
async fn r179_texts_and_bytes_in_one_column_are_read_as_texts_on_sqlite() {
    let sql = "CREATE TABLE page (id integer PRIMARY KEY, title BLOB, body TEXT, mixed, hash BLOB); \
        INSERT INTO page VALUES (1, x'4D61696E', 'b', 7, 'x'), (2, 'Main page', x'61', x'C3A9', x'ff00'), (3, NULL, 'c', 'é', NULL)";
    let fresh = Kind::Sqlite.fresh().await;
    fresh.execute(sql).await;
    let texts = ["page.title", "page.body", "page.mixed"];
    let schema = Schema::reflect(&fresh.db).text(texts).await;
    let schema = schema.expect("texts");
    let noted: Vec<_> = schema
        .notes()
        .map(|(column, _)| column.to_owned())
        .collect();
    assert_eq!(noted, ["page.hash"]);
    let api = Router::of(schema).build().expect("an API");
    let list = get(&api, "/page/?fields=title,body,mixed&ordering=body").await;
    assert_eq!(
        list["results"],
        json!([
            {"title": "Main page", "body": "a", "mixed": "é"},
            {"title": "Main", "body": "b", "mixed": "7"},
            {"title": null, "body": "c", "mixed": "é"},
        ])
    );
    for (query, count) in [
        ("title__startswith=Main", 2),
        ("title=Main", 1),
        ("mixed=%C3%A9", 2),
        ("mixed__in=7,x", 1),
        ("body__lt=b", 1),
    ] {
        assert_eq!(
            get(&api, &format!("/page/?{query}")).await["count"],
            count,
            "{query}"
        );
    }
    let words = refused_as_text(&fresh, "page.*").await;
    assert!(
        words.contains(
            "`.text(…)` names `page.hash`, which has bytes that are no text in UTF-8; leave it out"
        ),
        "{words}"
    );
    assert!(!words.contains("page.title"), "{words}");
}

#[tokio::test]
async fn r180_a_table_whose_keys_are_all_null_is_a_list_without_links() {
    let sql = "CREATE TABLE parents (id integer PRIMARY KEY); INSERT INTO parents VALUES (1); \
        CREATE TABLE kids (code text PRIMARY KEY, parent_id integer REFERENCES parents, n integer); \
        INSERT INTO kids VALUES (NULL, 1, 1), (NULL, 1, 2), (NULL, NULL, 3); \
        CREATE TABLE pairs (a text, b text, parent_id integer REFERENCES parents, PRIMARY KEY (a, b)); \
        INSERT INTO pairs VALUES ('x', NULL, 1); \
        CREATE TABLE some (code text PRIMARY KEY, parent_id integer REFERENCES parents); INSERT INTO some VALUES (NULL, 1), ('c', 1); \
        CREATE TABLE none (code text PRIMARY KEY, parent_id integer REFERENCES parents)";
    let fresh = Kind::Sqlite.fresh().await;
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let words = schema.to_string();
    for name in ["kids", "pairs"] {
        let note = format!(
            "the key of {name}: it is null in every row that was read: its rows are a list without `href`"
        );
        assert!(words.contains(&note), "{words}");
    }
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(
        get(&api, "/parents/1/").await,
        json!({
            "href": "http://test/parents/1/",
            "id": 1,
            "kids": "http://test/kids/?parent_id=1",
            "pairs": "http://test/pairs/?parent_id=1",
            "some": ["http://test/some/c/", null],
            "none": [],
        })
    );
    let kids = get(&api, "/parents/1/kids/").await;
    let kid = json!({"code": null, "parent_id": 1, "n": 1, "parent": "http://test/parents/1/"});
    assert_eq!((&kids["count"], &kids["results"][0]), (&json!(2), &kid));
    let expanded = get(&api, "/parents/?expand=kids").await;
    assert_eq!(expanded["results"][0]["kids"]["results"][0], kid);
}

#[tokio::test(flavor = "multi_thread")]
async fn r183_bytes_that_are_no_texts_are_a_mistake_at_the_start() {
    for kind in [Kind::Sqlite, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        let fresh = kind.fresh().await;
        let (binary, long) = match kind {
            Kind::Sqlite => ("BLOB", "BLOB"),
            Kind::Postgres | Kind::MySql => ("VARBINARY(40)", "MEDIUMBLOB"),
        };
        fresh
            .execute(&format!(
                "CREATE TABLE page (id integer NOT NULL PRIMARY KEY, title {binary}, hash {binary}, body {long}, empty {binary})"
            ))
            .await;
        for id in 1..=600 {
            // Only the last row has a hash that is no text.
            let hash = if id == 600 { "ff00" } else { "616263" };
            fresh
                .execute(&format!(
                    "INSERT INTO page (id, title, hash) VALUES ({id}, x'C3A9', x'{hash}')"
                ))
                .await;
        }
        // Two bytes a letter and one before: where a sample is cut, a letter is.
        let body = "61".to_owned() + &"C3A9".repeat(5000);
        fresh
            .execute(&format!("UPDATE page SET body = x'{body}' WHERE id < 4"))
            .await;
        for pattern in ["page.hash", "page.*"] {
            let words = refused_as_text(&fresh, pattern).await;
            assert!(
                words.contains("`.text(…)` names `page.hash`, which has bytes that are no text in UTF-8; leave it out"),
                "{kind}: {words}"
            );
            assert!(!words.contains("page.body"), "{kind}: {words}");
        }
        let schema = Schema::reflect(&fresh.db)
            .text(["page.title", "page.body", "page.empty"])
            .await
            .expect("texts");
        let api = Router::of(schema).build().expect("an API");
        let found = get(&api, "/page/?title=%C3%A9&body__startswith=a%C3%A9").await;
        assert_eq!(found["count"], 3, "{kind}");
        assert_eq!(found["results"][0]["hash"], "YWJj", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r184_bytes_of_a_table_that_is_not_served_are_not_looked_at() {
    for kind in [Kind::Sqlite, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        let fresh = kind.fresh().await;
        let binary = if kind == Kind::Sqlite {
            "BLOB"
        } else {
            "VARBINARY(40)"
        };
        fresh
            .execute(&format!(
                "CREATE TABLE page (id integer NOT NULL PRIMARY KEY, title {binary}); CREATE TABLE other (title {binary}); \
                 INSERT INTO page VALUES (1, x'4D61696E'); INSERT INTO other VALUES (x'ff')"
            ))
            .await;
        let words = refused_as_text(&fresh, "*.title").await;
        assert!(words.contains("`other.title`"), "{kind}: {words}");
        let schema = Schema::reflect(&fresh.db)
            .text(["*.title"])
            .exclude(["other"]);
        let api = Router::of(schema.await.expect("a schema")).build();
        let page = get(&api.expect("an API"), "/page/?title__startswith=Ma").await;
        assert_eq!(page["results"][0]["title"], "Main", "{kind}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn r185_serve_says_what_to_do_about_a_file_it_cannot_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (text, locked, logged) = (path("text.db"), path("locked.db"), path("logged.db"));
    std::fs::write(
        &text,
        "no database, but a text of more than its header ".repeat(9),
    )
    .expect("a text");
    for file in [&locked, &logged] {
        let db = Database::open_file(file).await.expect("a file");
        let sql = "CREATE TABLE cars (id integer primary key); INSERT INTO cars VALUES (1)";
        db.execute_script(sql).await.expect("a table");
        db.sqlite_pool().expect("SQLite").close().await;
    }
    // SQLite follows no link there, so it cannot make the file, as in a folder that it may only read; root may write to any.
    std::os::unix::fs::symlink(path("nowhere"), path("logged.db-shm")).expect("a link");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&locked)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
    let mut other = sqlx::ConnectOptions::connect(&options)
        .await
        .expect("a connection");
    sqlx::raw_sql("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .expect("a lock");
    for (file, expected) in [
        (&text, "it is a file of another kind"),
        (
            &locked,
            "another program has locked it: close that program, or wait",
        ),
        (
            &logged,
            "open it by a URL as `sqlite:file.db?immutable=true`",
        ),
    ] {
        let file = file.display().to_string();
        let words = served(&[&file]).await.expect_err("a refusal");
        assert!(words.contains(expected), "{words}");
    }
    // And it does what it says.
    let url = format!("sqlite:{}?immutable=true", logged.display());
    let api = served(&[&url]).await.expect("an API");
    assert_eq!(get(&api, "/cars/").await["count"], 1);
}
