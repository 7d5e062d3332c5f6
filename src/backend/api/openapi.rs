//! `openapi.json` (OpenAPI 3.1): paths, parameters, pages, errors (RFC 9457) and who may ask.

use super::{Create, Described, List, schema};
use crate::base::Ident;
use crate::ir::Column;
use serde_json::{Map, Value as Json, json};

/// `openapi.json`
pub(super) fn json(described: &Described<'_>) -> String {
    let api = described.api;
    let mut info = json!({ "title": format!("{} {}", described.program.project.name, api.name), "version": "1" });
    if let (false, Json::Object(of)) = (api.doc.trim().is_empty(), &mut info) {
        of.insert("description".to_owned(), json!(api.doc.trim()));
    }
    let mut security = vec![json!({ "bearer": [] })];
    if api.anonymous.is_some() {
        security.push(json!({}));
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{ "url": "/" }],
        "security": security,
        "paths": paths(described),
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "schemas": schemas(described),
            "responses": responses(),
        },
    });
    serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
}

fn paths(described: &Described<'_>) -> Json {
    let mut paths: Map<String, Json> = Map::new();
    let health = json!({
        "get": {
            "operationId": "health",
            "summary": "Whether the database answers",
            "security": [],
            "responses": {
                "200": { "description": "It does", "content": { "application/json": { "schema": reference("health") } } },
                "503": response("unavailable"),
            },
        }
    });
    paths.insert("/health".to_owned(), health);
    let mut operation = |path: String, method: &str, says: Json| {
        let at = paths.entry(path).or_insert_with(|| json!({}));
        if let Json::Object(methods) = at {
            methods.insert(method.to_owned(), says);
        }
    };
    for list in &described.lists {
        let path = &list.shows.exposed.path;
        operation(format!("/{path}"), "get", listing(described, list));
        if list.shows.fact {
            continue;
        }
        let keys: Vec<String> =
            list.columns(list.key()).enumerate().map(|(n, (_, c))| format!("{{{}}}", parameter_name(&c.name, n))).collect();
        operation(format!("/{path}/{}", keys.join("/")), "get", looking_up(list));
    }
    for create in &described.creates {
        operation(format!("/{}", create.creates.path), "post", creating(create));
    }
    Json::Object(paths)
}

