//! PostgreSQL and MySQL: what they show can be asked for, and what they refuse.
