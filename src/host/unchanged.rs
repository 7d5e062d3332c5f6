use super::manifest::{MANIFEST, Manifest};
use super::read_text;
use super::write::write_file;
use crate::base::{Sources, digest, short_digest};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Remembers what a build was made from, so that the next one can see that nothing has changed without compiling.
///
/// Kept in `.pipec/` in the project, which ignores itself in git: it holds facts about this machine and is no artifact.
pub struct Memory {
    file: PathBuf,
    fingerprint: String,
}

impl Memory {
    /// For a project read into `sources` and built into `out` for these targets, on a day: what a clearance stands on may have expired since.
    pub fn new(project: &Path, out: &Path, sources: &Sources, targets: &[String], today: &str) -> Memory {
        let file = beside(project, out, "build", "txt");
        Memory { file, fingerprint: fingerprint(sources, targets, today) }
    }

    /// How many files the output has, when the last build was made of the same and every file is as it was written.
    pub fn still_holds(&self, out: &Path) -> Option<usize> {
        let remembered = read_text(&self.file).ok()?;
        let manifest = std::fs::read(out.join(MANIFEST)).ok()?;
        // An older output that somebody put back is whole, too.
        if remembered.trim() != format!("{} {}", self.fingerprint, digest(&manifest)) {
            return None;
        }
        let manifest = Manifest::parse(&manifest).filter(|m| m.complete)?;
        let same = |(path, written): (&String, &String)| std::fs::read(out.join(path)).is_ok_and(|bytes| digest(&bytes) == *written);
        manifest.files.iter().all(same).then_some(manifest.files.len())
    }

    /// Notes a finished build. That it could not be noted costs the next build its time and nothing else.
    pub fn keep(&self, out: &Path) {
        let (Some(folder), Ok(manifest)) = (self.file.parent(), std::fs::read(out.join(MANIFEST))) else { return };
        let _ = write_file(&folder.join(".gitignore"), b"*\n", false);
        let _ = write_file(&self.file, format!("{} {}\n", self.fingerprint, digest(&manifest)).as_bytes(), false);
    }

    /// Where the sources of the last build are kept, for `pipec plan --base-build`.
    pub fn sources_of(project: &Path, out: &Path) -> PathBuf {
        beside(project, out, "built", "json")
    }

    /// Notes what a finished build was made of. That it could not be noted costs a later plan its base and nothing else.
    pub fn keep_sources(project: &Path, out: &Path, snapshot: &[u8]) {
        let file = Memory::sources_of(project, out);
        let Some(folder) = file.parent() else { return };
        let _ = write_file(&folder.join(".gitignore"), b"*\n", false);
        let _ = write_file(&file, snapshot, false);
    }

    /// Forgets, before a build begins to write.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// A file of the project about one output folder.
fn beside(project: &Path, out: &Path, what: &str, ending: &str) -> PathBuf {
    let place = std::path::absolute(out).unwrap_or_else(|_| out.to_path_buf());
    project.join(".pipec").join(format!("{what}-{}.{ending}", short_digest(place.to_string_lossy().as_bytes(), 16)))
}

/// Over every text and data file, the targets, the day, and the compiler itself.
fn fingerprint(sources: &Sources, targets: &[String], today: &str) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    };
    for (_, file) in sources.iter() {
        add(file.path.as_str().as_bytes());
        add(file.text.as_bytes());
    }
    for data in sources.data_files() {
        add(data.path.as_str().as_bytes());
        add(&data.bytes);
    }
    for target in targets {
        add(target.as_bytes());
    }
    add(today.as_bytes());
    add(compiler().as_bytes());
    digest.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Which binary this is: a new one may write other bytes.
fn compiler() -> String {
    let made = std::env::current_exe().and_then(|exe| exe.metadata());
    made.map_or_else(|_| String::new(), |m| format!("{} {:?}", m.len(), m.modified().ok()))
}