/// The name of a part of a key in an address.
fn parameter_name(column: &Ident, position: usize) -> String {
    if column.is_plain() { column.to_string() } else { format!("key{position}") }
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn response(name: &str) -> Json {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The errors of an operation, behind its successes.
fn with_errors(success: (&str, Json), errors: &[(&str, &str)]) -> Json {
    let common = [("401", "unauthorized"), ("403", "forbidden")];
    let last = [("422", "unprocessable"), ("500", "failed"), ("503", "unavailable")];
    let all = common.iter().chain(errors).chain(&last).map(|(status, name)| ((*status).to_owned(), response(name)));
    Json::Object(std::iter::once((success.0.to_owned(), success.1)).chain(all).collect())
}

fn summary(doc: &str, otherwise: String) -> String {
    doc.lines().map(str::trim).find(|l| !l.is_empty()).map_or(otherwise, str::to_owned)
}

fn listing(described: &Described<'_>, list: &List<'_>) -> Json {
    let api = described.api;
    let mut parameters: Vec<Json> = list.columns(&list.shows.filters).map(|(at, c)| filter(list, at, c)).collect();
    parameters.push(json!({
        "name": "limit", "in": "query", "description": "The most rows of the page.",
        "schema": { "type": "integer", "minimum": 1, "maximum": api.most, "default": api.page },
    }));
    parameters.push(json!({
        "name": "after", "in": "query", "description": "Where the page begins: a marker from `next` of the page before.",
        "schema": { "type": "string" },
    }));
    let content = json!({ "application/json": { "schema": reference(&format!("{}.page", list.stem)) } });
    let link = json!({ "Link": { "description": "The next page (RFC 8288), where there is one.", "schema": { "type": "string" } } });
    json!({
        "operationId": format!("list_{}", list.stem),
        "summary": summary(&list.table.doc, format!("Rows of {}", list.table.name)),
        "parameters": parameters,
        "responses": with_errors(("200", json!({ "description": "A page, in the order of the key", "headers": link, "content": content })), &[]),
    })
}

fn filter(list: &List<'_>, at: u32, column: &Column) -> Json {
    let mut made = json!({ "name": column.name.as_str(), "in": "query", "schema": schema::parameter(column) });
    if let (Some(doc), Json::Object(of)) = (doc(list, at), &mut made) {
        of.insert("description".to_owned(), json!(doc));
    }
    made
}

fn doc<'d>(list: &'d List<'_>, at: u32) -> Option<&'d str> {
    list.table.column_docs.get(at as usize)?.as_deref()
}

fn looking_up(list: &List<'_>) -> Json {
    let parameters = list.columns(list.key()).enumerate().map(|(n, (_, c))| {
        let mut asked = schema::parameter(c);
        // An empty part of an address is none.
        if let (Some(Json::String(kind)), Json::Object(of)) = (asked.get("type").cloned(), &mut asked)
            && kind == "string"
        {
            of.insert("minLength".to_owned(), json!(1));
        }
        json!({ "name": parameter_name(&c.name, n), "in": "path", "required": true, "schema": asked })
    });
    let content = json!({ "application/json": { "schema": reference(&list.stem) } });
    json!({
        "operationId": format!("get_{}", list.stem),
        "summary": format!("One row of {}", list.table.name),
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": with_errors(("200", json!({ "description": "The row", "content": content })), &[("404", "not_found")]),
    })
}

fn creating(create: &Create<'_>) -> Json {
    let mut made = json!({ "description": "The row was added", "content": { "application/json": { "schema": reference(&format!("{}.made", create.stem)) } } });
    if let (true, Json::Object(of)) = (create.found, &mut made) {
        of.insert("headers".to_owned(), json!({ "Location": { "description": "Where it is found", "schema": { "type": "string" } } }));
    }
    let errors = [("400", "bad_request"), ("409", "conflict"), ("413", "too_large"), ("415", "media_type")];
    json!({
        "operationId": format!("create_{}", create.stem),
        "summary": summary(&create.table.doc, format!("A new row of {}", create.table.name)),
        "requestBody": { "required": true, "content": { "application/json": { "schema": reference(&create.stem) } } },
        "responses": with_errors(("201", made), &errors),
    })
}

fn schemas(described: &Described<'_>) -> Json {
    let mut all: Map<String, Json> = Map::new();
    let fields = |properties: Map<String, Json>, required: Vec<&str>| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    for list in &described.lists {
        let mut properties = Map::new();
        for (at, column) in list.columns(&list.shows.columns) {
            let mut made = schema::value(column);
            if let (Some(doc), Json::Object(of)) = (doc(list, at), &mut made) {
                of.insert("description".to_owned(), json!(doc));
            }
            properties.insert(column.name.to_string(), made);
        }
        let required = list.columns(&list.shows.columns).map(|(_, c)| c.name.as_str()).collect();
        all.insert(list.stem.clone(), fields(properties, required));
        let page = json!({
            "data": { "type": "array", "items": reference(&list.stem) },
            "next": { "type": ["string", "null"], "description": "The next page, relative to this one; null on the last." },
        });
        let Json::Object(page) = page else { continue };
        all.insert(format!("{}.page", list.stem), fields(page, vec!["data", "next"]));
    }
    for create in &described.creates {
        let (properties, required) = row(create);
        all.insert(create.stem.clone(), fields(properties, required));
        let named = create.returns.iter().filter_map(|at| create.table.columns.get(*at as usize));
        let key: Map<String, Json> = named.map(|c| (c.name.to_string(), json!({ "type": "string" }))).collect();
        let made = if key.is_empty() {
            json!({ "type": "object" })
        } else {
            json!({ "type": "object", "properties": { "key": { "type": "object", "properties": key } }, "required": ["key"] })
        };
        all.insert(format!("{}.made", create.stem), made);
    }
    all.insert("health".to_owned(), json!({ "type": "object", "properties": { "status": { "const": "ok" } }, "required": ["status"] }));
    all.insert("problem".to_owned(), problem());
    Json::Object(all)
}

/// A new row: what it may say, and what it has to.
fn row<'c>(create: &'c Create<'_>) -> (Map<String, Json>, Vec<&'c str>) {
    let filled = |at: u32| create.table.own().is_some_and(|own| own.defaults.iter().any(|(of, _)| *of == at));
    let columns = create.columns.iter().filter_map(|at| Some((*at, create.table.columns.get(*at as usize)?)));
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (at, column) in columns {
        properties.insert(column.name.to_string(), schema::given(column, at, &create.table.assertions));
        if !column.nullable && !filled(at) {
            required.push(column.name.as_str());
        }
    }
    (properties, required)
}

fn problem() -> Json {
    json!({
        "type": "object",
        "description": "An error (RFC 9457). It holds no value and no statement.",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "parameters": { "type": "array", "items": { "type": "string" } },
            "errors": {
                "type": "array",
                "items": { "type": "object", "properties": { "pointer": { "type": "string" }, "rule": { "type": "string" } }, "required": ["pointer", "rule"] },
            },
        },
        "required": ["type", "title", "status", "detail"],
    })
}

fn responses() -> Json {
    let all = [
        ("bad_request", "The body is no JSON"),
        ("unauthorized", "No token, or one that is not valid"),
        ("forbidden", "Whoever asks may not do this"),
        ("not_found", "No such row"),
        ("conflict", "Such a row is there already"),
        ("too_large", "The body is too large"),
        ("media_type", "The body is not application/json"),
        ("unprocessable", "A value does not fit"),
        ("failed", "The request failed"),
        ("unavailable", "The database does not answer"),
    ];
    let one = |(name, says): (&str, &str)| {
        (name.to_owned(), json!({ "description": says, "content": { "application/problem+json": { "schema": reference("problem") } } }))
    };
    Json::Object(all.into_iter().map(one).collect())
}
