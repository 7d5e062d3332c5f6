//! What the body of a model does with the columns it reads: through which masks and releases each gets into an output column, and which conditions
//! decide the rows. Asked on demand, for messages, `explain --flow` and the evidence report; labels do not depend on it.

use super::json_path::{Step, text};
use crate::base::{Ident, Span};
use crate::ir::{
    Distinct, Expr, ExprKind, FromItem, Function, FunctionKind, JsonAccess, JsonStep, Literal, Program, Query, Relation, RelationSource,
    Release, Select, SetExpr, SetOperator, Table, TableId, TableKind, Type, conjuncts, operands, query_of,
};
use std::collections::BTreeSet;

/// What a value went through.
#[derive(Clone, Copy, Debug)]
pub enum Means<'p> {
    /// A mask.
    Mask(&'p Function, Span),
    /// A written exception.
    Release(&'p Release),
}

/// A column of a table that is read, and what its value went through on the way, the innermost last.
#[derive(Clone, Debug)]
pub struct Read<'p> {
    /// Whose.
    pub table: TableId,
    /// Which, by position.
    pub column: u32,
    /// The steps into it, where it is JSON.
    pub steps: Vec<Step<'p>>,
    /// Whether the output is that value as it is: then steps into the output go on in this one.
    pub whole: bool,
    /// What it went through.
    pub means: Vec<Means<'p>>,
}

/// Something that decides which rows there are.
#[derive(Debug)]
pub struct Condition<'p> {
    /// Where it is written.
    pub at: Span,
    /// What it reads.
    pub reads: Vec<Read<'p>>,
    /// Whether it looks like structure (`is null`, keys that are equal, the first row of each): such a one is the last to be blamed.
    pub structural: bool,
}

/// Bodies deeper or wider than this are cut: what is left out is missed in a message, never in a label.
const MOST_STEPS: usize = 20_000;
/// A recursive query may step into a value again and again: longer paths are cut, too.
const LONGEST_PATH: usize = 24;

struct With<'p, 's> {
    query: &'p Query,
    outer: Option<&'s With<'p, 's>>,
}

struct Block<'p, 's> {
    select: &'p Select,
    with: &'s With<'p, 's>,
    outer: Option<&'s Block<'p, 's>>,
}

/// A query, a position in it, where the means it was reached through are written, and the steps into it.
type Visit = (usize, u32, Vec<(u32, u32)>, String);

struct Walk<'p> {
    program: &'p Program,
    trail: Vec<Means<'p>>,
    /// Steps into the expression that is looked at.
    steps: Vec<Step<'p>>,
    /// Whether anything was computed on the way to it.
    computed: bool,
    found: Vec<Read<'p>>,
    /// Blocks and positions under way or done, each under the means it was reached through.
    seen: BTreeSet<Visit>,
    conditions: Vec<Condition<'p>>,
}

/// The columns that an output column is made of, in the order they are met, each once per way.
pub fn reads<'p>(program: &'p Program, table: &'p Table, position: u32) -> Vec<Read<'p>> {
    let TableKind::Model(model) = &table.kind else { return Vec::new() };
    let mut walk = Walk::new(program);
    walk.output(&model.query, position, None, None);
    walk.found
}

/// Everything in the body of a model that decides its rows, in the order it is written.
pub fn conditions<'p>(program: &'p Program, table: &'p Table) -> Vec<Condition<'p>> {
    let TableKind::Model(model) = &table.kind else { return Vec::new() };
    let mut walk = Walk::new(program);
    walk.decides(&model.query, None, None);
    walk.conditions
}

impl<'p> Walk<'p> {
    fn new(program: &'p Program) -> Self {
        let (steps, computed) = (Vec::new(), false);
        Walk { program, trail: Vec::new(), steps, computed, found: Vec::new(), seen: BTreeSet::new(), conditions: Vec::new() }
    }

