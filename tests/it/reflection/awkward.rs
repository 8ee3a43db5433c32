//! Sixty tables with awkward names, keys and relations, in the SQL of each database.

use std::fmt::Write as _;

use crate::databases::Kind;

/// Names that need care in URLs, in SQL or in filters.
pub(crate) const NAMES: [&str; 24] = [
    "order details",
    "quo\"te",
    "UPPER",
    "MixedCase",
    "select",
    "group",
    "größe",
    "名前",
    "a.b",
    "with-dash",
    "under__score",
    "-lead",
    "til~de",
    "per%cent",
    "sla/sh",
    "que?ry",
    "ha#sh",
    "com,ma",
    "page",
    "href",
    "semi;colon",
    "apos'trophe",
    "excl!",
    "a_name_of_sixty_letters_which_is_as_long_as_any_may_safely_b",
];

/// The number of further tables with plain names, each with a foreign key to the one before.
pub(crate) const PLAIN: usize = 20;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the statements that create and fill the tables. MySQL needs `ANSI_QUOTES`.
pub(crate) fn script(kind: Kind) -> String {
    let mut script = String::new();
    for (at, name) in NAMES.iter().enumerate() {
        let table = quoted(name);
        let before = at.checked_sub(1).map(|before| quoted(NAMES[before]));
        let foreign = before.map_or(String::new(), |before| {
            format!(
                ", CONSTRAINT leads_{at} FOREIGN KEY (\"before_id\") REFERENCES {before} (\"id\")"
            )
        });
        writeln!(
            script,
            "CREATE TABLE {table} (\"id\" integer NOT NULL PRIMARY KEY, \"before_id\" integer, \"a,b\" integer, \
             \"href\" integer, \"page\" integer, \"name\" varchar(40), \"name!\" integer, \"größe in cm\" integer, \
             \"order\" integer, \"-x\" integer{foreign});\n\
             INSERT INTO {table} VALUES (1, {one}, 1, 2, 3, 'a,b', 5, 6, 7, 8), (2, NULL, NULL, NULL, NULL, NULL, \
             NULL, NULL, NULL, NULL);",
            one = if at == 0 { "NULL" } else { "1" },
        )
        .expect("a text");
    }
    for at in 0..PLAIN {
        let foreign = match at.checked_sub(1) {
            Some(before) => format!(", FOREIGN KEY (before_id) REFERENCES plain_{before} (id)"),
            None => String::new(),
        };
        writeln!(
            script,
            "CREATE TABLE plain_{at} (id integer NOT NULL PRIMARY KEY, before_id integer{foreign});\n\
             INSERT INTO plain_{at} VALUES (1, {});",
            if at == 0 { "NULL" } else { "1" }
        )
        .expect("a text");
    }
    script.push_str(SHAPES);
    let status = match kind {
        Kind::Sqlite => "varchar(10)",
        Kind::Postgres => {
            script.push_str("CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s, fine');\n");
            "mood"
        }
        Kind::MySql => "enum('sad', 'ok', 'it''s, fine')",
    };
    writeln!(
        script,
        "CREATE TABLE moods (id integer NOT NULL PRIMARY KEY, status {status} NOT NULL);\n\
         INSERT INTO moods VALUES (1, 'ok'), (2, 'it''s, fine');"
    )
    .expect("a text");
    if kind == Kind::Postgres {
        script.push_str(PARTITIONS);
    }
    script
}

/// Tables with keys and foreign keys of every shape.
const SHAPES: &str = "
CREATE TABLE people (id integer NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, code varchar(10) NOT NULL UNIQUE);
INSERT INTO people VALUES (1, 'Ann', 'a'), (2, 'Bob', 'b'), (3, 'Cy', 'c');
CREATE TABLE profiles (person_id integer NOT NULL PRIMARY KEY, bio varchar(40), FOREIGN KEY (person_id) REFERENCES people (id));
INSERT INTO profiles VALUES (1, 'short');
CREATE TABLE employees (id integer NOT NULL PRIMARY KEY, boss_id integer, FOREIGN KEY (boss_id) REFERENCES employees (id));
INSERT INTO employees VALUES (1, NULL), (2, 1), (3, 1), (4, 2);
CREATE TABLE airports (code varchar(10) NOT NULL PRIMARY KEY, name varchar(40));
INSERT INTO airports VALUES ('a/b', 'Slash'), ('~x', 'Tilde'), ('..', 'Dots'), ('é, ü', 'Letters'), ('TXL', NULL);
CREATE TABLE flights (id integer NOT NULL PRIMARY KEY, origin_id varchar(10) NOT NULL, destination_id varchar(10), via varchar(10),
    FOREIGN KEY (origin_id) REFERENCES airports (code), FOREIGN KEY (destination_id) REFERENCES airports (code),
    FOREIGN KEY (via) REFERENCES airports (code));
