//! Unit tests as dbt runs them, in the warehouse: each input of the tested model gets a query over the given rows, so that types are the declared ones and
//! what lies between given rows and the model is computed there, by the models' own SQL.

mod expected;
mod fixture;
mod keyed;

use super::super::{FileTree, text};
use super::{Emission, jinja, yaml};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{ExprKind, Materialization, Model, ModelRole, Table, TableId, TableKind, TestRows, UnitTest, every_expr};
use crate::sql::Gap;
use fixture::{Called, Fixture};
use std::collections::{BTreeMap, BTreeSet};

/// How long the name of a test may be; dbt makes the name of a table of it.
const NAME: usize = 60;

/// `models/<layer>/_unit_tests.yml`. A test that dbt cannot run as it is meant is named by a warning, with the reason.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut layers: BTreeMap<u32, Vec<yaml::UnitTest>> = BTreeMap::new();
    let mut names: BTreeMap<TableId, text::Stems> = BTreeMap::new();
    let called = Called::new(emission);
    for test in &emission.program.unit_tests {
        for expect in &test.expect {
            match Case::new(emission, &called, test, expect).and_then(|case| Ok((case.model.layer, case.unit()?))) {
                Ok((layer, mut unit)) => {
                    unit.name = names.entry(expect.table).or_default().claim(&slug(test.title.as_str()));
                    layers.entry(layer).or_default().push(unit);
                }
                Err(why) => diagnostics.push(why.warning(test)),
            }
        }
    }
    let header = text::header("What models make of given rows.", &text::whole_project(emission.program));
    for (layer, unit_tests) in layers {
        let at = emission.program.layer(layer).map_or(emission.program.project.at, |l| l.at);
        let content = yaml::Properties { version: 2, unit_tests, ..Default::default() };
        let path = format!("dbt/models/{}/_unit_tests.yml", emission.nodes.layer(layer));
        text::put(out, diagnostics, &path, at, yaml::file(&header, &content));
    }
}

/// Why dbt does not get a test.
struct Why {
    at: Span,
    reason: String,
    help: &'static str,
}

impl Why {
    fn new(at: Span, reason: String, help: &'static str) -> Why {
        Why { at, reason, help }
    }

    fn gap(gap: &Gap, emission: &Emission<'_>) -> Why {
        let reason = format!("{} cannot express {}", emission.dialect.name(), gap.what);
        Why::new(gap.at, reason, "`pipec test` runs it; write the cell in another way, and dbt can run it, too")
    }

    fn warning(self, test: &UnitTest) -> Diagnostic {
        let message = format!("dbt does not get test `{}`: {}", test.title, self.reason);
        Diagnostic::warning(Code::NotEmittedYet, self.at, message).help(self.help)
    }
}

/// One expected model of one test.
struct Case<'a> {
    emission: &'a Emission<'a>,
    called: &'a Called,
    test: &'a UnitTest,
    expect: &'a TestRows,
    table: &'a Table,
    model: &'a Model,
    given: BTreeMap<TableId, &'a TestRows>,
}

impl<'a> Case<'a> {
    fn new(emission: &'a Emission<'_>, called: &'a Called, test: &'a UnitTest, expect: &'a TestRows) -> Result<Case<'a>, Why> {
        let given: BTreeMap<TableId, &TestRows> = test.given.iter().map(|g| (g.table, g)).collect();
        let table = emission.program.table(expect.table);
        let built = table.and_then(|table| match &table.kind {
            TableKind::Model(model) if model.role != ModelRole::Query && !given.contains_key(&expect.table) => Some((table, &**model)),
            _ => None,
        });
        let Some((table, model)) = built else {
            let reason = format!("`{}` is no model that the test builds", table.map_or("", |t| t.name.as_str()));
            return Err(Why::new(expect.at, reason, "expect rows of a model that is built and not given"));
        };
        Ok(Case { emission, called, test, expect, table, model, given })
    }

    fn unit(&self) -> Result<yaml::UnitTest, Why> {
        let needed = self.needed([self.expect.table]);
        self.keyed(&needed)?;
        let dated = self.dated(&needed)?;
        let incremental = matches!(self.model.materialization, Materialization::Incremental { .. });
        let mut overrides = yaml::Overrides::default();
        if incremental {
            overrides.macros.insert("is_incremental", false);
        }
        if dated {
            overrides.vars.insert("run_date", day(self.test).to_owned());
        }
        Ok(yaml::UnitTest {
            name: String::new(),
            description: self.test.title.as_str().to_owned(),
            model: self.emission.nodes.name(self.expect.table).to_owned(),
            overrides: (!overrides.macros.is_empty() || !overrides.vars.is_empty()).then_some(overrides),
            given: self.inputs()?,
            expect: expected::of(self.emission, self.table, self.expect)?,
        })
    }

    /// These tables and what they read, up to what is given.
    fn needed(&self, of: impl IntoIterator<Item = TableId>) -> BTreeSet<TableId> {
        let mut needed = BTreeSet::new();
        let mut waiting: Vec<TableId> = of.into_iter().collect();
        while let Some(id) = waiting.pop() {
            if needed.insert(id) && !self.given.contains_key(&id) {
                waiting.extend(self.emission.program.table(id).into_iter().flat_map(|t| &t.reads));
            }
        }
        needed
    }

    /// The models among some tables that the test builds, each after those it reads.
    fn built<'c>(&'c self, needed: &'c BTreeSet<TableId>) -> impl Iterator<Item = (TableId, &'c Table, &'c Model)> {
        self.emission.program.models().filter(|(id, ..)| needed.contains(id) && !self.given.contains_key(id))
    }

