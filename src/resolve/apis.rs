use super::collect::Found;
use super::datasources::field;
use super::project::schema_name;
use super::reader::Reader;
use super::words::{Key, Once, Read, Words, choice, missing, unknown, wrong};
use super::{Slot, table_id};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Api, Creates, Exposed, FieldName, Materialization, ModelRole, Setting, TableId, Token};
use std::sync::Arc;

const API: [&str; 10] = ["role", "clearance", "schema", "page", "expose", "filter", "create", "login", "token", "anonymous"];
const TOKEN: [&str; 4] = ["algorithm", "audience", "issuer", "key"];
/// Signatures that a token may have (RFC 7518); the first is taken where nothing is said. A key that is shared comes last: whoever checks it can also make it.
const ALGORITHMS: [&str; 4] = ["ES256", "RS256", "EdDSA", "HS256"];
/// Rows of a page, and how many pages' worth a request may ask for at once.
const PAGE: (u32, u32) = (50, 10);
/// No page is longer.
const LONGEST_PAGE: u32 = 10_000;

/// A table as it is written in an `api` block.
struct Named {
    table: TableId,
    path: Arc<str>,
    only: Option<Vec<FieldName>>,
    at: Span,
}

/// What has been read of an `api` block beside its plain settings.
#[derive(Default)]
struct Parts {
    role: Option<Ident>,
    schema: Option<Ident>,
    page: Option<(u32, u32)>,
    filters: Vec<(TableId, Vec<FieldName>, Span)>,
}

