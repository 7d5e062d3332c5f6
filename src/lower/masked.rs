//! Masked models: `patient masked by deidentify` is the base's columns, each through the rule that covers what it tells.
//! Written as the tokens of a query, so that masks are resolved, checked and labelled like any other call.

use super::Cx;
use super::model::{Shared, rest};
use super::parse::parse_query;
use super::query::{Lowered, lower_query};
use super::writer::TokenWriter;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, Column, Form, Masking, MaskingRule, Program, Table, TableId, Type};
use crate::resolve::{Env, Pending, PendingModel, table_id};
use crate::syntax::ast::{self, ClauseKind, MaskRule, Name};
use sqlparser::tokenizer::Token;
use std::collections::BTreeSet;

/// Reads which categories each rule of each masking covers. The masks themselves are read where they are used.
pub(super) fn maskings(shared: &Shared<'_>, maskings: &[Pending<'_, ast::Masking>], diagnostics: &mut Diagnostics) -> Vec<Masking> {
    let rules = |masking: &Pending<'_, ast::Masking>, diagnostics: &mut Diagnostics| {
        masking.syntax.rules.iter().map(|rule| read_rule(shared, &masking.env, rule, diagnostics)).collect()
    };
    maskings.iter().map(|m| Masking { name: m.name.clone(), rules: rules(m, diagnostics), doc: m.doc.clone(), at: m.at }).collect()
}

fn read_rule(shared: &Shared<'_>, env: &Env, rule: &MaskRule, diagnostics: &mut Diagnostics) -> MaskingRule {
    let mut categories = Vec::new();
    for target in &rule.targets {
        let Some(name) = shared.generator.name(target, env, diagnostics) else { continue };
        let known = &shared.program.categories;
        match (0u32..).zip(known).find(|(_, c)| c.name == name) {
            Some((id, _)) => categories.push(CategoryId(id)),
            None => diagnostics.push(
                Diagnostic::error(Code::UnknownCategory, target.at, format!("no category is called `{name}`"))
                    .suggest(name.as_str(), known.iter().map(|c| c.name.as_str())),
            ),
        }
    }
    let rename = rule.rename.as_ref().and_then(|n| shared.generator.name(n, env, diagnostics));
    MaskingRule { categories, mask: rule.mask.at, rename, at: rule.at }
}

/// `= base masked by masking { … }`. The base is finished before. `None` after reporting why it cannot be built.
pub(super) fn model(
    cx: &Cx<'_>,
    shared: &Shared<'_>,
    model: &PendingModel<'_>,
    base: &Name,
    masking: &Name,
    rules: &[MaskRule],
) -> Option<Lowered> {
    let (id, base_table) = base_table(cx, shared, model, base)?;
    let (masking, masking_env) = find_masking(cx, shared, model, masking)?;
    let own: Vec<Own<'_>> = rules.iter().flat_map(|rule| own_rules(cx, shared, &model.pending.env, rule)).collect();
    let dropped = dropped(cx, shared, model);
    check_names(cx, base_table, &own, &dropped);
    let named: BTreeSet<_> = own.iter().map(|o| o.rule.mask.at).collect();
    if named.is_empty() && touches_nothing(masking, base_table) {
        let problem = Diagnostic::warning(
            Code::NothingMasked,
            model.pending.at,
            format!("`{}` masks nothing of `{}`", masking.name, base_table.name),
        );
        cx.error(problem.help("no rule covers a category its columns tell: classify them, or read the base itself"));
    }
    let rules = Rules { masking, masking_env, own: &own, own_env: &model.pending.env, dropped: &dropped };
    written(cx, shared, (id, base_table), &rules, (model.pending.at, base.at))
}

/// Whether no rule of a masking covers any column.
pub(super) fn touches_nothing(masking: &Masking, base: &Table) -> bool {
    base.columns.iter().all(|c| masked_categories(masking, c).is_empty())
}

/// A table through a masking alone, as a grant with `masked by` asks. `None` after reporting why it cannot be built.
pub(super) fn twin(cx: &Cx<'_>, shared: &Shared<'_>, base: (TableId, &Table), masking: &(Masking, Env), at: Span) -> Option<Lowered> {
    let rules = Rules { masking: &masking.0, masking_env: &masking.1, own: &[], own_env: &masking.1, dropped: &[] };
    written(cx, shared, base, &rules, (at, at))
}

/// What is done to which column.
struct Rules<'r> {
    masking: &'r Masking,
    masking_env: &'r Env,
    own: &'r [Own<'r>],
    own_env: &'r Env,
    dropped: &'r [(Ident, Span)],
}

