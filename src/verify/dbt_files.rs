//! dbt's files around the models, known setting by setting: what could run a statement, rename a relation or grant something is either read or
//! not understood.

use super::jinja;
use super::lex::{Kind, tokens};
use crate::base::{FileId, Sources, Span};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Macros whose text is known by heart, blanks aside.
pub(super) const BY_HEART: [(&str, &str); 4] = [
    (
        SCHEMA_NAME,
        "{% macro generate_schema_name(custom_schema_name, node) -%} {{ target.schema if custom_schema_name is none else custom_schema_name | trim }} {%- endmacro %}",
    ),
    (
        "dbt/macros/run_date.sql",
        "{% macro run_date() -%} {%- if not execute -%} cast(null as date) {%- elif var('run_date', none) is none -%} {{ exceptions.raise_compiler_error(\"the run date is missing: give it as in dbt build --vars '{run_date: 2026-01-31}'\") }} {%- else -%} cast('{{ modules.datetime.date.fromisoformat(var('run_date') | string) }}' as date) {%- endif -%} {%- endmacro %}",
    ),
    (
        "dbt/macros/pipec_rows.sql",
        "{% macro pipec_rows_before(this) -%} do $pipec$ begin if exists ( select 1 from pg_catalog.pg_class where oid = to_regclass('{{ this | string | replace(\"'\", \"''\") }}') and relkind in ('r', 'p') and obj_description(oid, 'pg_class') is null ) then comment on table {{ this }} is 'pipec: rows made under other masks or labels'; end if; end $pipec$ {%- endmacro %} {% macro pipec_rows_after(this, mark) -%} do $pipec$ begin if exists ( select 1 from pg_catalog.pg_class where oid = to_regclass('{{ this | string | replace(\"'\", \"''\") }}') and relkind in ('r', 'p') and obj_description(oid, 'pg_class') is null ) then comment on table {{ this }} is 'pipec: rows made under {{ mark }}'; end if; end $pipec$ {%- endmacro %}",
    ),
    (
        REFRESH,
        "{% macro postgres__refresh_materialized_view(relation) %} {%- set written = config.get('meta', {}).get('pipec_definition') -%} {%- set there = run_query(\"select 1 from pg_catalog.pg_class where oid = to_regclass('\" ~ (relation | string | replace(\"'\", \"''\")) ~ \"') and obj_description(oid, 'pg_class') = '\" ~ written ~ \"'\") -%} {%- if written is none or there | length > 0 -%} {%- set unique = config.get('indexes', []) | selectattr('unique', 'defined') | selectattr('unique') | list -%} refresh materialized view {% if unique | length > 0 %}concurrently {% endif %}{{ relation }} {%- else -%} {{ pipec_clear(relation) }} drop materialized view if exists {{ relation }}; {{ postgres__get_create_materialized_view_as_sql(relation, model['compiled_code']) }} {%- endif -%} {% endmacro %}",
    ),
];

/// The macro that says which schema a model is made in.
pub(super) const SCHEMA_NAME: &str = "dbt/macros/generate_schema_name.sql";
/// The macro that brings materialized views up to date.
pub(super) const REFRESH: &str = "dbt/macros/pipec_refresh.sql";

/// The macros in place of dbt's drops, which take along whatever reads what they drop. Which schemas are the project's own is said in each project.
pub(super) const CLEAR: &str = "dbt/macros/pipec_clear.sql";
const CLEARS: &str = "{% macro pipec_clear(relation) -%} do $pipec$ declare above record; others text; begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec drops', 0)); for above in with recursive upon (oid, depth) as ( select to_regclass('{{ relation | string | replace(\"'\", \"''\") }}')::oid, 0 union select r.ev_class, u.depth + 1 from upon as u join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid where r.ev_type = '1' and r.ev_class <> u.oid ) select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind, n.nspname = any (array[hole_list_schemas]::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u join pg_catalog.pg_class as c on c.oid = u.oid join pg_catalog.pg_namespace as n on n.oid = c.relnamespace union select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0 from (select distinct u.oid from upon as u) as u join pg_catalog.pg_class as c on c.oid = u.oid left join pg_catalog.pg_type as t on t.oid = c.reltype cross join lateral ( values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray) ) as of (class, oid) join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n' where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1')) and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u)) and not exists ( select from pg_catalog.pg_depend as own where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i') ) order by 3, 4 desc loop if above.relation is null then continue; elsif not above.ours then others := concat_ws(', ', others, above.relation); elsif others is null then execute format('drop %s if exists %s', above.kind, above.relation); end if; end loop; if others is not null then raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', '{{ relation | string | replace(\"'\", \"''\") }}', others; end if; end $pipec$; {%- endmacro %} {% macro postgres__rename_relation(from_relation, to_relation) -%} {% call statement('rename_relation') -%} {{ pipec_clear(from_relation) }} alter table {{ from_relation.render() }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}; {%- if to_relation.is_view %} comment on view {{ to_relation.render() }} is 'pipec: made anew by every build'; {%- endif %} {%- endcall %} {%- endmacro %} {% macro postgres__drop_table(relation) -%} {{ pipec_clear(relation) }} drop table if exists {{ relation }} {%- endmacro %} {% macro postgres__drop_view(relation) -%} {{ pipec_clear(relation) }} drop view if exists {{ relation }} {%- endmacro %} {% macro postgres__drop_materialized_view(relation) -%} {{ pipec_clear(relation) }} drop materialized view if exists {{ relation }} {%- endmacro %}";

