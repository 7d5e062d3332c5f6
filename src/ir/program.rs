use super::{
    AccessTest, Api, Bucket, Category, CategoryId, Clearance, Counted, DataSource, DatedMask, Dialect, Discriminator, Entitlement,
    EntitlementRelease, Export, Exposure, Function, FunctionId, Grant, JsonType, JsonTypeId, Link, Load, Masking, Metric, MetricCells,
    Pipeline, Policy, PolicyRelease, PolicyWriter, Reclassified, Role, Shown, SmallestGroup, Subject, Table, TableId, Twin, Unemitted,
    UnitTest, Unwithheld, Zip3Areas,
};
use crate::base::{Ident, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A whole project with the parts of the standard library it uses: resolved, typed and labelled.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The `project` declaration.
    pub project: Project,
    /// Layers, in order of declaration.
    pub layers: Vec<Layer>,
    /// Every table: sources' tables, seeds, then models by name.
    pub tables: Vec<Table>,
    /// All of them again, each after those it reads; ties by id.
    pub order: Vec<TableId>,
    /// What a table may be called: models, facts and seeds by name, a source's table as `source.table` and, where nothing else has the name, bare.
    pub table_names: BTreeMap<Ident, TableId>,
    /// JSON types.
    pub json_types: Vec<JsonType>,
    /// Functions, masks, operators.
    pub functions: Vec<Function>,
    /// Overloads by folded name.
    pub function_names: BTreeMap<Arc<str>, Vec<FunctionId>>,
    /// Models whose list of columns is not known as a whole, because something they read is not; empty once a program is sealed.
    pub open: BTreeSet<TableId>,
    /// Categories; the first is `unclassified`.
    pub categories: Vec<Category>,
    /// Clearances.
    pub clearances: Vec<Clearance>,
    /// Maskings.
    pub maskings: Vec<Masking>,
    /// Written statements that a column tells what another column says it tells; each counts as a release.
    pub discriminators: Vec<Discriminator>,
    /// Source columns and JSON fields whose annotation says less than their type's own paths do; each counts as a release.
    pub reclassified: Vec<Reclassified>,
    /// Whom the platform protects.
    pub subjects: Vec<Subject>,
    /// Columns that cells are counted by, each said to name a subject; proven before the program is sealed.
    pub counted: Vec<Counted>,
    /// The ZIP areas too small to be named; `None` without `std.hipaa`.
    pub zip3: Option<Zip3Areas>,
    /// Masks of ages and years whose day moves, or stands still.
    pub dated: Vec<DatedMask>,
    /// Facts whose cells stand for at least so many people.
    pub grouped: BTreeMap<TableId, SmallestGroup>,
    /// What the cells of each fact stand on, metric by metric; those that a ratio is made of are among them.
    pub facts: BTreeMap<TableId, Vec<MetricCells>>,
    /// Metrics that are told beside withheld ones; looked at before the program is sealed.
    pub unwithheld: Vec<Unwithheld>,
    /// Source columns declared `measure`: their sums, means and spreads over enough subjects tell no one's own value.
    pub measures: BTreeSet<(TableId, u32)>,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Entitlements.
    pub entitlements: Vec<Entitlement>,
    /// Grants, globs resolved.
    pub grants: Vec<Grant>,
    /// Masked twins that grants made; the last tables.
    pub twins: Vec<Twin>,
    /// Row policies.
    pub policies: Vec<Policy>,
    /// Where row policies end.
    pub policy_releases: Vec<PolicyRelease>,
    /// Roles that may write what the columns of a policy are computed from that narrows them.
    pub policy_writers: Vec<PolicyWriter>,
    /// Roles that may write what narrows them.
    pub entitlement_releases: Vec<EntitlementRelease>,
    /// How Tableau shows tables.
    pub data_sources: Vec<DataSource>,
    /// What it shows, and to whom, in order of name; their views are the last tables of all.
    pub shown: Vec<Shown>,
    /// What is told over HTTP, in order of name; the views of APIs are the last tables of all.
    pub apis: Vec<Api>,
    /// What stands outside of the platform and shows what is in it, in order of name.
    pub exposures: Vec<Exposure>,
    /// What tests say of access.
    pub access_tests: Vec<AccessTest>,
    /// What models make of given rows, as tests say.
    pub unit_tests: Vec<UnitTest>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// Places whose rows a reader of all of them may bring together; each counts as a release.
    pub links: Vec<Link>,
    /// Exports, globs resolved.
    pub exports: Vec<Export>,
    /// Files that are read into own tables.
    pub loads: Vec<Load>,
    /// Pipelines.
    pub pipelines: Vec<Pipeline>,
    /// Who answers for what, and its tags, where that is said.
    pub tagged: BTreeMap<(super::Thing, Ident), super::Tagged>,
    /// What it all runs on.
    pub platform: super::platform::Platform,
    /// Declarations that are checked but that no back end prints yet; each has been warned of.
    pub unemitted: Vec<Unemitted>,
    /// Names of secrets anything refers to.
    pub secrets: BTreeSet<Arc<str>>,
}