fn written(
    cx: &Cx<'_>,
    shared: &Shared<'_>,
    (id, base_table): (TableId, &Table),
    rules: &Rules<'_>,
    (named_at, at): (Span, Span),
) -> Option<Lowered> {
    let mut writer = TokenWriter::new(cx, shared.generator);
    writer.words("select", at);
    let mut written = 0usize;
    for column in base_table.columns.iter().filter(|c| !rules.dropped.iter().any(|(d, _)| *d == c.name)) {
        let action = action(cx, rules.masking, rules.own, column, (named_at, rules.masking_env, rules.own_env))?;
        written += usize::from(write_column(&mut writer, column, &action, (written > 0, at)));
    }
    writer.words("from", at);
    write_table(&mut writer, shared.program, id, base_table, at);
    writer.words("as", at);
    writer.name(&Ident::exact("base"), at);
    let tokens = (!writer.failed).then_some(writer.out)?;
    let query = parse_query(cx, tokens)?;
    Some(lower_query(cx, None, &query))
}

fn write_table(writer: &mut TokenWriter<'_, '_>, program: &Program, id: TableId, table: &Table, at: Span) {
    if let crate::ir::TableKind::Source(source) = &table.kind
        && program.table_names.get(&table.name) != Some(&id)
    {
        writer.name(&source.source, at);
        writer.push(Token::Period, at);
    }
    writer.name(&table.name, at);
}

fn base_table<'c>(cx: &Cx<'c>, shared: &Shared<'_>, model: &PendingModel<'_>, base: &Name) -> Option<(TableId, &'c Table)> {
    let parts: Option<Vec<Ident>> =
        base.parts.iter().map(|p| shared.generator.name(p, &model.pending.env, &mut cx.diagnostics.borrow_mut())).collect();
    let parts = parts?;
    let Some(id) = table_id(shared.program, &parts) else {
        let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let problem = Diagnostic::error(Code::UnknownName, base.at, format!("no table or model is called `{written}`"));
        cx.error(problem.suggest(&written, shared.program.table_names.keys().map(Ident::as_str)));
        return None;
    };
    let finished = cx.finished(id).filter(|f| !f.open)?;
    Some((id, &finished.table))
}

fn find_masking<'s>(cx: &Cx<'_>, shared: &'s Shared<'_>, model: &PendingModel<'_>, name: &Name) -> Option<(&'s Masking, &'s Env)> {
    let part = name.parts.last()?;
    let wanted = shared.generator.name(part, &model.pending.env, &mut cx.diagnostics.borrow_mut())?;
    let found = shared.maskings.iter().find(|(m, _)| m.name == wanted);
    if found.is_none() {
        let problem = Diagnostic::error(Code::UnknownName, name.at, format!("no masking is called `{wanted}`"));
        cx.error(problem.suggest(wanted.as_str(), shared.maskings.iter().map(|(m, _)| m.name.as_str())));
    }
    found.map(|(m, env)| (m, env))
}

/// A rule of the model itself, for one column.
struct Own<'r> {
    column: Ident,
    rename: Option<Ident>,
    rule: &'r MaskRule,
}

fn own_rules<'r>(cx: &Cx<'_>, shared: &Shared<'_>, env: &Env, rule: &'r MaskRule) -> Vec<Own<'r>> {
    let name = |part| shared.generator.name(part, env, &mut cx.diagnostics.borrow_mut());
    let rename = rule.rename.as_ref().and_then(name);
    rule.targets.iter().filter_map(name).map(|column| Own { column, rename: rename.clone(), rule }).collect()
}

fn dropped(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>) -> Vec<(Ident, Span)> {
    let names = rest(model).clauses.iter().filter_map(|c| if let ClauseKind::Drop(names) = &c.kind { Some(names) } else { None });
    let read = |n: &Name| {
        let part = n.parts.last()?;
        Some((shared.generator.name(part, &model.pending.env, &mut cx.diagnostics.borrow_mut())?, n.at))
    };
    names.flatten().filter_map(read).collect()
}

fn check_names(cx: &Cx<'_>, base: &Table, own: &[Own<'_>], dropped: &[(Ident, Span)]) {
    let named = own.iter().map(|o| (&o.column, o.rule.at)).chain(dropped.iter().map(|(d, at)| (d, *at)));
    for (name, at) in named.filter(|(n, _)| !base.columns.iter().any(|c| c.name == **n)) {
        let problem = Diagnostic::error(Code::UnknownColumn, at, format!("`{}` has no column `{name}`", base.name));
        cx.error(problem.suggest(name.as_str(), base.columns.iter().map(|c| c.name.as_str())));
    }
}

