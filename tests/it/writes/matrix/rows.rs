//! The rows of the matrix: requests that each tenant sends, with keys of its own rows, of others' and of none.
//!
//! | in a line | stands for, one request each |
//! |---|---|
//! | `{owner}`, `{to}` | an owner of the tenant, one of another tenant (with `TEST_LONG`, of each), and one that is not there |
//! | `{car}` | the same of cars |
//! | `{tenant}` | each tenant |
//! | `{t}` | the tenant that asks |
//! | `{own}`, `{second}` | its two owners and its two cars, whose numbers are the same |
//! | `{others}` | an owner and a car of another tenant, whose numbers are the same |
//!
//! `POST+form` sends a form; `+merge` and `+ignore` upsert, `+try` takes back, `+match` and `+none` have a precondition
//! that every row meets, and `+key` has an idempotency key.

/// Requests of one kind, by what they are.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("lists and objects", READS),
    ("reading through relations", RELATED),
    ("creating, the foreign key as a column", CREATES),
    ("creating, the foreign key as a link", CREATES_BY_LINK),
    ("creating below another object", CREATES_NESTED),
    (
        "creating where a part of the key is the request's",
        CREATES_GIVEN,
    ),
    ("changing some columns", PATCHES),
    ("changing all columns", PUTS),
    ("changing below another object", CHANGES_NESTED),
    ("bulk", BULK),
    ("upserting", UPSERTS),
    ("rows of other tables", OTHER_TABLES),
    ("preconditions and idempotency keys", PRECONDITIONS),
    ("deleting", DELETES),
];

const READS: &str = r#"
GET /owners/
HEAD /owners/
GET /owners/?ordering=-name&page=last&page_size=1
GET /owners/?tenant={tenant}
GET /owners/?id={owner}
GET /owners/?id__in=1,2,3,4,5,6,99
GET /owners/?search=of
GET /owners/{owner}/
HEAD /owners/{owner}/
OPTIONS /owners/{owner}/
GET /cars/{car}/
GET /owners/{owner}/cars/
GET /owners/{owner}/cars/{car}/
GET /owners/{owner}/sales/{car}/
GET /cars/{car}/parts/
GET /cars/{car}/parts/1/
GET /parts/
GET /parts/{car},1/
GET /halls/
GET /halls/1/
GET /halls/1/bays/
GET /halls/1/bays/1/
GET /halls/2/bays/1/
"#;

const RELATED: &str = r#"
GET /cars/?owner={owner}
GET /cars/?owner__tenant={tenant}
GET /cars/?owner__name!=Ada
GET /cars/?seller__isnull=true
GET /cars/?parts__no=1
GET /cars/?ordering=owner__name,-id
GET /cars/?expand=owner,parts
GET /cars/{car}/?expand=owner,seller,parts
GET /owners/?cars_by_owner__id={car}
GET /owners/?cars_by_owner__isnull=true
GET /owners/{owner}/?expand=cars_by_owner,cars_by_seller
GET /owners/{owner}/cars/?expand=seller
"#;

const CREATES: &str = r#"
POST /owners/ {"tenant": {tenant}, "name": "Eve"}
POST /owners/ {"tenant": {tenant}, "name": null}
POST+form /owners/ tenant={tenant}&name=Eve
POST /cars/ {"tenant": {t}, "make": "Saab", "owner_id": {owner}}
POST /cars/ {"tenant": {tenant}, "make": "Saab", "owner_id": {owner}}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner_id": {owner}, "seller_id": {to}}
POST+form /cars/ tenant={t}&make=Saab&owner_id={owner}&seller_id={to}
POST /cars/?expand=owner {"tenant": {t}, "make": "Saab", "owner_id": {owner}}
POST /parts/ {"car_id": {car}, "no": 7, "name": "wheel"}
POST /parts/ {"car_id": {car}, "no": 1, "name": "wheel"}
"#;

const CREATES_BY_LINK: &str = r#"
POST /cars/ {"tenant": {t}, "make": "Saab", "owner": "/owners/{owner}/"}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner": "http://test/owners/{owner}/", "seller": "/owners/{to}"}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner": "/owners/{owner}/", "owner_id": {to}}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner": "/owners/{own}/", "seller": "/cars/{car}/"}
POST+form /cars/ tenant={t}&make=Saab&owner=/owners/{owner}/
POST /parts/ {"car": "/cars/{car}/", "no": 8, "name": "wheel"}
POST /parts/ {"car": "/owners/{owner}/cars/{car}/", "no": 9, "name": "wheel"}
"#;