/// Whether a text is those macros, with a list of schemas in them.
pub(super) fn is_clear(text: &str) -> bool {
    let words = words(text);
    let list = CLEARS.split_once("hole_list_schemas").and_then(|(head, tail)| words.strip_prefix(head)?.strip_suffix(tail));
    let list = list.and_then(jinja::plain).and_then(|list| tokens(&list, Span::default()));
    list.is_some_and(|list| list.iter().all(|t| matches!(&t.kind, Kind::Text(_)) || t.kind == Kind::Sign(",".to_owned())))
}

/// The question before the set-up, and what closes it.
pub(super) const SETUP_HEAD: &str = "{%- if execute and run_query(\"select 1 from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace where n.nspname = 'pipec' and not pg_catalog.pg_has_role(p.proowner, 'usage')\") | length == 0 -%}";
pub(super) const SETUP_TAIL: &str = "{%- endif -%}";

/// A text's words without Jinja's comments.
pub(super) fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("{#") {
        out.push_str(before);
        rest = comment.split_once("#}").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A seed or model as properties say it.
#[derive(Clone, Default)]
pub(super) struct Properties {
    pub(super) schema: Option<String>,
    pub(super) alias: Option<String>,
    pub(super) hook: Option<String>,
}

/// What the files in YAML say.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) on_run_start: Vec<String>,
    pub(super) seeds: BTreeMap<String, Properties>,
    /// Schema and name of a source's table, by source and table.
    pub(super) sources: BTreeMap<(String, String), (String, String)>,
    pub(super) unread: Vec<(Span, String)>,
}

/// Keys that say nothing of access, by what they stand in.
const PROJECT: [&str; 9] =
    ["name", "version", "config-version", "require-dbt-version", "profile", "model-paths", "seed-paths", "test-paths", "macro-paths"];
const NODE: [&str; 5] = ["name", "description", "config", "columns", "tables"];
const COLUMN: [&str; 6] = ["name", "quote", "data_type", "description", "config", "data_tests"];
const TARGET: [&str; 8] = ["type", "host", "port", "user", "password", "dbname", "schema", "threads"];

impl Settings {
    /// Reads a file.
    pub(super) fn read(&mut self, path: &str, file: FileId, sources: &Sources) {
        let at = Span::new(file, 0, 0);
        let Ok(content) = serde_saphyr::from_str::<Json>(sources.text(file)) else {
            self.unread.push((at, format!("`{path}` is no YAML that is")));
            return;
        };
        let mut unknown = Vec::new();
        match path {
            "dbt/dbt_project.yml" => self.project(&content, &mut unknown),
            "dbt/profiles.yml" => profiles(&content, &mut unknown),
            _ => self.properties(&content, &mut unknown),
        }
        self.unread.extend(unknown.into_iter().map(|key| (at, format!("the setting `{key}`"))));
    }

    fn project(&mut self, content: &Json, unknown: &mut Vec<String>) {
        let mut flags = None;
        for (key, value) in entries(content) {
            match key {
                "on-run-start" => self.on_run_start = list(value).filter_map(Json::as_str).map(str::to_owned).collect(),
                "data_tests" if *value == serde_json::json!({ "+store_failures": false }) => {}
                "flags" => flags = Some(value),
                "model-paths" if *value != serde_json::json!(["models"]) => unknown.push(key.to_owned()),
                "macro-paths" if *value != serde_json::json!(["macros"]) => unknown.push(key.to_owned()),
                "seed-paths" if *value != serde_json::json!(["seeds"]) => unknown.push(key.to_owned()),
                _ if PROJECT.contains(&key) => {}
                _ => unknown.push(key.to_owned()),
            }
        }
        // Without the second of them dbt goes on after a set-up that refused to.
        if flags != Some(&serde_json::json!({ "send_anonymous_usage_stats": false, "skip_nodes_if_on_run_start_fails": true })) {
            unknown.push("flags".to_owned());
        }
    }

