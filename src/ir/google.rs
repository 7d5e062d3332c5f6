//! What lies at Google besides buckets: datasets, tables over files, and service accounts with what they may do.

use super::platform::Origin;
use super::{Export, Program, TableId, TableKind};
use crate::base::{Ident, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `dataset emr_raw on gcp { labels { team "analytics" }; expire 30d }`: what is said of a schema of the warehouse.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its name in BigQuery: the schema of a layer or a source.
    pub name: Ident,
    /// Labels of Google's, for people and bills.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Days until a new table in it is gone.
    pub expire_days: Option<u32>,
    /// `adopt`, `moved from`
    pub origin: Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Files of an external table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilesFormat {
    /// With a header.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl FilesFormat {
    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            FilesFormat::Csv => "csv",
            FilesFormat::Parquet => "parquet",
        }
    }
}

/// `files parquet in raw "emr/patients/" partitioned by ingested_at`: the files that a source's table is.
#[derive(Clone, Debug)]
pub struct External {
    /// The table.
    pub table: TableId,
    /// The bucket, by index into [`Program::buckets`].
    pub bucket: u32,
    /// The folder, with a `/` at its end; every file below it is part of the table.
    pub folder: Arc<str>,
    /// How the files are written.
    pub format: FilesFormat,
    /// Columns that stand in the names of folders (`ingested_at=2026-01-01/`), by position, from the outermost on.
    pub partitions: Vec<u32>,
    /// Where written.
    pub at: Span,
}

/// `service_account dbt_analytics { clearance internal; roles "roles/bigquery.jobUser"; … }`
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// `dbt_analytics`
    pub name: Ident,
    /// What it may learn; `None`: nothing above `public`.
    pub clearance: Option<Ident>,
    /// What it may do, and where.
    pub rights: Vec<Right>,
    /// `adopt`, `moved from`
    pub origin: Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// One role of an account, on one thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Right {
    /// The role: one of [`ROLES`].
    pub role: &'static Predefined,
    /// On what.
    pub on: Reach,
    /// Why, where it reaches the data of a whole project.
    pub because: Option<Arc<str>>,
    /// Where written.
    pub at: Span,
}

/// What a role is given on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// All of Google's project.
    Project,
    /// A bucket, by index.
    Bucket(u32),
    /// A dataset, by name.
    Dataset(Ident),
    /// Another account.
    Account(Ident),
}

/// What a role is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// Files of buckets.
    Files,
    /// Tables of datasets.
    Tables,
    /// Being another account.
    Accounts,
    /// Nothing that holds data: running queries.
    Nothing,
}

/// A role of Google's own. What it lets do follows Google's reference of IAM roles for Cloud Storage, BigQuery and service accounts.
#[derive(PartialEq, Eq, Debug)]
pub struct Predefined {
    /// `roles/storage.objectViewer`
    pub name: &'static str,
    /// What it is about.
    pub about: About,
    /// Whether who has it reads data.
    pub reads: bool,
    /// Whether it may be given on less than a project.
    pub narrow: bool,
}

const fn role(name: &'static str, about: About, reads: bool, narrow: bool) -> Predefined {
    Predefined { name, about, reads, narrow }
}

/// The roles that pipec knows; any other could open what nobody sees.
pub const ROLES: [Predefined; 12] = [
    role("roles/bigquery.admin", About::Tables, true, false),
    role("roles/bigquery.dataEditor", About::Tables, true, true),
    role("roles/bigquery.dataOwner", About::Tables, true, true),
    role("roles/bigquery.dataViewer", About::Tables, true, true),
    role("roles/bigquery.jobUser", About::Nothing, false, false),
    role("roles/bigquery.readSessionUser", About::Nothing, false, false),
    role("roles/iam.serviceAccountUser", About::Accounts, true, true),
    role("roles/storage.admin", About::Files, true, true),
    role("roles/storage.objectAdmin", About::Files, true, true),
    role("roles/storage.objectCreator", About::Files, false, true),
    role("roles/storage.objectUser", About::Files, true, true),
    role("roles/storage.objectViewer", About::Files, true, true),
];

impl Program {
    /// Whether the warehouse's datasets are made: it is BigQuery, and the project has a cloud at Google.
    pub fn makes_datasets(&self) -> bool {
        let bigquery = self.project.warehouse.as_ref().is_some_and(|w| w.dialect == super::Dialect::BigQuery);
        bigquery && self.project.clouds.iter().any(|c| *c.provider == *"gcp")
    }

    /// The datasets that are made: those of layers and seeds, those that are declared, those of tables over files, and those that
    /// a service account has a role on.
    pub fn datasets(&self) -> BTreeSet<&Ident> {
        let externals: BTreeSet<TableId> = self.platform.externals.iter().map(|e| e.table).collect();
        let built = self.tables().filter_map(|(id, t)| match &t.kind {
            TableKind::Model(model) => self.layer(model.layer).map(|l| &l.schema),
            TableKind::Seed(seed) => Some(&seed.schema),
            TableKind::Source(source) => externals.contains(&id).then_some(&source.schema),
        });
        let rights = self.platform.accounts.iter().flat_map(|a| &a.rights);
        let reached = rights.filter_map(|r| if let Reach::Dataset(name) = &r.on { Some(name) } else { None });
        built.chain(self.platform.datasets.iter().map(|d| &d.name)).chain(reached).collect()
    }

