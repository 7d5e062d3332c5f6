//! Whatever the sources hold, a compile ends in time, with coded errors or with artifacts that parse; it never panics, never
//! overflows its stack, and never touches an output folder it has no new output for. `PIPEC_FULL=1` makes ten times as many tries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod support;

use pipec::driver::Compilation;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::mutate::{NASTY, damage};
use support::{Project, Random, arg, artifacts, compile, example, fingerprint, full, pipec_in, root, scratch, tell};

/// For a try on a busy machine with two cores; a hang or a quadratic step is far beyond it.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 20 });

/// Without optimization only every tenth try is made: what is for work in progress should not take minutes.
const THINNED: usize = if cfg!(debug_assertions) { 10 } else { 1 };

// --- in the process: many small tries -------------------------------------------------------------------------------------------

fn template() -> Project {
    Project(vec![("platform.pipe".to_owned(), fs::read(root().join("stdlib/new/platform.pipe")).unwrap())])
}

/// The example with the questionnaires that its metrics read and no others: every construct, a tenth of the models.
fn small_example() -> Project {
    let mut project = Project::read(&example("engage-analytics"));
    let kept = ["qr_mw_tool,", "qr_financial_wellness_tool,", "qr_planning_next_steps,", "qr_start_ipc_session_"];
    for (path, bytes) in &mut project.0 {
        if path.ends_with("questionnaire_metadata.csv") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let lines = text.split_inclusive('\n').enumerate().filter(|(i, l)| *i == 0 || kept.iter().any(|k| l.starts_with(k)));
            *bytes = lines.map(|(_, l)| l).collect::<String>().into_bytes();
        }
    }
    project
}

#[derive(Default)]
struct Tally {
    refused: AtomicUsize,
    compiled: AtomicUsize,
    files: AtomicUsize,
    codes: Mutex<BTreeMap<&'static str, usize>>,
    slowest: Mutex<(Duration, String)>,
    wrong: Mutex<Vec<String>>,
    /// Hashes of artifacts that are in order: most tries leave most of them as they were.
    sound: Mutex<BTreeSet<u64>>,
}

impl Tally {
    /// Compiles one try and judges what comes out.
    fn judge(&self, name: &str, project: &Project) {
        let started = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let sources = project.sources();
            let compilation = compile(&sources);
            let _ = support::shown(&compilation, &sources);
            compilation
        }));
        let took = started.elapsed();
        match outcome {
            Ok(compilation) => self.look_at(name, project, &compilation),
            Err(_) => self.wrong(name, "it panics", project),
        }
        if took > LONGEST {
            self.wrong(name, &format!("it takes {:.1} s", took.as_secs_f64()), project);
        }
        let mut slowest = self.slowest.lock().unwrap();
        if took > slowest.0 {
            *slowest = (took, name.to_owned());
        }
    }

    fn look_at(&self, name: &str, project: &Project, compilation: &Compilation) {
        let errors = compilation.diagnostics.has_errors();
        if errors != compilation.program.is_none() || (errors && !compilation.files.is_empty()) {
            self.wrong.lock().unwrap().push(format!("{name}: errors, program and files do not agree"));
        }
        for diagnostic in compilation.diagnostics.iter() {
            *self.codes.lock().unwrap().entry(diagnostic.code.id()).or_default() += 1;
        }
        if errors {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.compiled.fetch_add(1, Ordering::Relaxed);
        for (path, bytes) in compilation.files.iter() {
            self.files.fetch_add(1, Ordering::Relaxed);
            let mut hasher = DefaultHasher::new();
            (path, bytes).hash(&mut hasher);
            if !self.sound.lock().unwrap().insert(hasher.finish()) {
                continue;
            }
            // A machine's own script is passed on as it was written, and what is damaged in it is its author's.
            if path.as_str().ends_with(".sh") && project.0.iter().any(|(_, written)| written == bytes) {
                continue;
            }
            if let Some(problem) = artifacts::broken(path.as_str(), bytes) {
                self.wrong.lock().unwrap().push(format!("{name}: `{path}` is broken: {problem}\n{}", excerpt(bytes)));
            }
        }
    }

    /// Notes a failure, and keeps the sources for whoever looks into it.
    fn wrong(&self, name: &str, what: &str, project: &Project) {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name.replace(' ', "-"));
        let _ = fs::remove_dir_all(&kept);
        project.write(&kept);
        self.wrong.lock().unwrap().push(format!("{name}: {what}; its sources are in {}", kept.display()));
    }

    fn conclude(self, what: &str, tries: usize, started: Instant) {
        let (slowest, name) = self.slowest.into_inner().unwrap();
        let codes = self.codes.into_inner().unwrap();
        tell(&format!(
            "hostile: {tries} {what}: {} refused under {} codes, {} compiled to {} files ({} different), {:.1} s, the slowest {:.2} s ({name})",
            self.refused.into_inner(),
            codes.len(),
            self.compiled.into_inner(),
            self.files.into_inner(),
            self.sound.into_inner().unwrap().len(),
            started.elapsed().as_secs_f64(),
            slowest.as_secs_f64()
        ));
        let wrong = self.wrong.into_inner().unwrap();
        let shown: Vec<String> = wrong.iter().take(20).cloned().collect();
        assert!(wrong.is_empty(), "{} of {tries} tries:\n{}", wrong.len(), shown.join("\n"));
    }
}

fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().take(25).map(|l| format!("    {}\n", l.chars().take(200).collect::<String>())).collect()
}

/// Runs tries on every core; what a crash would leave behind is the name of the try, in `hostile/running-<thread>`.
fn each(tries: usize, tally: &Tally, make: impl Fn(usize) -> (String, Project) + Sync) {
    let next = AtomicUsize::new(0);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    fs::create_dir_all(&folder).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (next, make, folder) = (&next, &make, &folder);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= tries {
                        return;
                    }
                    let (name, project) = make(i);
                    fs::write(folder.join(format!("running-{thread}")), &name).unwrap();
                    tally.judge(&name, &project);
                }
            });
        }
    });
}

#[test]
fn damaged_projects() {
    let started = Instant::now();
    let tries = if full() { 10_000 } else { 1_000 / THINNED };
    let (template, example) = (template(), small_example());
    for (name, project) in [("template", &template), ("example", &example)] {
        let sources = project.sources();
        let whole = compile(&sources);
        assert!(!whole.diagnostics.has_errors(), "the undamaged {name} does not compile:\n{}", support::shown(&whole, &sources));
    }
    let tally = Tally::default();
    each(tries, &tally, |i| {
        let base = if i % 2 == 0 { &template } else { &example };
        (format!("damage {i}"), damage(base, &mut Random::new(0xC0FFEE + i as u64)))
    });
    tally.conclude("damaged projects", tries, started);
}

/// Every nasty text in every place that takes text: what compiles must have been escaped on its way out.
#[test]
fn nasty_texts_in_every_place() {
    let started = Instant::now();
    let places: [(&str, &str, bool); 12] = [
        ("doc", "/// One row per patient, with how often they came.", false),
        ("project doc", "/// A small platform to start from", false),
        ("bucket", "\"my-platform-analysis\"", true),
        ("group", "\"analysts\"", true),
        ("postgres role", "\"analyst\"", true),
        ("path", "my_platform_{timestamp}.zip", false),
        ("schema", "\"my_platform_marts\"", true),
        ("source schema", "\"clinic\"", true),
        ("variable", "\"DBT_DATABASE\"", true),
        ("region", "\"us-east-1\"", true),
        ("secret", "'PSEUDONYM_KEY'", true),
        ("domain", "'analysis'", true),
    ];
    let text = text_of_template();
    let mut cases = Vec::new();
    for (place, found, quoted) in places {
        assert!(text.contains(found), "the template has no {found}");
        for (i, nasty) in NASTY.iter().enumerate() {
            let new = match (quoted, found.chars().next()) {
                (true, Some('"')) => format!("\"a{}b\"", nasty.replace('\\', "\\\\").replace('"', "\\\"")),
                (true, _) => format!("'a{}b'", nasty.replace('\'', "''")),
                _ if found.starts_with("///") => format!("/// a{nasty}b"),
                _ => format!("a{nasty}b"),
            };
            cases.push((format!("{place} {i}"), text.replacen(found, &new, 1)));
        }
    }
    for (i, nasty) in NASTY.iter().enumerate() {
        let quoted = nasty.replace('"', "\"\"");
        let literal = nasty.replace('\'', "''");
        cases.push((
            format!("literal {i}"),
            text.replacen("visits = count(v.id)", &format!("visits = count(v.id)\n    extra = 'a{literal}b'"), 1),
        ));
        cases.push((format!("column {i}"), text.replacen("visits = count(v.id)", &format!("\"a{quoted}b\" = count(v.id)"), 1)));
        cases.push((
            format!("source column {i}"),
            text.replacen("zip        text?      @zip", &format!("zip text? @zip\n    \"a{quoted}b\" text? @public"), 1),
        ));
        cases.push((
            format!("assertion {i}"),
            text.replacen(
                "assert unique(id)",
                &format!("assert name one_of (\"a{}b\")", nasty.replace('\\', "\\\\").replace('"', "\\\"")),
                1,
            ),
        ));
        cases.push((
            format!("model {i}"),
            text.replacen("model patient in", &format!("model \"a{quoted}b\" in"), 1).replacen(
                "= patient masked",
                &format!("= \"a{quoted}b\" masked"),
                1,
            ),
        ));
    }
    let cases: Vec<_> = cases.into_iter().step_by(THINNED).collect();
    let tries = cases.len();
    let tally = Tally::default();
    each(tries, &tally, |i| (cases[i].0.clone(), Project(vec![("platform.pipe".to_owned(), cases[i].1.clone().into_bytes())])));
    let compiled = tally.compiled.load(Ordering::Relaxed);
    tally.conclude("nasty texts", tries, started);
    assert!(compiled * 4 > tries, "only {compiled} of {tries} nasty texts compile: the places no longer take text");
}

