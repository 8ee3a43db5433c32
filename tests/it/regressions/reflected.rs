//! Relations, names and secrets of databases that are there already.
