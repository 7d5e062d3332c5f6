//! Which tables and columns of the two programs are the same, and names for everything that mean the same in both.

use crate::base::Ident;
use crate::ir::{CategoryId, Function, FunctionId, JsonShape, JsonTypeId, Label, Level, Program, Table, TableId, TableKind, Type};
use crate::plan::common::canon::{self, digest};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// A program with names that mean the same in both programs. Those of the base are the head's where something was renamed.
pub(in crate::plan) struct Common<'p> {
    /// The program.
    pub(in crate::plan) program: &'p Program,
    /// By id.
    tables: Vec<String>,
    /// Columns that have another name in the head.
    columns: BTreeMap<(TableId, Ident), Ident>,
    functions: Vec<OnceLock<String>>,
}

impl<'p> Common<'p> {
    pub(in crate::plan) fn new(program: &'p Program) -> Common<'p> {
        Common {
            program,
            tables: program.tables.iter().map(name_of).collect(),
            columns: BTreeMap::new(),
            functions: program.functions.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// A table's name: `source.table`, or `model`.
    pub(in crate::plan) fn table(&self, id: TableId) -> &str {
        self.tables.get(id.0 as usize).map_or("", |n| n)
    }

    /// A column's name.
    pub(in crate::plan) fn column<'n>(&'n self, table: TableId, name: &'n Ident) -> &'n Ident {
        if self.columns.is_empty() {
            return name;
        }
        self.columns.get(&(table, name.clone())).unwrap_or(name)
    }

    /// A column's name, by position.
    pub(in crate::plan) fn column_at(&self, table: TableId, position: u32) -> &str {
        let found = self.program.table(table).and_then(|t| t.columns.get(position as usize));
        found.map_or("", |c| self.column(table, &c.name).as_str())
    }

    /// An overload: its name and parameters, and of one of the project what it does.
    pub(in crate::plan) fn function(&self, id: FunctionId) -> String {
        let Some(function) = self.program.function(id) else { return String::new() };
        let Some(known) = self.functions.get(id.0 as usize) else { return String::new() };
        known.get_or_init(|| self.described(function)).clone()
    }

    fn described(&self, f: &Function) -> String {
        let params: Vec<String> = f.params.iter().map(|p| format!("{} {}", p.name, self.ty(&p.ty))).collect();
        let mut text = format!("{}({})", f.name, params.join(", "));
        if !f.standard {
            let does = format!("{:?} {:?} {:?} {:?} {}", f.bodies, f.generic, f.nullability, f.kind, self.ty(&f.result));
            let _ = write!(text, " {}", digest(&does));
        }
        text
    }

    /// A type, with its JSON type by name.
    pub(in crate::plan) fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Json(shape) => format!("json<{}>", self.shape(shape)),
            Type::Array(of) => format!("{}[]", self.ty(of)),
            other => other.to_string(),
        }
    }

    fn shape(&self, shape: &JsonShape) -> String {
        match shape {
            JsonShape::Any => "any".to_owned(),
            JsonShape::Object(id, label) => format!("{} {}", self.json(*id), label.as_ref().map_or(String::new(), |l| self.label(l))),
            JsonShape::Array(of) => format!("{}[]", self.shape(of)),
            JsonShape::Scalar(ty, label) => format!("{} {}", self.ty(ty), self.label(label)),
        }
    }

    /// `std.fhir.r4.Patient`
    pub(in crate::plan) fn json(&self, id: JsonTypeId) -> String {
        let found = self.program.json_type(id);
        found.map_or(String::new(), |t| if t.module.is_empty() { t.name.to_string() } else { format!("{}.{}", t.module, t.name) })
    }

    /// A label, with its categories by name.
    pub(in crate::plan) fn label(&self, label: &Label) -> String {
        let part = |part: &[(CategoryId, Level)]| {
            let mut all: Vec<String> =
                part.iter().map(|(c, l)| format!("{}:{}:{:?}", self.category(*c), l.form.name(), l.aggregate)).collect();
            all.sort_unstable();
            all.join(",")
        };
        format!("{}/{}", part(label.values()), part(label.controls()))
    }

    /// A category's name.
    pub(in crate::plan) fn category(&self, id: CategoryId) -> &'p str {
        self.program.category(id).map_or("unclassified", |c| c.name.as_str())
    }
}

fn name_of(table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) => format!("{}.{}", source.source, table.name),
        TableKind::Seed(_) | TableKind::Model(_) => table.name.to_string(),
    }
}