/// Cells of generation data become titles, literals, names of columns and models.
#[test]
fn nasty_cells_in_generation_data() {
    let started = Instant::now();
    let base = small_example();
    let at = base.0.iter().position(|(p, _)| p.ends_with("questionnaire_metadata.csv")).unwrap();
    let csv = String::from_utf8(base.0[at].1.clone()).unwrap();
    let cells: [(&str, &str); 5] = [
        ("title", ",Mental Wellness Tool,"),
        ("questionnaire", ",Questionnaire/"),
        ("linkid", "patient-dob"),
        ("column", ",patient_dob,"),
        ("table", "qr_mw_tool,"),
    ];
    let cells: Vec<_> = cells.into_iter().filter(|(_, found)| csv.contains(found)).collect();
    assert!(cells.len() >= 4, "the metadata has changed");
    let tries = cells.len() * NASTY.len() / THINNED;
    let tally = Tally::default();
    each(tries, &tally, |i| {
        let i = i * THINNED;
        let (cell, found) = cells[i / NASTY.len()];
        let nasty = NASTY[i % NASTY.len()].replace('"', "\"\"");
        let new = match cell {
            "linkid" => format!("\"patient{nasty}dob\""),
            "table" => format!("\"qr_mw{nasty}tool\","),
            "questionnaire" => format!(",Questionnaire{}", if nasty.contains([',', '"', '\n', '\r']) { "/" } else { &nasty }),
            _ => format!(",\"a{nasty}b\","),
        };
        let mut project = base.clone();
        project.0[at].1 = csv.replace(found, &new).into_bytes();
        (format!("{cell} {}", i % NASTY.len()), project)
    });
    tally.conclude("nasty cells", tries, started);
}

// --- through the binary: what only a process can survive or not -----------------------------------------------------------------

/// Cases whose whole project is one file of declarations.
struct Declared(Vec<(String, Project)>);

impl Declared {
    fn file(&mut self, name: &str, text: String) {
        self.0.push((name.to_owned(), Project(vec![("platform.pipe".to_owned(), text.into_bytes())])));
    }

    /// The template and more.
    fn with(&mut self, name: &str, more: &str) {
        self.file(name, format!("{}\n{more}\n", text_of_template()));
    }

    /// The template and a model of one column.
    fn column(&mut self, name: &str, expression: &str) {
        self.with(name, &format!("model extra in marts {{ from clinic.patients as p select {{ x = {expression} }} }}"));
    }

    /// The template and a model in SQL.
    fn sql(&mut self, name: &str, query: &str) {
        self.with(name, &format!("model q in marts {{ sql \"\"\" {query} \"\"\" }}"));
    }
}

fn text_of_template() -> String {
    String::from_utf8(template().0.remove(0).1).unwrap()
}

fn repeated(n: usize, make: impl Fn(usize) -> String) -> String {
    (0..n).map(make).collect()
}

