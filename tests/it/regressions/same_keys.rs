//! Keys that the database takes for equal.
