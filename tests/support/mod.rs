//! What the integration tests share: projects in folders and in memory, the binary, trees of files, random numbers.
#![allow(dead_code, clippy::string_slice, reason = "each test file uses its part; slices are cut where something was found")]

pub(crate) mod artifacts;
pub(crate) mod mutate;

use pipec::backend::FileTree;
use pipec::base::{Sources, VPath};
use pipec::driver::{Compilation, Options};
use pipec::host::{self, Wants};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

/// The names of all examples, in order.
pub(crate) fn examples() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("examples"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A folder that is gone when the test is over.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("pipec-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Writes a line even when the test passes: libtest only holds back what `println!` and `eprintln!` write.
pub(crate) fn tell(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Whether the tests run at full size.
pub(crate) fn full() -> bool {
    std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1")
}

// --- compiling in memory --------------------------------------------------------------------------------------------------------

/// A project folder compiled through the library, artifacts included.
pub(crate) fn compile_folder(folder: &Path) -> (Sources, Compilation) {
    let loaded = host::load(folder, pipec::stdlib::files(), Wants::Compile);
    assert!(!loaded.diagnostics.has_errors(), "`{}` cannot be read", folder.display());
    let compilation = compile(&loaded.sources);
    (loaded.sources, compilation)
}

/// Compiles with artifacts.
pub(crate) fn compile(sources: &Sources) -> Compilation {
    pipec::driver::compile(sources, &Options { emit: true, ..Options::default() })
}

/// Diagnostics as a person sees them.
pub(crate) fn shown(compilation: &Compilation, sources: &Sources) -> String {
    use pipec::diag::render::{Style, render};
    render(&compilation.diagnostics, sources, Style::Human { colour: false, width: 110 })
}

/// The files of a compilation that has to succeed.
pub(crate) fn files_of(name: &str, compilation: Compilation, sources: &Sources) -> FileTree {
    assert!(!compilation.diagnostics.has_errors(), "`{name}` does not compile:\n{}", shown(&compilation, sources));
    assert!(!compilation.files.is_empty(), "`{name}` compiles to nothing");
    compilation.files
}

/// A project held in memory: path to bytes. Files that are neither declarations nor SQL are data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project(pub(crate) Vec<(String, Vec<u8>)>);

impl Project {
    /// The declarations, SQL and generation data below a folder, in order of path.
    pub(crate) fn read(folder: &Path) -> Project {
        let mut files: Vec<(String, Vec<u8>)> = tree(folder).into_iter().filter(|(p, _)| is_source(p)).collect();
        files.retain(|(p, _)| !p.starts_with("out/") && !p.starts_with(".pipec/"));
        Project(files)
    }

    /// As the compiler takes it; text that is not UTF-8 becomes text with replacement characters.
    pub(crate) fn sources(&self) -> Sources {
        let mut sources = Sources::new();
        for (path, text) in pipec::stdlib::files() {
            sources.add(VPath::new(path).unwrap(), *text);
        }
        for (path, bytes) in &self.0 {
            let Ok(virtual_path) = VPath::new(path) else { continue };
            if path.ends_with(".pipe") || path.ends_with(".sql") {
                sources.add(virtual_path, String::from_utf8_lossy(bytes).into_owned());
            } else {
                sources.add_data(virtual_path, bytes.clone());
            }
        }
        sources
    }

    /// Writes it into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in &self.0 {
            let target = folder.join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
    }
}

fn is_source(path: &str) -> bool {
    [".pipe", ".sql", ".csv", ".json", ".yaml", ".yml", ".sh", ".tf"].iter().any(|e| path.ends_with(e))
}

/// What each artifact that enforces access says, in parts that stand for themselves: grants and policies of roles, statements about buckets.
pub(crate) fn enforcement(files: &FileTree) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (path, bytes) in files.iter() {
        let (path, text) = (path.as_str(), String::from_utf8_lossy(bytes));
        if path.starts_with("iam/") && path.ends_with(".json") {
            all.insert(format!("{path}: {text}"));
        }
        if path.ends_with(".tds") {
            let asks = |l: &&str| l.contains("ISMEMBEROF") || l.contains("USERNAME");
            all.extend(text.lines().filter(asks).map(|l| format!("{path}: {}", l.trim())));
        }
        if path.starts_with("sql/postgres/") {
            let line = |l: &&str| {
                let l = l.trim();
                (l.starts_with("grant select") || l.starts_with("create policy")) && !l.contains("_owner")
            };
            all.extend(text.lines().filter(line).map(|l| l.trim().to_owned()));
        }
        if path.starts_with("sql/bigquery/") {
            let line = |l: &&str| l.trim().starts_with("grant ") || l.trim().starts_with("create row access policy");
            all.extend(text.lines().filter(line).map(|l| l.trim().to_owned()));
        }
        if path.ends_with(".tf") {
            // Whole blocks: the formatter of HCL closes them in the first column.
            let blocks = text.split("\n}\n").filter_map(|b| b.find("resource \"").map(|at| &b[at..]));
            let decides = |b: &&str| ENFORCING.iter().any(|kind| b.lines().next().is_some_and(|l| l.contains(kind)));
            all.extend(blocks.filter(decides).map(|b| format!("{path}: {b}")));
        }
    }
    all
}

/// Kinds of Terraform's resources that decide who gets at something, by a part of their names.
const ENFORCING: [&str; 7] =
    ["_ingress_rule", "_egress_rule", "aws_iam_", "_bucket_policy", "_public_access", "_iam_member", "_iam_binding"];

// --- trees of files -------------------------------------------------------------------------------------------------------------

/// Every file below a folder: relative path with `/` to bytes. A folder that is not there is empty.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.map(Result::unwrap) {
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{path}/"), found);
            } else {
                found.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found);
    found
}