/// Texts of a size nobody writes by hand, and brackets nobody closes.
fn large(cases: &mut Declared) {
    cases.file("empty", String::new());
    cases.file("nul", "\0".to_owned());
    cases.file("bom only", "\u{feff}".to_owned());
    cases.file("ten megabytes of letters", "a".repeat(10 << 20));
    cases.file("ten megabytes of brackets", "{".repeat(10 << 20));
    cases.file("ten megabytes of lines", "model\n".repeat((10 << 20) / 6));
    cases.with("ten megabytes of comment", &format!("// {}", "x".repeat(10 << 20)));
    cases.column("ten megabytes of one string", &format!("'{}'", "x".repeat(10 << 20)));
    cases.column("ten megabytes of one name", &format!("p.\"{}\"", "x".repeat(10 << 20)));
    let model = |i| format!("model m{i} in marts {{ from clinic.patients as p select {{ p.id; p.name; n = {i} }} assert unique(id) }}\n");
    cases.with("ten megabytes of good models", &repeated(60_000, model));
    let nested = [
        ("parentheses", "(", ")"),
        ("brackets", "[", "]"),
        ("cases", "case when true then ", " end"),
        ("nots", "not ", ""),
        ("minuses", "- ", ""),
        ("calls", "coalesce(", ")"),
        ("subqueries", "(select ", ")"),
        ("casts", "", "::text"),
        ("indexes", "", "[0]"),
        ("fields", "p", ".p"),
        ("sums", "1 + ", ""),
        ("ands", "true and ", ""),
        ("concatenations", "'a' || ", ""),
        ("holes", "${", "}"),
    ];
    for (name, open, close) in nested {
        for depth in [100, 10_000, 200_000] {
            cases.column(&format!("{depth} {name}"), &format!("{}1{}", open.repeat(depth), close.repeat(depth)));
        }
    }
    cases.file("nested blocks", format!("{}{}", "model a in marts { let x = ".repeat(10_000), "}".repeat(10_000)));
    cases.with("nested loops", &format!("{}{}", "for q in csv(\"a.csv\") { ".repeat(5_000), "}".repeat(5_000)));
    cases.with("nested types", &format!("type A {{ x {}text{} }}", "json<".repeat(20_000), ">".repeat(20_000)));
    cases.sql("deep sql", &format!("select {}1{} as x", "(".repeat(50_000), ")".repeat(50_000)));
    cases.sql("deep sql queries", &format!("{}select 1 as x{}", "select x from (".repeat(3_000), ") as t".repeat(3_000)));
    cases.sql("a hundred thousand unions", &format!("select 1 as x{}", " union all select 1".repeat(100_000)));
}

/// Things that refer to themselves, and growth that one line begins.
fn circles(cases: &mut Declared) {
    let source = "source s on warehouse schema \"s\" { table t { r json<A> } }";
    cases.with("a type in itself", &format!("type A {{ a A? }}\n{source}\nmodel x in marts {{ from s.t select {{ y = r.a.a.a.a.a }} }}"));
    let types = "type A { b B[] }\ntype B { a A[] }";
    cases.with("types in each other", &format!("{types}\n{source}\nmodel x in marts {{ from s.t select {{ y = r.b[0].a[0].b }} }}"));
    cases.with("a model of itself", "model a in marts { from a select { a.x } }");
    cases.with("models in a circle", &repeated(500, |i| format!("model c{i} in marts {{ from c{} select {{ x = 1 }} }}\n", (i + 1) % 500)));
    let chain = |i: usize| match i {
        0 => "model c0 in marts { from clinic.patients as p select { p.id } }\n".to_owned(),
        _ => format!("model c{i} in marts {{ from c{} as c select {{ c.id }} }}\n", i - 1),
    };
    cases.with("a chain of 5,000 models", &repeated(5_000, chain));
    cases.with("a mask of a mask of itself", "model b in marts = b masked by deidentify");
    cases.with("metrics in a circle", "metric a = b / a unit percent\nmetric b = a / b unit percent");
    cases.with("a clearance of itself", "clearance c = c");
    let lets = |i: usize| match i {
        0 => "let l0 = { from clinic.patients as p select { p.id } }\n".to_owned(),
        _ => format!("let l{i} = {{ from l{0} as a join l{0} as b on b.id = a.id select {{ a.id }} }}\n", i - 1),
    };
    cases.with("exponential lets", &format!("model e in marts {{\n{}from l24 select {{ l24.id }} }}", repeated(25, lets)));
    let views = |i: usize| match i {
        0 => "model v0 in marts as ephemeral { from clinic.patients as p select { p.id } }\n".to_owned(),
        _ => format!("model v{i} in marts as ephemeral {{ from v{0} as a join v{0} as b on b.id = a.id select {{ a.id }} }}\n", i - 1),
    };
    cases.with("exponential views", &repeated(40, views));
}

