//! What the library does, seen from outside: one binary, so that it is linked once.

mod actions;
mod configuration;
mod connections;
mod crawl;
mod database;
mod declared;
mod derive;
mod documentation;
mod examples;
mod exchanges;
mod fixture;
mod garage;
mod layering;
mod layers;
mod logging;
mod managers;
mod policy;
mod property;
mod regressions;
mod relation_mistakes;
mod robustness;
mod round_trip;
mod scope;
mod server;
mod service;
mod transactions;
