use super::collect::{Found, module_with};
use super::types::{Place, TypeReader};
use super::words::{Key, Once, Read, Words};
use super::{Env, Generator, Resolved};
use crate::base::{Ident, Sources, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::{Doc, File};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the families of declarations share: the program so far, the names taken, and where to report.
pub(super) struct Reader<'a, 'g> {
    pub(super) generator: &'g Generator<'a>,
    pub(super) sources: &'a Sources,
    pub(super) diagnostics: &'g mut Diagnostics,
    pub(super) out: Resolved<'a>,
    /// Columns that refer to another table, until all tables have names.
    pub(super) references: Vec<super::columns::Reference>,
    /// `schedule nightly "0 2 * * *"`
    pub(super) schedules: BTreeMap<Ident, Arc<str>>,
    /// Tables whose changes are written down, until all tables have names.
    pub(super) audits: Vec<super::change_logs::Audited>,
    /// Loads whose bucket is still a name; `None`: a folder.
    pub(super) loads: Vec<(crate::ir::Load, Option<(Ident, Span)>)>,
    /// Tables with a row for every run, by the name of each, and by where pipelines name it.
    pub(super) run_tables: Vec<(Ident, crate::ir::TableId)>,
    pub(super) run_audits: Vec<(Span, crate::ir::TableId)>,
    /// Tables over files whose bucket is still a name.
    pub(super) externals: Vec<(crate::ir::google::External, (Ident, Span))>,
    unused: Vec<(Arc<str>, &'a File)>,
    taken: BTreeMap<(&'static str, Ident), Span>,
}

impl<'a, 'g> Reader<'a, 'g> {
    pub(super) fn new(
        generator: &'g Generator<'a>,
        sources: &'a Sources,
        unused: Vec<(Arc<str>, &'a File)>,
        diagnostics: &'g mut Diagnostics,
    ) -> Self {
        Reader {
            generator,
            sources,
            diagnostics,
            out: Resolved::default(),
            references: Vec::new(),
            schedules: BTreeMap::new(),
            audits: Vec::new(),
            loads: Vec::new(),
            run_tables: Vec::new(),
            run_audits: Vec::new(),
            externals: Vec::new(),
            unused,
            taken: BTreeMap::new(),
        }
    }

    /// The value, or nothing after reporting what is wrong.
    pub(super) fn keep<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|d| self.diagnostics.push(d)).ok()
    }

    /// Takes a name in the namespace of a kind; false, after reporting, when it is taken.
    pub(super) fn declare(&mut self, kind: &'static str, name: &Ident, at: Span) -> bool {
        match self.taken.entry((kind, name.clone())) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(at);
                true
            }
            std::collections::btree_map::Entry::Occupied(first) => {
                let first = *first.get();
                self.diagnostics.push(
                    Diagnostic::error(Code::DuplicateName, at, format!("two {kind} are named `{name}`"))
                        .label("the second")
                        .mark(first, "the first")
                        .help("rename one of them"),
                );
                false
            }
        }
    }

    /// Where a name was declared.
    pub(super) fn declared(&self, kind: &'static str, name: &Ident) -> bool {
        self.taken.contains_key(&(kind, name.clone()))
    }

    /// The names of a kind, in order.
    pub(super) fn names_of(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        self.taken.keys().filter(move |(k, _)| *k == kind).map(|(_, n)| n.as_str())
    }

    /// Documentation, holes filled.
    pub(super) fn doc(&mut self, doc: Option<&Doc>, env: &Env) -> Arc<str> {
        match doc {
            Some(doc) => self.generator.text(&doc.text, env, self.diagnostics).unwrap_or_default(),
            None => Arc::default(),
        }
    }

    /// Reads types where an item is written.
    pub(super) fn types<'c>(&'c self, env: &'c Env, module: &'c str, place: Place) -> TypeReader<'c> {
        TypeReader { program: &self.out.program, generator: self.generator, env, module, place }
    }

    /// Says which module would declare a missing name.
    pub(super) fn hint(&self, diagnostic: Diagnostic, keyword: &str, name: &str) -> Diagnostic {
        match module_with(&self.unused, keyword, name) {
            Some(module) => diagnostic.help(format!("`use {module}` declares it")),
            None => diagnostic,
        }
    }

    /// Reads each declaration that starts with a keyword: `read` gets the words after the keyword.
    /// The first thing wrong with it is reported, and it is left out.
    pub(super) fn each<'f>(
        &mut self,
        found: &'f [Found<'a>],
        keyword: &str,
        mut read: impl FnMut(&mut Self, &'f Found<'a>, &mut Words<'f>) -> Read<()>,
    ) where
        'g: 'f,
    {
        for one in found {
            let Some(sentence) = one.sentence(keyword) else { continue };
            let generator: &'f Generator<'f> = self.generator;
            let mut words = Words::new(generator, &one.env, sentence);
            words.next();
            let read = read(self, one, &mut words);
            self.keep(read);
        }
    }

    /// Reads settings: those among the words that are left, then those of the block; several may stand in one sentence.
    /// `read` takes the words that belong to a keyword.
    pub(super) fn settings<'f>(&mut self, words: &mut Words<'f>, mut read: impl FnMut(&mut Self, &mut Words<'f>, Key<'f>) -> Read<()>) {
        let mut once = Once::default();
        let mut read = |reader: &mut Self, words: &mut Words<'f>, key: Key<'f>| {
            once.named(key)?;
            read(reader, words, key)
        };
        if !words.is_empty() {
            let mut head = words.clone();
            head.block();
            self.phrase(&mut head, &mut read);
        }
        for sentence in words.block().unwrap_or_default() {
            let mut inner = Words::new(words.generator, words.env, sentence);
            self.phrase(&mut inner, &mut read);
        }
    }

    /// Settings that stand in one sentence. What follows something broken in it is not read.
    pub(super) fn phrase<'f>(&mut self, words: &mut Words<'f>, read: &mut impl FnMut(&mut Self, &mut Words<'f>, Key<'f>) -> Read<()>) {
        while !words.is_empty() {
            let done = words.key("the name of a setting").and_then(|key| {
                words.symbol("=");
                read(self, words, key)
            });
            if self.keep(done).is_none() {
                return;
            }
            words.symbol(",");
        }
        let end = words.end();
        self.keep(end);
    }
}