/// Many of one thing, and values beyond every limit.
fn many(cases: &mut Declared) {
    let columns = repeated(100_000, |i| format!("c{i} = p.id\n"));
    cases.with("a hundred thousand columns", &format!("model wide in marts {{ from clinic.patients as p select {{\n{columns}}} }}"));
    let words = repeated(100_000, |i| format!("'{i}', "));
    cases.with(
        "a hundred thousand words in a list",
        &format!("model l in marts {{ from clinic.patients as p where p.id in ({words}'') select {{ p.id }} }}"),
    );
    cases.with("a hundred thousand grants", &"grant read on patient_anon to analyst\n".repeat(100_000));
    let joins = repeated(2_000, |i| format!("join clinic.visits as v{i} on v{i}.patient_id = p.id\n"));
    cases.with("two thousand joins", &format!("model j in marts {{ from clinic.patients as p\n{joins}select {{ p.id }} }}"));
    cases.with("the same name ten thousand times", &"model twin in marts { from clinic.patients as p select { p.id } }\n".repeat(10_000));
    cases.column("huge numbers", "99999999999999999999999999999999999999999999999999 + 1e999999999 + 0x7fffffffffffffffffff");
    let bucket = |settings: &str| format!("bucket b {{ name \"b\"; readers analyst; {settings} }}");
    cases.with("huge settings", &bucket("clearance internal; archive 99999999999999999999d; expire 18446744073709551616y"));
    cases.with("zero settings", &bucket("clearance aggregated(0); archive 0d; expire 0y"));
    cases.with("a huge group", "fact f in marts from metrics * min_group 99999999999999999999 of subject patient");
    cases
        .with("a name of a megabyte", &format!("model {} in marts {{ from clinic.patients as p select {{ p.id }} }}", "m".repeat(1 << 20)));
    cases.with("a glob of stars", &format!("grant read on {} to analyst", "*a".repeat(5_000)));
    cases.with(
        "bidirectional names",
        "model \"pat\u{202e}tneiap\u{202c}\" in marts { from clinic.patients as p select { \"\u{2066}x\u{2069}\" = p.id } }",
    );
    cases.sql("sql that ends early", "select 1 as x; drop table patient");
    cases.sql("sql that writes", "with gone as (delete from clinic.patients returning id) select id from gone");
}

