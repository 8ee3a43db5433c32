//! What the derives refuse.

/// Every mistake of a program at once, each where it stands and with a remedy. `TRYBUILD=overwrite cargo test refusals`
/// writes the messages anew.
#[test]
fn a_mistake_is_refused_where_it_stands_with_a_remedy() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
