//! Requests, hosts and limits.
