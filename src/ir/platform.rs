//! What a platform runs on: environments, networks, databases, machines.

use super::google::{Dataset, External, ServiceAccount};
use crate::base::{Ident, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a platform runs on: what Terraform makes besides buckets and who reads them.
#[derive(Clone, Debug, Default)]
pub struct Platform {
    /// Where the whole is made more than once; empty: once.
    pub environments: Vec<Environment>,
    /// What may differ between them, or between two runs of Terraform.
    pub variables: Vec<Variable>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Databases.
    pub databases: Vec<Database>,
    /// Machines.
    pub computes: Vec<Compute>,
    /// What is said of datasets at Google.
    pub datasets: Vec<Dataset>,
    /// Tables of sources that are files at Google.
    pub externals: Vec<External>,
    /// Service accounts at Google.
    pub accounts: Vec<ServiceAccount>,
    /// Named results.
    pub outputs: Vec<Output>,
    /// Terraform as it was written.
    pub raw: Vec<Raw>,
}

impl Platform {
    /// A network, by name.
    pub fn network(&self, name: &Ident) -> Option<&Network> {
        self.networks.iter().find(|n| n.name == *name)
    }

    /// A database, by name.
    pub fn database(&self, name: &Ident) -> Option<&Database> {
        self.databases.iter().find(|d| d.name == *name)
    }

    /// A machine, by name.
    pub fn compute(&self, name: &Ident) -> Option<&Compute> {
        self.computes.iter().find(|c| c.name == *name)
    }

    /// Whether any environment may be thrown away.
    pub fn has_disposable(&self) -> bool {
        self.environments.iter().any(|e| e.disposable)
    }

    /// The greatest number of bytes that an environment adds to a name.
    pub fn longest_suffix(&self) -> usize {
        self.environments.iter().map(|e| e.suffix.len()).max().unwrap_or(0)
    }
}

/// `environment production { db_class = "db.m7g.large" }`
#[derive(Clone, Debug)]
pub struct Environment {
    /// `production`
    pub name: Ident,
    /// What is put behind every name that has to be unique: `-production`.
    pub suffix: Arc<str>,
    /// Whether what is in it may be lost: no protection against deletion, one zone, no last snapshot.
    pub disposable: bool,
    /// Values of variables, by name.
    pub values: BTreeMap<Ident, Value>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Types of variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as they are written")]
pub enum ValueType {
    Text,
    Integer,
    Boolean,
    Texts,
}

impl ValueType {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::Text => "text",
            ValueType::Integer => "integer",
            ValueType::Boolean => "boolean",
            ValueType::Texts => "text[]",
        }
    }
}

/// A value of one of these types.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as their types")]
pub enum Value {
    Text(Arc<str>),
    Integer(u32),
    Boolean(bool),
    Texts(Vec<Arc<str>>),
}

/// `var db_class text default "db.t4g.medium" one_of ("db.t4g.medium", "db.m7g.large")`
#[derive(Clone, Debug)]
pub struct Variable {
    /// `db_class`
    pub name: Ident,
    /// Its type.
    pub ty: ValueType,
    /// What it is where nobody says.
    pub default: Option<Value>,
    /// The texts it may be; empty: any.
    pub one_of: Vec<Arc<str>>,
    /// The regular expression that texts fit.
    pub matches: Option<Arc<str>>,
    /// The least and the greatest integer.
    pub range: Option<(u32, u32)>,
    /// Whether its value is shown and written nowhere: then no default and no environment gives one.
    pub sensitive: bool,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// A text that is written, or a variable of type text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Given {
    /// `"t3.medium"`
    Text(Arc<str>),
    /// `var("class")`
    Variable(Ident),
}

/// What a declaration was before pipec made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `adopt "vpc-0123" in production`: what is there already, and in which environment; `None`: in the only one.
    pub adopt: Option<(Arc<str>, Option<Ident>)>,
    /// `moved from main`: what it was called.
    pub moved_from: Option<Ident>,
    /// `called store`: what it is called in the cloud, where that is another name.
    pub called: Option<Ident>,
}

impl Origin {
    /// What something of this name is called in the cloud: what was renamed keeps the name it was made with.
    pub fn called<'o>(&'o self, name: &'o Ident) -> &'o str {
        self.called.as_ref().or(self.moved_from.as_ref()).unwrap_or(name).as_str()
    }
}

