//! x
#[proc_macro_derive(Model, attributes(model))]
pub fn model(input: proc_macro::TokenStream) -> proc_macro::TokenStream { input }
#[proc_macro_derive(Choices, attributes(model))]
pub fn choices(input: proc_macro::TokenStream) -> proc_macro::TokenStream { input }
