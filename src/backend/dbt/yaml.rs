use super::super::text;
use super::jinja;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A YAML file with a header; text that can't be written as YAML does not exist.
pub(super) fn file(header: &[String], content: &impl Serialize) -> String {
    let mut out = text::comment("#", header);
    out.push('\n');
    // Writing into a string can only fail on options or types that these files do not use.
    if serde_saphyr::to_fmt_writer(&mut out, content).is_err() {
        out.clear();
    }
    out
}

/// Text that dbt renders: descriptions too.
pub(super) fn rendered(text: &str) -> String {
    jinja::guard(text.trim()).into_owned()
}

/// A name; dbt renders those too.
pub(super) fn name(name: &str) -> String {
    jinja::guard(name).into_owned()
}

/// A list whose entries are made while it is written: ten thousand models as YAML weigh a tenth of what they do as [`Node`]s.
pub(super) struct Each<F>(pub(super) F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// `models/<layer>/_models.yml`
#[derive(Serialize)]
pub(super) struct Models<M> {
    pub(super) version: u8,
    pub(super) models: M,
}

/// `models/_sources.yml`, …
#[derive(Serialize, Default)]
pub(super) struct Properties {
    pub(super) version: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) seeds: Vec<Node>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sources: Vec<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) exposures: Vec<Exposure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unit_tests: Vec<UnitTest>,
}

/// A model, a seed, or a source's table.
#[derive(Serialize, Default)]
pub(super) struct Node {
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<NodeConfig>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) columns: Vec<Column>,
}

/// What dbt keeps below `config`.
#[derive(Serialize, Default)]
pub(super) struct NodeConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contract: Option<Contract>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alias: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quote_columns: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) column_types: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pre_hook: Option<String>,
    // With an underscore: dbt renders `post-hook` of a properties file at once, where no macro is known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_hook: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loaded_at_field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) freshness: Option<Freshness>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) meta: BTreeMap<String, String>,
}

#[derive(Serialize)]
pub(super) struct Contract {
    pub(super) enforced: bool,
}

#[derive(Serialize)]
pub(super) struct Freshness {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warn_after: Option<Age>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_after: Option<Age>,
}

#[derive(Serialize)]
pub(super) struct Age {
    pub(super) count: u32,
    pub(super) period: &'static str,
}

impl Age {
    /// Minutes in the greatest unit that fits.
    pub(super) fn minutes(minutes: u32) -> Age {
        match minutes {
            m if m > 0 && m % 1440 == 0 => Age { count: m / 1440, period: "day" },
            m if m > 0 && m % 60 == 0 => Age { count: m / 60, period: "hour" },
            m => Age { count: m, period: "minute" },
        }
    }
}

#[derive(Serialize)]
pub(super) struct Column {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quote: Option<bool>,
    pub(super) data_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<ColumnConfig>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) data_tests: Vec<Test>,
}

/// Categories with how much of them is left.
#[derive(Serialize)]
pub(super) struct ColumnConfig {
    pub(super) meta: Meta,
}

#[derive(Serialize)]
pub(super) struct Meta {
    pub(super) pii: BTreeMap<String, String>,
}

/// A generic test: a bare word, or with arguments or a severity.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Test {
    Plain(&'static str),
    Given(BTreeMap<&'static str, TestBody>),
}

#[derive(Serialize, Default)]
pub(super) struct TestBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<Arguments>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<TestConfig>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Arguments {
    Values { values: Vec<String> },
    To { to: String, field: String },
}

#[derive(Serialize)]
pub(super) struct TestConfig {
    pub(super) severity: &'static str,
}

#[derive(Serialize)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<NodeConfig>,
    pub(super) tables: Vec<Node>,
}

#[derive(Serialize)]
pub(super) struct Exposure {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) owner: Owner,
    pub(super) depends_on: Vec<String>,
    pub(super) config: NodeConfig,
}

#[derive(Serialize)]
pub(super) struct Owner {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
}

/// What a model makes of given rows. dbt renders every text of it but the description.
#[derive(Serialize)]
pub(super) struct UnitTest {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overrides: Option<Overrides>,
    pub(super) given: Vec<Given>,
    pub(super) expect: Expect,
}

#[derive(Serialize, Default)]
pub(super) struct Overrides {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) macros: BTreeMap<&'static str, bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) vars: BTreeMap<&'static str, String>,
}

/// The rows of a table that the model reads, as a query.
#[derive(Serialize)]
pub(super) struct Given {
    pub(super) input: String,
    pub(super) format: &'static str,
    pub(super) rows: String,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Expect {
    Rows { rows: Vec<serde_saphyr::FlowMap<Row>> },
    Sql { format: &'static str, rows: String },
}

/// Cells by column, in the model's order.
pub(super) struct Row(pub(super) Vec<(String, Cell)>);

impl Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, cell)| (name, cell)))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Null(Option<()>),
    Boolean(bool),
    Number(i64),
    Text(String),
}