/// `network main on aws { cidr "10.0.0.0/16"; zones 2 }`
#[derive(Clone, Debug)]
pub struct Network {
    /// `main`
    pub name: Ident,
    /// A network of its own, or the account's.
    pub kind: NetworkKind,
    /// `adopt`, `moved from`
    pub origin: Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Kinds of networks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NetworkKind {
    /// Made here.
    Own {
        /// Its addresses.
        cidr: Arc<str>,
        /// In how many zones it has a public and a private subnet each.
        zones: u32,
        /// Whether private subnets reach the internet.
        nat: bool,
    },
    /// The account's default network, which is public all over, and why.
    Default(Arc<str>),
}

/// Which subnets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Those that the internet can reach.
    Public,
    /// The others.
    Private,
}

/// `database warehouse on aws { engine postgres 16; … }`
#[derive(Clone, Debug)]
pub struct Database {
    /// `warehouse`
    pub name: Ident,
    /// The major version of Postgres.
    pub version: u32,
    /// `class "db.t4g.medium"`
    pub class: Given,
    /// Gigabytes at first, and at most.
    pub storage: (u32, u32),
    /// Days that backups are kept.
    pub backup_days: u32,
    /// Its network.
    pub network: Ident,
    /// The database made in it at first.
    pub database: Arc<str>,
    /// Its administrator.
    pub user: Arc<str>,
    /// `adopt`, `moved from`
    pub origin: Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `compute airflow on aws { type "t3.medium"; image var("ami"); … }`
#[derive(Clone, Debug)]
pub struct Compute {
    /// `airflow`
    pub name: Ident,
    /// `type "t3.medium"`
    pub class: Given,
    /// `image "ami-0123"`
    pub image: Given,
    /// Its network.
    pub network: Ident,
    /// Its subnet.
    pub side: Side,
    /// Who may reach it.
    pub allows: Vec<Allow>,
    /// Databases it reaches.
    pub uses: Vec<Ident>,
    /// `runs nightly`: pipelines that run on it.
    pub runs: Vec<(Ident, Span)>,
    /// `runs exports`: it may write every export, whatever runs there.
    pub runs_exports: bool,
    /// `runs loads`: it may read whatever is loaded, and move it to the archive.
    pub runs_loads: bool,
    /// The exports that it may write: those of its pipelines, or all.
    pub exports: BTreeSet<u32>,
    /// The loads out of buckets whose files it may read, and move to the archive: those of its pipelines, or all.
    pub loads: BTreeSet<u32>,
    /// Secrets of Secrets Manager that it reads.
    pub secrets: Vec<Arc<str>>,
    /// Gigabytes of its disk.
    pub disk: u32,
    /// Whether people open a shell on it through Systems Manager.
    pub sessions: bool,
    /// Whether containers on it get its credentials.
    pub containers: bool,
    /// What runs at its first start: the path in the project, and the text.
    pub bootstrap: Option<(Arc<str>, Arc<str>)>,
    /// What that script finds in its environment.
    pub environment: Vec<(Arc<str>, Expr)>,
    /// `adopt`, `moved from`
    pub origin: Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `allow https from "198.51.100.0/24"`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allow {
    /// `443`
    pub port: u32,
    /// From where.
    pub from: Source,
    /// Why, where it is open to the world.
    pub because: Option<Arc<str>>,
    /// Where written.
    pub at: Span,
}

/// Where connections come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Addresses.
    Cidr(Arc<str>),
    /// Another machine.
    Compute(Ident),
}

/// What an output or a script's variable is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// `"text"`
    Text(Arc<str>),
    /// `var("x")`
    Variable(Ident),
    /// `bucket.files.name`: its index.
    Bucket(u32),
    /// `database.warehouse.host`
    Database(Ident, DatabaseFact),
    /// `compute.airflow.id`
    Compute(Ident, ComputeFact),
    /// `network.main.id`
    Network(Ident),
    /// `dataset.emr_raw.id`
    Dataset(Ident),
    /// `service_account.dbt.email`
    Account(Ident),
    /// `environment`: which one it is.
    Environment,
}

/// What is known of a database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as they are written")]
pub enum DatabaseFact {
    Host,
    Port,
    Name,
    /// The secret that holds its administrator's password, by its ARN.
    Secret,
}

/// What is known of a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as they are written")]
pub enum ComputeFact {
    Id,
    PrivateIp,
    PublicIp,
    /// Its role, by its ARN.
    Role,
}

/// `output host database.warehouse.host`
#[derive(Clone, Debug)]
pub struct Output {
    /// `host`
    pub name: Ident,
    /// What it is.
    pub value: Expr,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `terraform raw """…"""`
#[derive(Clone, Debug)]
pub struct Raw {
    /// The text between the quotes.
    pub text: Arc<str>,
    /// Its place.
    pub at: Span,
}

/// `state s3 "my-terraform-state"`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// `s3`, `gcs`
    pub kind: Arc<str>,
    /// The bucket it lies in.
    pub bucket: Arc<str>,
}
