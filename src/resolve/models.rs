use super::collect::Found;
use super::reader::Reader;
use super::tagged::label;
use super::words::{Key, Once, Read, Words, choice, missing, wrong};
use super::{Pending, PendingModel, Slot};
use crate::base::{Ident, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Index, Materialization, ModelRole, TableId, TableKind};
use crate::syntax::ast::{self, Body, ClauseKind, ItemKind, ModelBody, ModelKind};
use std::collections::BTreeMap;
use std::sync::Arc;

const KINDS: [&str; 6] = ["view", "table", "incremental", "history", "materialized_view", "ephemeral"];
const MODEL: [&str; 8] = ["as", "index", "tags", "owner", "partition", "cluster", "describe", "discriminate"];

/// The settings of a model's head and block.
struct Settings {
    materialization: Option<Materialization>,
    indexes: Vec<Index>,
    tags: Vec<Arc<str>>,
    owner: Option<Arc<str>>,
}

impl<'a, 'g> Reader<'a, 'g> {
    /// `model m in marts as table { … }`, facts and queries too; by name.
    pub(super) fn models(&mut self, found: &[Found<'a>]) {
        let layers: BTreeMap<Ident, u32> = (0_u32..).zip(&self.out.program.layers).map(|(i, l)| (l.name.clone(), i)).collect();
        let mut models: Vec<PendingModel<'a>> = Vec::new();
        for one in found {
            let ItemKind::Model(model) = &one.item.kind else { continue };
            let read = self.model(one, model, &layers);
            models.extend(self.keep(read).flatten());
        }
        models.sort_by(|a, b| a.pending.name.cmp(&b.pending.name));
        self.out.slots.extend(models.into_iter().map(|m| Slot::Pending(Box::new(m))));
    }

    fn model(&mut self, one: &Found<'a>, model: &'a ast::Model, layers: &BTreeMap<Ident, u32>) -> Read<Option<PendingModel<'a>>> {
        let name = self.generator.name_of(&model.name, &one.env)?;
        let at = model.name.at;
        if !self.declare("tables", &name, at) {
            return Ok(None);
        }
        let role = match model.kind {
            ModelKind::Model => ModelRole::Model,
            ModelKind::Fact => ModelRole::Fact,
            ModelKind::Query => ModelRole::Query,
        };
        let layer = self.layer_of(one, model, &name, layers);
        let layer = self.keep(layer).unwrap_or(0);
        let mut once = Once::default();
        let mut settings = Settings { materialization: None, indexes: Vec::new(), tags: Vec::new(), owner: None };
        self.model_head(one, model, &mut once, &mut settings);
        for clause in &rest(&model.body).clauses {
            let ClauseKind::Setting(sentence) = &clause.kind else { continue };
            let mut words = Words::new(self.generator, &one.env, sentence);
            self.phrase(&mut words, &mut |reader, words, key| {
                once.named(key)?;
                reader.model_setting(words, key, &name, &mut settings)
            });
        }
        let inherited = || self.out.program.layer(layer).map_or(Materialization::View, |l| l.materialization.clone());
        let materialization = settings.materialization.take().unwrap_or_else(inherited);
        let doc = self.doc(one.item.doc.as_ref(), &one.env);
        let written_in = self.sources.get(at.file).map(|f| f.path.clone());
        // Every span comes from a file of these sources; the other arm is never taken.
        let Some(written_in) = written_in.or_else(|| VPath::new("project.pipe").ok()) else { return Ok(None) };
        Ok(Some(PendingModel {
            pending: Pending { name, doc, at, syntax: model, env: one.env.clone() },
            layer,
            materialization,
            role,
            indexes: settings.indexes,
            tags: settings.tags,
            owner: settings.owner,
            written_in,
        }))
    }

    fn layer_of(&self, one: &Found<'a>, model: &ast::Model, name: &Ident, layers: &BTreeMap<Ident, u32>) -> Read<u32> {
        let Some(part) = &model.layer else {
            if model.kind == ModelKind::Query {
                return Ok(0);
            }
            return Err(missing(model.name.at, format!("model `{name}` does not say which layer it is in"))
                .help(format!("write `model {name} in <layer>`")));
        };
        let layer = self.generator.name_of(part, &one.env)?;
        layers.get(&layer).copied().ok_or_else(|| super::words::unknown("layer", layer.as_str(), part.at, layers.keys().map(Ident::as_str)))
    }