/// What happens to one column.
struct Action {
    /// The mask as written, with the loop variables in force there; `None`: the column as it is.
    mask: Option<(Span, Env)>,
    rename: Option<Ident>,
}

/// Categories the column tells directly and some rule covers.
fn masked_categories(masking: &Masking, column: &Column) -> Vec<CategoryId> {
    let covered = |c: &CategoryId| masking.rules.iter().any(|r| r.categories.contains(c));
    column.label.values().iter().filter(|(c, l)| l.form == Form::Direct && covered(c)).map(|(c, _)| *c).collect()
}

/// The model's own rule for the column, or the first rule that covers every category the masking wants masked.
fn action(
    cx: &Cx<'_>,
    masking: &Masking,
    own: &[Own<'_>],
    column: &Column,
    (at, masking_env, model_env): (Span, &Env, &Env),
) -> Option<Action> {
    if let Some(own) = own.iter().find(|o| o.column == column.name) {
        return Some(Action { mask: Some((own.rule.mask.at, model_env.clone())), rename: own.rename.clone() });
    }
    let wanted = masked_categories(masking, column);
    if wanted.is_empty() {
        return Some(Action { mask: None, rename: None });
    }
    if let Some(rule) = masking.rules.iter().find(|r| wanted.iter().all(|c| r.categories.contains(c))) {
        return Some(Action { mask: Some((rule.mask, masking_env.clone())), rename: rule.rename.clone() });
    }
    let names: Vec<String> = wanted.iter().filter_map(|c| cx.program.category(*c)).map(|c| format!("`{}`", c.name)).collect();
    let problem = Diagnostic::error(
        Code::UncoveredCategory,
        at,
        format!("column `{}` tells {}, and no single rule of `{}` covers them together", column.name, names.join(", "), masking.name),
    );
    cx.error(
        problem.mark(column.at, format!("`{}`", column.name)).help(format!(
            "give the column a rule of its own in the model's block, `{} -> redact`, or `drop {}`",
            column.name, column.name
        )),
    );
    None
}

/// Writes one column, or nothing when its mask is `drop`. Whether it wrote one.
fn write_column(writer: &mut TokenWriter<'_, '_>, column: &Column, action: &Action, (comma, at): (bool, Span)) -> bool {
    let name = action.rename.as_ref().unwrap_or(&column.name);
    let Some((mask, env)) = &action.mask else {
        if comma {
            writer.push(Token::Comma, at);
        }
        writer.column("base", &column.name, at);
        return true;
    };
    let before = writer.out.len();
    writer.snippet(*mask, env);
    let call = writer.out.split_off(before);
    let word = |w: &str| matches!(call.as_slice(), [only] if matches!(&only.token, Token::Word(t) if t.value.eq_ignore_ascii_case(w)));
    if word("drop") {
        return false;
    }
    if comma {
        writer.push(Token::Comma, at);
    }
    if word("nullify") {
        write_null(writer, &column.ty, *mask);
    } else {
        insert_argument(writer, call, column, *mask);
    }
    writer.words("as", *mask);
    writer.name(name, *mask);
    true
}

/// `cast(null as <the column's type>)`
fn write_null(writer: &mut TokenWriter<'_, '_>, ty: &Type, at: Span) {
    writer.words("cast", at);
    writer.push(Token::LParen, at);
    writer.words("null as", at);
    let written = ty.to_string();
    let (name, array) = written.strip_suffix("[]").map_or((written.as_str(), false), |name| (name, true));
    writer.words(name.split('(').next().unwrap_or("text"), at);
    if array {
        writer.push(Token::LBracket, at);
        writer.push(Token::RBracket, at);
    }
    writer.push(Token::RParen, at);
}

/// `zip3` → `zip3(base."zip")`, `age_band(as_of => …)` → `age_band(base."birth_date", as_of => …)`
fn insert_argument(writer: &mut TokenWriter<'_, '_>, call: Vec<sqlparser::tokenizer::TokenWithSpan>, column: &Column, at: Span) {
    let mut call = call.into_iter();
    let open = call.by_ref().position(|t| {
        let opens = t.token == Token::LParen;
        if !opens {
            writer.out.push(t);
        }
        opens
    });
    writer.push(Token::LParen, at);
    writer.column("base", &column.name, at);
    let rest: Vec<_> = call.collect();
    let empty = rest.first().is_none_or(|t| t.token == Token::RParen);
    if !empty {
        writer.push(Token::Comma, at);
    }
    writer.out.extend(rest);
    if open.is_none() {
        writer.push(Token::RParen, at);
    }
}