impl<'a> Reader<'a, '_> {
    /// `api public { role api_reader; expose facilities; filter facilities by state; page 50 }`
    pub(super) fn apis(&mut self, found: &[Found<'a>]) {
        self.each(found, "api", |reader, one, words| {
            let (name, at) = words.name("the name of the API")?;
            if !reader.declare("APIs", &name, at) {
                return Ok(());
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let token = reader.default_token(&name);
            let mut api = Api {
                name,
                role: Ident::default(),
                clearance: None,
                schema: Ident::exact("api"),
                page: PAGE.0,
                most: PAGE.0.saturating_mul(PAGE.1),
                exposed: Vec::new(),
                creates: Vec::new(),
                login: None,
                token,
                anonymous: None,
                doc,
                at,
            };
            let mut parts = Parts::default();
            let reported = reader.diagnostics.len();
            reader.settings(words, |reader, words, key| reader.api_setting(words, key, &mut api, &mut parts));
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            reader.finish(api, parts)
        });
        self.out.program.apis.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// What is asked of a token that the block says nothing about: a signature of a key pair, for this API of this project.
    fn default_token(&self, name: &Ident) -> Token {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let variable: String = name.as_str().chars().map(plain).chain("_API_KEY".chars()).collect();
        let audience = format!("{}/{name}", self.out.program.project.name);
        Token {
            algorithm: Arc::from(ALGORITHMS.first().copied().unwrap_or_default()),
            audience: Arc::from(audience),
            issuer: None,
            key: Setting::Env(Arc::from(variable)),
        }
    }

    fn finish(&mut self, mut api: Api, parts: Parts) -> Read<()> {
        let (name, at) = (api.name.clone(), api.at);
        api.role = parts.role.ok_or_else(|| {
            missing(at, format!("API `{name}` does not say who it is"))
                .help("add `role …`: every request reads as this role, and nothing more")
        })?;
        if api.exposed.is_empty() && api.creates.is_empty() {
            return Err(missing(at, format!("API `{name}` shows nothing")).help("add `expose …` with the tables it lists"));
        }
        (api.page, api.most) = parts.page.unwrap_or((api.page, api.most));
        api.schema = parts.schema.unwrap_or(api.schema);
        for (table, fields, at) in parts.filters {
            let exposed = api.exposed.iter_mut().find(|e| e.table == table);
            exposed.ok_or_else(|| wrong(at, "this table is not among what the API exposes"))?.filters.extend(fields);
        }
        api.exposed.sort_by(|a, b| a.path.cmp(&b.path));
        api.creates.sort_by(|a, b| a.path.cmp(&b.path));
        apart(api.exposed.iter().map(|e| (&e.path, e.at)))?;
        apart(api.creates.iter().map(|c| (&c.path, c.at)))?;
        if let Setting::Secret(secret) = &api.token.key {
            self.out.program.secrets.insert(Arc::clone(secret));
        }
        self.out.program.apis.push(api);
        Ok(())
    }

    fn api_setting(&mut self, words: &mut Words<'_>, key: Key<'_>, api: &mut Api, parts: &mut Parts) -> Read<()> {
        match key.text {
            "role" => {
                let (role, at) = words.name("a role")?;
                self.role(&role, at)?;
                parts.role = Some(role);
            }
            "clearance" => api.clearance = Some(self.used_clearance(words)?),
            "schema" => parts.schema = Some(schema_name(words)?),
            "page" => {
                let at = words.here();
                let page = words.number("the rows of a page")?;
                let most =
                    if words.take("to") { words.number("the most rows of a page")? } else { page.saturating_mul(PAGE.1).min(LONGEST_PAGE) };
                if page == 0 || most < page || most > LONGEST_PAGE {
                    return Err(wrong(at, format!("a page has 1 to {LONGEST_PAGE} rows"))
                        .help("write `page 50`, or `page 50 to 500` for the most that a request may ask for"));
                }
                parts.page = Some((page, most));
            }
            "expose" => {
                for one in self.api_tables(words)? {
                    api.exposed.push(Exposed {
                        path: one.path,
                        table: one.table,
                        only: one.only,
                        filters: Vec::new(),
                        view: None,
                        at: one.at,
                    });
                }
            }
            "create" => {
                for one in self.api_tables(words)? {
                    api.creates.push(Creates { path: one.path, table: one.table, only: one.only, at: one.at });
                }
            }
            "filter" => {
                let (table, _, at) = self.api_table(words)?;
                words.expect("by")?;
                parts.filters.push((table, words.list(field)?, at));
            }
            "login" => api.login = Some(words.text("the claim that holds the login")?),
            "token" => {
                let mut once = Once::default();
                for sentence in words.block().unwrap_or_default() {
                    let mut inner = Words::new(words.generator, words.env, sentence);
                    self.phrase(&mut inner, &mut |_, words, key| once.named(key).and_then(|()| token_setting(words, key, &mut api.token)));
                }
            }
            "anonymous" => {
                let because = if words.take("because") { words.text("the reason")? } else { Arc::from("") };
                if because.trim().is_empty() {
                    let problem = Diagnostic::error(Code::ReleaseReason, key.at, "an API for everybody gives no reason");
                    return Err(problem.help("write `anonymous because \"…\"`: why nobody has to say who asks"));
                }
                api.anonymous = Some((because, key.at));
            }
            _ => return Err(key.unknown("API", &API)),
        }
        Ok(())
    }

    /// `facilities, triage_stats as rest`, or one table with `only a, b` and `at "path"`.
    fn api_tables(&mut self, words: &mut Words<'_>) -> Read<Vec<Named>> {
        let mut all = Vec::new();
        loop {
            let (table, written, at) = self.api_table(words)?;
            let only = if words.take("only") { Some(words.list(field)?) } else { None };
            let path_at = words.here();
            let path = if words.take("at") { words.text("the path below the API's address")? } else { Arc::from(own_name(&written)) };
            if !is_path(&path) {
                return Err(wrong(path_at, format!("`{}` is no path below an API's address", path.escape_debug()))
                    .help("write `at \"…\"` with small letters, digits, `-` and `_`, and `/` between its parts; `health` and `openapi.json` are taken"));
            }
            all.push(Named { table, path, only, at });
            if !words.symbol(",") {
                break;
            }
        }
        if words.take("as") {
            let form = words.key("`rest`")?;
            if form.text != "rest" {
                return Err(choice("form of an API", form, ["rest"]));
            }
        }
        Ok(all)
    }

    fn api_table(&mut self, words: &mut Words<'_>) -> Read<(TableId, String, Span)> {
        let (parts, at) = words.path("a table")?;
        let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let known = self.out.program.table_names.keys().map(Ident::as_str);
        let table = table_id(&self.out.program, &parts).ok_or_else(|| unknown("table", &written, at, known))?;
        let kept = match self.out.slots.get(table.0 as usize) {
            Some(Slot::Pending(model)) => model.role != ModelRole::Query && model.materialization != Materialization::Ephemeral,
            slot => slot.is_some(),
        };
        if !kept {
            return Err(wrong(at, format!("`{written}` is never kept as a table or view")));
        }
        Ok((table, written, at))
    }
}

fn token_setting<'w>(words: &mut Words<'w>, key: Key<'w>, token: &mut Token) -> Read<()> {
    match key.text {
        "algorithm" => {
            let word = words.key("an algorithm")?;
            if !ALGORITHMS.contains(&word.text) {
                return Err(choice("signature of a token", word, ALGORITHMS));
            }
            token.algorithm = Arc::from(word.text);
        }
        "audience" => token.audience = named(words, "whom tokens are for")?,
        "issuer" => token.issuer = Some(named(words, "who makes tokens")?),
        "key" => {
            let at = words.here();
            token.key = match words.setting("the key")? {
                Setting::Text(_) => {
                    return Err(wrong(at, "the key of an API is written in plain text").help("write `key = secret(\"…\")` or `env(\"…\")`"));
                }
                Setting::Variable(_) => {
                    return Err(wrong(at, "no variable of Terraform's holds a key").help("write `key = secret(\"…\")` or `env(\"…\")`"));
                }
                Setting::Env(name) | Setting::Secret(name) if !is_variable(&name) => {
                    return Err(wrong(at, format!("`{}` cannot be the name of a variable", name.escape_debug()))
                        .help("use letters, digits and `_`"));
                }
                key => key,
            };
        }
        _ => return Err(key.unknown("token", &TOKEN)),
    }
    Ok(())
}

fn named(words: &mut Words<'_>, what: &str) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text(what)?;
    if text.trim().is_empty() { Err(wrong(at, format!("{what} is empty here"))) } else { Ok(text) }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The table's name without its source's.
fn own_name(written: &str) -> &str {
    written.rsplit('.').next().unwrap_or(written)
}

fn is_path(path: &str) -> bool {
    let part = |p: &str| {
        p.starts_with(|c: char| c.is_ascii_lowercase())
            && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    path.len() <= 100 && path.split('/').all(part) && path.split('/').next() != Some("health")
}

/// Each path stands for one thing: none is another's, or begins with it.
fn apart<'p>(paths: impl Iterator<Item = (&'p Arc<str>, Span)>) -> Read<()> {
    let mut before: Vec<(&str, Span)> = Vec::new();
    for (path, at) in paths {
        let within = |outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some((outer, first)) = before.iter().find(|(outer, _)| within(outer)) {
            return Err(wrong(at, format!("the path `{path}` cannot be told from `{outer}`"))
                .mark(*first, "the other")
                .help("write `at \"…\"` with another path"));
        }
        before.push((path, at));
    }
    Ok(())
}
