use super::manifest::{MANIFEST, Manifest};
use crate::backend::FileTree;
use crate::base::{Span, VPath, digest};
use crate::diag::{Code, Diagnostic, Diagnostics};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// What a write did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteReport {
    /// Files whose bytes are new.
    pub written: usize,
    /// Files left as they were.
    pub unchanged: usize,
    /// Files of an earlier build that are no longer made.
    pub removed: usize,
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
            _ => pending.push((path, bytes)),
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
    let journal = Manifest { complete: false, files: union, ..next.clone() };
    write_file(&out.join(MANIFEST), &journal.to_bytes(), false)?;
    for (path, bytes) in pending {
        write_file(&out.join(path.as_str()), bytes, path.as_str().ends_with(".sh"))?;
        report.written += 1;
    }
    for (path, written_hash) in old.files.iter().filter(|(p, _)| !next.files.contains_key(*p)) {
        let target = out.join(path);
        if std::fs::read(&target).is_ok_and(|bytes| digest(&bytes) == *written_hash) && std::fs::remove_file(&target).is_ok() {
            report.removed += 1;
            remove_empty_parents(out, &target);
        }
    }
    write_file(&out.join(MANIFEST), &next.to_bytes(), false)
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
    let mut file = tempfile::Builder::new().prefix(".pipec-").tempfile_in(folder).map_err(told)?;
    file.write_all(bytes).map_err(told)?;
    set_mode(file.as_file(), executable).map_err(told)?;
    file.persist(target).map_err(|e| told(e.error))?;
    Ok(())
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
