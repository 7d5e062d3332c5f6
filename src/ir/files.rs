use super::{Bucket, Cloud, Export, Program, Role, TableId, Verb};
use crate::base::{Ident, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Who reads an export's files, and the words that let them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileReader {
    /// The role.
    pub role: Ident,
    /// A bucket that names it among its `readers`, or its grants to `extract`.
    pub because: Vec<Span>,
    /// Whether the bucket names it: then it reads all of the bucket.
    pub of_bucket: bool,
}

impl Export {
    /// Where its keys begin: the path up to its first token. What follows differs from run to run, and from file to file of one run: a
    /// manifest lies beside the file, and what is not zipped is a folder of files.
    pub fn prefix(&self) -> &str {
        self.path.split_once('{').map_or(&*self.path, |(before, _)| before)
    }
}

impl Bucket {
    /// The cloud it lies in: the one it names, or the only one that the project has.
    pub fn cloud<'p>(&self, program: &'p Program) -> Option<&'p Cloud> {
        let clouds = &program.project.clouds;
        match (&self.on, clouds.as_slice()) {
            (Some(name), _) => clouds.iter().find(|c| c.provider == *name),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Whether it lies in a cloud.
    pub fn lies_in(&self, program: &Program, provider: &str) -> bool {
        self.cloud(program).is_some_and(|c| *c.provider == *provider)
    }
}

impl Program {
    /// A role, by name.
    pub fn role(&self, name: &Ident) -> Option<&Role> {
        self.roles.iter().find(|r| r.name == *name)
    }

    /// Who reads the files of each export, by its index, in order of name: the bucket's readers, and roles that may `extract` every table of it.
    /// A file is read whole or not at all.
    pub fn file_readers(&self) -> Vec<Vec<FileReader>> {
        let mut extracts: BTreeMap<&Ident, BTreeMap<TableId, Span>> = BTreeMap::new();
        for grant in self.grants.iter().filter(|g| g.verb == Verb::Extract) {
            let tables = extracts.entry(&grant.role).or_default();
            for table in &grant.tables {
                tables.entry(*table).or_insert(grant.at);
            }
        }
        self.exports.iter().map(|export| self.readers_of(export, &extracts)).collect()
    }

    fn readers_of(&self, export: &Export, extracts: &BTreeMap<&Ident, BTreeMap<TableId, Span>>) -> Vec<FileReader> {
        let mut readers: BTreeMap<&Ident, FileReader> = BTreeMap::new();
        if let Some(bucket) = self.buckets.get(export.bucket as usize) {
            for role in &bucket.readers {
                readers.insert(role, FileReader { role: role.clone(), because: vec![bucket.at], of_bucket: true });
            }
        }
        for (role, granted) in extracts {
            let spans: Option<BTreeSet<Span>> = export.tables.iter().map(|t| granted.get(&t.table).copied()).collect();
            let Some(spans) = spans.filter(|s| !s.is_empty()) else { continue };
            let reader = readers.entry(role).or_insert_with(|| FileReader { role: (*role).clone(), because: Vec::new(), of_bucket: false });
            reader.because.extend(spans);
        }
        readers.into_values().collect()
    }
}