const CREATES_NESTED: &str = r#"
POST /owners/{owner}/cars/ {"tenant": {t}, "make": "Saab"}
POST /owners/{owner}/cars/ {"tenant": {tenant}, "make": "Saab"}
POST /owners/{owner}/cars/ {"tenant": {t}, "make": "Saab", "owner_id": {to}}
POST /owners/{owner}/cars/ {"tenant": {t}, "make": "Saab", "owner": "/owners/{to}/"}
POST /owners/{owner}/cars/ {"tenant": {t}, "make": "Saab", "seller_id": {to}}
POST /owners/{owner}/cars/ {"tenant": {t}, "make": "Saab", "seller": "/owners/{to}/"}
POST /owners/{owner}/sales/ {"tenant": {t}, "make": "Saab", "owner_id": {to}}
POST /owners/{owner}/cars/ {"make": 7}
POST /cars/{car}/parts/ {"no": 4, "name": "door"}
POST /cars/{car}/parts/ {"no": 1, "name": "door"}
POST /cars/{car}/parts/ {"no": 5, "name": "door", "car_id": {own}}
"#;

const CREATES_GIVEN: &str = r#"
POST /halls/ {"hall": 2, "name": "West"}
POST /halls/ {"hall": 1, "name": "West"}
POST /halls/ {"tenant": {tenant}, "hall": 3, "name": "East"}
POST /halls/1/bays/ {"bay": 7, "car_id": {car}}
POST /halls/1/bays/ {"bay": 8, "car": "/cars/{car}/"}
POST /halls/1/bays/ {"bay": 9, "car": "/owners/{owner}/cars/{car}/"}
POST /halls/9/bays/ {"bay": 1, "car_id": {car}}
POST /halls/1/bays/ {"tenant": {tenant}, "bay": 10}
POST /halls/1/bays/ {"bay": 1}
"#;

const PATCHES: &str = r#"
PATCH /owners/{owner}/ {"name": "Zoe"}
PATCH /owners/{owner}/ {}
PATCH /owners/{owner}/ {"name": null}
PATCH /owners/{owner}/ {"tenant": {tenant}}
PATCH /owners/{owner}/ {"id": {to}}
PATCH /cars/{car}/ {"make": "Fiat"}
PATCH /cars/{car}/ {"tenant": {tenant}}
PATCH /cars/{car}/ {"seller_id": {to}}
PATCH /cars/{car}/ {"seller": "/owners/{to}/"}
PATCH /cars/{car}/ {"owner": "http://test/owners/{to}/"}
PATCH /cars/{car}/ {"owner_id": {to}, "tenant": {tenant}}
PATCH /cars/{car}/ {"seller_id": null}
PATCH /cars/{car}/?expand=owner,parts {"make": "Seat"}
PATCH /parts/{car},1/ {"name": "engine"}
PATCH /parts/{car},1/ {"car_id": {own}}
PATCH /parts/{car},1/ {"car": "/cars/{own}/"}
PATCH /halls/1/ {"name": "South"}
PATCH /halls/1/ {"tenant": {tenant}}
PATCH /halls/1/bays/1/ {"car_id": {car}}
PATCH /halls/1/bays/1/ {"car": "/cars/{car}/"}
"#;

const PUTS: &str = r#"
PUT /owners/{owner}/ {"tenant": {t}, "name": "Max"}
PUT /owners/{owner}/ {"tenant": {tenant}, "name": "Max"}
PUT /owners/{owner}/ {"name": "Max"}
PUT /cars/{car}/ {"tenant": {t}, "make": "Audi", "owner_id": {to}}
PUT /cars/{car}/ {"tenant": {t}, "make": "Audi", "owner": "/owners/{to}/"}
PUT /cars/{car}/ {"tenant": {t}, "make": "Audi", "owner_id": {own}, "seller_id": {to}}
PUT /parts/{car},1/ {"name": "engine"}
PUT /halls/1/bays/1/ {"car_id": {car}}
"#;

const CHANGES_NESTED: &str = r#"
PATCH /owners/{owner}/cars/{car}/ {"make": "Kia"}
PATCH /owners/{owner}/cars/{car}/ {"owner_id": {to}}
PATCH /owners/{owner}/cars/{car}/ {"owner": "/owners/{to}/"}
PATCH /owners/{owner}/cars/{car}/ {"seller_id": {to}}
PATCH /owners/{owner}/cars/{car}/ {"tenant": {tenant}}
PUT /owners/{owner}/cars/{car}/ {"tenant": {t}, "make": "Kia"}
PUT /owners/{owner}/sales/{car}/ {"tenant": {t}, "make": "Kia", "owner_id": {to}}
PATCH /cars/{car}/parts/1/ {"name": "roof"}
PATCH /cars/{car}/parts/2/ {"car_id": {own}}
PUT /cars/{car}/parts/1/ {"name": "roof"}
"#;

