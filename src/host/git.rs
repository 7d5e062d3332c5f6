//! Reading a commit through git, without touching the work tree: the only place that starts another program. Arguments never pass a shell, and
//! names of revisions are checked before git sees them.

use super::load::{Loaded, Wants, skipped_name};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// A commit that a project is read at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Its full object id.
    pub id: String,
    /// What it was asked for by: `origin/main`.
    pub name: String,
}

/// The commit that a revision names.
///
/// # Errors
/// P1001 when git cannot be asked; P1002 when there is no such commit.
pub fn resolve(project: &Path, revision: &str) -> Result<Commit, Diagnostic> {
    if !is_revision(revision) {
        return Err(Diagnostic::error(Code::UnknownBase, Span::default(), format!("`{revision}` cannot be the name of a commit"))
            .help("name a branch, tag or commit, such as `origin/main`, `v1.2` or `HEAD~1`; compare with a folder by `--base-dir`"));
    }
    let asked = format!("{revision}^{{commit}}");
    match ask(project, &["rev-parse", "--verify", "--quiet", "--end-of-options", &asked])? {
        Ok(id) => Ok(Commit { id, name: revision.to_owned() }),
        Err(_) => Err(Diagnostic::error(Code::UnknownBase, Span::default(), format!("git knows no commit `{revision}`"))
            .help("fetch it first (`git fetch origin`; in CI with enough depth), or name another base")),
    }
}

/// Where a branch left the default branch: the merge base of `HEAD` with `origin/HEAD`, `origin/main`, `origin/master`, `main` or `master`.
///
/// # Errors
/// P1001 when git cannot be asked; P1002 when there is none of them.
pub fn default_base(project: &Path, with: Option<&str>) -> Result<Commit, Diagnostic> {
    let candidates = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];
    let found = match with {
        Some(revision) => Some(resolve(project, revision)?),
        None => candidates.iter().map(|c| resolve(project, c)).find(|r| !matches!(r, Err(d) if d.code == Code::UnknownBase)).transpose()?,
    };
    let Some(branch) = found else {
        let problem = Diagnostic::error(Code::UnknownBase, Span::default(), "there is no default branch to compare with");
        return Err(problem.help("name a commit with `--base`, or a folder with `--base-dir`"));
    };
    match ask(project, &["merge-base", "HEAD", &branch.id])? {
        Ok(id) => Ok(Commit { id, name: branch.name }),
        Err(_) => {
            let problem =
                Diagnostic::error(Code::UnknownBase, Span::default(), format!("`HEAD` and `{}` have no commit in common", branch.name));
            Err(problem.help("fetch more history (`git fetch --unshallow`), or name the commit itself with `--base`"))
        }
    }
}

/// The project's folder in its repository, with a `/` at its end; empty where it is the repository itself.
///
/// # Errors
/// P1001 when git cannot be asked, or the folder is in no repository.
pub fn project_prefix(project: &Path) -> Result<String, Diagnostic> {
    match ask(project, &["rev-parse", "--show-prefix"])? {
        Ok(prefix) => Ok(prefix),
        Err(said) => Err(failed(&said)),
    }
}

/// The project as it was in a commit, read as [`load`](super::load) reads a folder. `None` where the commit has no such folder.
///
/// # Errors
/// P1001 when git cannot be asked or does not give what it lists.
pub fn load_commit(project: &Path, commit: &Commit, library: &[(&str, &str)], wants: Wants) -> Result<Option<Loaded>, Diagnostic> {
    let prefix = project_prefix(project)?;
    let folder = prefix.trim_end_matches('/');
    let tree = if folder.is_empty() { format!("{}^{{tree}}", commit.id) } else { format!("{}:{folder}", commit.id) };
    let Ok(tree) = ask(project, &["rev-parse", "--verify", "--quiet", "--end-of-options", &tree])? else { return Ok(None) };
    let listed = match run(project, &["ls-tree", "-r", "-z", "-l", "--full-tree", &tree], Vec::new())? {
        Ok(listed) => listed,
        Err(said) => return Err(failed(&said)),
    };
    let mut loaded = Loaded::with_library(library);
    let mut files: Vec<(String, crate::base::VPath, bool)> = Vec::new();
    for line in listed.split(|b| *b == 0).filter(|l| !l.is_empty()) {
        let Some((object, size, path)) = entry(line) else { continue };
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let name = path.rsplit('/').next().unwrap_or("");
        if skipped_name(name, false) || folders.split('/').any(|f| skipped_name(f, true)) {
            continue;
        }
        if let Some((virtual_path, is_text)) = loaded.wanted(&path, wants, || size) {
            files.push((object, virtual_path, is_text));
        }
    }
    // As a walk over a folder goes: name by name.
    files.sort_by(|a, b| a.1.as_str().split('/').cmp(b.1.as_str().split('/')));
    let asked = files.iter().map(|(object, ..)| format!("{object}\n")).collect::<String>();
    let contents = match run(project, &["cat-file", "--batch"], asked.into_bytes())? {
        Ok(contents) => contents,
        Err(said) => return Err(failed(&said)),
    };
    let mut rest = contents.as_slice();
    for (object, path, is_text) in files {
        let Some((bytes, after)) = next_object(rest, &object) else {
            return Err(failed(&format!("it does not give the content of `{path}`")));
        };
        loaded.keep(path, is_text, bytes.to_vec());
        rest = after;
    }
    Ok(Some(loaded))
}