    /// `as table`; a fact's smallest group is read with its metrics.
    fn model_head<'f>(&mut self, one: &'f Found<'a>, model: &'f ast::Model, once: &mut Once<'f>, settings: &mut Settings)
    where
        'g: 'f,
    {
        let generator: &'f super::Generator<'f> = self.generator;
        let mut words = Words::of(generator, &one.env, &model.head, model.at);
        let fact = model.kind == ModelKind::Fact;
        self.phrase(&mut words, &mut |_, words, key| {
            once.named(key)?;
            match key.text {
                "as" => settings.materialization = Some(materialization(words)?),
                "min_group" if fact => while words.next().is_some() {},
                _ if fact => return Err(key.unknown("fact's head", &["as", "min_group"])),
                _ => return Err(key.unknown("model's head", &["as"])),
            }
            Ok(())
        });
    }

    fn model_setting(&mut self, words: &mut Words<'_>, key: Key<'_>, name: &Ident, settings: &mut Settings) -> Read<()> {
        match key.text {
            "as" => settings.materialization = Some(materialization(words)?),
            "unique" => {
                words.expect("index")?;
                settings.indexes.push(super::vectors::plain_index(words, true)?);
            }
            "index" => {
                let unique = words.take("unique");
                settings.indexes.push(super::vectors::plain_index(words, unique)?);
            }
            "tags" => settings.tags.extend(words.list(label)?),
            "owner" => settings.owner = Some(label(words)?),
            "partition" | "cluster" | "subject" => {
                while words.next().is_some() {}
                self.diagnostics.push(Diagnostic::warning(
                    Code::NotEmittedYet,
                    key.at,
                    format!("`{}` of model `{name}` is checked but not emitted yet", key.text),
                ));
            }
            // Read when the columns are known.
            "describe" | "discriminate" => {
                while words.next().is_some() {}
                words.block();
            }
            _ => return Err(key.unknown("model", &MODEL)),
        }
        Ok(())
    }

    /// What each table may be called: see [`Program::table_names`](crate::ir::Program).
    pub(super) fn name_tables(&mut self) {
        let mut bare: BTreeMap<Ident, Vec<TableId>> = BTreeMap::new();
        let mut named: Vec<(Ident, TableId)> = Vec::with_capacity(self.out.slots.len());
        let layer_name = |index: u32| self.out.program.layer(index).map(|l| l.name.clone());
        for (id, slot) in (0_u32..).map(TableId).zip(&self.out.slots) {
            match slot {
                Slot::Ready(table) => match &table.kind {
                    TableKind::Source(source) => {
                        named.push((Ident::exact(&format!("{}.{}", source.source, table.name)), id));
                        bare.entry(table.name.clone()).or_default().push(id);
                    }
                    TableKind::Seed(_) | TableKind::Model(_) => named.push((table.name.clone(), id)),
                },
                Slot::Pending(model) => {
                    if let Some(layer) = layer_name(model.layer) {
                        named.push((Ident::exact(&format!("{layer}.{}", model.pending.name)), id));
                    }
                    named.push((model.pending.name.clone(), id));
                }
            }
        }
        for (name, id) in named {
            if let Some(other) = self.out.program.table_names.insert(name.clone(), id) {
                self.same_name(&name, other, id);
            }
        }
        for (name, ids) in bare {
            if let [id] = ids.as_slice() {
                self.out.program.table_names.entry(name).or_insert(*id);
            }
        }
    }

    fn same_name(&mut self, name: &Ident, first: TableId, second: TableId) {
        let place = |id: TableId| match self.out.slots.get(id.0 as usize) {
            Some(Slot::Ready(table)) => table.at,
            Some(Slot::Pending(model)) => model.pending.at,
            None => crate::base::Span::default(),
        };
        let diagnostic =
            Diagnostic::error(Code::DuplicateName, place(second), format!("two tables are named `{name}`")).mark(place(first), "the first");
        self.diagnostics.push(diagnostic.help("a source and a layer of one name hold tables of one name: rename one"));
    }
}

/// Everything in a model's block beside its query.
fn rest(body: &ModelBody) -> &Body {
    match body {
        ModelBody::Clauses(body) => body,
        ModelBody::Sql { rest, .. }
        | ModelBody::SqlFile { rest, .. }
        | ModelBody::Masked { rest, .. }
        | ModelBody::Metrics { rest, .. } => rest,
    }
}