/// Data files that a generation loop reads.
fn data(cases: &mut Vec<(String, Project)>) {
    let looped = |file: &str, loader: &str| {
        let model = "model ${q.a} in marts { from clinic.patients as p select { x = ${q.b} } }";
        format!("{}\nfor q in {loader}(\"{file}\") {{ {model} }}\n", text_of_template()).into_bytes()
    };
    let mut case = |name: &str, loader: &str, bytes: Vec<u8>| {
        let file = format!("d.{loader}");
        cases.push((name.to_owned(), Project(vec![("platform.pipe".to_owned(), looped(&file, loader)), (file, bytes)])));
    };
    case("ragged csv", "csv", b"a,b\nx\ny,1,2,3\n\"open,1\n".to_vec());
    case("csv of one quote", "csv", b"\"".to_vec());
    case("csv without rows", "csv", b"a,b\n".to_vec());
    case("empty csv", "csv", Vec::new());
    case("binary csv", "csv", (0..=255).cycle().take(100_000).collect());
    case("csv with one header twice", "csv", b"a,a,b\n1,2,3\n".to_vec());
    case("a hundred thousand rows", "csv", format!("a,b\n{}", repeated(100_000, |i| format!("m{i},{i}\n"))).into_bytes());
    case("a row of ten megabytes", "csv", format!("a,b\nm,{}\n", "x".repeat(10 << 20)).into_bytes());
    case("deep json", "json", format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)).into_bytes());
    case("deep json objects", "json", format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000)).into_bytes());
    case("broken json", "json", b"[{\"a\": 1, \"a\": 2}, {\"b\": nul".to_vec());
    case("json numbers", "json", b"[{\"a\": 1e999, \"b\": 123456789012345678901234567890}, {\"a\": \"\\ud800\", \"b\": -0}]".to_vec());
    let laughs = repeated(11, |i| format!("l{}: &l{} [{}]\n", i + 1, i + 1, vec![format!("*l{i}"); 10].join(", ")));
    case("yaml laughs", "yaml", format!("l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n{laughs}").into_bytes());
    case("deep yaml", "yaml", "[".repeat(100_000).into_bytes());
    case("indented yaml", "yaml", repeated(3_000, |i| format!("{}a:\n", " ".repeat(i))).into_bytes());
    case("yaml that refers to itself", "yaml", b"- &x [*x]\n- !!python/object:os.system {a: 1}\n".to_vec());
    case("yaml of tabs", "yaml", b"a:\n\t- b\n".to_vec());
    for path in ["../d.csv", "/etc/passwd", "./d.csv", "a/../../d.csv", "C:\\d.csv", "d\0.csv", ""] {
        let files = vec![("platform.pipe".to_owned(), looped(path, "csv")), ("d.csv".to_owned(), b"a,b\nm,1\n".to_vec())];
        cases.push((format!("a data path {path:?}"), Project(files)));
    }
}

fn crafted() -> Vec<(String, Project)> {
    let mut cases = Declared(Vec::new());
    large(&mut cases);
    circles(&mut cases);
    many(&mut cases);
    let mut cases = cases.0;
    data(&mut cases);
    cases
}

/// Each in a process of its own: an overflow of the stack cannot be caught. An output folder from before has to stay as it is.
#[test]
fn crafted_projects_in_a_process_of_their_own() {
    let started = Instant::now();
    let cases: Vec<_> = crafted().into_iter().step_by(THINNED.min(4)).collect();
    let here = scratch();
    let good = here.path().join("good");
    template().write(&good);
    pipec_in(here.path(), &["build", "good", "-o", "good-out"]).gives(0);
    let (next, wrong, slowest, refused) =
        (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new((Duration::ZERO, String::new())), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (next, wrong, slowest, refused, cases, here) = (&next, &wrong, &slowest, &refused, &cases, here.path());
            scope.spawn(move || {
                let out = here.join(format!("out-{thread}"));
                support::copy(&here.join("good-out"), &out);
                while let Some((name, project)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = here.join(format!("case-{thread}"));
                    let _ = fs::remove_dir_all(&folder);
                    project.write(&folder);
                    let before = fingerprint(&out);
                    let began = Instant::now();
                    let ran = pipec_in(here, &["build", arg(&folder), "-o", arg(&out), "--message-format", "json"]);
                    let took = began.elapsed();
                    if let Some(problem) = judged(&ran, before == fingerprint(&out), took) {
                        wrong.lock().unwrap().push(format!("{name}: {problem}"));
                    }
                    if ran.code == Some(0) {
                        let _ = fs::remove_dir_all(&out);
                        support::copy(&here.join("good-out"), &out);
                    } else {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    let mut slowest = slowest.lock().unwrap();
                    if took > slowest.0 {
                        *slowest = (took, name.clone());
                    }
                }
            });
        }
    });
    let (slowest, name) = slowest.into_inner().unwrap();
    tell(&format!(
        "hostile: {} crafted projects: {} refused, {:.1} s, the slowest {:.2} s ({name})",
        cases.len(),
        refused.into_inner(),
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64()
    ));
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} projects:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn judged(ran: &support::Ran, untouched: bool, took: Duration) -> Option<String> {
    let said: String = ran.all().chars().take(400).collect();
    if took > LONGEST {
        return Some(format!("it takes {:.1} s", took.as_secs_f64()));
    }
    match ran.code {
        Some(0) => None,
        Some(1) if !untouched => Some("it fails and touches the output".to_owned()),
        Some(1) => {
            let coded = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|v| v["code"].is_string());
            let ends = ran.stdout.lines().any(coded) && ran.stderr.is_empty();
            (!ends).then(|| format!("no coded error: {said}"))
        }
        Some(code) => Some(format!("it ends with {code}: {said}")),
        None => Some(format!("a signal ends it: {said}")),
    }
}