    fn output(&mut self, query: &'p Query, position: u32, outer: Option<&With<'p, '_>>, block: Option<&Block<'p, '_>>) {
        let way = self.trail.iter().map(|m| m.at()).map(|at| (at.file.0, at.start)).collect();
        if self.seen.len() > MOST_STEPS || !self.seen.insert((std::ptr::from_ref(query) as usize, position, way, text(&self.steps))) {
            return;
        }
        let with = With { query, outer };
        self.set(&query.body, position, &with, block);
    }

    fn set(&mut self, body: &'p SetExpr, position: u32, with: &With<'p, '_>, outer: Option<&Block<'p, '_>>) {
        match body {
            SetExpr::Select(select) => {
                let block = Block { select, with, outer };
                if let Some(item) = select.items.get(position as usize) {
                    self.expr(&item.expr, Some(&block), with);
                }
            }
            SetExpr::Values(rows) => rows.iter().filter_map(|r| r.get(position as usize)).for_each(|e| self.expr(e, outer, with)),
            SetExpr::Set { operator, left, right, .. } => {
                self.set(left, position, with, outer);
                if !matches!(operator, SetOperator::Except) {
                    self.set(right, position, with, outer);
                }
            }
            SetExpr::Query(query) => self.output(query, position, Some(with), outer),
        }
    }

    fn expr(&mut self, e: &'p Expr, block: Option<&Block<'p, '_>>, with: &With<'p, '_>) {
        let passed = self.trail.len();
        match &e.kind {
            ExprKind::Column { relation, name } => return self.named(relation, name, block),
            ExprKind::Call { function, args } => {
                if let (Some(mask), Some((value, rest))) =
                    (self.program.function(*function).filter(|f| f.kind == FunctionKind::Mask), args.split_first())
                {
                    let before = self.compute();
                    rest.iter().for_each(|e| self.expr(e, block, with));
                    // A recursive query passes the same mask again and again.
                    if self.trail.iter().all(|m| m.at() != e.at) {
                        self.trail.push(Means::Mask(mask, e.at));
                    }
                    self.expr(value, block, with);
                    self.trail.truncate(passed);
                    self.back(before);
                    return;
                }
            }
            ExprKind::Json(access) => return self.json(access, block, with),
            ExprKind::Release(_, release) if self.trail.iter().all(|m| m.at() != release.at) => self.trail.push(Means::Release(release)),
            _ => {}
        }
        // These hand on the value itself.
        let same = matches!(e.kind, ExprKind::Release(..) | ExprKind::Cast(_) | ExprKind::Scalar(_));
        let before = (!same).then(|| self.compute());
        let mut inner: Vec<&'p Expr> = Vec::new();
        operands(e, &mut |operand| inner.push(operand));
        inner.into_iter().for_each(|operand| self.expr(operand, block, with));
        if let Some(query) = query_of(e) {
            for position in 0..width(query) {
                self.output(query, position, Some(with), block);
            }
        }
        self.trail.truncate(passed);
        before.into_iter().for_each(|b| self.back(b));
    }

    /// What stands below is computed with: steps into what comes of it are none into it.
    fn compute(&mut self) -> (Vec<Step<'p>>, bool) {
        (std::mem::take(&mut self.steps), std::mem::replace(&mut self.computed, true))
    }

