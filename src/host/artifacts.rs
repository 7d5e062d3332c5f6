use super::manifest::{MANIFEST, Manifest, hash};
use crate::base::VPath;
use std::collections::BTreeMap;
use std::path::Path;
use walkdir::WalkDir;

/// The files of an output folder.
#[derive(Debug, Default)]
pub struct Artifacts {
    /// By path in the folder; the manifest is none of them.
    pub files: BTreeMap<VPath, Vec<u8>>,
    /// Those that are not as the build wrote them, or are missing, by the manifest.
    pub edited: Vec<String>,
}

/// Reads an output folder.
///
/// # Errors
/// When it is no folder or cannot be read; the message names it.
pub fn artifacts(out: &Path) -> Result<Artifacts, String> {
    if !out.is_dir() {
        return Err(format!("`{}` is not a folder: build first, or name the folder of the artifacts", out.display()));
    }
    let mut read = Artifacts::default();
    for entry in WalkDir::new(out).sort_by_file_name().follow_links(false) {
        let entry = entry.map_err(|problem| format!("cannot read `{}`: {problem}", out.display()))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(out).unwrap_or(entry.path()).to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(entry.path()).map_err(|problem| format!("cannot read `{}`: {problem}", entry.path().display()))?;
        if path != MANIFEST
            && let Ok(path) = VPath::new(&path)
        {
            read.files.insert(path, bytes);
        }
    }
    let manifest = std::fs::read(out.join(MANIFEST)).ok().and_then(|bytes| Manifest::parse(&bytes)).unwrap_or_default();
    let same = |path: &str, written: &str| VPath::new(path).ok().and_then(|p| read.files.get(&p)).is_some_and(|b| hash(b) == *written);
    read.edited = manifest.files.iter().filter(|(path, written)| !same(path, written)).map(|(path, _)| path.clone()).collect();
    Ok(read)
}