/// One hash over paths, bytes and modification times: equal when nobody touched anything.
pub(crate) fn fingerprint(folder: &Path) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in tree(folder) {
        let modified = fs::metadata(folder.join(&path)).and_then(|m| m.modified()).unwrap();
        hash.update(path.as_bytes());
        hash.update(format!("\0{modified:?}\0{}\0", bytes.len()).as_bytes());
        hash.update(&bytes);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// A compilation's files as a plain map.
pub(crate) fn as_map(files: &FileTree) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(p, b)| (p.to_string(), b.to_vec())).collect()
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}

/// How two trees differ, as text for a person; empty when they don't.
pub(crate) fn differences(expected: &BTreeMap<String, Vec<u8>>, actual: &BTreeMap<String, Vec<u8>>) -> String {
    const FILES_SHOWN: usize = 12;
    const LINES_SHOWN: usize = 60;
    let mut out = String::new();
    let missing: Vec<&String> = expected.keys().filter(|p| !actual.contains_key(*p)).collect();
    let extra: Vec<&String> = actual.keys().filter(|p| !expected.contains_key(*p)).collect();
    let changed: Vec<&String> = expected.keys().filter(|p| actual.get(*p).is_some_and(|a| *a != expected[*p])).collect();
    for (sign, paths) in [("missing", &missing), ("extra", &extra)] {
        for path in paths.iter().take(FILES_SHOWN) {
            out.push_str(&format!("{sign}: {path}\n"));
        }
    }
    for path in changed.iter().take(FILES_SHOWN) {
        let (old, new) = (String::from_utf8_lossy(&expected[*path]), String::from_utf8_lossy(&actual[*path]));
        let diff = similar::TextDiff::from_lines(old.as_ref(), new.as_ref());
        let unified = diff.unified_diff().context_radius(2).header(path, path).to_string();
        for line in unified.lines().take(LINES_SHOWN) {
            out.push_str(line);
            out.push('\n');
        }
        if unified.lines().count() > LINES_SHOWN {
            out.push_str("…\n");
        }
    }
    if !out.is_empty() {
        out.push_str(&format!("{} missing, {} extra, {} changed, of {}\n", missing.len(), extra.len(), changed.len(), expected.len()));
    }
    out
}

// --- the binary -----------------------------------------------------------------------------------------------------------------

/// What a run of the binary came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("pipec writes UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts the exit code; with everything it said when it is another.
    #[track_caller]
    pub(crate) fn gives(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Both outputs.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The binary, not yet started, without the settings of whoever runs the tests.
pub(crate) fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipec"));
    // 2026-06-30: what expires in an example does not expire in its tests.
    command.env("SOURCE_DATE_EPOCH", "1782777600");
    command.args(arguments).stdin(Stdio::null()).env_remove("NO_COLOR").env("TERM", "xterm-256color");
    command
}

/// Runs the binary in a folder.
pub(crate) fn pipec_in(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::from(binary(arguments).current_dir(folder).output().unwrap())
}

/// Runs the binary with text on its standard input.
pub(crate) fn pipec_fed(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = binary(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ran = Ran::from(child.wait_with_output().unwrap());
    feeder.join().unwrap();
    ran
}

/// A folder as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

// --- random numbers -------------------------------------------------------------------------------------------------------------

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { usize::try_from(self.next() % n as u64).unwrap() }
    }

    pub(crate) fn percent(&mut self, p: usize) -> bool {
        self.below(100) < p
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
