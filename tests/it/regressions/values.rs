//! What SQLite's cells are, and what finds them.
