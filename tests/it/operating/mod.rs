//! Means of operators: metrics, slow statements, the ids of requests, and the dashboard.

mod dashboard;
mod request_ids;
mod samples;
mod scraped;
mod slow;