const BULK: &str = r#"
POST /cars/ [{"tenant": {t}, "make": "Saab", "owner_id": {own}}, {"tenant": {t}, "make": "Saab", "owner_id": {owner}}]
POST /cars/ [{"tenant": {t}, "make": "Saab", "owner": "/owners/{owner}/"}, {"tenant": {tenant}, "make": "x", "owner_id": {own}}]
POST /owners/{owner}/cars/ [{"tenant": {t}, "make": "Saab"}, {"tenant": {tenant}, "make": "Saab"}]
PATCH /owners/?name=Ada {"name": "Ada"}
PATCH /owners/?id={owner} {"tenant": {tenant}}
PATCH /cars/?owner={owner} {"make": "Fiat"}
PATCH /cars/?id__in=1,2,3,4,5,6 {"owner_id": {to}}
PATCH /owners/{owner}/cars/?make=Fiat {"make": "Opel"}
PATCH /parts/?no=2 {"name": "roof"}
DELETE /parts/?car={car}&no=9
DELETE /halls/1/bays/?bay__gt=5
DELETE /tags/?name=none
"#;

const UPSERTS: &str = r#"
POST+merge /owners/ {"tenant": {tenant}, "name": "Upd", "code": "of {t}"}
POST+ignore /owners/ {"tenant": {t}, "name": "Upd", "code": "too {t}"}
POST+merge /owners/ [{"tenant": {t}, "name": "New", "code": "new {t}"}, {"tenant": {t}, "name": "Up2", "code": "of {t}"}]
POST+merge /owners/ {"tenant": {t}, "name": "Eve"}
POST+try /owners/ {"tenant": {tenant}, "name": "Try"}
PATCH+try /owners/{owner}/ {"name": "Try"}
DELETE+try /cars/?make=Kia
PUT /owners/{own}/ {"tenant": {tenant}, "name": "Put"}
"#;

const OTHER_TABLES: &str = r#"
GET /cars/{car}/?expand=tags
GET /tags/?cars={car}
PATCH /cars/{car}/ {"tags": [{to}]}
PATCH /cars/{car}/ {"tags": ["/tags/{to}/", {own}]}
PATCH /cars/{car}/ {"tags": []}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner_id": {own}, "tags": [{to}]}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner_id": {owner}, "parts": [{"no": 1, "name": "a"}, {"no": 2}]}
POST /cars/ {"tenant": {tenant}, "make": "Saab", "owner_id": {own}, "parts": [{"no": 1}]}
POST /cars/ {"tenant": {t}, "make": "Saab", "owner_id": {own}, "parts": [{"no": 1, "car_id": {car}}]}
"#;

const PRECONDITIONS: &str = r#"
GET+none /owners/{owner}/
GET+none /cars/?owner={owner}
GET+match /cars/{car}/
PATCH+match /owners/{owner}/ {"name": "Zoe"}
PATCH+none /owners/{owner}/ {"name": "Zoe"}
PUT+match /cars/{car}/ {"tenant": {t}, "make": "Audi", "owner_id": {to}}
DELETE+none /cars/{car}/
POST+key /cars/ {"tenant": {t}, "make": "Key", "owner_id": {owner}}
POST+key /cars/ {"tenant": {tenant}, "make": "Key", "owner_id": {own}}
PATCH+key /owners/{owner}/ {"name": "Key"}
"#;

const DELETES: &str = r#"
DELETE /owners/{owner}/
DELETE /owners/{owner}/cars/{car}/
DELETE /cars/{car}/parts/2/
DELETE /parts/{car},1/
DELETE /halls/1/
DELETE /halls/1/bays/1/
DELETE /halls/2/
DELETE /halls/9/
DELETE /cars/{car}/
DELETE /owners/{owner}/sales/{car}/
"#;

/// What tells of other tenants' rows, since a key is unique among all of them: the line, then the answer with their
/// rows, then the answer without.
pub(super) const GLOBAL: &str = r#"
POST /owners/ {"id": {others}, "tenant": {t}, "name": "Eve"} -> 409 /id unique -> 201
POST /owners/ {"tenant": {t}, "name": "Eve", "code": "of {others}"} -> 409 /code unique -> 201
PATCH /owners/{second}/ {"code": "of {others}"} -> 409 /code unique -> 409 /code unique
PUT /owners/{second}/ {"tenant": {t}, "name": "Eve", "code": "too {others}"} -> 409 /code unique -> 200
POST+merge /owners/ {"tenant": {t}, "name": "Eve", "code": "too {others}"} -> 403 outside_scope -> 200
POST+ignore /owners/ {"tenant": {t}, "name": "Eve", "code": "of {others}"} -> 403 outside_scope -> 200
"#;
