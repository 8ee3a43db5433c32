//! Compile errors of the derives.

/// All mistakes of a program are reported at once, each at its position and with a remedy.
/// `TRYBUILD=overwrite cargo test refusals` updates the messages.
#[test]
fn a_mistake_is_refused_where_it_stands_with_a_remedy() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
