//! Whole projects through parser, resolver and lowering. A model's columns are shown one per line:
//! `name type[?] [value categories] [if control categories] [<- origins]`, control origins in brackets.

mod flow;
mod models;
mod queries;

use crate::base::{Sources, VPath};
use crate::diag::Diagnostics;
use crate::ir::{CategoryId, Column, Edge, Form, Level, Program};
use crate::{lower, resolve, syntax};
use std::sync::Arc;

/// What the tests need of a function library.
const LIBRARY: &str = "
project demo { warehouse postgres { database = env(\"DB\") } }
category name
category phone
category diagnosis
category record_id hipaa R
layer marts schema \"marts\" as table
operator = (a: T, b: T) -> boolean
operator <> (a: T, b: T) -> boolean
operator < (a: T, b: T) -> boolean
operator > (a: T, b: T) -> boolean
operator >= (a: T, b: T) -> boolean
operator + (a: integer, b: integer) -> integer
operator || (a: text, b: text) -> text
function upper(a: text) -> text
aggregate count() -> bigint!
aggregate count(a: any) -> bigint!
aggregate max(a: T) -> T?
aggregate sum(a: integer) -> bigint?
window row_number() -> bigint!
window rank() -> bigint!
source raw on warehouse schema \"raw\" {
  table patients { id integer key @record_id; name text? @name; phone text @phone; clinic integer @public }
  table visits { id integer key @record_id; patient_id integer @record_id; diagnosis text @diagnosis; day date @public; tags text[] @public; note jsonb? @diagnosis }
  table clinics { id integer key @public; city text @public }
  table items { order_id integer @public; line integer @public; name text @name; unique (order_id, line) }
}
";

/// A compiled project.
pub(super) struct Done {
    pub(super) program: Program,
    pub(super) problems: Vec<String>,
}

pub(super) fn project(files: &[(&str, &str)]) -> Done {
    let mut sources = Sources::new();
    sources.add(VPath::new("lib.pipe").unwrap(), LIBRARY);
    for (path, text) in files {
        let path = VPath::new(path).unwrap();
        match path.extension().as_str() {
            "pipe" | "sql" => {
                sources.add(path, *text);
            }
            _ => sources.add_data(path, text.as_bytes()),
        }
    }
    let mut found = Diagnostics::new();
    let pipes: Vec<_> = sources.iter().filter(|(_, f)| f.path.extension() == "pipe").map(|(id, f)| (id, f.text.clone())).collect();
    let parsed: Vec<_> = pipes.iter().map(|(id, text)| (*id, Arc::new(syntax::parse(*id, text, &mut found)))).collect();
    let generator = resolve::Generator::new(&sources);
    let resolved = resolve::resolve(&generator, &sources, &parsed, &mut found);
    let program = lower::lower(resolved, &generator, &sources, &mut found);
    let show = |d: &crate::diag::Diagnostic| {
        let marks: Vec<&str> = d.marks.iter().map(|m| sources.slice(m.at)).collect();
        let marks = if marks.is_empty() { String::new() } else { format!(" (see {})", marks.join(", ")) };
        format!("{} at `{}`: {}{marks}", d.code.id(), sources.slice(d.at), d.message)
    };
    let sorted = found.sorted(&sources);
    Done { program, problems: sorted.iter().map(show).collect() }
}

/// A project of one model `m` whose rows are this SQL.
pub(super) fn sql(text: &str) -> Done {
    project(&[("m.pipe", &format!("model m in marts {{\n  sql \"\"\"{text}\"\"\"\n}}\n"))])
}

impl Done {
    /// The columns of a model, one line each.
    pub(super) fn columns(&self, model: &str) -> String {
        assert_eq!(self.problems, Vec::<String>::new());
        let (_, table) = self.program.table_named(model).unwrap();
        table.columns.iter().map(|c| line(&self.program, c)).collect::<Vec<_>>().join("\n")
    }

    /// Names of the tables in the order they are built.
    pub(super) fn order(&self) -> Vec<&str> {
        self.program.models().map(|(_, t, _)| t.name.as_str()).collect()
    }
}

fn line(program: &Program, c: &Column) -> String {
    let categories = |list: &[(CategoryId, Level)]| {
        let one = |(id, level): &(CategoryId, Level)| {
            let name = program.category(*id).unwrap().name.as_str();
            if level.form == Form::Direct { name.to_owned() } else { format!("{name}:{}", level.form.name()) }
        };
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!("{} {}{}", c.name, c.ty, if c.nullable { "?" } else { "" });
    if !c.label.values().is_empty() {
        out += &format!(" @{}", categories(c.label.values()));
    }
    if !c.label.controls().is_empty() {
        out += &format!(" if @{}", categories(c.label.controls()));
    }
    let origin = |o: &crate::ir::Origin| {
        let table = program.table(o.table).unwrap();
        let name = format!("{}.{}", table.name, table.columns[o.column as usize].name);
        match o.edge {
            Edge::Value => name,
            Edge::Equal => format!("={name}"),
            Edge::Control => format!("({name})"),
        }
    };
    let origins: Vec<String> = c.from.iter().map(origin).collect();
    if !origins.is_empty() {
        out += &format!(" <- {}", origins.join(", "));
    }
    if c.intact.is_some() {
        out += " intact";
    }
    out
}

/// Lines of an indented text, without its indentation.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Asserts the columns a query yields.
#[track_caller]
pub(super) fn yields(query: &str, expected: &str) {
    assert_eq!(sql(query).columns("m"), lines(expected), "{query}");
}

/// Asserts what is said about a query.
#[track_caller]
pub(super) fn says(query: &str, expected: &[&str]) {
    assert_eq!(sql(query).problems, expected, "{query}");
}