    fn back(&mut self, (steps, computed): (Vec<Step<'p>>, bool)) {
        (self.steps, self.computed) = (steps, computed);
    }

    fn json(&mut self, access: &'p JsonAccess, block: Option<&Block<'p, '_>>, with: &With<'p, '_>) {
        for step in &access.steps {
            if let JsonStep::Computed(e) = step {
                let before = self.compute();
                self.expr(e, block, with);
                self.back(before);
            }
        }
        let outer = self.into(access.steps.iter().map(Step::Into).collect());
        self.expr(&access.base, block, with);
        self.steps = outer;
    }

    /// Steps that come before those there are; gives back these.
    fn into(&mut self, mut first: Vec<Step<'p>>) -> Vec<Step<'p>> {
        if self.steps.len() < LONGEST_PATH {
            first.extend(self.steps.iter().copied());
            return std::mem::replace(&mut self.steps, first);
        }
        self.steps.clone()
    }

    fn each(&mut self, e: &'p Expr, block: &Block<'p, '_>) {
        let outer = self.into(vec![Step::Each]);
        self.expr(e, Some(block), block.with);
        self.steps = outer;
    }

    fn named(&mut self, relation: &Ident, name: &Ident, block: Option<&Block<'p, '_>>) {
        let mut next = block;
        while let Some(block) = next {
            if let Some(found) = block.select.from.iter().find_map(|item| aliased(item, relation)) {
                return self.relation(found, name, block);
            }
            next = block.outer;
        }
    }

    fn relation(&mut self, relation: &'p Relation, name: &Ident, block: &Block<'p, '_>) {
        // A list of names renames by position.
        let renamed = relation.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
        match &relation.source {
            RelationSource::Table(id) => {
                let own = || self.program.table(*id).and_then(|t| t.columns.iter().position(|c| c.name == *name));
                if let Some(column) = renamed.or_else(|| own().and_then(|p| u32::try_from(p).ok())) {
                    self.read(*id, column);
                }
            }
            RelationSource::Cte(cte) => {
                let mut next = Some(block.with);
                while let Some(with) = next {
                    if let Some(entry) = with.query.with.iter().find(|c| c.name == *cte) {
                        if let Some(position) = renamed.or_else(|| position(&entry.query, name)) {
                            self.output(&entry.query, position, Some(with), None);
                        }
                        return;
                    }
                    next = with.outer;
                }
            }
            RelationSource::Derived(query) => {
                if let Some(position) = renamed.or_else(|| position(query, name)) {
                    self.output(query, position, Some(block.with), Some(block));
                }
            }
            RelationSource::Unnest { expr, .. } => self.each(expr, block),
            RelationSource::Function { args, .. } => {
                let before = self.compute();
                args.iter().for_each(|e| self.expr(e, Some(block), block.with));
                self.back(before);
            }
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(|r| r.parts()).for_each(|e| self.each(e, block)),
        }
    }

    fn read(&mut self, table: TableId, column: u32) {
        let known = self.program.table(table).and_then(|t| t.columns.get(column as usize));
        let json = known.is_some_and(|c| matches!(c.ty, Type::Json(_)));
        let steps = if json { self.steps.clone() } else { Vec::new() };
        self.found.push(Read { table, column, steps, whole: !self.computed, means: self.trail.clone() });
    }

    fn decides(&mut self, query: &'p Query, outer: Option<&With<'p, '_>>, block: Option<&Block<'p, '_>>) {
        let with = With { query, outer };
        query.with.iter().for_each(|cte| self.decides(&cte.query, Some(&with), None));
        self.decides_set(&query.body, &with, block);
        if let (Some(_), SetExpr::Select(select)) = (query.limit.as_ref().or(query.offset.as_ref()), &query.body) {
            let own = Block { select, with: &with, outer: block };
            query.order.iter().for_each(|k| self.condition(&k.expr, &own, false));
        }
    }

    fn decides_set(&mut self, body: &'p SetExpr, with: &With<'p, '_>, outer: Option<&Block<'p, '_>>) {
        match body {
            SetExpr::Select(select) => self.decides_select(&Block { select, with, outer }),
            SetExpr::Values(_) => {}
            SetExpr::Set { operator, all, left, right } => {
                self.decides_set(left, with, outer);
                self.decides_set(right, with, outer);
                if !all || !matches!(operator, SetOperator::Union) {
                    for side in [left, right] {
                        self.compared(side, with, outer);
                    }
                }
            }
            SetExpr::Query(query) => self.decides(query, Some(with), outer),
        }
    }

    /// Rows compared as a whole.
    fn compared(&mut self, body: &'p SetExpr, with: &With<'p, '_>, outer: Option<&Block<'p, '_>>) {
        if let SetExpr::Select(select) = body {
            let block = Block { select, with, outer };
            select.items.iter().for_each(|item| self.condition(&item.expr, &block, false));
        }
    }

    fn decides_select(&mut self, block: &Block<'p, '_>) {
        let select = block.select;
        select.from.iter().for_each(|item| self.decides_from(item, block));
        for e in [&select.filter, &select.having, &select.qualify].into_iter().flatten() {
            conjuncts(e).into_iter().for_each(|c| self.condition(c, block, looks_structural(c)));
        }
        select.group.keys.iter().for_each(|k| self.condition(k, block, true));
        match &select.distinct {
            Distinct::No => {}
            Distinct::All => select.items.iter().for_each(|i| self.condition(&i.expr, block, true)),
            Distinct::On(keys) => keys.iter().for_each(|k| self.condition(k, block, true)),
        }
        for item in &select.items {
            self.inside(&item.expr, block);
        }
    }

    fn decides_from(&mut self, item: &'p FromItem, block: &Block<'p, '_>) {
        match item {
            FromItem::Relation(relation) => match &relation.source {
                RelationSource::Derived(query) => self.decides(query, Some(block.with), Some(block)),
                RelationSource::Unnest { expr, .. } => self.condition(expr, block, true),
                RelationSource::Function { args, .. } => args.iter().for_each(|e| self.condition(e, block, false)),
                RelationSource::Zip { rows, .. } => rows.iter().flat_map(|r| r.parts()).for_each(|e| self.condition(e, block, false)),
                RelationSource::Table(_) | RelationSource::Cte(_) => {}
            },
            FromItem::Join { left, right, on, .. } => {
                self.decides_from(left, block);
                self.decides_from(right, block);
                for e in on.iter().flat_map(conjuncts) {
                    self.condition(e, block, looks_structural(e));
                }
            }
        }
    }

    fn condition(&mut self, e: &'p Expr, block: &Block<'p, '_>, structural: bool) {
        if matches!(e.kind, ExprKind::Literal(_)) {
            return;
        }
        let before = std::mem::take(&mut self.found);
        self.expr(e, Some(block), block.with);
        // The same column is asked about again by the next condition.
        self.seen.clear();
        let reads = std::mem::replace(&mut self.found, before);
        self.conditions.push(Condition { at: e.at, reads, structural });
        self.inside(e, block);
    }

    /// Queries inside an expression have conditions of their own.
    fn inside(&mut self, e: &'p Expr, block: &Block<'p, '_>) {
        if let ExprKind::Window(window) = &e.kind {
            window.partition.iter().for_each(|k| self.condition(k, block, true));
        }
        if let Some(query) = query_of(e) {
            self.decides(query, Some(block.with), Some(block));
        }
        let mut inner: Vec<&'p Expr> = Vec::new();
        operands(e, &mut |operand| inner.push(operand));
        inner.into_iter().for_each(|operand| self.inside(operand, block));
    }
}

impl Means<'_> {
    /// Where it is written.
    pub fn at(&self) -> Span {
        match self {
            Means::Mask(_, at) => *at,
            Means::Release(release) => release.at,
        }
    }
}

fn aliased<'p>(item: &'p FromItem, alias: &Ident) -> Option<&'p Relation> {
    match item {
        FromItem::Relation(relation) => Some(relation).filter(|r| r.alias == *alias),
        FromItem::Join { left, right, .. } => aliased(left, alias).or_else(|| aliased(right, alias)),
    }
}

fn position(query: &Query, name: &Ident) -> Option<u32> {
    query.position(name).and_then(|p| u32::try_from(p).ok())
}

fn width(query: &Query) -> u32 {
    u32::try_from(query.names().count()).unwrap_or(0)
}

/// `is null`, `a = b` of two columns, `row_number() … = 1`.
fn looks_structural(e: &Expr) -> bool {
    let bare = |e: &Expr| matches!(e.kind, ExprKind::Column { .. } | ExprKind::Json(_));
    match &e.kind {
        ExprKind::IsNull(operand, _) => bare(operand),
        ExprKind::Operator { args, .. } => match args.as_slice() {
            [a, b] => {
                bare(a) && bare(b)
                    || matches!(&b.kind, ExprKind::Literal(Literal::Number(n)) if &**n == "1") && e.ty == crate::ir::Type::Boolean
            }
            _ => false,
        },
        ExprKind::InQuery(operand, ..) => bare(operand),
        ExprKind::Exists(..) => true,
        _ => false,
    }
}
