use crate::backend::FileTree;
use crate::base::{VPath, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which files of an output folder are pipec's: path to SHA-256. Written last, as the commit record of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format.
    pub format_version: u32,
    /// False while a build is being written: after a crash the listed files are still known to be pipec's.
    pub complete: bool,
    /// Relative path to lower-case hex SHA-256.
    pub files: BTreeMap<String, String>,
    /// While a build is being written: what its files were before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<String, String>,
}

/// The manifest's name in the output folder.
pub(super) const MANIFEST: &str = "manifest.json";

impl Manifest {
    /// The manifest of a finished tree.
    pub fn of(tree: &FileTree) -> Manifest {
        let files = tree.iter().map(|(path, bytes)| (path.to_string(), digest(bytes))).collect();
        Manifest { format_version: 1, complete: true, files, before: BTreeMap::new() }
    }

    /// As bytes, with a final newline.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads one; `None` when it is not a manifest of this version, or lists a path that climbs out of its folder.
    pub fn parse(bytes: &[u8]) -> Option<Manifest> {
        let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
        let paths_fine = manifest.files.keys().all(|p| VPath::new(p).is_ok());
        (manifest.format_version == 1 && paths_fine).then_some(manifest)
    }

    /// Whether these bytes are what a build left at a path. After a crash some files are still those of the build before.
    pub(super) fn left(&self, path: &str, bytes: &[u8]) -> bool {
        let have = digest(bytes);
        self.files.get(path) == Some(&have) || self.before.get(path) == Some(&have)
    }
}
