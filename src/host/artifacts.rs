use super::manifest::MANIFEST;
use crate::base::VPath;
use std::collections::BTreeMap;
use std::path::{Component, Path};
use walkdir::WalkDir;

/// Reads an output folder: files by path in it, without the manifest. A link counts as the file that it leads to; one that leads to none, and
/// whatever else is neither file nor folder, as an empty file, so that it is not passed over.
///
/// # Errors
/// When it is no folder or cannot be read, or a name in it is one that no artifact has; the message names it.
pub fn artifacts(out: &Path) -> Result<BTreeMap<VPath, Vec<u8>>, String> {
    if !out.is_dir() {
        return Err(format!("`{}` is not a folder: build first, or name the folder of the artifacts", out.display()));
    }
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(out).sort_by_file_name().follow_links(false) {
        let entry = entry.map_err(|problem| format!("cannot read `{}`: {problem}", out.display()))?;
        if entry.file_type().is_dir() || entry.depth() == 0 {
            continue;
        }
        let below = entry.path().strip_prefix(out).unwrap_or(entry.path());
        let parts: Option<Vec<&str>> =
            below.components().map(|c| if let Component::Normal(part) = c { part.to_str() } else { None }).collect();
        let path = parts.map(|p| p.join("/")).unwrap_or_default();
        if path == MANIFEST {
            continue;
        }
        let path = VPath::new(&path).map_err(|_| format!("`{}` has a name that no artifact has", entry.path().display()))?;
        let is_file = std::fs::metadata(entry.path()).is_ok_and(|m| m.is_file());
        let bytes = if is_file { std::fs::read(entry.path()) } else { Ok(Vec::new()) };
        files.insert(path, bytes.map_err(|problem| format!("cannot read `{}`: {problem}", entry.path().display()))?);
    }
    Ok(files)
}