/// The two programs, and what in them is the same.
pub(in crate::plan) struct Pairs<'p> {
    /// The base.
    pub(in crate::plan) base: Common<'p>,
    /// The head.
    pub(in crate::plan) head: Common<'p>,
    /// The head's table of a base's, by id.
    to_head: Vec<Option<TableId>>,
    /// The base's table of a head's, by id.
    to_base: Vec<Option<TableId>>,
    /// Tables of the base that have another name in the head, with the name they had.
    pub(in crate::plan) renamed: BTreeMap<TableId, String>,
}

impl<'p> Pairs<'p> {
    /// Tables by name; then sources' by their place in the warehouse, seeds by their rows, models by their bodies.
    pub(in crate::plan) fn new(base: &'p Program, head: &'p Program) -> Pairs<'p> {
        let mut pairs = Pairs {
            base: Common::new(base),
            head: Common::new(head),
            to_head: vec![None; base.tables.len()],
            to_base: vec![None; head.tables.len()],
            renamed: BTreeMap::new(),
        };
        let known: BTreeMap<&str, TableId> = (0..).zip(&pairs.head.tables).map(|(i, n)| (n.as_str(), TableId(i))).collect();
        let same: Vec<(TableId, TableId)> =
            (0..).zip(&pairs.base.tables).filter_map(|(i, n)| Some((TableId(i), *known.get(n.as_str())?))).collect();
        same.into_iter().for_each(|(b, h)| pairs.pair(b, h));
        // Each round finds those that read what the round before has found.
        while pairs.round() {}
        pairs
    }

    fn pair(&mut self, base: TableId, head: TableId) {
        if let Some(place) = self.to_head.get_mut(base.0 as usize) {
            *place = Some(head);
        }
        if let Some(place) = self.to_base.get_mut(head.0 as usize) {
            *place = Some(base);
        }
    }

    fn round(&mut self) -> bool {
        let waiting = |common: &Common<'_>, partner: &[Option<TableId>]| {
            let mut all: BTreeMap<String, Vec<TableId>> = BTreeMap::new();
            for (id, table) in common.program.tables().filter(|(id, _)| partner.get(id.0 as usize).is_some_and(Option::is_none)) {
                let ready = table.reads.iter().all(|r| partner.get(r.0 as usize).is_some_and(Option::is_some));
                if let Some(same) = ready.then(|| identity(common, table)).flatten() {
                    all.entry(same).or_default().push(id);
                }
            }
            // Of several that are alike, the first by name is the first.
            all.values_mut().for_each(|ids| ids.sort_by(|a, b| common.table(*a).cmp(common.table(*b))));
            all
        };
        let mut heads = waiting(&self.head, &self.to_base);
        if heads.is_empty() {
            return false;
        }
        let mut found = false;
        for (same, bases) in waiting(&self.base, &self.to_head) {
            for (b, h) in bases.into_iter().zip(heads.remove(&same).unwrap_or_default()) {
                let name = self.head.table(h).to_owned();
                if let Some(old) = self.base.tables.get_mut(b.0 as usize) {
                    self.renamed.insert(b, std::mem::replace(old, name));
                }
                self.pair(b, h);
                found = true;
            }
        }
        found
    }

    /// A base's column has another name in the head.
    pub(in crate::plan) fn rename_column(&mut self, base: TableId, was: &Ident, name: &Ident) {
        self.base.columns.insert((base, was.clone()), name.clone());
    }

    /// The head's table.
    pub(in crate::plan) fn head_of(&self, base: TableId) -> Option<TableId> {
        self.to_head.get(base.0 as usize).copied().flatten()
    }

    /// The base's table.
    pub(in crate::plan) fn base_of(&self, head: TableId) -> Option<TableId> {
        self.to_base.get(head.0 as usize).copied().flatten()
    }
}

/// What makes a table the same under another name; `None` where nothing does.
fn identity(common: &Common<'_>, table: &Table) -> Option<String> {
    let mut text = match &table.kind {
        TableKind::Source(source) => format!("source {} {} ", source.schema, table.name),
        TableKind::Seed(seed) => format!("seed {} ", digest(&format!("{:?}", seed.rows))),
        TableKind::Model(model) => format!("model {:?} {} ", model.role, canon::whole(common, &model.query)),
    };
    for column in &table.columns {
        let _ = write!(text, "{}:{} {} {} ", column.name.as_str().len(), column.name, common.ty(&column.ty), common.label(&column.label));
    }
    Some(text)
}

/// The word for what a table is filled by.
pub(in crate::plan) fn name_plain(table: &Table) -> &'static str {
    match &table.kind {
        TableKind::Source(_) => "source",
        TableKind::Seed(_) => "seed",
        TableKind::Model(_) => "model",
    }
}