impl Program {
    /// A table by id. Ids come from this program, so the fallback is never seen.
    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.tables.get(id.0 as usize)
    }

    /// A table by name.
    pub fn table_named(&self, name: &str) -> Option<(TableId, &Table)> {
        let id = *self.table_names.get(name)?;
        Some((id, self.table(id)?))
    }

    /// A function by id.
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }

    /// A JSON type by id.
    pub fn json_type(&self, id: JsonTypeId) -> Option<&JsonType> {
        self.json_types.get(id.0 as usize)
    }

    /// A category by id.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(id.0 as usize)
    }

    /// Models (facts and queries too), each after those it reads.
    pub fn models(&self) -> impl Iterator<Item = (TableId, &Table, &super::Model)> {
        self.order.iter().filter_map(|id| {
            let table = self.table(*id)?;
            match &table.kind {
                super::TableKind::Model(model) => Some((*id, table, model.as_ref())),
                _ => None,
            }
        })
    }

    /// Tables with their ids.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        (0u32..).map(TableId).zip(self.tables.iter())
    }

    /// The layer of a model.
    pub fn layer(&self, index: u32) -> Option<&Layer> {
        self.layers.get(index as usize)
    }

    /// The clearance with this name.
    pub fn clearance(&self, name: &str) -> Option<&Clearance> {
        self.clearances.iter().find(|c| c.name.as_str() == name)
    }
}

/// The `project` declaration.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `engage_analytics`
    pub name: Ident,
    /// `///`
    pub doc: Arc<str>,
    /// The dialect models are built in.
    pub warehouse: Option<Warehouse>,
    /// `cloud aws { region "us-east-1" }`: provider name and its settings as written values.
    pub clouds: Vec<Cloud>,
    /// `state s3 "…"`: where Terraform keeps what it made.
    pub state: Option<super::platform::State>,
    /// `emit dbt, sql, …`: back ends by id, in fixed order.
    pub emit: Vec<Arc<str>>,
    /// `secrets vault "…"`: where pipelines read secrets from.
    pub secrets: super::SecretStore,
    /// `airflow 2`: the major version of Airflow that DAGs are written for; 0 in a program without a `project`.
    pub airflow: u32,
    /// Where declared.
    pub at: Span,
}

/// `warehouse postgres { database = env("DBT_DATABASE") }`
#[derive(Clone, Debug)]
pub struct Warehouse {
    /// Its dialect.
    pub dialect: Dialect,
    /// Settings (`host`, `port`, `user`, `password`, `database`, `schema`, `project`, `dataset`, `location`).
    pub settings: BTreeMap<Arc<str>, Setting>,
}

/// A setting that may come from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// A text.
    Text(Arc<str>),
    /// `env("X")`
    Env(Arc<str>),
    /// `secret("x")`
    Secret(Arc<str>),
    /// `var("x")`: a variable of Terraform's; of clouds only.
    Variable(Arc<str>),
}

/// A cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// `aws`, `gcp`
    pub provider: Arc<str>,
    /// `region`, `project`
    pub settings: BTreeMap<Arc<str>, Setting>,
}

/// `layer marts schema "engage_analytics_mart" as table`
#[derive(Clone, Debug)]
pub struct Layer {
    /// `marts`
    pub name: Ident,
    /// Its schema.
    pub schema: Ident,
    /// How its models are kept when they don't say.
    pub materialization: super::Materialization,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}
