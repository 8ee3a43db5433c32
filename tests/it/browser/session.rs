//! The pages behind a login: who is signed in is known by a cookie, which a layer of the application reads.

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    response::{Html as Page, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::header;
use tower_rest::{Account, Database, Head, Html, Model, Router, ViewSet};

use super::walk;

#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    make: String,
}

/// Who is signed in, among the extensions of a request.
#[derive(Clone)]
struct User {
    name: String,
}

const LOGIN: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
</head>
<body>
<main>
<h1>Sign in</h1>
<form method="post" action="/login">
<p><label>Name <input type="text" name="name" autocomplete="username"></label> <button type="submit">Sign in</button></p>
</form>
</main>
</body>
</html>
"#;

async fn sign_in(body: String) -> Response {
    let name = body.strip_prefix("name=").unwrap_or_default();
    let cookie = format!("session={name}; Path=/; HttpOnly; SameSite=Lax");
    let to_the_cars = Redirect::to("/api/cars/");
    ([(header::SET_COOKIE, cookie)], to_the_cars).into_response()
}

async fn sign_out() -> Response {
    let cookie = "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
    ([(header::SET_COOKIE, cookie)], Redirect::to("/api/")).into_response()
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    let cookie = request.headers().get(header::COOKIE);
    let cookie = cookie.and_then(|cookie| cookie.to_str().ok());
    let name = cookie.and_then(|cookie| cookie.strip_prefix("session="));
    if let Some(name) = name.map(str::to_owned) {
        request.extensions_mut().insert(User { name });
    }
    next.run(request).await
}

async fn behind_a_login() -> axum::Router {
    let db = Database::in_memory().await.expect("a database");
    let table = db.create_table(&Model::of::<Car>());
    let rows = "INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Ford')";
    let script = format!("{table}; {rows};");
    db.execute_script(&script).await.expect("tables and rows");

    let html = Html::new()
        .title("Garage")
        .account(|head: &Head| match head.identity::<User>() {
            Ok(user) => Account::signed_in(&user.name, "/logout"),
            Err(_) => Account::signed_out("/login"),
        });
    let cars = ViewSet::of::<Car>(&db)
        .writable()
        .policy(|head, _| head.identity::<User>().map(drop));
    let api = Router::new().register("cars", cars).html(html).build();
    axum::Router::new()
        .route("/login", get(async || Page(LOGIN)).post(sign_in))
        .route("/logout", post(sign_out))
        .nest_service("/api", api.expect("an API"))
        .layer(from_fn(authenticate))
}

#[tokio::test]
async fn a_session_behind_a_cookie() {
    walk("walk-session", behind_a_login).await;
}
