//! Programs built by hand, for the tests of back ends.

use super::{Backend, FileTree};
use crate::base::{FileId, Ident, Span, VPath};
use crate::check;
use crate::diag::Diagnostics;
use crate::ir::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A program that grows.
pub(super) struct Built(pub(super) Program);

/// A column of a type, not nullable.
pub(super) fn column(name: &str, ty: Type) -> Column {
    Column {
        name: Ident::exact(name),
        ty,
        nullable: false,
        label: Label::PUBLIC,
        from: Origins::NONE,
        intact: None,
        chosen: false,
        kin: crate::ir::Kin::OWN,
        at: Span::default(),
    }
}

/// An expression of a type.
pub(super) fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, nullable: false, at: Span::default() }
}

/// A text constant.
pub(super) fn text(value: &str) -> Expr {
    expr(ExprKind::Literal(Literal::Text(Arc::from(value))), Type::TEXT)
}

impl Built {
    /// A Postgres project called `clinic` with the layers `staging` (views) and `marts` (tables), and one category.
    pub(super) fn new() -> Self {
        let layer = |name: &str, materialization| Layer {
            name: name.into(),
            schema: Ident::exact(&format!("clinic_{name}")),
            materialization,
            doc: Arc::from(""),
            at: Span::default(),
        };
        let category = |name: &str| Category { name: name.into(), safe_harbor: None, doc: Arc::from(""), at: Span::default() };
        let cloud =
            Cloud { provider: Arc::from("aws"), settings: BTreeMap::from([(Arc::from("region"), Setting::Text(Arc::from("us-east-1")))]) };
        Built(Program {
            project: Project {
                name: "clinic".into(),
                doc: Arc::from("A clinic."),
                warehouse: Some(Warehouse { dialect: Dialect::Postgres, settings: BTreeMap::new() }),
                clouds: vec![cloud],
                ..Project::default()
            },
            layers: vec![layer("staging", Materialization::View), layer("marts", Materialization::Table)],
            categories: vec![category("unclassified"), category("name")],
            ..Program::default()
        })
    }

    fn add(&mut self, name: &str, kind: TableKind, columns: Vec<Column>, reads: Vec<TableId>) -> TableId {
        let id = TableId(u32::try_from(self.0.tables.len()).unwrap());
        let name = Ident::exact(name);
        self.0.table_names.insert(name.clone(), id);
        self.0.tables.push(Table {
            name,
            kind,
            columns,
            column_docs: vec![],
            doc: Arc::from(""),
            assertions: vec![],
            key: vec![],
            rows: crate::ir::Origins::NONE,
            reads,
            at: Span::new(FileId(0), 0, 1),
        });
        self.0.order.push(id);
        id
    }

    /// A table of the source `ehr`, in the schema `raw`.
    pub(super) fn source(&mut self, name: &str, columns: Vec<Column>) -> TableId {
        let source = SourceTable { source: "ehr".into(), schema: "raw".into(), freshness: None, sample: None, own: None };
        self.add(name, TableKind::Source(source), columns, vec![])
    }

    /// A seed in the schema `seeds`.
    pub(super) fn seed(&mut self, name: &str, columns: Vec<Column>, rows: &[&[Option<&str>]]) -> TableId {
        let rows = rows.iter().map(|r| r.iter().map(|v| v.map(Arc::from)).collect()).collect();
        let seed = SeedTable { path: VPath::new("seeds/x.csv").unwrap(), schema: "seeds".into(), rows: Arc::new(rows) };
        self.add(name, TableKind::Seed(seed), columns, vec![])
    }

    /// A model that takes every column of one table.
    pub(super) fn copy(&mut self, name: &str, layer: u32, materialization: Materialization, from: TableId) -> TableId {
        let columns = self.0.table(from).unwrap().columns.clone();
        let items = columns
            .iter()
            .map(|c| (c.name.clone(), expr(ExprKind::Column { relation: "t".into(), name: c.name.clone() }, c.ty.clone()), c.nullable));
        let items: Vec<_> = items.collect();
        self.model(name, layer, materialization, from, items)
    }