/// The human rendering has limits of its own: a frame around a line of ten megabytes.
#[test]
fn messages_about_huge_lines_stay_small() {
    let here = scratch();
    for (name, text) in
        [("letters", "a".repeat(10 << 20)), ("brackets", "(".repeat(10 << 20)), ("errors", "x\n".repeat((1 << 20) / THINNED))]
    {
        fs::write(here.path().join("platform.pipe"), text).unwrap();
        let began = Instant::now();
        let ran = pipec_in(here.path(), &["check"]).gives(1);
        assert!(began.elapsed() < LONGEST, "{name}: {:.1} s", began.elapsed().as_secs_f64());
        assert!(ran.stderr.len() < 1 << 20, "{name}: {} bytes of messages", ran.stderr.len());
    }
}

#[test]
#[cfg(unix)]
fn folders_that_only_a_unix_can_have() {
    use std::os::unix::fs::symlink;
    let here = scratch();
    let project = here.path().join("project");
    template().write(&project);
    symlink("loop", project.join("loop")).unwrap();
    symlink("nowhere", project.join(".#editor")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(project.join("pipe.pipe")).status().unwrap();
    assert!(made.success());
    pipec_in(here.path(), &["build", "project"]).gives(0);
    // What could be declared there is neither left out in silence nor read: messages would show lines of any file.
    for (to, name) in [("..", "up"), ("/etc/passwd", "passwd.pipe"), ("nowhere", "gone.pipe")] {
        symlink(to, project.join(name)).unwrap();
        let refused = pipec_in(here.path(), &["check", "project"]).gives(1);
        assert!(refused.stderr.contains(&format!("`{name}` is a link")) && !refused.stderr.contains("root:"), "{}", refused.stderr);
        fs::remove_file(project.join(name)).unwrap();
    }
    fs::write(project.join("new\nline.pipe"), "model").unwrap();
    let refused = pipec_in(here.path(), &["check", "project"]).gives(1);
    assert!(refused.stderr.contains("P0904"), "{}", refused.stderr);
    fs::remove_file(project.join("new\nline.pipe")).unwrap();
    fs::write(project.join("latin1.pipe"), b"// caf\xe9\n").unwrap();
    let refused = pipec_in(here.path(), &["check", "project"]).gives(1);
    assert!(refused.stderr.contains("P0103") && refused.stderr.contains("latin1.pipe"), "{}", refused.stderr);
    fs::remove_file(project.join("latin1.pipe")).unwrap();
    let big = fs::File::create(project.join("big.pipe")).unwrap();
    big.set_len(65 << 20).unwrap();
    let refused = pipec_in(here.path(), &["check", "project"]).gives(1);
    assert!(refused.stderr.contains("P0104"), "{}", refused.stderr);
}

/// An output folder whose manifest somebody else wrote: nothing outside it is read as pipec's, nothing is removed.
#[test]
fn a_forged_manifest_removes_nothing() {
    let here = scratch();
    let project = here.path().join("project");
    template().write(&project);
    fs::write(here.path().join("precious"), "precious").unwrap();
    let hash = "bf0b4d5f7e0ed33ae1dee4ea7ea42a4d3e2a1bbc85a8eb1a1a5cb4bbdf1a5a55";
    for path in ["../../precious", "/etc/hostname", "a/../../../precious"] {
        fs::create_dir_all(project.join("out")).unwrap();
        fs::write(
            project.join("out/manifest.json"),
            format!("{{\"format_version\":1,\"complete\":true,\"files\":{{\"{path}\":\"{hash}\"}}}}"),
        )
        .unwrap();
        pipec_in(here.path(), &["build", "project", "--force"]).gives(0);
        assert_eq!(fs::read_to_string(here.path().join("precious")).unwrap(), "precious");
        fs::remove_dir_all(project.join("out")).unwrap();
    }
    for manifest in ["", "null", "[]", "{", "\u{feff}{}", &"[".repeat(100_000)] {
        fs::create_dir_all(project.join("out")).unwrap();
        fs::write(project.join("out/manifest.json"), manifest).unwrap();
        let ran = pipec_in(here.path(), &["build", "project", "--force"]);
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        fs::remove_dir_all(project.join("out")).unwrap();
    }
}
