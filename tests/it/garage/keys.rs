//! The APIs whose keys have several columns, and those that take parts of them from requests.

use http::Request;
use tower::util::MapRequestLayer;
use tower_rest::{Api, Body, Code, Database, Error, Head, Keys, Result, Router, ViewSet};

use super::tables::{model, viewset};

pub(super) fn api(name: &str, db: &Database) -> Result<Api> {
    let router = match name {
        "garage_keys" => whole(db),
        "garage_parties" => parties(db),
        "garage_banks" => banks(db),
        "garage_tenants" => tenants(db),
        "garage_vaults" => vaults(db),
        "garage_walled" => walled(db),
        "garage_ids" => ids(db),
        "garage_overgiven" => overgiven(db),
        name => panic!("no API is called {name}"),
    };
    router.build()
}

/// Composite keys that travel whole.
fn whole(db: &Database) -> Router {
    let marks = viewset("Mark", db).nest("memos", viewset("Memo", db));
    Router::new()
        .register("marks", marks)
        .register("memos", viewset("Memo", db))
        .register("mixed", viewset("Mixed", db))
        .register("cells", viewset("Cell", db))
}

fn pk1_and_pk2(head: &Head) -> Result<Keys> {
    Ok(Keys::new()
        .part("pk1", head.header("PK1")?)
        .part("pk2", head.header("PK2")?))
}

/// Two parts of three from the headers `PK1` and `PK2`; the third, `party_id`, is in the URL.
fn parties(db: &Database) -> Router {
    let parties = viewset("Party", db)
        .other_keys(pk1_and_pk2)
        .nest("contracts", viewset("Contract", db))
        .nest("bills", viewset("Invoice", db));
    Router::new()
        .register("parties", parties)
        .register("invoices", viewset("Invoice", db))
        .register("owners", viewset("Owner", db))
}

/// The part in the URL by `pk_field`, and by `{model}_id` in snake case.
fn banks(db: &Database) -> Router {
    let account = model("Account").pk_field("number");
    let accounts = ViewSet::new(account)
        .database(db)
        .other_keys_async(|head| async move {
            tokio::task::yield_now().await;
            Ok(Keys::new().part("bank", head.header("X-Bank")?))
        });
    let seats = viewset("CarSeat", db)
        .other_keys(|head| Ok(Keys::new().part("hall", head.header("X-Hall")?)));
    Router::new()
        .register("accounts", accounts)
        .register("seats", seats)
}

/// A column that is not of the key, from the request.
fn tenants(db: &Database) -> Router {
    let devices = viewset("Device", db)
        .other_key_columns("tenant")
        .other_keys(|head| Ok(Keys::new().part("tenant", head.header("X-Tenant")?)))
        .nest("readings", viewset("Reading", db));
    Router::new()
        .register("devices", devices)
        .register("log", viewset("Reading", db))
}

/// Parts of the key from the request for rows that others lead to, not for those that lead there.
fn walled(db: &Database) -> Router {
    let invoices = viewset("Invoice", db)
        .other_key_columns("pk2")
        .other_keys(|head| Ok(Keys::new().part("pk2", head.header("PK2")?)));
    Router::new()
        .register("parties", viewset("Party", db))
        .register("invoices", invoices)
}

/// Parts that are not among the columns the request is to give.
fn overgiven(db: &Database) -> Router {
    let parties = viewset("Party", db).other_keys(|head| {
        let name = head.header("X-Name").unwrap_or("nobody");
        Ok(pk1_and_pk2(head)?.part("name", name))
    });
    Router::new().register("parties", parties)
}

/// Composite keys under a second name, whole and without the part that the path gives.
fn ids(db: &Database) -> Router {
    let parts = || viewset("Part", db).id_member("id");
    Router::new()
        .register("parts", parts())
        .register("cars", viewset("Car", db).nest("parts", parts()))
}

/// Who sends a request, as a layer found out.
#[derive(Clone)]
struct User(String);

/// Parts of the key from who sends the request: unknown is 401, locked out is 403.
fn vaults(db: &Database) -> Router {
    let vaults = viewset("Vault", db)
        .other_key_columns(["keeper"])
        .other_keys_async(|head| async move {
            let User(name) = head.identity::<User>()?;
            if name == "mallory" {
                return Err(Error::new(Code::Forbidden, "mallory may not open vaults"));
            }
            Ok(Keys::new().part("keeper", name.as_str()))
        })
        .layer(MapRequestLayer::new(signed_in));
    Router::new().register("vaults", vaults)
}

fn signed_in(mut request: Request<Body>) -> Request<Body> {
    let name = request.headers().get("X-User");
    let user = name.and_then(|name| Some(User(name.to_str().ok()?.to_owned())));
    if let Some(user) = user {
        request.extensions_mut().insert(user);
    }
    request
}