    /// A model that computes columns from one table under the alias `t`.
    pub(super) fn model(
        &mut self,
        name: &str,
        layer: u32,
        materialization: Materialization,
        from: TableId,
        items: Vec<(Ident, Expr, bool)>,
    ) -> TableId {
        let columns: Vec<Column> =
            items.iter().map(|(n, e, null)| Column { nullable: *null, ..column(n.as_str(), e.ty.clone()) }).collect();
        let relation = Relation {
            source: RelationSource::Table(from),
            alias: "t".into(),
            lateral: false,
            columns: self.0.table(from).unwrap().columns.clone(),
            at: Span::default(),
        };
        let select = Select {
            distinct: Distinct::No,
            items: items.into_iter().map(|(name, expr, _)| SelectItem { expr, name }).collect(),
            from: vec![FromItem::Relation(relation)],
            filter: None,
            group: Grouping::default(),
            having: None,
            qualify: None,
        };
        let query = Query {
            with: vec![],
            body: SetExpr::Select(Box::new(select)),
            order: vec![],
            limit: None,
            offset: None,
            columns: columns.clone(),
        };
        let model = Model {
            layer,
            materialization,
            query,
            role: ModelRole::Model,
            indexes: vec![],
            tags: vec![],
            owner: None,
            written_in: VPath::new("clinic.pipe").unwrap(),
        };
        self.add(name, TableKind::Model(Box::new(model)), columns, vec![from])
    }

    /// A model in `marts` with a keyed token for the `id` of a table, by a mask that calls a function of the set-up.
    pub(super) fn tokens(&mut self, of: TableId) -> TableId {
        let param =
            |name: &str| Parameter { name: Arc::from(name), ty: Type::TEXT, default: None, variadic: false, limits: Limits::default() };
        let bodies =
            [(Dialect::Postgres, "pipec.hmac_token({x}, {key}, {domain})"), (Dialect::Sqlite, "pipec_hmac_token({x}, {key}, {domain})")];
        self.0.functions.push(Function {
            name: Arc::from("hmac_token"),
            kind: FunctionKind::Mask,
            params: vec![param("x"), param("key"), param("domain")],
            result: Type::TEXT,
            nullability: Nullability::Maybe,
            bodies: bodies.map(|(d, b)| (d, Arc::from(b))).into(),
            generic: None,
            unsupported: vec![],
            transition: None,
            follows: Vec::new(),
            monotone: false,
            because: Arc::default(),
            keeps_intact: false,
            standard: true,
            doc: Arc::from(""),
            at: Span::default(),
        });
        let id = expr(ExprKind::Column { relation: "t".into(), name: "id".into() }, Type::TEXT);
        let key = expr(ExprKind::Literal(Literal::Secret(Arc::from("PSEUDONYM_KEY"))), Type::TEXT);
        let function = FunctionId(u32::try_from(self.0.functions.len() - 1).unwrap());
        let token = expr(ExprKind::Call { function, args: vec![id, key, text("anon")] }, Type::TEXT);
        self.0.secrets.insert(Arc::from("PSEUDONYM_KEY"));
        self.model("tokens", 1, Materialization::Table, of, vec![("token".into(), token, true)])
    }

    /// Adds an assertion.
    pub(super) fn assert(&mut self, table: TableId, name: &str, kind: AssertionKind) {
        let assertion = Assertion { name: Arc::from(name), kind, warn: false, at: Span::default() };
        self.0.tables[table.0 as usize].assertions.push(assertion);
    }

