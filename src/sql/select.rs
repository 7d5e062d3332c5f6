//! Select blocks.

use super::printer::{Block, How, Printed, Printer, Reading};
use crate::base::Ident;
use crate::ir::every;
use crate::ir::{Dialect, Distinct, Expr, ExprKind, FromItem, Grouping, Literal, Relation, RelationSource, Select, SelectItem, Type};
use std::collections::BTreeMap;

impl Printer<'_> {
    /// What names mean inside a block.
    pub(super) fn block(&self, select: &Select) -> Block {
        let mut block = Block::default();
        if let [FromItem::Relation(only)] = select.from.as_slice() {
            block.single = Some(only.alias.clone());
        }
        for item in &select.from {
            self.collect_readings(item, &mut block);
        }
        block
    }

    fn collect_readings(&self, item: &FromItem, block: &mut Block) {
        match item {
            FromItem::Join { left, right, .. } => {
                self.collect_readings(left, block);
                self.collect_readings(right, block);
            }
            FromItem::Relation(relation) => {
                block.aliases.push(relation.alias.clone());
                self.relation_readings(relation, &mut block.readings);
            }
        }
    }

    fn relation_readings(&self, relation: &Relation, out: &mut Vec<Reading>) {
        match &relation.source {
            RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => {
                out.extend(self.spelling.element_readings(relation))
            }
            // Named anew where it is read.
            RelationSource::Table(_) | RelationSource::Cte(_) if self.spelling.has_column_lists() => {}
            RelationSource::Table(_) | RelationSource::Cte(_) => renamed(relation, self.stored_names(relation).iter(), out),
            RelationSource::Derived(_) if relation.lateral && !self.spelling.has_lateral_queries() => {
                out.extend(self.spelling.element_readings(relation))
            }
            RelationSource::Derived(query) if !self.spelling.has_column_lists() && query_is_select(query) => {
                renamed(relation, query.columns.iter().map(|c| &c.name), out);
            }
            _ => {}
        }
    }

    /// Around clauses that see output names beside columns.
    pub(super) fn seeing_outputs(&mut self, select: &Select, on: bool) {
        let Some(block) = self.blocks.last_mut() else { return };
        block.sees_outputs = on;
        if on && block.shadowed.is_empty() {
            block.shadowed = match &block.single {
                Some(single) => select.items.iter().filter(|item| !is_column(item, single)).map(|item| item.name.clone()).collect(),
                None => Vec::new(),
            };
        }
    }

    /// A block, without its `order by`. Its [`Block`] is the last one.
    pub(super) fn select(&mut self, select: &Select, lines: bool) -> Printed {
        self.select_and(select, lines, &mut |_| Ok(()))
    }

    /// The same, with further output columns that `more` writes.
    pub(super) fn select_and(&mut self, select: &Select, lines: bool, more: &mut dyn FnMut(&mut Self) -> Printed) -> Printed {
        let first_of = self.first_of.take();
        self.text("select");
        match &select.distinct {
            Distinct::No => {}
            Distinct::All => {
                if let Some(item) = select.items.iter().find(|item| !self.spelling.groups(&item.expr.ty)) {
                    return self.gap(format!("`distinct` over {}", item.expr.ty), item.expr.at);
                }
                self.text(" distinct");
            }
            Distinct::On(keys) if self.spelling.has_distinct_on() => {
                self.text(" distinct on (");
                for (i, key) in keys.iter().enumerate() {
                    self.text(if i > 0 { ", " } else { "" });
                    self.group_key(key)?;
                }
                self.text(")");
            }
            // The rewrite has taken care of it.
            Distinct::On(_) => {}
        }
        self.items(&select.items, lines, more)?;
        self.sources(&select.from, lines)?;
        self.condition("where", select.filter.as_ref(), lines)?;
        self.seeing_outputs(select, true);
        self.grouping(&select.group, &select.items, lines)?;
        self.condition("having", select.having.as_ref(), lines)?;
        self.seeing_outputs(select, false);
        if self.spelling.has_qualify() {
            self.condition("qualify", select.qualify.as_ref(), lines)?;
        }
        if let Some(first_of) = &first_of {
            // Its names may be those of the output, too.
            self.seeing_outputs(select, true);
            self.first_only(first_of, lines)?;
            self.seeing_outputs(select, false);
        }
        Ok(())
    }

    fn items(&mut self, items: &[SelectItem], lines: bool, more: &mut dyn FnMut(&mut Self) -> Printed) -> Printed {
        let renames = self.rename.take().unwrap_or_default();
        self.refuse_names_alike(items)?;
        // A subquery's only item stays beside `select`.
        let inline = !lines && items.len() == 1;
        self.page.indent();
        for (i, item) in items.iter().enumerate() {
            self.text(if i > 0 { "," } else { "" });
            if inline {
                self.text(" ")
            } else {
                self.part(lines)
            }
            self.item(item, renames.get(i).unwrap_or(&item.name))?;
        }
        more(self)?;
        self.page.dedent();
        Ok(())
    }

    /// BigQuery's names are alike whatever their case.
    fn refuse_names_alike(&self, items: &[SelectItem]) -> Printed {
        if self.dialect != Dialect::BigQuery {
            return Ok(());
        }
        let mut names = BTreeMap::new();
        for item in items {
            if let Some(other) = names.insert(item.name.as_str().to_lowercase(), &item.name).filter(|other| **other != item.name) {
                return self.gap(format!("the names `{other}` and `{}` side by side", item.name), item.expr.at);
            }
        }
        Ok(())
    }

    /// A value where nothing around it says its type: that of a bare constant is the context's to guess.
    pub(super) fn value(&mut self, value: &Expr) -> Printed {
        match &value.kind {
            ExprKind::Literal(Literal::Null) if says_type(&value.ty) => self.spelling.cast(self, value, &value.ty),
            ExprKind::Literal(Literal::Text(_))
                if says_type(&value.ty) && !matches!(value.ty, Type::Text(_)) && !self.spelling.says_text_type() =>
            {
                self.spelling.cast(self, value, &value.ty)
            }
            _ => self.whole(value),
        }
    }

    fn item(&mut self, item: &SelectItem, name: &Ident) -> Printed {
        self.value(&item.expr)?;
        if !self.reads_as(&item.expr, name) {
            self.text(" as ");
            self.name(name);
        }
        Ok(())
    }

    /// Whether an item has this name without saying so.
    fn reads_as(&self, expr: &Expr, name: &Ident) -> bool {
        match &expr.kind {
            ExprKind::Column { relation, name: column } => column == name && self.reading(relation, column).is_none(),
            ExprKind::Release(inner, _) => self.reads_as(inner, name),
            _ => false,
        }
    }

    /// `where`, `having`, `qualify`: one condition beside the word, several below it.
    fn condition(&mut self, word: &str, condition: Option<&Expr>, lines: bool) -> Printed {
        let Some(condition) = condition else { return Ok(()) };
        self.part(lines);
        self.text(word);
        self.conjunction(condition, lines)
    }

    /// The parts of a condition, each on a line of its own when there are several.
    pub(super) fn conjunction(&mut self, condition: &Expr, lines: bool) -> Printed {
        match &condition.kind {
            ExprKind::And(all) if all.len() > 1 => {
                self.page.indent();
                for (i, part) in all.iter().enumerate() {
                    self.part(lines);
                    self.text(if i > 0 { "and " } else { "" });
                    self.expr(part, super::expr::Binds::Not)?;
                }
                self.page.dedent();
                Ok(())
            }
            _ => {
                self.text(" ");
                self.whole(condition)
            }
        }
    }

    fn grouping(&mut self, group: &Grouping, items: &[SelectItem], lines: bool) -> Printed {
        if group.keys.is_empty() && group.sets.is_empty() {
            return Ok(());
        }
        self.part(lines);
        if group.sets.is_empty() {
            self.page.open();
            self.text("group by");
            self.page.indent();
            for (i, key) in group.keys.iter().enumerate() {
                self.text(if i > 0 { "," } else { "" });
                self.page.soft();
                let qualified = self.blocks.last().is_some_and(|block| block.single.is_none());
                match place(key, items).filter(|_| qualified && self.spelling.outputs_hide_tables()) {
                    Some(place) => self.text(&place.to_string()),
                    None => self.group_key(key)?,
                }
            }
            self.page.dedent();
            self.page.close();
            return Ok(());
        }
        if !self.spelling.has_grouping_sets() {
            let at = group.keys.first().map(|k| k.at).unwrap_or_default();
            return self.gap("`grouping sets`", at);
        }
        self.text("group by grouping sets (");
        for (i, set) in group.sets.iter().enumerate() {
            self.text(if i > 0 { ", (" } else { "(" });
            for (j, key) in set.iter().filter_map(|index| group.keys.get(*index)).enumerate() {
                self.text(if j > 0 { ", " } else { "" });
                self.whole(key)?;
            }
            self.text(")");
        }
        self.text(")");
        Ok(())
    }

    /// A bare number after `group by` would be read as the place of an output column.
    fn group_key(&mut self, key: &Expr) -> Printed {
        if !self.spelling.groups(&key.ty) {
            return self.gap(format!("`group by` over {}", key.ty), key.at);
        }
        if matches!(key.kind, ExprKind::Literal(_)) {
            return self.plain_cast(key, &key.ty);
        }
        // SQLite works out a constant before it asks whether the key is a bare number.
        if self.dialect == Dialect::Sqlite && is_constant(key) {
            return self.plain_cast(key, &key.ty);
        }
        self.whole(key)
    }
}