INSERT INTO flights VALUES (1, 'a/b', '~x', NULL), (2, '..', 'é, ü', 'TXL'), (3, 'TXL', NULL, 'TXL');
CREATE TABLE books (shelf integer NOT NULL, number integer NOT NULL, title varchar(40), PRIMARY KEY (number, shelf));
INSERT INTO books VALUES (1, 2, 'Emma'), (1, 3, 'Orlando'), (2, 2, NULL);
CREATE TABLE chapters (shelf integer NOT NULL, number integer NOT NULL, chapter integer NOT NULL, title varchar(40),
    PRIMARY KEY (shelf, number, chapter), FOREIGN KEY (number, shelf) REFERENCES books (number, shelf));
INSERT INTO chapters VALUES (1, 2, 1, 'One'), (1, 2, 2, 'Two'), (2, 2, 1, NULL);
CREATE TABLE loans (id integer NOT NULL PRIMARY KEY, person_id integer, book_shelf integer, book_number integer,
    FOREIGN KEY (person_id) REFERENCES people (id), FOREIGN KEY (book_number, book_shelf) REFERENCES books (number, shelf));
INSERT INTO loans VALUES (1, 1, 1, 2), (2, NULL, NULL, NULL), (3, 2, 1, 3);
CREATE TABLE tags (id integer NOT NULL PRIMARY KEY, label varchar(40));
INSERT INTO tags VALUES (1, 'red'), (2, 'blue');
CREATE TABLE people_tags (person_id integer NOT NULL, tag_id integer NOT NULL, PRIMARY KEY (person_id, tag_id),
    FOREIGN KEY (person_id) REFERENCES people (id), FOREIGN KEY (tag_id) REFERENCES tags (id));
INSERT INTO people_tags VALUES (1, 1), (1, 2), (2, 2);
CREATE TABLE friends (user_id integer NOT NULL, friend_id integer NOT NULL, PRIMARY KEY (user_id, friend_id),
    FOREIGN KEY (user_id) REFERENCES people (id), FOREIGN KEY (friend_id) REFERENCES people (id));
INSERT INTO friends VALUES (1, 2), (2, 3);
CREATE TABLE cards (id integer NOT NULL PRIMARY KEY, holder varchar(10), FOREIGN KEY (holder) REFERENCES people (code));
INSERT INTO cards VALUES (1, 'a'), (2, NULL);
CREATE TABLE log (message varchar(40), severity integer);
INSERT INTO log VALUES ('b', 2), ('a', 1), ('a', 1), (NULL, NULL);
CREATE TABLE visits (person_id integer, place varchar(40), FOREIGN KEY (person_id) REFERENCES people (id));
INSERT INTO visits VALUES (1, 'Rome'), (1, 'Oslo'), (2, 'Rome'), (NULL, NULL);
CREATE TABLE measures (reading double precision NOT NULL PRIMARY KEY, unit varchar(10));
INSERT INTO measures VALUES (1.5, 'm'), (2.5, 'm');
CREATE TABLE accounts (id integer NOT NULL PRIMARY KEY, email varchar(40), password_hash varchar(40), api_token varchar(40));
INSERT INTO accounts VALUES (1, 'ann@example.com', 'abc', 'xyz');
CREATE TABLE sessions (token varchar(40) NOT NULL PRIMARY KEY, person_id integer, FOREIGN KEY (person_id) REFERENCES people (id));
INSERT INTO sessions VALUES ('s3cret', 1);
CREATE TABLE clicks (id integer NOT NULL PRIMARY KEY, session varchar(40), FOREIGN KEY (session) REFERENCES sessions (token));
INSERT INTO clicks VALUES (1, 's3cret');
CREATE VIEW tagged AS SELECT people.name AS name, tags.label AS label FROM people_tags
    JOIN people ON people.id = people_tags.person_id JOIN tags ON tags.id = people_tags.tag_id;
";

const PARTITIONS: &str = "
CREATE TABLE events (id integer NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events VALUES (1, '2024-05-01'), (2, '2025-05-01');
";
