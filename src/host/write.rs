use super::manifest::{MANIFEST, Manifest};
use crate::backend::FileTree;
use crate::base::{Span, VPath};
use crate::diag::{Code, Diagnostic, Diagnostics};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// How temporary names begin; six letters or digits follow.
const TEMPORARY: &str = ".pipec-";

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteReport {
    /// Files whose bytes are new.
    pub written: usize,
    /// Files left as they were.
    pub unchanged: usize,
    /// Files of an earlier build that are no longer made.
    pub removed: usize,
    /// Files that somebody had changed since they were written, and that are written anew.
    pub overwritten: Vec<String>,
    /// Files of an earlier build that somebody changed: no longer made, and left as they are.
    pub left: Vec<String>,
}

impl WriteReport {
    /// P0704 as a warning for each file that somebody had changed: it is written anew, or is no longer made and left behind.
    pub fn warnings(&self) -> Diagnostics {
        let mut warnings = Diagnostics::new();
        let overwritten = self.overwritten.iter().map(|path| {
            Diagnostic::warning(
                Code::ForeignFile,
                Span::default(),
                format!("`{path}` was changed since pipec wrote it, and is written anew"),
            )
            .help("change the sources instead: what is built is written whole")
        });
        let left = self.left.iter().map(|path| {
            Diagnostic::warning(
                Code::ForeignFile,
                Span::default(),
                format!("`{path}` is no longer made, and stays because somebody changed it"),
            )
            .help("move it away: nothing that is built belongs to it any more")
        });
        overwritten.chain(left).for_each(|warning| warnings.push(warning));
        warnings
    }
}

/// How an output folder differs from a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Would be made, is not there.
    Missing(String),
    /// Is there with other bytes.
    Changed(String),
    /// Is there from an earlier build, would be removed.
    Stale(String),
}

/// How `out` differs from `tree`, in order of path; empty when a build would change nothing.
pub fn compare(tree: &FileTree, out: &Path) -> Vec<Difference> {
    let mut found = Vec::new();
    for (path, bytes) in tree.iter() {
        match std::fs::read(out.join(path.as_str())) {
            Ok(have) if have == bytes => {}
            Ok(_) => found.push(Difference::Changed(path.to_string())),
            Err(_) => found.push(Difference::Missing(path.to_string())),
        }
    }
    if let Some(old) = read_manifest(out) {
        let stale = old.files.keys().filter(|p| tree.get(p).is_none() && out.join(p).exists());
        found.extend(stale.map(|p| Difference::Stale(p.clone())));
    }
    if found.is_empty() && std::fs::read(out.join(MANIFEST)).ok() != Some(Manifest::of(tree).to_bytes()) {
        found.push(Difference::Changed(MANIFEST.to_owned()));
    }
    found
}

fn read_manifest(out: &Path) -> Option<Manifest> {
    std::fs::read(out.join(MANIFEST)).ok().and_then(|bytes| Manifest::parse(&bytes))
}

