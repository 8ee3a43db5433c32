//! What the library does, seen from outside: one binary, so that it is linked once.

mod exchanges;
mod fixture;
mod layering;
mod property;
mod server;
