use super::super::testing::{Built, column, emit, file};
use super::Tableau;
use crate::access::show_in_tableau;
use crate::base::{Ident, Span};
use crate::ir::*;
use std::sync::Arc;

/// A project whose table `report` two groups see.
fn clinic(groups: &[&str]) -> Built {
    let mut built = Built::new();
    let raw = built.source("visits", vec![column("id", Type::Integer), column("a]b", Type::TEXT), column("A]B", Type::TEXT)]);
    let report = built.copy("report", 1, Materialization::Table, raw);
    built.0.project.emit = vec![Arc::from("tableau")];
    for (n, group) in groups.iter().enumerate() {
        let role = Ident::exact(&format!("role_{n}"));
        built.0.roles.push(Role {
            name: role.clone(),
            clearance: None,
            postgres: None,
            aws_group: None,
            tableau_group: Some(Arc::from(*group)),
            doc: Arc::from(""),
            at: Span::default(),
        });
        built.0.grants.push(Grant { verb: Verb::View, tables: vec![report], role, masking: None, at: Span::default() });
    }
    for (name, kind, params) in [("lower", FunctionKind::Function, 1), ("=", FunctionKind::Operator, 2), ("<>", FunctionKind::Operator, 2)]
    {
        let param = || Parameter { name: Arc::from("x"), ty: Type::TEXT, default: None, variadic: false };
        let id = FunctionId(u32::try_from(built.0.functions.len()).unwrap());
        built.0.functions.push(Function {
            name: Arc::from(name),
            kind,
            params: (0..params).map(|_| param()).collect(),
            result: Type::TEXT,
            nullability: Nullability::Strict,
            bodies: [].into(),
            generic: None,
            unsupported: vec![],
            transition: None,
            follows: Vec::new(),
            because: Arc::default(),
            keeps_intact: false,
            standard: true,
            doc: Arc::from(""),
            at: Span::default(),
        });
        built.0.function_names.insert(Arc::from(name), vec![id]);
    }
    show_in_tableau(&mut built.0);
    built
}

#[test]
fn a_user_in_no_group_sees_nothing_and_names_of_groups_cannot_leave_their_quotes() {
    let tds = file(&emit(&Tableau, clinic(&["Group A", "it's + <b> 100%", "Ärzte\\'"])), "tableau/report.tds");
    let formula =
        "ISMEMBEROF(&apos;Group A&apos;) OR ISMEMBEROF(&apos;it%27s %2B %3Cb%3E 100%25&apos;) OR ISMEMBEROF(&apos;Ärzte%5C%27&apos;)";
    assert!(tds.contains(&format!("formula='{formula}'")), "{tds}");
}

#[test]
fn fields_are_told_apart_where_case_does_not_count() {
    let tds = file(&emit(&Tableau, clinic(&["A"])), "tableau/report.tds");
    assert!(tds.contains("<map key='[a]]b]' value='[shown].[a]]b]' />"), "{tds}");
    assert!(tds.contains("<map key='[A]]B (2)]' value='[shown].[A]]B]' />"), "{tds}");
}