    /// What dbt compares it prints, and builds with the warehouse's own key: whoever writes a test would learn the stand-in of any value he likes.
    fn keyed(&self, needed: &BTreeSet<TableId>) -> Result<(), Why> {
        let keyed = keyed::columns(self.built(needed));
        let Some(keyed) = keyed.get(&self.expect.table) else { return Ok(()) };
        let compared = |position: &u32| self.expect.rows.first().is_none_or(|row| row.iter().any(|(named, _)| named == position));
        let Some(column) = keyed.iter().filter(|c| compared(c)).find_map(|c| self.table.columns.get(*c as usize)) else { return Ok(()) };
        let reason = format!("`{}` is made with a key, and dbt prints what it compares", column.name);
        let help = if self.expect.rows.is_empty() {
            "where no row is expected all columns are compared; expect a row of other columns, or leave it to `pipec test`"
        } else {
            "expect other columns, or leave it to `pipec test`, which knows no key"
        };
        Err(Why::new(self.expect.at, reason, help))
    }

    /// Whether the tested model asks for the run date.
    fn dated(&self, needed: &BTreeSet<TableId>) -> Result<bool, Why> {
        let asks = |model: &Model| {
            let mut asks = false;
            every_expr(&model.query, &mut |e| asks |= matches!(e.kind, ExprKind::RunDate));
            asks
        };
        if self.test.run_date.is_none()
            && let Some((_, table, _)) = self.built(needed).find(|(_, _, model)| asks(model))
        {
            let reason = format!("`{}` asks for the run date, and the test names none", table.name);
            return Err(Why::new(self.test.at, reason, "add `run_date '2026-01-01'` to the test"));
        }
        Ok(asks(self.model))
    }

    fn inputs(&self) -> Result<Vec<yaml::Given>, Why> {
        let program = self.emission.program;
        let fixture = Fixture::new(self.emission, self.called, day(self.test));
        let query = fixture.read(self.model).map_err(|gap| Why::gap(&gap, self.emission))?;
        if let Some(written) = &self.emission.bigquery
            && written.filtered(self.expect.table, query.clone(), |text| text).is_ok_and(|filtered| filtered != query)
        {
            let reason = format!("which rows `{}` has depends on who asks", self.table.name);
            return Err(Why::new(self.expect.at, reason, "expect rows of a model without policies, or leave it to `pipec test`"));
        }
        let (reads, mut there, mut inputs) = (fixture.reads.take(), BTreeSet::new(), Vec::new());
        for id in reads {
            let Some(table) = program.table(id) else { continue };
            let input = self.emission.nodes.reference(id);
            // dbt reads what it replaces without Jinja, and calls it by its name alone.
            if input.contains('~') || !there.insert(text::physical_name(table)) {
                let reason = format!("dbt cannot tell the input `{}` by its name", table.name);
                return Err(Why::new(self.test.at, reason, "give the table a name of its own, without quotes"));
            }
            let needed = self.needed([id]);
            let chain: Vec<TableId> = program.order.iter().copied().filter(|t| needed.contains(t)).collect();
            let rows = fixture.sql(&chain, &self.given).map_err(|gap| Why::gap(&gap, self.emission))?;
            // dbt renders them when it reads the file, and again when it puts them into the query.
            inputs.push(yaml::Given { input, format: "sql", rows: jinja::guard(&rows).into_owned() });
        }
        Ok(inputs)
    }
}

fn day(test: &UnitTest) -> &str {
    test.run_date.as_deref().unwrap_or_default()
}

/// A title as a name: `An hour's enough` is `an_hour_s_enough`.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let mut out = String::new();
    for word in words {
        if out.len() + word.len() >= NAME {
            break;
        }
        if !out.is_empty() {
            out.push('_');
        }
        out.push_str(&word.to_ascii_lowercase());
    }
    if out.is_empty() { "test".to_owned() } else { out }
}