    /// A bucket that the role `analyst` (of the AWS group `analysts`) reads, for pseudonyms.
    pub(super) fn bucket(&mut self, name: &str) -> u32 {
        if self.0.roles.is_empty() {
            self.0.roles.push(Role {
                name: "analyst".into(),
                clearance: None,
                postgres: Some(Arc::from("analyst")),
                aws_group: Some(Arc::from("analysts")),
                google_group: None,
                tableau_group: None,
                doc: Arc::from(""),
                at: Span::default(),
            });
        }
        self.0.buckets.push(Bucket {
            name: name.into(),
            bucket_name: Arc::from(format!("clinic-exports-{name}")),
            on: None,
            clearance: "internal".into(),
            readers: vec!["analyst".into()],
            archive_days: Some(90),
            expire_days: Some(2555),
            origin: crate::ir::platform::Origin::default(),
            doc: Arc::from("For analysis."),
            at: Span::default(),
        });
        u32::try_from(self.0.buckets.len() - 1).unwrap()
    }

    /// A zipped export of whole tables.
    pub(super) fn export(&mut self, name: &str, bucket: u32, tables: &[TableId]) {
        let tables = tables.iter().map(|id| ExportedTable {
            table: *id,
            columns: (0..u32::try_from(self.0.table(*id).unwrap().columns.len()).unwrap()).collect(),
            order: Vec::new(),
            at: Span::default(),
        });
        let export = Export {
            name: name.into(),
            bucket,
            tables: tables.collect(),
            format: ExportFormat::Csv,
            zipped: true,
            path: Arc::from(format!("{{yyyy}}/{{mm}}/{{dd}}/{name}_{{timestamp}}.zip")),
            min_group: None,
            doc: Arc::from(""),
            at: Span::default(),
        };
        self.0.exports.push(export);
    }

    /// Builds, tests, and then exports everything, every night at two.
    pub(super) fn nightly(&mut self) {
        let step = |name: &str, action, after| Step { name: name.into(), action, after, at: Span::default() };
        let exports = (0..u32::try_from(self.0.exports.len()).unwrap()).collect();
        self.0.pipelines.push(Pipeline {
            audit: None,
            pool: None,
            owner: None,
            tags: Vec::new(),
            name: "daily".into(),
            runner: Runner::Cron,
            schedule: Schedule::at(Arc::from("0 2 * * *")),
            cosmos: false,
            timezone: Arc::from("UTC"),
            retries: 2,
            retry_minutes: 5,
            timeout_minutes: Some(120),
            alerts: vec![Alert::Slack(Setting::Secret(Arc::from("SLACK_URL")))],
            steps: vec![
                step("models", StepAction::Build(vec![]), vec![]),
                step("checks", StepAction::Test(vec![]), vec![0]),
                step("exports", StepAction::Export(exports), vec![1]),
            ],
            doc: Arc::from("Every night."),
            at: Span::default(),
        });
    }
}

/// The files of one back end; panics on diagnostics.
pub(super) fn emit(backend: &dyn Backend, built: Built) -> FileTree {
    let (files, diagnostics) = try_emit(backend, built);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    files
}

/// The files of one back end and what it had to say.
pub(super) fn try_emit(backend: &dyn Backend, built: Built) -> (FileTree, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let checked = check::seal(built.0, &mut diagnostics, &mut |_| {}).unwrap();
    let mut files = FileTree::new();
    backend.emit(&checked, &mut files, &mut diagnostics);
    (files, diagnostics)
}

/// A file's text.
pub(super) fn file(files: &FileTree, path: &str) -> String {
    let bytes =
        files.get(path).unwrap_or_else(|| panic!("no {path} among {:?}", files.iter().map(|(p, _)| p.as_str()).collect::<Vec<_>>()));
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Writes the files below `$PIPEC_TRY/<name>` when that is set: how to try them on the judges in `tests/real` without a front end.
#[expect(clippy::disallowed_methods, reason = "a test that hands files to people, not the core")]
pub(super) fn keep(name: &str, files: &FileTree) {
    let Ok(folder) = std::env::var("PIPEC_TRY") else { return };
    for (path, bytes) in files.iter() {
        let path = std::path::Path::new(&folder).join(name).join(path.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
