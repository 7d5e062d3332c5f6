//! What a model's block says about its columns beside how they are made: `describe { … }` and `discriminate … by … because …`.

use super::Cx;
use super::model::{Shared, rest};
use super::words::{name_of, text_of};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Discriminator, Table, TableId};
use crate::resolve::PendingModel;
use crate::syntax::ast::{ClauseKind, Sentence, Word, WordKind};
use std::sync::Arc;

/// `describe { record_id "Primary key of the record" }`: documentation per column, over what `///` said.
pub(super) fn describe(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, table: &mut Table) {
    for sentence in settings(model, "describe") {
        for entry in sentence.block.iter().flatten() {
            let env = &model.pending.env;
            let read = match entry.words.as_slice() {
                [Word { kind: WordKind::Name(name), at }, text] => {
                    name_of(shared, env, name).zip(text_of(shared, env, text)).map(|(n, t)| (n, t, *at))
                }
                _ => None,
            };
            let Some((name, text, at)) = read else {
                cx.error(
                    Diagnostic::error(Code::BadSetting, entry.at, "a description is a column and a text")
                        .help("write `describe { id \"what it is\" }`"),
                );
                continue;
            };
            let Some(position) = position(cx, table, &name, at) else { continue };
            if table.column_docs.len() < table.columns.len() {
                table.column_docs.resize(table.columns.len(), None);
            }
            if let Some(doc) = table.column_docs.get_mut(position) {
                *doc = Some(text);
            }
        }
    }
}

/// `discriminate answer, answer_date by linkid because "…"`.
pub(super) fn discriminators(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, table: &Table) -> Vec<Discriminator> {
    let Some(id) = shared.program.table_names.get(&table.name).copied() else { return Vec::new() };
    settings(model, "discriminate").filter_map(|sentence| discriminator(cx, shared, model, (id, table), sentence)).collect()
}

fn discriminator(
    cx: &Cx<'_>,
    shared: &Shared<'_>,
    model: &PendingModel<'_>,
    (id, table): (TableId, &Table),
    sentence: &Sentence,
) -> Option<Discriminator> {
    let env = &model.pending.env;
    let mut columns: Vec<u32> = Vec::new();
    let (mut by, mut because): (Option<u32>, Option<Arc<str>>) = (None, None);
    let mut part = "discriminate";
    for word in sentence.words.iter().skip(1) {
        match &word.kind {
            WordKind::Symbol(s) if s.as_str() == "," => {}
            WordKind::Name(name) => {
                let name = name_of(shared, env, name)?;
                match (part, name.as_str()) {
                    ("discriminate", "by") => part = "by",
                    ("by", "because") => part = "because",
                    _ => {
                        let found = u32::try_from(position(cx, table, &name, word.at)?).ok()?;
                        if part == "by" { by = Some(found) } else { columns.push(found) }
                    }
                }
            }
            _ if part == "because" => because = text_of(shared, env, word),
            _ => {}
        }
    }
    let Some(because) = because.filter(|b| !b.trim().is_empty()) else {
        let problem = Diagnostic::error(Code::ReleaseReason, sentence.at, "a discriminator needs a reason");
        cx.error(problem.help("end it with `because \"…\"`: why the other column can be trusted to say what these hold"));
        return None;
    };
    let Some(by) = by.filter(|_| !columns.is_empty()) else {
        let problem =
            Diagnostic::error(Code::BadSetting, sentence.at, "a discriminator names columns and the column that says what they hold");
        cx.error(problem.help("write `discriminate answer by linkid because \"…\"`"));
        return None;
    };
    Some(Discriminator { table: id, columns, by, because, at: sentence.at })
}

fn settings<'m>(model: &PendingModel<'m>, keyword: &'static str) -> impl Iterator<Item = &'m Sentence> {
    rest(model).clauses.iter().filter_map(move |c| match &c.kind {
        ClauseKind::Setting(s) if says(s, keyword) => Some(s),
        _ => None,
    })
}

fn says(sentence: &Sentence, keyword: &str) -> bool {
    let Some(Word { kind: WordKind::Name(name), .. }) = sentence.words.first() else { return false };
    matches!(name.parts.as_slice(), [part] if matches!(&part.text, crate::syntax::ast::Template::Plain(t) if t.as_str() == keyword))
}

fn position(cx: &Cx<'_>, table: &Table, name: &Ident, at: Span) -> Option<usize> {
    let found = table.columns.iter().position(|c| c.name == *name);
    if found.is_none() {
        let problem = Diagnostic::error(Code::UnknownColumn, at, format!("`{}` yields no column `{name}`", table.name));
        cx.error(problem.suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str())));
    }
    found
}