/// Where an output column is made of a key of a table that another output column shares its name with.
fn place(key: &Expr, items: &[SelectItem]) -> Option<usize> {
    let ExprKind::Column { relation, name } = &key.kind else { return None };
    let hidden = items.iter().any(|item| item.name == *relation);
    let is_key = |item: &SelectItem| matches!(&item.expr.kind, ExprKind::Column { relation: r, name: n } if r == relation && n == name);
    if hidden { items.iter().position(is_key).map(|at| at + 1) } else { None }
}

fn is_constant(expr: &Expr) -> bool {
    every(expr, &|e| {
        !matches!(
            e.kind,
            ExprKind::Column { .. }
                | ExprKind::Aggregate(_)
                | ExprKind::Scalar(_)
                | ExprKind::Exists(..)
                | ExprKind::InQuery(..)
                | ExprKind::ArrayQuery(_)
                | ExprKind::Quantified(_)
        )
    })
}

fn says_type(ty: &Type) -> bool {
    !matches!(ty, Type::Unknown | Type::Error | Type::Any | Type::Variable(_))
}

fn is_column(item: &SelectItem, single: &Ident) -> bool {
    matches!(&item.expr.kind, ExprKind::Column { relation, name } if relation == single && *name == item.name)
}

fn query_is_select(query: &crate::ir::Query) -> bool {
    !matches!(query.body, crate::ir::SetExpr::Values(_))
}

fn renamed<'n>(relation: &Relation, own: impl Iterator<Item = &'n Ident>, out: &mut Vec<Reading>) {
    for (column, own) in relation.columns.iter().zip(own).filter(|(column, own)| column.name != **own) {
        out.push(Reading { relation: relation.alias.clone(), column: column.name.clone(), how: How::named(own.clone()) });
    }
}
