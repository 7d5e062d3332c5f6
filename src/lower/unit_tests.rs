//! Rows of unit tests: each cell is an expression without columns, read as its column's type.

use super::cx::Finished;
use super::model::Shared;
use super::parse::parse_query;
use super::tokens::{Start, selected, tokens};
use super::{Cx, Scope, Typed, expr};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Expr, ExprKind, Literal, Table, TableId, TestRows, Type, UnitTest, find, query_of};
use crate::resolve::{Env, PendingTest, table_id};
use crate::syntax::ast;
use sqlparser::ast as sql;
use std::collections::BTreeMap;

/// Reads the rows of every test, after all models are done.
pub(super) fn read(
    shared: &Shared<'_>,
    tests: &[PendingTest<'_>],
    done: &[Option<Finished>],
    diagnostics: &mut Diagnostics,
) -> Vec<UnitTest> {
    let mut read = Vec::with_capacity(tests.len());
    for test in tests {
        let cx = shared.cx(test.pending.at, done);
        let reader = Reader { cx: &cx, shared, env: &test.pending.env };
        let (mut given, mut expect) = (BTreeMap::new(), BTreeMap::new());
        for case in &test.pending.syntax.cases {
            reader.keep(case, if case.expected { &mut expect } else { &mut given });
        }
        if test.pending.syntax.cases.iter().all(|c| !c.expected) {
            let problem = Diagnostic::error(
                Code::BadTest,
                Span { end: test.pending.at.start + 4, ..test.pending.at },
                format!("test `{}` expects nothing", test.pending.name),
            );
            cx.error(problem.help("add `expect <model> [ { … } ]`: rows the model shall make of what is given"));
        }
        diagnostics.extend(cx.diagnostics.take());
        read.push(UnitTest {
            title: test.pending.name.clone(),
            run_date: test.run_date.clone(),
            given: given.into_values().collect(),
            expect: expect.into_values().collect(),
            // Its title stands right behind the keyword.
            at: Span { end: test.pending.at.start + 4, ..test.pending.at },
        });
    }
    read
}

struct Reader<'r, 'a> {
    cx: &'r Cx<'a>,
    shared: &'r Shared<'a>,
    env: &'r Env,
}

impl Reader<'_, '_> {
    /// Adds the rows of one table; a table stands once on each side.
    fn keep(&self, case: &ast::TestRows, into: &mut BTreeMap<TableId, TestRows>) {
        let Some(rows) = self.rows(case) else { return };
        let word = if case.expected { "expects rows of" } else { "gives rows of" };
        if let Some(first) = into.get(&rows.table) {
            let name = self.cx.finished(rows.table).map_or("", |f| f.table.name.as_str());
            let problem = Diagnostic::error(Code::BadTest, case.table.at, format!("the test {word} `{name}` twice"));
            self.cx.error(problem.mark(first.at, "the first").help("write all rows of a table in one list"));
            return;
        }
        into.insert(rows.table, rows);
    }

    /// `None` after reporting why they cannot be read, or where the table could not be and that has been said.
    fn rows(&self, case: &ast::TestRows) -> Option<TestRows> {
        let parts: Vec<Ident> = case.table.parts.iter().map(|p| self.name(p)).collect::<Option<_>>()?;
        let Some(table) = table_id(self.shared.program, &parts) else {
            let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
            let problem = Diagnostic::error(Code::UnknownName, case.table.at, format!("no table or model is called `{written}`"));
            self.cx.error(problem.suggest(&written, self.shared.program.table_names.keys().map(Ident::as_str)));
            return None;
        };
        let finished = self.cx.finished(table).filter(|f| !f.open)?;
        let rows: Vec<_> = case.rows.iter().map(|row| self.row(&finished.table, row)).collect::<Option<_>>()?;
        if case.expected && !rows.is_empty() {
            self.alike(case, &rows)?;
        }
        Some(TestRows { table, rows, at: case.table.at })
    }

    fn name(&self, part: &ast::NamePart) -> Option<Ident> {
        self.shared.generator.name(part, self.env, &mut self.cx.diagnostics.borrow_mut())
    }

    /// Cells in the order of columns.
    fn row(&self, table: &Table, row: &[(ast::NamePart, ast::Snippet)]) -> Option<Vec<(u32, Expr)>> {
        let mut cells = BTreeMap::new();
        for (part, value) in row {
            let name = self.name(part)?;
            let Some((position, column)) = (0u32..).zip(&table.columns).find(|(_, c)| c.name == name) else {
                let problem = Diagnostic::error(Code::UnknownColumn, part.at, format!("`{}` has no column `{name}`", table.name));
                self.cx.error(problem.suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str())));
                return None;
            };
            let cell = assigned(self.cx, self.value(value.at)?, &column.ty);
            if let Some(problem) = unfit(&cell) {
                self.cx.error(problem);
                return None;
            }
            if cells.insert(position, cell).is_some() {
                self.cx.error(Diagnostic::error(Code::BadTest, part.at, format!("the row names `{name}` twice")));
                return None;
            }
        }
        Some(cells.into_iter().collect())
    }

    /// A cell before it is of its column's type.
    fn value(&self, at: Span) -> Option<Typed> {
        let cut = tokens(self.cx, self.shared.generator, self.env, at, Start::Value)?;
        let query = parse_query(self.cx, selected(cut))?;
        let sql::SetExpr::Select(mut select) = *query.body else { return None };
        let Some(sql::SelectItem::UnnamedExpr(value)) = select.projection.pop() else { return None };
        Some(expr::expr(self.cx, &Scope::default(), &value))
    }

    /// Expected rows are compared by the columns they name: all by the same. `None` after reporting that they are not.
    fn alike(&self, case: &ast::TestRows, rows: &[Vec<(u32, Expr)>]) -> Option<()> {
        let names = |row: &[(u32, Expr)]| row.iter().map(|(column, _)| *column).collect::<Vec<_>>();
        let (first, rest) = rows.split_first()?;
        let first = names(first);
        let Some((_, written)) = rest.iter().zip(case.rows.iter().skip(1)).find(|(row, _)| names(row) != first) else { return Some(()) };
        let at = written.first().map_or(case.table.at, |(part, _)| part.at);
        let problem = Diagnostic::error(Code::BadTest, at, "this row names other columns than the first one expected");
        self.cx.error(
            problem
                .mark(case.table.at, "rows of this table")
                .help("rows are compared by the columns they name; name the same in all of them"),
        );
        None
    }
}

/// A value as an `insert` stores it: numbers are cut to the column's digits, all else has to fit by itself.
fn assigned(cx: &Cx<'_>, value: Typed, to: &Type) -> Expr {
    let number = |ty: &Type| ty.is_number();
    if number(&value.expr.ty) && number(to) { expr::to_type(cx, value, to.clone()).expr } else { expr::coerce(cx, value, to).expr }
}

/// A cell is a constant: nothing that reads a table, asks for the day or needs a key.
fn unfit(cell: &Expr) -> Option<Diagnostic> {
    let fault = |e: &Expr| match &e.kind {
        _ if query_of(e).is_some() => Some("reads a query"),
        ExprKind::RunDate => Some("asks for the run date; write the day"),
        ExprKind::Literal(Literal::Secret(_)) => Some("needs a key, which a test may not know"),
        _ => None,
    };
    let found = find(cell, &|e| fault(e).is_some())?;
    Some(Diagnostic::error(Code::BadTest, found.at, format!("a cell is a constant, and this one {}", fault(found)?)))
}