    /// The dataset that a table lies in.
    pub fn dataset_of(&self, table: TableId) -> Option<&Ident> {
        match &self.table(table)?.kind {
            TableKind::Model(model) => self.layer(model.layer).map(|l| &l.schema),
            TableKind::Seed(seed) => Some(&seed.schema),
            TableKind::Source(source) => Some(&source.schema),
        }
    }

    /// What an account reads through all its roles and through the accounts it may be: tables with the words that let it, each once.
    pub fn read_by_account(&self, account: &ServiceAccount) -> Vec<(TableId, Vec<u32>, Span)> {
        let mut found: BTreeMap<TableId, (BTreeSet<u32>, Span)> = BTreeMap::new();
        for (right, at) in self.rights_of(account) {
            for (table, columns) in self.read_by_right(right) {
                found.entry(table).or_insert_with(|| (BTreeSet::new(), at)).0.extend(columns);
            }
        }
        found.into_iter().map(|(table, (columns, at))| (table, columns.into_iter().collect(), at)).collect()
    }

    /// The exports whose files it reads so, in order of declaration.
    pub fn exports_read_by_account(&self, account: &ServiceAccount) -> Vec<&Export> {
        let buckets = self.buckets_read_by_account(account);
        self.exports.iter().filter(|e| buckets.contains_key(&e.bucket)).collect()
    }

    /// The buckets whose files it reads so, by index, with the words that let it.
    pub fn buckets_read_by_account(&self, account: &ServiceAccount) -> BTreeMap<u32, Span> {
        let rights = self.rights_of(account);
        let files = || rights.iter().filter(|(right, _)| right.role.about == About::Files);
        let buckets = (0u32..).zip(&self.buckets).map(|(bucket, _)| bucket);
        buckets.filter_map(|b| Some((b, files().find(|(right, _)| self.reaches(right, b)).map(|(_, at)| *at)?))).collect()
    }

    /// Its own rights to read and those of the accounts it may be, each with the words of its own that let it.
    fn rights_of<'a>(&'a self, account: &'a ServiceAccount) -> Vec<(&'a Right, Span)> {
        let mut found = Vec::new();
        let mut seen: BTreeSet<&Ident> = BTreeSet::new();
        let mut waiting: Vec<(&ServiceAccount, Option<Span>)> = vec![(account, None)];
        while let Some((one, through)) = waiting.pop() {
            if !seen.insert(&one.name) {
                continue;
            }
            for right in one.rights.iter().filter(|r| r.role.reads) {
                let at = through.unwrap_or(right.at);
                found.push((right, at));
                if right.role.about == About::Accounts {
                    let accounts = self.platform.accounts.iter();
                    let these = accounts.filter(|a| right.on == Reach::Project || right.on == Reach::Account(a.name.clone()));
                    waiting.extend(these.map(|a| (a, Some(at))));
                }
            }
        }
        found
    }

    /// Whether a right is about the files of a bucket.
    fn reaches(&self, right: &Right, bucket: u32) -> bool {
        match &right.on {
            Reach::Project => self.buckets.get(bucket as usize).is_some_and(|b| b.lies_in(self, "gcp")),
            Reach::Bucket(index) => *index == bucket,
            Reach::Dataset(_) | Reach::Account(_) => false,
        }
    }

    fn read_by_right(&self, right: &Right) -> Vec<(TableId, Vec<u32>)> {
        let all = |table: TableId| (table, self.table(table).map_or(Vec::new(), |t| (0..).zip(&t.columns).map(|(i, _)| i).collect()));
        match right.role.about {
            About::Nothing | About::Accounts => Vec::new(),
            About::Tables => {
                let here = |id: &TableId| match &right.on {
                    Reach::Project => true,
                    Reach::Dataset(name) => self.dataset_of(*id) == Some(name),
                    Reach::Bucket(_) | Reach::Account(_) => false,
                };
                self.tables().map(|(id, _)| id).filter(here).map(all).collect()
            }
            About::Files => {
                let here = |bucket: u32| self.reaches(right, bucket);
                let exported = self.exports.iter().filter(|e| here(e.bucket)).flat_map(|e| &e.tables);
                let exported = exported.map(|t| (t.table, t.columns.clone()));
                let files = self.platform.externals.iter().filter(|e| here(e.bucket)).map(|e| all(e.table));
                let loaded = self.loads.iter().filter(|l| l.bucket.is_some_and(here)).map(|l| (l.table, l.told()));
                exported.chain(files).chain(loaded).collect()
            }
        }
    }
}