/// Brings `out` to hold exactly `tree` beside whatever is not pipec's.
///
/// Each file goes to a temporary name and is renamed; unchanged ones are not touched; files of an earlier build that are
/// no longer made are removed unless somebody edited them; the manifest comes last.
///
/// # Errors
/// P0704 for every foreign file in the way (nothing is written then, unless `force`); P0904 when the file system refuses.
pub fn write(tree: &FileTree, out: &Path, force: bool) -> Result<WriteReport, Diagnostics> {
    let old = read_manifest(out).unwrap_or_default();
    let mut problems = Diagnostics::new();
    let mut report = WriteReport::default();
    let mut pending: Vec<(&VPath, &[u8])> = Vec::new();
    for (path, bytes) in tree.iter() {
        let target = out.join(path.as_str());
        match std::fs::read(&target) {
            Ok(have) if have == bytes => report.unchanged += 1,
            Ok(_) if !force && !old.files.contains_key(path.as_str()) => problems.push(foreign(path.as_str())),
            _ if target.is_dir() => problems.push(foreign(path.as_str())),
            Ok(have) => {
                if old.files.contains_key(path.as_str()) && !old.left(path.as_str(), &have) {
                    report.overwritten.push(path.to_string());
                }
                pending.push((path, bytes));
            }
            Err(_) => pending.push((path, bytes)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let next = Manifest::of(tree);
    if pending.is_empty() && old == next {
        return Ok(report);
    }
    commit(out, &old, &next, &pending, &mut report).map_err(|message| {
        let mut problems = Diagnostics::new();
        problems.push(
            Diagnostic::error(Code::HostFailed, Span::default(), message)
                .help("files already there are as they were or complete; run the build again"),
        );
        problems
    })?;
    Ok(report)
}

fn foreign(path: &str) -> Diagnostic {
    Diagnostic::error(Code::ForeignFile, Span::default(), format!("`{path}` in the output folder was not written by pipec"))
        .help("move it away, choose another output folder with `-o`, or overwrite it with `--force`")
}

fn commit(out: &Path, old: &Manifest, next: &Manifest, pending: &[(&VPath, &[u8])], report: &mut WriteReport) -> Result<(), String> {
    let union: BTreeMap<String, String> = old.files.iter().chain(&next.files).map(|(p, h)| (p.clone(), h.clone())).collect();
    // Of a build that was stopped, too, what the one before it left is no edit.
    let before = old.before.iter().chain(&old.files).map(|(p, h)| (p.clone(), h.clone())).collect();
    sweep(out, &union);
    let journal = Manifest { complete: false, files: union, before, ..next.clone() };
    write_file(&out.join(MANIFEST), &journal.to_bytes(), false)?;
    for (path, bytes) in pending {
        write_file(&out.join(path.as_str()), bytes, path.as_str().ends_with(".sh"))?;
        report.written += 1;
    }
    for path in old.files.keys().filter(|p| !next.files.contains_key(*p)) {
        let target = out.join(path);
        let Ok(bytes) = std::fs::read(&target) else { continue };
        if !old.left(path, &bytes) {
            report.left.push(path.clone());
        } else if std::fs::remove_file(&target).is_ok() {
            report.removed += 1;
            remove_empty_parents(out, &target);
        }
    }
    write_file(&out.join(MANIFEST), &next.to_bytes(), false)
}

/// Removes temporary files that a build left when it was stopped. Another build that is at work writes its own again.
fn sweep(out: &Path, files: &BTreeMap<String, String>) {
    let folders: BTreeSet<&Path> = files.keys().map(|p| Path::new(p).parent().unwrap_or(Path::new(""))).chain([Path::new("")]).collect();
    for entry in folders.into_iter().filter_map(|f| std::fs::read_dir(out.join(f)).ok()).flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|n| n.strip_prefix(TEMPORARY));
        let ours = random.is_some_and(|r| r.len() == 6 && r.bytes().all(|b| b.is_ascii_alphanumeric()));
        if ours && entry.file_type().is_ok_and(|t| t.is_file()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn remove_empty_parents(out: &Path, target: &Path) {
    let mut folder = target.parent();
    while let Some(parent) = folder.filter(|p| *p != out && p.starts_with(out)) {
        if std::fs::remove_dir(parent).is_err() {
            return;
        }
        folder = parent.parent();
    }
}

/// Writes one file through a temporary neighbour and a rename, so that nobody ever sees half of it.
///
/// # Errors
/// The file system's own words, with the path.
pub fn write_file(target: &Path, bytes: &[u8], executable: bool) -> Result<(), String> {
    let told = |problem: std::io::Error| format!("cannot write `{}`: {problem}", target.display());
    let folder = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(told)?;
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
        file.write_all(bytes)?;
        set_mode(file.as_file(), executable)?;
        file.persist(target).map(|_| ()).map_err(|e| e.error)
    };
    // Another build may have swept the temporary file away.
    written().or_else(|problem| if problem.kind() == ErrorKind::NotFound { written() } else { Err(problem) }).map_err(told)
}

#[cfg(unix)]
fn set_mode(file: &std::fs::File, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

#[cfg(not(unix))]
fn set_mode(_file: &std::fs::File, _executable: bool) -> std::io::Result<()> {
    Ok(())
}
