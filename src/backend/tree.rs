use crate::base::VPath;
use std::collections::BTreeMap;

/// The files of a build: relative path to bytes, in order of path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTree(BTreeMap<VPath, Vec<u8>>);

impl FileTree {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; the last one written under a path wins.
    pub fn insert(&mut self, path: VPath, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        // A text that grew holds up to twice its size, and all files wait here: a copy has what it needs and no more.
        let bytes = if bytes.capacity() > bytes.len() + bytes.len() / 8 { bytes.as_slice().to_vec() } else { bytes };
        self.0.insert(path, bytes);
    }

    /// Files in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&VPath, &[u8])> {
        self.0.iter().map(|(p, b)| (p, b.as_slice()))
    }

    /// A file's bytes.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        let path = VPath::new(path).ok()?;
        self.0.get(&path).map(Vec::as_slice)
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves another tree's files in.
    pub fn extend(&mut self, other: FileTree) {
        self.0.extend(other.0);
    }
}