/// A file of the project's folder as it was in a commit, as text; `None` where it was not there.
///
/// # Errors
/// P1001 when git cannot be asked.
pub fn text_at(project: &Path, commit: &Commit, name: &str) -> Result<Option<String>, Diagnostic> {
    let object = format!("{}:{}{name}", commit.id, project_prefix(project)?);
    let Ok(id) = ask(project, &["rev-parse", "--verify", "--quiet", "--end-of-options", &object])? else { return Ok(None) };
    let content = run(project, &["cat-file", "blob", &id], Vec::new())?;
    Ok(content.ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// `100644 blob 1a2b…    123\tpath`: a file, no link and no submodule.
fn entry(line: &[u8]) -> Option<(String, u64, String)> {
    let tab = line.iter().position(|b| *b == b'\t')?;
    let head = std::str::from_utf8(line.get(..tab)?).ok()?;
    let mut words = head.split_ascii_whitespace();
    let (mode, kind, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_file = kind == "blob" && mode.starts_with("100");
    let path = String::from_utf8_lossy(line.get(tab + 1..)?).into_owned();
    is_file.then(|| Some((object.to_owned(), size.parse().ok()?, path))).flatten()
}

/// The content after `<id> blob <size>\n`, and what stands behind it.
fn next_object<'b>(bytes: &'b [u8], object: &str) -> Option<(&'b [u8], &'b [u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut words = head.split(' ');
    let (id, kind, size) = (words.next()?, words.next()?, words.next()?);
    let size: usize = (id == object && kind == "blob").then(|| size.parse().ok()).flatten()?;
    let content = bytes.get(end + 1..)?;
    Some((content.get(..size)?, content.get(size + 1..)?))
}

/// Whether a text is the name of a revision and nothing that git would read as an option, a range, a path or a search.
fn is_revision(text: &str) -> bool {
    let fine = |c: char| !c.is_whitespace() && !c.is_control() && !"\\?*[:".contains(c);
    !text.is_empty() && text.len() <= 250 && !text.starts_with('-') && !text.contains("..") && text.chars().all(fine)
}

fn failed(said: &str) -> Diagnostic {
    let said = said.lines().next().unwrap_or("").trim().trim_start_matches("fatal: ");
    Diagnostic::error(Code::GitFailed, Span::default(), format!("git cannot read the project's history: {said}"))
        .help("run it inside a git repository, or compare with a folder by `--base-dir`")
}

/// One line of an answer; the inner error is what git says when it refuses.
fn ask(project: &Path, arguments: &[&str]) -> Result<Result<String, String>, Diagnostic> {
    let answer = run(project, arguments, Vec::new())?;
    Ok(answer.map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()))
}

fn run(project: &Path, arguments: &[&str], input: Vec<u8>) -> Result<Result<Vec<u8>, String>, Diagnostic> {
    let missing = |problem: std::io::Error| {
        Diagnostic::error(Code::GitFailed, Span::default(), format!("git cannot be started: {problem}"))
            .help("install git, or compare with a folder by `--base-dir`")
    };
    let mut command = Command::new("git");
    command.args(["--no-pager", "-c", "core.fsmonitor=false", "-C"]).arg(project).args(arguments);
    // Where the repository is, the folder says: a hook's environment speaks of the repository it runs in.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(missing)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // All three at once: a pipe that nobody reads stops whoever writes into it.
    let (out, said) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(&input)));
        let errors = scope.spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.map(|mut pipe| pipe.read_to_end(&mut said));
            said
        });
        let mut out = Vec::new();
        let read = stdout.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut out));
        let _ = writer.join();
        (read.map(|_| out), errors.join().unwrap_or_default())
    });
    let status = child.wait().map_err(missing)?;
    let out = out.map_err(missing)?;
    Ok(if status.success() { Ok(out) } else { Err(String::from_utf8_lossy(&said).into_owned()) })
}
