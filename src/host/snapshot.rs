//! What a project declared, in one file: a base for `pipec plan` that needs no git.

use super::load::Loaded;
use crate::base::{Sources, VPath};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The texts and generation data of a project, as they were compiled, without those of the standard library.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    /// Version of this format.
    pipec_sources: u32,
    /// The file of approvals: what it approves is spent.
    approvals: String,
    files: Vec<File>,
}

#[derive(Serialize, Deserialize)]
struct File {
    path: String,
    #[serde(flatten)]
    content: Content,
}

/// A text is kept as it is, data as its bytes where they are no text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Data(String),
    Bytes(Vec<u8>),
}

/// The version that is written and read.
const VERSION: u32 = 1;

/// The snapshot of a project that was read into `sources`, behind the standard library's `library` texts.
pub fn snapshot(sources: &Sources, library: &[(&str, &str)], approvals: String) -> Vec<u8> {
    let texts =
        sources.iter().skip(library.len()).map(|(_, f)| File { path: f.path.to_string(), content: Content::Text(f.text.to_string()) });
    let data = sources.data_files().map(|f| File {
        path: f.path.to_string(),
        content: match std::str::from_utf8(&f.bytes) {
            Ok(text) => Content::Data(text.to_owned()),
            Err(_) => Content::Bytes(f.bytes.to_vec()),
        },
    });
    let snapshot = Snapshot { pipec_sources: VERSION, approvals, files: texts.chain(data).collect() };
    let mut bytes = serde_json::to_vec(&snapshot).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A project from its snapshot, and its file of approvals.
///
/// # Errors
/// When the file cannot be read, is no snapshot of this version, or names a path that climbs out of its folder; the message says so.
pub fn load_snapshot(file: &Path, library: &[(&str, &str)]) -> Result<(Loaded, String), String> {
    let bytes = std::fs::read(file).map_err(|problem| format!("cannot read `{}`: {problem}", file.display()))?;
    let no_snapshot = || format!("`{}` holds no project: it was not written by `pipec plan --save`", file.display());
    let snapshot: Snapshot = serde_json::from_slice(&bytes).map_err(|_| no_snapshot())?;
    if snapshot.pipec_sources != VERSION {
        return Err(format!("`{}` was written by another version of pipec", file.display()));
    }
    let mut loaded = Loaded::with_library(library);
    for entry in snapshot.files {
        let path = VPath::new(&entry.path).map_err(|_| no_snapshot())?;
        match entry.content {
            Content::Text(text) => loaded.keep(path, true, text.into_bytes()),
            Content::Data(text) => loaded.keep(path, false, text.into_bytes()),
            Content::Bytes(bytes) => loaded.keep(path, false, bytes),
        }
    }
    Ok((loaded, snapshot.approvals))
}
