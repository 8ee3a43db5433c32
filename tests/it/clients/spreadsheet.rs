//! LibreOffice Calc, which loads a list as CSV from its URL.
//!
//! It is at `TEST_SOFFICE`, else where Debian has it.

use std::{env, fs, path::Path, process::Command, time::Duration};

use super::{
    nested,
    world::{api, opened},
};
use crate::{databases::skipped, programs::output, server::serve_any};

const SOFFICE: &str = "/usr/bin/soffice";

/// CSV in UTF-8: with a comma and a quotation mark, and on the way out every cell as it is shown.
const CSV: &str = "Text - txt - csv (StarCalc):44,34,76";

/// Loads a URL into a sheet, and returns its cells as CSV, by the guide's command; or says what is missing.
fn cells(url: &str) -> Result<String, String> {
    let program = env::var("TEST_SOFFICE").unwrap_or_else(|_| SOFFICE.to_owned());
    if !Path::new(&program).is_file() {
        return Err(format!(
            "{program} is missing: install Debian's libreoffice-calc"
        ));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let profile = format!("-env:UserInstallation=file://{}", folder.path().display());
    let mut command = Command::new(program);
    command
        .arg(profile)
        .args(["--headless", &format!("--infilter={CSV}"), "--convert-to"])
        .arg(format!("csv:{CSV}"))
        .arg("--outdir")
        .arg(folder.path().join("out"))
        .arg(url);
    let words = output(command, Duration::from_secs(120)).expect("LibreOffice");
    let list = url.split("/?").next().unwrap_or_default();
    let name = list.rsplit('/').next().unwrap_or_default();
    let file = folder.path().join(format!("out/{name}.csv"));
    Ok(fs::read_to_string(file).unwrap_or_else(|error| panic!("{error}: {words}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn libreoffice_loads_lists_from_their_urls() {
    for fresh in opened().await {
        let odd = "INSERT INTO owners (owner_id, name) VALUES (4, '=1+2'), (5, '-1'), (6, ' a  b')";
        fresh.execute(odd).await;
        let router = api(&fresh.db).await;
        let address = serve_any(nested(router.build().expect("an API"))).await;
        let load = move |path: &str| {
            let url = format!("http://{address}/api{path}");
            tokio::task::spawn_blocking(move || cells(&url))
        };
        let kind = fresh.kind;
        let owners = load("/owners/?format=csv&fields=owner_id,name").await;
        let owners = match owners.expect("LibreOffice") {
            Ok(owners) => owners,
            Err(reason) => return skipped("with LibreOffice", &reason),
        };
        let expected =
            "owner_id,name\n1,Ann\n2,Bob\n3,\"Zoë, \"\"Z\"\"\"\n4,'=1+2\n5,'-1\n6, a  b\n";
        assert_eq!(owners, expected, "{kind}");
        let path = "/cars/?page=all&format=csv&ordering=car_id&fields=car_id,make,year,price,sold,built,owner_id";
        let cars = load(path).await.expect("LibreOffice").expect("it is there");
        let lines: Vec<_> = cars.lines().collect();
        assert_eq!(lines.len(), 61, "{kind}: {cars}");
        let first = [
            "car_id,make,year,price,sold,built,owner_id",
            "1,Seat,1991,1.5,FALSE,2020-01-02T03:04:01,2",
        ];
        assert_eq!(lines[..2], first, "{kind}");
        assert_eq!(lines[10], "10,Seat,,10.5,TRUE,,2", "{kind}");
    }
}
