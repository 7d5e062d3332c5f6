//! `distinct on` and `qualify` for dialects without them: the block ranks its rows, an outer one keeps some.

use super::printer::{Printed, Printer};
use super::spelling::Inside;
use crate::base::Ident;
use crate::ir::{Distinct, Expr, OrderKey, Select};

impl Printer<'_> {
    /// Whether a block asks for what its dialect lacks.
    pub(super) fn needs_ranking(&self, select: &Select) -> bool {
        let on = matches!(select.distinct, Distinct::On(_)) && !self.spelling.has_distinct_on();
        // Where there is `qualify`, it keeps the first row of each key by itself, unless it has to choose before.
        (on && !(self.spelling.has_qualify() && select.qualify.is_none())) || (select.qualify.is_some() && !self.spelling.has_qualify())
    }

    /// Remembers a `distinct on` that the block writes as `qualify`.
    pub(super) fn keep_first(&mut self, select: &Select, order: &[OrderKey]) {
        self.first_of = match &select.distinct {
            Distinct::On(keys) if !self.spelling.has_distinct_on() && !self.needs_ranking(select) => Some((keys.clone(), order.to_vec())),
            _ => None,
        };
    }

    /// `qualify row_number() over (partition by … order by …) = 1`
    pub(super) fn first_only(&mut self, first_of: &(Vec<Expr>, Vec<OrderKey>), lines: bool) -> Printed {
        if let Some(key) = first_of.0.iter().find(|key| !self.spelling.partitions(&key.ty)) {
            return self.gap(format!("`distinct on` over {}", key.ty), key.at);
        }
        self.part(lines);
        self.text("qualify row_number()");
        self.over(&first_of.0, &first_of.1, None, Inside::Rows)?;
        self.text(" = 1");
        Ok(())
    }

    /// `select … from (select …, row_number() over (…) as pipec_rank from …) as pipec_ranked where pipec_rank = 1`
    pub(super) fn ranked(&mut self, select: &Select, order: &[OrderKey], lines: bool) -> Printed {
        self.text("select");
        self.page.indent();
        let renames = self.rename.take().unwrap_or_default();
        for (i, item) in select.items.iter().enumerate() {
            self.text(if i > 0 { "," } else { "" });
            self.part(lines);
            self.name(&item.name);
            if let Some(name) = renames.get(i).filter(|n| **n != item.name) {
                self.text(" as ");
                self.name(name);
            }
        }
        self.page.dedent();
        self.part(lines);
        self.text("from (");
        self.page.indent();
        self.page.line();
        self.select_and(select, true, &mut |printer| printer.ranks(select, order))?;
        self.page.dedent();
        self.page.line();
        self.text(") as pipec_ranked");
        self.part(lines);
        self.text("where");
        let on = matches!(select.distinct, Distinct::On(_)) && !self.spelling.has_distinct_on();
        let qualify = select.qualify.is_some() && !self.spelling.has_qualify();
        self.text(if on { " pipec_rank = 1" } else { "" });
        self.text(if on && qualify { " and" } else { "" });
        self.text(if qualify { " pipec_qualify" } else { "" });
        if !order.is_empty() {
            self.part(lines);
            self.text("order by pipec_position");
        }
        Ok(())
    }

    /// The columns the outer block chooses and orders by.
    fn ranks(&mut self, select: &Select, order: &[OrderKey]) -> Printed {
        if let (Distinct::On(keys), false) = (&select.distinct, self.spelling.has_distinct_on()) {
            self.rank(keys, order, "pipec_rank")?;
        }
        if let (Some(qualify), false) = (&select.qualify, self.spelling.has_qualify()) {
            self.text(",");
            self.page.line();
            self.whole(qualify)?;
            self.text(" as ");
            self.name(&Ident::exact("pipec_qualify"));
        }
        if !order.is_empty() {
            self.rank(&[], order, "pipec_position")?;
        }
        Ok(())
    }

    fn rank(&mut self, keys: &[Expr], order: &[OrderKey], name: &str) -> Printed {
        self.text(",");
        self.page.line();
        self.text("row_number()");
        self.over(keys, order, None, Inside::Rows)?;
        self.text(" as ");
        self.name(&Ident::exact(name));
        Ok(())
    }
}
