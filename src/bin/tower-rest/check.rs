//! `tower-rest check`: what `serve` would do with the same options.

use tower_rest::Result;

use super::{configure, options::ApiOptions, output::say};

/// Prints what would be served, what is left out, and how columns are read.
///
/// # Errors
///
/// When the database cannot be read, or has nothing to serve; when options are mistakes, all of them.
pub(crate) async fn run(options: &ApiOptions) -> Result<()> {
    let schema = configure::find(options).await?;
    say(&schema);
    let places = schema.models().count();
    drop(configure::router(schema, options)?.build()?);
    let purpose = match options.writable {
        true => "for reading and writing",
        false => "for reading, on connections that cannot write",
    };
    say(format_args!(
        "\nNo mistakes: {places} paths would be served {purpose}."
    ));
    Ok(())
}
