use super::VPath;
use std::sync::{Arc, OnceLock};

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// No file: what is about none of them has no place to show.
impl Default for FileId {
    fn default() -> Self {
        FileId(u32::MAX)
    }
}

/// A half-open byte range in one file. `Copy`; turned into lines and columns only when rendered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that covers both; `self` when they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and column, both from 0; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineCol {
    /// Line, from 0.
    pub line: u32,
    /// Characters from the start of the line.
    pub column: u32,
}

/// One `.pipe` or `.sql` text of the project or of the standard library.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it lies: project-relative, or `std/…` for the standard library.
    pub path: VPath,
    /// Its text, as UTF-8.
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(breaks.map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX))).collect()
        })
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= offset).saturating_sub(1);
        let start = starts.get(line).copied().unwrap_or(0) as usize;
        let upto = self.text.get(start..offset as usize).or_else(|| self.text.get(start..));
        LineCol {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(upto.map_or(0, |t| t.chars().count())).unwrap_or(u32::MAX),
        }
    }

    /// Byte offset of a line and column (both from 0, column in characters); the end of the text when past it.
    pub fn offset(&self, at: LineCol) -> u32 {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let Some(start) = self.line_starts().get(at.line as usize).copied() else { return end };
        let Some(rest) = self.text.get(start as usize..) else { return end };
        match rest.char_indices().nth(at.column as usize) {
            Some((i, _)) => start + u32::try_from(i).unwrap_or(0),
            None => end,
        }
    }
}

/// A data file a generation loop, a seed or a sample may read: bytes, not yet parsed.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Project-relative path.
    pub path: VPath,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// Every text and data file of one compilation, in a fixed order. Loaded by `host`, or by hand in tests.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    data: std::collections::BTreeMap<VPath, DataFile>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text file.
    pub fn add(&mut self, path: VPath, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { path, text: text.into(), lines: OnceLock::new() });
        id
    }

    /// Adds a data file.
    pub fn add_data(&mut self, path: VPath, bytes: impl Into<Arc<[u8]>>) {
        self.data.insert(path.clone(), DataFile { path, bytes: bytes.into() });
    }

    /// The file with this id.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text of a file; empty for an unknown id.
    pub fn text(&self, id: FileId) -> &str {
        self.get(id).map_or("", |f| &f.text)
    }

    /// The text a span covers; empty when it lies outside the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The file at a path.
    pub fn find(&self, path: &VPath) -> Option<FileId> {
        let index = self.files.iter().position(|f| f.path == *path)?;
        u32::try_from(index).ok().map(FileId)
    }

    /// All text files with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(self.files.iter())
    }

    /// A data file by path.
    pub fn data(&self, path: &VPath) -> Option<&DataFile> {
        self.data.get(path)
    }

    /// All data files, by path.
    pub fn data_files(&self) -> impl Iterator<Item = &DataFile> {
        self.data.values()
    }
}
