//! SQLite's files, collations, plans and threads.