    fn properties(&mut self, content: &Json, unknown: &mut Vec<String>) {
        texts(content, &mut |text| {
            let known = jinja::plain(text).is_some() || (text.starts_with("{{ pipec_access_to_") && text.ends_with("() }}"));
            if !known {
                unknown.push(text.to_owned());
            }
        });
        for (key, value) in entries(content) {
            match key {
                "version" | "exposures" => {}
                "models" | "seeds" => {
                    for node in list(value) {
                        let properties = node_of(node, unknown);
                        let name = node.get("name").and_then(Json::as_str).and_then(jinja::plain).unwrap_or_default();
                        if key == "seeds" {
                            self.seeds.insert(name, properties);
                        } else if properties.schema.is_some() || properties.alias.is_some() || properties.hook.is_some() {
                            unknown.push(format!("config of {name}"));
                        }
                    }
                }
                "sources" => list(value).for_each(|s| self.source(s, unknown)),
                _ => unknown.push(key.to_owned()),
            }
        }
    }

    fn source(&mut self, source: &Json, unknown: &mut Vec<String>) {
        let text = |key: &str| source.get(key).and_then(Json::as_str).and_then(jinja::plain).unwrap_or_default();
        unknown.extend(entries(source).map(|(k, _)| k).filter(|k| !["name", "schema", "config", "tables"].contains(k)).map(str::to_owned));
        let config = source.get("config").into_iter().flat_map(entries);
        unknown.extend(config.map(|(k, _)| k).filter(|k| !["tags", "meta"].contains(k)).map(str::to_owned));
        for table in source.get("tables").into_iter().flat_map(list) {
            let _ = node_of(table, unknown);
            let name = table.get("name").and_then(Json::as_str).and_then(jinja::plain).unwrap_or_default();
            self.sources.insert((text("name"), name.clone()), (text("schema"), name));
        }
    }
}

fn profiles(content: &Json, unknown: &mut Vec<String>) {
    for (_, profile) in entries(content) {
        unknown.extend(entries(profile).map(|(k, _)| k).filter(|k| !["target", "outputs"].contains(k)).map(str::to_owned));
        for (_, target) in profile.get("outputs").into_iter().flat_map(entries) {
            unknown.extend(entries(target).map(|(k, _)| k).filter(|k| !TARGET.contains(k)).map(str::to_owned));
        }
    }
}

fn node_of(node: &Json, unknown: &mut Vec<String>) -> Properties {
    let mut out = Properties::default();
    unknown.extend(entries(node).map(|(k, _)| k).filter(|k| !NODE.contains(k)).map(str::to_owned));
    for column in node.get("columns").into_iter().flat_map(list) {
        unknown.extend(entries(column).map(|(k, _)| k).filter(|k| !COLUMN.contains(k)).map(str::to_owned));
        let config = column.get("config").into_iter().flat_map(entries);
        unknown.extend(config.map(|(k, _)| k).filter(|k| *k != "meta").map(str::to_owned));
    }
    for (key, value) in node.get("config").into_iter().flat_map(entries) {
        let text = value.as_str().map(str::to_owned);
        match key {
            "tags" | "meta" | "quote_columns" | "column_types" | "loaded_at_field" | "freshness" => {}
            "contract" if *value == serde_json::json!({ "enforced": true }) => {}
            "schema" => out.schema = text.as_deref().and_then(jinja::plain),
            "alias" => out.alias = text.as_deref().and_then(jinja::plain),
            "post_hook" if text.is_some() => out.hook = text,
            _ => unknown.push(key.to_owned()),
        }
    }
    out
}

fn entries(value: &Json) -> impl Iterator<Item = (&str, &Json)> {
    value.as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v))
}

fn list(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Json, f: &mut dyn FnMut(&str)) {
    match value {
        Json::String(text) => f(text),
        Json::Array(parts) => parts.iter().for_each(|p| texts(p, f)),
        Json::Object(parts) => parts.values().for_each(|p| texts(p, f)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
