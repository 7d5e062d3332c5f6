use super::testing::{Project, slot_names, table};
use super::*;
use crate::ir::*;

#[expect(clippy::disallowed_methods, reason = "the example is files")]
fn engage() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/engage-analytics");
    let mut files = Vec::new();
    for folder in ["", "seeds"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.extension().is_some_and(|e| ["pipe", "csv", "sh"].iter().any(|known| e == *known)) {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn project(files: &[(String, String)]) -> Project {
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    Project::new(&files)
}

#[test]
fn the_engage_example_resolves_without_a_word() {
    project(&engage()).fine(|r| {
        assert_eq!(r.program.project.name.as_str(), "engage_analytics");
        assert_eq!(r.slots.iter().filter(|s| matches!(s, Slot::Ready(_))).count(), 12);
        assert!(r.slots.iter().filter(|s| matches!(s, Slot::Pending(_))).count() > 72);
        let anon = &r.program.exports[0];
        assert_eq!((anon.name.as_str(), anon.tables.len()), ("anon_daily", 36 + 4));
        let pii = &r.program.exports[1];
        assert_eq!(pii.tables.len(), 36 + 9);
        let daily = &r.program.pipelines[0];
        assert_eq!(&*daily.schedule.cron, "0 2 * * *");
        assert_eq!(daily.steps.iter().map(|s| s.after.clone()).collect::<Vec<_>>(), [vec![], vec![0], vec![1]]);
        assert_eq!(r.program.secrets.iter().map(|s| &**s).collect::<Vec<_>>(), ["SLACK_URL"]);
    });
}

#[test]
fn the_order_of_files_changes_nothing() {
    let summary = |files: &[(String, String)]| {
        project(files).look(|r, lines| {
            let clearances: Vec<String> = r.program.clearances.iter().map(|c| format!("{} {:?}", c.name, c.admits)).collect();
            let exports: Vec<String> = r
                .program
                .exports
                .iter()
                .map(|e| format!("{} {:?}", e.name, e.tables.iter().map(|t| t.table).collect::<Vec<_>>()))
                .collect();
            let categories: Vec<String> = r.program.categories.iter().map(|c| c.name.to_string()).collect();
            (slot_names(r), clearances, exports, categories, format!("{:?}", r.program.table_names), lines.to_vec())
        })
    };
    let mut files = engage();
    let expected = summary(&files);
    for turn in 1..files.len() {
        files.rotate_left(turn);
        assert_eq!(summary(&files), expected);
    }
}

#[test]
fn a_folder_needs_one_project() {
    assert_eq!(
        Project::new(&[("a.pipe", "layer marts schema \"m\"")]).errors(),
        [
            "P0215 no file of this folder declares a project | add `project my_platform { warehouse postgres { database = env(\"DATABASE\") }; emit dbt }`"
        ]
    );
    assert_eq!(Project::of("project q { }").errors(), ["P0202 a folder has one project"]);
}

#[test]
fn project_settings() {
    let text = r#"project x {
        warehouse bigquery { project = env("GCP"); location "EU"; password = secret("db") }
        cloud gcp { region = "eu" }
        emit docs, sql, dbt
    }"#;
    Project::new(&[("a.pipe", text)]).fine(|r| {
        let warehouse = r.program.project.warehouse.as_ref().unwrap();
        assert_eq!(warehouse.dialect, Dialect::BigQuery);
        assert_eq!(warehouse.settings["project"], Setting::Env("GCP".into()));
        assert_eq!(warehouse.settings["location"], Setting::Text("EU".into()));
        assert_eq!(r.program.project.emit.iter().map(|e| &**e).collect::<Vec<_>>(), ["dbt", "sql", "docs"]);
        assert!(r.program.secrets.contains("db"));
    });
    for (setting, expected) in [
        (
            "warehouse postgers",
            "P0131 `postgers` is no warehouse | did you mean `postgres`? | it is one of `postgres`, `sqlite`, `duckdb`, `bigquery`",
        ),
        ("warehouse postgres { databse \"x\" }", "P0130 a warehouse has no setting `databse` | did you mean `database`?"),
        (
            "warehouse postgres { password \"hunter2\" }",
            "P0131 the warehouse's password is written in plain text | write `password = secret(\"…\")` or `env(\"…\")`",
        ),
        ("cloud asw", "P0131 `asw` is no cloud | did you mean `aws`? | it is one of `aws`, `gcp`"),
        ("wharehouse postgres", "P0130 a project has no setting `wharehouse` | did you mean `warehouse`?"),
        ("emit dbt {}", "P0131 this takes no block"),
    ] {
        assert_eq!(Project::new(&[("a.pipe", &format!("project x {{ {setting} }}"))]).errors(), [expected], "{setting}");
    }
}

#[test]
fn names_are_unique_within_their_kind() {
    let errors = Project::of("use std.hipaa\nrole a { }\nrole a { }\nlayer marts schema \"x\"\ncategory phone hipaa D").errors();
    assert_eq!(
        errors,
        [
            "P0202 two roles are named `a` | rename one of them",
            "P0202 two layers are named `marts` | rename one of them",
            "P0202 two categories are named `phone` | rename one of them"
        ]
    );
}

#[test]
fn modules_are_used_by_name() {
    assert_eq!(
        Project::of("use std.hippa").errors(),
        ["P0201 no module is named `std.hippa` | did you mean `std.hipaa`? | the modules are `std.core`, `std.fhir.r4`, `std.hipaa`"]
    );
    let text = "source s on warehouse { table t { id integer key @public\n phone text @phone } }";
    assert_eq!(Project::of(text).errors(), ["P0304 no category is named `phone` | `use std.hipaa` declares it"]);
    Project::of(&format!("use std.hipaa\n{text}")).fine(|_| ());
}

#[test]
fn sources_carry_types_keys_and_categories() {
    let text = r#"
use std.hipaa
use std.fhir.r4
/// The registry.
source raw on warehouse schema "public" {
  sample "data/{table}.ndjson"
  /// People.
  table patients {
    id integer key @record_id
    facility_id integer references facilities.id
    /// As spoken.
    phone text? @phone @fax
    sex text one_of ("M", "F") @public
    age integer between 0 and 120 measure
    resource json<r4.Patient>
    note json<Patient> @free_text because "a form without fields of its own"
    loaded_at timestamptz @public
    unique (facility_id, phone)
    freshness by loaded_at warn 24h error 2d
  }
  table facilities { id integer key @public; zip varchar(5) matches "^[0-9]+$" @public }
}"#;
    Project::of(text).fine(|r| {
        let patients = table(r, "raw.patients");
        assert_eq!(table(r, "patients").name, patients.name, "a source's table has its bare name too where nothing else has it");
        let column = |name: &str| patients.columns.iter().find(|c| c.name.as_str() == name).unwrap();
        assert!(!column("id").nullable && column("phone").nullable);
        assert_eq!(column("phone").label.values().len(), 2);
        assert!(column("sex").label.is_public());
        assert_eq!(column("facility_id").label, Label::direct(CategoryId::UNCLASSIFIED));
        assert!(matches!(&column("resource").ty, Type::Json(JsonShape::Object(_, None))));
        assert!(column("resource").label.values().len() > 5, "the whole tells what its paths tell");
        assert!(matches!(&column("note").ty, Type::Json(JsonShape::Object(_, Some(l))) if *l == column("note").label));
        let names: Vec<&str> = patients.assertions.iter().map(|a| &*a.name).collect();
        assert_eq!(
            names,
            [
                "not_null_id",
                "not_null_facility_id",
                "one_of_sex",
                "not_null_sex",
                "between_age",
                "not_null_age",
                "not_null_resource",
                "not_null_note",
                "not_null_loaded_at",
                "unique_id",
                "unique_facility_id_phone",
                "references_facility_id"
            ]
        );
        assert_eq!((&*patients.doc, patients.column_docs[2].as_deref()), ("People.", Some("As spoken.")));
        let TableKind::Source(source) = &patients.kind else { panic!() };
        assert_eq!(source.sample.as_ref().unwrap().as_str(), "data/patients.ndjson");
        let fresh = source.freshness.as_ref().unwrap();
        assert_eq!((fresh.warn_minutes, fresh.error_minutes), (Some(1440), Some(2880)));
        assert_eq!(table(r, "facilities").columns[1].ty, Type::Text(Some(5)));
    });
}

#[test]
fn what_is_wrong_with_a_column_is_said_where_it_stands() {
    let table =
        |columns: &str| Project::of(&format!("use std.hipaa\nsource raw on warehouse {{\n table t {{\n{columns}\n }}\n}}")).errors();
    assert_eq!(table("id intger"), ["P0201 no type is named `intger` | did you mean `integer`?"]);
    assert_eq!(table("id text @phon"), ["P0304 no category is named `phon` | did you mean `phone`?"]);
    assert_eq!(
        table("id text @public @phone"),
        ["P0131 `@public` stands beside another category | `@public` says that the value tells nothing about a person: keep one of them"]
    );
    assert_eq!(table("id text uniqe"), ["P0130 a column has no setting `uniqe` | did you mean `unique`?"]);
    assert_eq!(table("id text references visits.id"), ["P0201 no table is named `visits`"]);
    assert_eq!(table("id text references t.key"), ["P0205 `t` has no column `key`"]);
    assert_eq!(
        table("id text\nfreshness by at warn 1h"),
        ["P0205 `t` has no column `at` | the freshness of its source is read from this column"]
    );
    assert_eq!(table("id text\nid text"), ["P0202 two columns of `t` are named `id`"]);
}

#[test]
fn types_may_speak_of_themselves_and_of_later_ones() {
    let text = "use std.hipaa\ntype Node { value text @phone\n children Node[]?\n leaf Leaf? }\ntype Leaf { tags text[]\n extra json? }\nsource s on warehouse { table t { doc json<Node> } }";
    Project::of(text).fine(|r| {
        let node = r.program.json_types.iter().find(|t| t.name.as_str() == "Node").unwrap();
        let Type::Json(JsonShape::Array(of)) = &node.fields[1].ty else { panic!() };
        assert!(matches!(**of, JsonShape::Object(_, None)));
        assert_eq!(node.fields[1].label, None);
        let leaf = r.program.json_types.iter().find(|t| t.name.as_str() == "Leaf").unwrap();
        assert!(matches!(&leaf.fields[0].ty, Type::Json(JsonShape::Array(of)) if matches!(**of, JsonShape::Scalar(..))));
        let label = &table(r, "s.t").columns[0].label;
        assert_eq!(label.values().len(), 2, "phone, and unclassified tags");
    });
}

#[test]
fn layers_and_models() {
    let text = "source s on warehouse { table a { id integer key @public } }
model b in marts { from a\n select { id }\n index (id)\n tags nightly, \"x y\"\n owner \"ana\" }
model a2 in staging as incremental(key: id, cursor: at) { from a\n select { id } }
query q { from a\n select { id } }
model e in marts as ephemeral { from a\n select { id } }";
    Project::of(text).fine(|r| {
        assert_eq!(slot_names(r), ["a", "a2", "b", "e", "q"]);
        let model = |i: usize| match &r.slots[i] {
            Slot::Pending(m) => m,
            Slot::Ready(_) => panic!(),
        };
        assert_eq!(
            model(1).materialization,
            Materialization::Incremental {
                key: vec!["id".into()],
                cursor: Some("at".into()),
                id: None,
                batch: None,
                history: false,
                because: None
            }
        );
        assert_eq!(model(2).materialization, Materialization::Table, "the layer's");
        assert_eq!(model(2).tags.iter().map(|t| &**t).collect::<Vec<_>>(), ["nightly", "x y"]);
        assert_eq!(model(2).owner.as_deref(), Some("ana"));
        assert_eq!(model(4).role, ModelRole::Query);
        assert_eq!(
            r.program.table_names.keys().map(Ident::as_str).collect::<Vec<_>>(),
            ["a", "a2", "b", "e", "marts.b", "marts.e", "q", "s.a", "staging.a2", "staging.q"]
        );
        assert_eq!(table_id(&r.program, &["marts".into(), "b".into()]), Some(TableId(2)));
    });
    let errors = |text: &str| Project::of(text).errors();
    assert_eq!(errors("model m in mart { from a }"), ["P0201 no layer is named `mart` | did you mean `marts`?"]);
    assert_eq!(errors("model m { from a }"), ["P0132 model `m` does not say which layer it is in | write `model m in <layer>`"]);
    assert_eq!(
        errors("model m in marts as incremental { from a }"),
        ["P0132 an incremental model needs a key | write `incremental(key: id)`: rows with the same key replace each other"]
    );
    assert_eq!(
        errors("model m in marts as tabel { from a }"),
        [
            "P0131 `tabel` is no way to keep a model | did you mean `table`? | it is one of `view`, `table`, `incremental`, `history`, `materialized_view`, `ephemeral`"
        ]
    );
    assert_eq!(errors("model m in marts { from a }\nmodel m in marts { from a }"), ["P0202 two tables are named `m` | rename one of them"]);
}

#[test]
fn bare_names_of_sources_need_to_be_free() {
    let text = "source x on warehouse { table t { id integer @public }\n table u { id integer @public } }\nsource y on warehouse { table t { id integer @public } }\nmodel u in marts { from x.u\n select { id } }";
    Project::of(text).fine(|r| {
        assert_eq!(r.program.table_names.keys().map(Ident::as_str).collect::<Vec<_>>(), ["marts.u", "u", "x.t", "x.u", "y.t"]);
        assert!(matches!(r.slots[r.program.table_names["u"].0 as usize], Slot::Pending(_)));
    });
}

#[test]
fn functions_and_masks() {
    let text = "use std.hipaa
/// Twice.
function twice(x: T, times: integer = 2) -> T? intact because \"the same text\" { postgres \"repeat({x}, {times})\"\n duckdb unsupported\n generic \"'{{}}' || {x}\" }
aggregate first(x: any) -> any
mask shout(x: text) -> text! partial lowers phone, fax because \"a test\" { generic \"upper({x})\" }
table function series(a: integer, b: integer...) -> integer";
    Project::of(text).fine(|r| {
        let get = |name: &str| r.program.function(r.program.function_names[name][0]).unwrap();
        let twice = get("twice");
        assert_eq!((&*twice.doc, twice.keeps_intact, twice.standard), ("Twice.", true, false));
        assert_eq!((twice.params[0].ty.clone(), twice.params[1].default.clone()), (Type::Variable('T'), Some(Literal::Number("2".into()))));
        assert_eq!((twice.nullability, twice.unsupported.as_slice()), (Nullability::Maybe, [Dialect::DuckDb].as_slice()));
        assert_eq!((get("first").kind, get("first").params[0].ty.clone()), (FunctionKind::Aggregate, Type::Any));
        let shout = get("shout").transition.clone().unwrap();
        assert_eq!((shout.to, shout.lowers.len(), get("shout").nullability), (Form::Partial, 2, Nullability::Never));
        assert_eq!(get("redact").transition.as_ref().unwrap().lowers, [], "lowers every category");
        assert!(get("redact").standard);
        assert_eq!((get("series").kind, get("series").params[1].variadic), (FunctionKind::Table, true));
    });
    let errors = |text: &str| Project::of(text).errors();
    assert_eq!(
        errors("function f(width: text) -> text { postgres \"g({widht})\" }"),
        ["P0131 `{widht}` is no parameter | did you mean `width`? | write `{{` and `}}` for braces"]
    );
    assert_eq!(
        errors("mask m(x: text) -> text"),
        ["P0132 mask `m` does not say which form it leaves | write `general`, `pseudonym`, `partial` or `public` after its result type"]
    );
    assert_eq!(
        errors("function f(x: text) -> text\nfunction f(y: text) -> integer"),
        ["P0202 `f` is declared twice with these parameters"]
    );
    assert_eq!(
        errors("function f(x: text) -> text { postgers \"x\" }"),
        ["P0131 `postgers` is no dialect | did you mean `postgres`? | it is one of `postgres`, `sqlite`, `duckdb`, `bigquery`, `generic`"]
    );
}

#[test]
fn clearances() {
    let text = "use std.hipaa
clearance wide = narrow { zip direct because \"the registry's law\" }
clearance narrow { zip general\n state direct }
clearance study = expert('ED-1', expires '2027-12-31') { phone general }
clearance counts = aggregated(11)
role a { clearance aggregated(11) }
role b { clearance internal }
role c { clearance expert('ED-2', expires '2028-02-29') }";
    Project::of(text).fine(|r| {
        let get = |name: &str| r.program.clearance(name).unwrap();
        assert_eq!(get("wide").admits.values().copied().collect::<Vec<_>>(), [Form::Direct, Form::Direct]);
        assert_eq!(get("study").determination, Some(Determination { id: "ED-1".into(), expires: "2027-12-31".into() }));
        assert_eq!(get("counts").aggregated, Some(11));
        assert_eq!(get("aggregated(11)").aggregated, Some(11));
        assert!(get("internal").everything);
        let used: Vec<&str> = r.program.roles.iter().map(|r| r.clearance.as_ref().unwrap().as_str()).collect();
        assert_eq!(used, ["aggregated(11)", "internal", "expert(ED-2)"]);
    });
    let errors = |text: &str| Project::of(&format!("use std.hipaa\n{text}")).errors();
    assert_eq!(
        errors("role a { clearance expert }"),
        ["P0131 `expert` stands for an Expert Determination on file and needs its id | write `expert('ED-2026-01', expires '2027-12-31')`"]
    );
    assert_eq!(errors("clearance a = expert('x', expires '2027-02-30')"), ["P0131 `2027-02-30` is no date such as `2027-12-31`"]);
    assert_eq!(
        errors("clearance a { zip generl }"),
        ["P0131 `generl` is no form | did you mean `general`? | it is one of `public`, `general`, `pseudonym`, `partial`, `direct`"]
    );
    assert_eq!(errors("clearance a { zipp general }"), ["P0304 no category is named `zipp` | did you mean `zip`?"]);
    assert_eq!(errors("clearance a = aggregated(1)"), ["P0131 an aggregate protects nobody below 2 subjects"]);
    assert_eq!(
        errors("clearance a = b\nclearance b = a"),
        ["P0204 clearance `a` stands on itself", "P0204 clearance `b` stands on itself"]
    );
    assert_eq!(errors("role a { clearance safe_harbour }"), ["P0201 no clearance is named `safe_harbour` | did you mean `safe_harbor`?"]);
}

const SMALL: &str = "use std.hipaa
source s on warehouse { table raw { id integer key @public } }
model qr_a in marts { from raw\n select { id } }
model qr_a_anon in marts { from raw\n select { id } }
model qr_b in marts { from raw\n select { id } }
model stg in staging { from raw\n select { id } }
query qr_q { from raw\n select { id } }
role analyst { clearance safe_harbor; postgres \"an\"; aws group \"ans\"; tableau group \"Ans\" }
";

fn small(text: &str) -> Project {
    Project::of(&format!("{SMALL}{text}"))
}

#[test]
fn grants_resolve_layers_and_globs() {
    let text = "masking m { name -> redact }\nrole two { }\nentitlement e from stg by user_id
grant read, extract on marts, s.raw to analyst, two masked by m\ngrant view on qr_* except qr_*_anon to analyst";
    small(text).fine(|r| {
        let grants: Vec<_> = r.program.grants.iter().map(|g| (g.verb, g.role.as_str(), g.tables.len())).collect();
        use Verb::*;
        assert_eq!(grants, [(Read, "analyst", 4), (Extract, "analyst", 4), (Read, "two", 4), (Extract, "two", 4), (View, "analyst", 2)]);
        assert_eq!(r.program.grants[0].masking, Some("m".into()));
        assert_eq!(r.program.entitlements[0].by.as_str(), "user_id");
    });
    let errors = |text: &str| small(text).errors();
    assert_eq!(errors("grant read on marts to analyts"), ["P0402 no role is named `analyts` | did you mean `analyst`?"]);
    assert_eq!(errors("grant read on qr_c to analyst"), ["P0201 no table is named `qr_c` | did you mean `qr_a`?"]);
    assert_eq!(
        errors("grant red on marts to analyst"),
        ["P0131 `red` is no verb | did you mean `read`? | it is one of `read`, `extract`, `view`, `write`"]
    );
    assert_eq!(errors("grant read on marts to analyst masked by x"), ["P0201 no masking is named `x`"]);
    assert_eq!(
        errors("grant read on zz_* to analyst"),
        ["P0201 no table fits `zz_*` | `*` stands for any characters in the names of models, facts and seeds"]
    );
    assert_eq!(
        errors("model staging in marts { from raw\n select { id } }\ngrant read on staging to analyst"),
        ["P0203 `staging` is a table and a layer | write `staging.*` for the layer's models, or rename one"]
    );
    assert_eq!(errors("policy p on qr_a for nobody where id = 1"), ["P0402 no role is named `nobody`"]);
}

#[test]
fn buckets_say_what_may_lie_in_them() {
    small("bucket b { name \"x-b\"; clearance aggregated(5); readers analyst; archive 90d; expire 7y }").fine(|r| {
        let bucket = &r.program.buckets[0];
        assert_eq!((bucket.clearance.as_str(), bucket.archive_days, bucket.expire_days), ("aggregated(5)", Some(90), Some(2555)));
    });
    let errors = |text: &str| small(text).errors();
    assert_eq!(
        errors("bucket b { name \"x\" }"),
        ["P0132 bucket `b` does not say what may lie in it | add `clearance safe_harbor`, or another clearance"]
    );
    assert_eq!(
        errors("bucket b { name \"x\"; clearence internal }"),
        ["P0130 a bucket has no setting `clearence` | did you mean `clearance`?"]
    );
    assert_eq!(
        errors("bucket b { name \"x\"; clearance internal; archive 90 }"),
        ["P0131 `archive` is a time such as `90d`, `2w` or `7y`"]
    );
    assert_eq!(
        errors("bucket b { name \"x\"; clearance internal }\nbucket c { name \"x\"; clearance safe_harbor }"),
        ["P0202 `b` and `c` are the same bucket `x` | two clearances on one bucket protect nothing: declare it once"]
    );
}

#[test]
fn exports_list_their_tables() {
    let bucket = "bucket b { name \"x\"; clearance internal }\n";
    let export = |body: &str| small(&format!("{bucket}export e to b {{ {body} }}"));
    export("stg; qr_* except qr_*_anon\n format csv zip path \"{yyyy}/x_{timestamp}.zip\"").fine(|r| {
        let export = &r.program.exports[0];
        let names: Vec<String> = export.tables.iter().map(|t| slot_names(r)[t.table.0 as usize].clone()).collect();
        assert_eq!(names, ["qr_a", "qr_b", "stg"], "in order of name, never a query");
        assert!(export.zipped && export.format == ExportFormat::Csv);
    });
    let errors = |body: &str| export(body).errors();
    assert_eq!(
        errors("stg\n path \"{year}/x.csv\""),
        ["P0131 `{year}` is no token of an export's path | the tokens are `{yyyy}`, `{mm}`, `{dd}`, `{timestamp}`"]
    );
    assert_eq!(
        errors("stg\n path \"../x.csv\""),
        ["P0131 `../x.csv` is no relative path | write folders and a file name with `/` between them"]
    );
    assert_eq!(errors("stg"), ["P0132 export `e` lacks a path | add `path \"{yyyy}/{mm}/{dd}/export_{timestamp}.zip\"`"]);
    assert_eq!(
        errors("nope_*; path \"x.csv\""),
        ["P0201 no table fits `nope_*` | `*` stands for any characters in the names of models, facts and seeds"]
    );
    assert_eq!(
        errors("qr_q; path \"x.csv\""),
        ["P0131 `qr_q` is never kept as a table or view | queries, ephemeral models and, in a build, sources cannot be chosen here"]
    );
    assert_eq!(errors("stg; format orc; path \"x\""), ["P0131 `orc` is no format of an export | it is one of `csv`, `parquet`, `xlsx`"]);
    assert_eq!(small("export e to bb { stg }").errors(), ["P0201 no bucket is named `bb`"]);
}

#[test]
fn pipelines() {
    let pipeline = |body: &str| small(&format!("schedule nightly \"0 1 * * *\"\npipeline p on airflow {{ {body} }}"));
    let text = "schedule weekly on monday at 03:30 timezone \"Africa/Kigali\" retries 2 every 5m timeout 2h\n alert slack(secret(\"URL\"))
 pull = git pull\n models = build qr_*, staging after pull\n test *\n export *";
    pipeline(text).fine(|r| {
        let p = &r.program.pipelines[0];
        assert_eq!(
            (&*p.schedule.cron, &*p.timezone, p.retries, p.retry_minutes, p.timeout_minutes),
            ("30 3 * * 1", "Africa/Kigali", 2, 5, Some(120))
        );
        assert_eq!(p.alerts, [Alert::Slack(Setting::Secret("URL".into()))]);
        let steps: Vec<(&str, &[u32])> = p.steps.iter().map(|s| (s.name.as_str(), s.after.as_slice())).collect();
        assert_eq!(steps, [("pull", [].as_slice()), ("models", &[0]), ("test", &[1]), ("export", &[2])], "bare steps run in sequence");
        assert!(matches!(&p.steps[1].action, StepAction::Build(t) if t.len() == 4));
    });
    for (written, cron) in [
        ("daily at 02:05", "5 2 * * *"),
        ("hourly", "0 * * * *"),
        ("monthly on 1 at 00:00", "0 0 1 * *"),
        ("nightly", "0 1 * * *"),
        ("\"*/5 1-3 * * *\"", "*/5 1-3 * * *"),
    ] {
        pipeline(&format!("schedule {written}\n build *")).fine(|r| assert_eq!(&*r.program.pipelines[0].schedule.cron, cron));
    }
    let errors = |body: &str| pipeline(body).errors();
    assert_eq!(errors("schedule daily at 25:00\n build *"), ["P0801 a time of day is written `02:00`, from `00:00` to `23:59`"]);
    assert_eq!(errors("schedule \"0 24 * * *\"\n build *"), ["P0801 `24` is no hour: it goes from 0 to 23"]);
    assert_eq!(errors("schedule hourly\n a = build * after b"), ["P0201 no step is named `b` | did you mean `a`?"]);
    assert_eq!(errors("schedule hourly\n a = build * after b\n b = test * after a"), ["P0204 the step `a` waits for itself"]);
    assert_eq!(errors("build *"), ["P0132 pipeline `p` lacks a schedule | add `schedule daily at 02:00`"]);
    assert_eq!(errors("schedule hourly\n export x"), ["P0201 no export is named `x`"]);
    assert_eq!(
        errors("schedule hourly\n load = copy from bucket.landing/\"f*.csv\" into raw.facilities\n build * after load"),
        [
            "P0130 there is no step `copy` | `load` reads files into a table, and moves them to its `archive` when they are in; `export` writes files"
        ]
    );
}

#[test]
fn seeds_take_their_columns_from_the_file() {
    let data = [("seeds/f.csv", "id,zip,open,since,beds\n1,01234,true,2020-01-31,\n2,99999,false,2021-02-28,4.5\n")];
    Project::with_data("use std.hipaa\nseed f from \"seeds/f.csv\" schema \"ref\" { id bigint key @public\n zip text @zip }", &data).fine(
        |r| {
            let seed = table(r, "f");
            let types: Vec<String> = seed.columns.iter().map(|c| c.ty.to_string()).collect();
            assert_eq!(types, ["bigint", "text", "boolean", "date", "numeric"]);
            assert!(seed.columns[0].label.is_public() && !seed.columns[0].nullable && seed.columns[4].nullable);
            assert_eq!(seed.key, [0]);
            let TableKind::Seed(kind) = &seed.kind else { panic!() };
            assert_eq!((kind.schema.as_str(), kind.rows[0][4].as_deref(), kind.rows[1][4].as_deref()), ("ref", None, Some("4.5")));
        },
    );
    let errors = |text: &str| Project::with_data(text, &data).errors();
    assert_eq!(errors("seed g from \"seeds/g.csv\""), ["P0901 there is no data file `seeds/g.csv` | did you mean `seeds/f.csv`?"]);
    assert_eq!(errors("seed f from \"seeds/f.csv\" { beds integer }"), ["P0902 `beds` of row 1 is no integer"]);
    assert_eq!(errors("seed f from \"seeds/f.csv\" { bed integer }"), ["P0205 `f` has no column `bed` | did you mean `beds`?"]);
}

#[test]
fn an_exposure_says_what_it_reads_and_who_looks_at_it() {
    let errors = Project::of("exposure board { }\nexposure board { }\nexposure web { url \"https://me:secret@x.org/\" }").errors();
    assert_eq!(
        errors,
        [
            "P0132 exposure `board` reads nothing | add `reads …` with the tables it shows",
            "P0202 two exposures are named `board` | rename one of them",
            "P0131 an address begins with `https://` or `http://`, and holds no blank and no login | write the address that people open; what opens it for them is their own login",
        ]
    );
}

#[test]
fn metrics_maskings_policies_and_tests_wait_for_their_sql() {
    let text = "masking m { name -> redact }\nmetric n from qr_a { value = count(*) }\npolicy p on qr_a for analyst, * where id = 1\ntest \"it works\" { role analyst can read qr_a.id; expect qr_a [] }";
    small(text).fine(|r| {
        let names =
            [r.maskings[0].name.as_str(), r.metrics[0].name.as_str(), r.policies[0].name.as_str(), r.tests[0].pending.name.as_str()];
        assert_eq!(names, ["m", "n", "p", "it works"]);
    });
}

#[test]
fn access_is_enforced_in_bigquery_through_dbt_and_tableau_is_told_of() {
    let says = |emit: &str| {
        let head = format!(
            "project p {{ warehouse bigquery {{ project = \"p\"; location = \"EU\" }}; emit {emit} }}\nlayer staging schema \"stg\" as view\nlayer marts schema \"mart\" as table\n"
        );
        let text =
            format!("{SMALL}role two {{ google group \"two@example.org\"; tableau group \"Two\" }}\ngrant read, view on qr_a to two");
        Project::new(&[("head.pipe", &head), ("main.pipe", &text)]).errors()
    };
    let dbt = says("dbt");
    assert_eq!(dbt, ["warning P0702 grants to `view` are enforced in Tableau only | add `tableau` to `emit`"]);
    assert_eq!(
        says("dbt, tableau"),
        [
            "warning P0702 `emit tableau` writes nothing here: what Tableau shows are views of Postgres | take it out of `emit`, and connect Tableau to BigQuery itself, each viewer under their own account: grants and policies of their `google group` hold there",
            "warning P0702 grants to `view` are enforced in Tableau only | nothing is written for Tableau on this warehouse"
        ]
    );
    assert!(
        says("terraform")[0].starts_with("warning P0702 declarations of access are checked, and enforced on Postgres and BigQuery only")
    );
}
