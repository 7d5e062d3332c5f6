//! `audit operations.runs` in a pipeline: the table with a row for every run and every step of it. It lies in a layer, and pipelines that name one share it.

use super::Slot;
use super::collect::Found;
use super::load_tables::{Made, Place, Tells};
use super::own_tables::qualified;
use super::pipelines::{SETTINGS, is_named};
use super::reader::Reader;
use super::words::{Read, Words, plain, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind, Dialect, Index, Literal, TableId, TableKind, Type};
use std::sync::Arc;

/// How a run, or a step, stands.
const STATUS: [&str; 4] = ["running", "succeeded", "failed", "lost"];

/// Names of steps, moments, how often: nothing of any row. Counts of rows are left out, since they tell what the rows tell.
fn recorded() -> [Made; 9] {
    let nothing = Tells::Nothing;
    [
        ("id", Type::BigInt, false, nothing, "A number of its own."),
        ("pipeline", Type::TEXT, false, nothing, "Which pipeline."),
        ("run", Type::TEXT, false, nothing, "Which run: a random number by cron, the moment it was due by Airflow."),
        ("run_date", Type::Date, false, nothing, "The day it is for."),
        ("step", Type::TEXT, true, nothing, "The step, by its name in the logs; none: the run as a whole."),
        ("status", Type::TEXT, false, nothing, "`running`, `succeeded`, `failed`; `lost` where nobody could tell how it ended."),
        ("tries", Type::Integer, false, nothing, "How often it was begun in this run."),
        ("started_at", Type::Timestamptz, false, nothing, "When the last try began; of a run, the first step."),
        ("ended_at", Type::Timestamptz, true, nothing, "When it ended."),
    ]
}

impl<'a> Reader<'a, '_> {
    /// The tables that pipelines name behind `audit`: they have places among all tables before pipelines are read.
    pub(super) fn run_tables(&mut self, found: &[Found<'a>]) {
        self.each(found, "pipeline", |reader, _, words| {
            for sentence in words.block().unwrap_or_default() {
                let mut inner = Words::new(words.generator, words.env, sentence);
                if is_named(sentence) || inner.peek_key().is_none_or(|k| !SETTINGS.contains(&k.text)) {
                    continue;
                }
                while let Some(word) = inner.next() {
                    if plain(word) == Some("audit") {
                        let made = reader.run_table(&mut inner);
                        reader.keep(made);
                        break;
                    }
                }
            }
            Ok(())
        });
    }

    fn run_table(&mut self, words: &mut Words<'_>) -> Read<()> {
        let (path, at) = words.path("a table for what was run")?;
        let [layer, name] = path.as_slice() else {
            return Err(wrong(at, "`audit` names a new table and the layer that it lies in").help("such as `audit operations.runs`"));
        };
        if self.out.program.project.warehouse.as_ref().is_some_and(|w| w.dialect != Dialect::Postgres) {
            return Err(Diagnostic::error(Code::DialectGap, at, "runs are written down in postgres only").label("this table"));
        }
        let (index, schema) = self.layer(layer, at)?;
        let called = qualified(layer, name);
        let known = self.run_tables.iter().find(|(known, _)| *known == called).map(|(_, id)| *id);
        let id = match known {
            Some(id) => id,
            None => {
                if !self.declare("tables", &called, at) {
                    return Ok(());
                }
                let Some(written_in) = self.sources.get(at.file).map(|f| f.path.clone()) else { return Ok(()) };
                let place = Place { layer: Some(index), source: layer.clone(), schema, written_in };
                self.run_table_in(place, name, at)
            }
        };
        self.run_tables.extend(known.is_none().then_some((called, id)));
        self.run_audits.push((at, id));
        Ok(())
    }

    fn run_table_in(&mut self, place: Place, name: &Ident, at: Span) -> TableId {
        let id = self.made(Some(place), (name.clone(), at), "A row for every run of a pipeline, and for every step of it.", &recorded());
        self.numbered(id, at);
        if let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) {
            let column = (0_u32..).zip(&table.columns).find(|(_, c)| c.name.as_str() == "status").map(|(place, _)| place);
            let values = STATUS.map(|s| Literal::Text(s.into())).to_vec();
            table.assertions.extend(column.map(|place| Assertion {
                name: Arc::from("one_of_status"),
                kind: AssertionKind::OneOf(place, values),
                warn: false,
                at,
            }));
            if let TableKind::Source(source) = &mut table.kind
                && let Some(own) = source.own.as_deref_mut()
            {
                own.indexes.push(Index { columns: vec![Ident::exact("pipeline"), Ident::exact("run")], unique: false, search: None });
            }
        }
        id
    }
}
