use super::{Access, Calls, DIALECT};
use crate::access::{Carried, Entry};
use crate::base::{Ident, Span};
use crate::ir::{
    Asked, Distinct, Expr, ExprKind, FromItem, Grouping, Literal, Policy, Program, Query, Relation, RelationSource, Select, SelectItem,
    SetExpr, TableId, Type,
};
use crate::sql::{self, Gap, Host};

/// Prints conditions; an entitlement's table is read through the function that looks it up.
struct Entitled(Calls);

impl Host for Entitled {
    fn table(&self, _: &Program, table: TableId) -> String {
        self.0.get(&table).cloned().unwrap_or_default()
    }

    fn run_date(&self) -> String {
        // Policies that ask for it were refused.
        "null".to_owned()
    }
}

impl Access<'_> {
    /// The rows a role sees, as a condition over columns under `alias`; `None`: all of them.
    pub(super) fn seen(&self, entry: &Entry, alias: &Ident) -> Result<Option<String>, Gap> {
        let mut printed = Vec::new();
        for rule in &entry.rows {
            let Some(policy) = self.program.policies.get(rule.policy as usize) else { continue };
            let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
            // A condition that cannot be placed shows nothing.
            let Some(filter) = policy.over(self.program, &carried, entry.table, alias) else { return Ok(Some("false".to_owned())) };
            let (filter, calls) = match &policy.asks {
                None => (filter, Calls::new()),
                Some(asked) => self.asking(policy, asked, filter),
            };
            printed.push(sql::expr(self.program, &filter, DIALECT, &Entitled(calls))?);
        }
        Ok(match printed.len() {
            0 => None,
            1 => printed.pop(),
            _ => Some(printed.iter().map(|p| format!("({p})")).collect::<Vec<_>>().join("\nand ")),
        })
    }

    /// `exists (select 1 from authorizations(current_user) as entitled where …)`
    fn asking(&self, policy: &Policy, asked: &Asked, filter: Expr) -> (Expr, Calls) {
        let at = policy.at;
        let Some(entitlement) = self.program.entitlements.get(asked.entitlement as usize) else { return (filter, Calls::new()) };
        let calls = Calls::from([(entitlement.table, format!("{}(current_user)", self.function(asked)))]);
        let relation = Relation {
            source: RelationSource::Table(entitlement.table),
            alias: Ident::exact(Policy::ENTITLED),
            lateral: false,
            columns: Vec::new(),
            at,
        };
        let select = Select {
            distinct: Distinct::No,
            items: vec![SelectItem { expr: one(at), name: Ident::exact("found") }],
            from: vec![FromItem::Relation(relation)],
            filter: Some(filter),
            group: Grouping::default(),
            having: None,
            qualify: None,
        };
        let query = Query {
            with: Vec::new(),
            body: SetExpr::Select(Box::new(select)),
            order: Vec::new(),
            limit: None,
            offset: None,
            columns: Vec::new(),
        };
        (Expr { kind: ExprKind::Exists(Box::new(query), false), ty: Type::Boolean, nullable: false, at }, calls)
    }
}

fn one(at: Span) -> Expr {
    Expr { kind: ExprKind::Literal(Literal::Number("1".into())), ty: Type::Integer, nullable: false, at }
}