/// `table`, `incremental(key: id, cursor: loaded_at)`
pub(super) fn materialization(words: &mut Words<'_>) -> Read<Materialization> {
    if let Some((key, args)) = words.call() {
        return match key.text {
            "incremental" => incremental(key, args),
            "history" => history(key, args),
            _ => Err(choice("way to keep a model that takes settings", key, ["incremental", "history"])),
        };
    }
    let key = words.key("how the model is kept")?;
    match key.text {
        "view" => Ok(Materialization::View),
        "table" => Ok(Materialization::Table),
        "materialized_view" => Ok(Materialization::MaterializedView),
        "ephemeral" => Ok(Materialization::Ephemeral),
        "incremental" => Err(missing(key.at, "an incremental model needs a key")
            .help("write `incremental(key: id)`: rows with the same key replace each other")),
        "history" => {
            Err(missing(key.at, "a history needs a key").help("write `history(key: id)`: a changed row is a new version of its key"))
        }
        _ => Err(choice("way to keep a model", key, KINDS)),
    }
}

fn incremental(key: Key<'_>, args: Vec<Words<'_>>) -> Read<Materialization> {
    let mut columns = Vec::new();
    let (mut cursor, mut id, mut because, mut batch) = (None, None, None, None);
    for mut arg in args {
        let setting = arg.key("`key:`, `cursor:`, `batch:`, `id:` or `because:`")?;
        if !arg.symbol(":") {
            return Err(wrong(arg.here(), format!("`:` is missing behind `{}`", setting.text)));
        }
        match setting.text {
            "key" => columns = arg.names("a column")?.into_iter().map(|(name, _)| name).collect(),
            "cursor" => cursor = Some(arg.name("a column")?.0),
            "id" => id = Some(arg.name("a column")?.0),
            "batch" => batch = Some((at_least_one(&mut arg)?, setting.at)),
            "because" => because = Some((arg.text("the reason")?, setting.at)),
            _ => return Err(setting.unknown("incremental model", &["key", "cursor", "batch", "id", "because"])),
        }
        arg.end()?;
    }
    if columns.is_empty() {
        return Err(missing(key.at, "an incremental model needs a key")
            .help("write `incremental(key: id)`: rows with the same key replace each other"));
    }
    let because = match because {
        Some((_, at)) if id.is_none() => {
            return Err(wrong(at, "a reason stands beside `id:`, for what its numbers stand for")
                .help("name the column of numbers: `id: person_id`"));
        }
        Some((said, at)) if said.trim().is_empty() => {
            return Err(missing(at, "a reason says something").help("write why rows of one key are one thing"));
        }
        said => said.map(|(said, _)| Arc::from(said.trim())),
    };
    let batch = match batch {
        Some((_, at)) if cursor.is_none() => {
            return Err(missing(at, "batches need an order that rows come in")
                .help("name the column with the time of loading: `cursor: loaded_at`"));
        }
        Some((_, at)) if id.is_some() => {
            return Err(wrong(at, "numbers are given out for all new rows at once, and not batch by batch")
                .help("leave `id:` out, and number in a model that reads this one"));
        }
        said => said.map(|(rows, _)| rows),
    };
    Ok(Materialization::Incremental { key: columns, cursor, id, batch, because, history: false })
}

fn at_least_one(words: &mut Words<'_>) -> Read<u32> {
    let at = words.here();
    match words.number("the most rows of a batch")? {
        0 => Err(wrong(at, "a batch has at least one row")),
        rows => Ok(rows),
    }
}

/// `history(key: id)`, `history(key: (a, b))`
fn history(key: Key<'_>, args: Vec<Words<'_>>) -> Read<Materialization> {
    let mut columns: Vec<Ident> = Vec::new();
    for mut arg in args {
        let setting = arg.key("`key:`")?;
        if setting.text != "key" {
            return Err(setting.unknown("history", &["key"]));
        }
        if !arg.symbol(":") {
            return Err(wrong(arg.here(), "`:` is missing behind `key`"));
        }
        columns = arg.names("a column")?.into_iter().map(|(name, _)| name).collect();
        arg.end()?;
    }
    if columns.is_empty() {
        return Err(missing(key.at, "a history needs a key").help("write `history(key: id)`: a changed row is a new version of its key"));
    }
    columns.push(Ident::exact(Materialization::VALID_FROM));
    Ok(Materialization::Incremental { key: columns, cursor: None, id: None, batch: None, because: None, history: true })
}
