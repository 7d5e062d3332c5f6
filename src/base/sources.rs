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
    lines: OnceLock<Lines>,
}

/// Characters between two marks: a place on a line of a megabyte is found by walking over these at most.
const STEP: usize = 128;

/// Where lines and characters lie. Machines write a whole text into one line, with a place for each of its words.
#[derive(Debug, Default)]
struct Lines {
    /// The first byte of each line, and how many characters stand before it.
    starts: Vec<(u32, u32)>,
    /// The byte of every [`STEP`]th character; none where a character is a byte.
    marks: Vec<u32>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if text.is_ascii() {
            let after = text.match_indices('\n').map(|(byte, _)| (small(byte + 1), small(byte + 1)));
            return Lines { starts: std::iter::once((0, 0)).chain(after).collect(), marks: Vec::new() };
        }
        let mut lines = Lines { starts: vec![(0, 0)], marks: Vec::with_capacity(text.len() / STEP + 1) };
        for (n, (byte, c)) in text.char_indices().enumerate() {
            if n % STEP == 0 {
                lines.marks.push(small(byte));
            }
            if c == '\n' {
                lines.starts.push((small(byte + 1), small(n + 1)));
            }
        }
        lines
    }
}

impl SourceFile {
    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let Lines { starts, marks } = self.lines();
        let line = starts.partition_point(|(s, _)| *s <= offset).saturating_sub(1);
        let (_, before) = starts.get(line).copied().unwrap_or_default();
        let inside = self.text.is_char_boundary(offset as usize);
        let upto = if inside { offset as usize } else { self.text.len() };
        let characters = match marks.partition_point(|m| *m as usize <= upto).checked_sub(1) {
            Some(mark) => {
                let from = marks.get(mark).map_or(0, |m| *m as usize);
                mark * STEP + self.text.get(from..upto).map_or(0, |t| t.chars().count())
            }
            None => upto,
        };
        LineCol {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(characters).unwrap_or(u32::MAX).saturating_sub(before),
        }
    }

    /// Byte offset of a line and column (both from 0, column in characters); the end of the text when past it.
    pub fn offset(&self, at: LineCol) -> u32 {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let Lines { starts, marks } = self.lines();
        let Some((_, before)) = starts.get(at.line as usize) else { return end };
        let character = *before as usize + at.column as usize;
        if marks.is_empty() {
            return u32::try_from(character).unwrap_or(end).min(end);
        }
        let Some(mark) = marks.get(character / STEP).copied() else { return end };
        match self.text.get(mark as usize..).and_then(|rest| rest.char_indices().nth(character % STEP)) {
            Some((i, _)) => mark + u32::try_from(i).unwrap_or(0),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What each place is, found by walking.
    fn walked(text: &str, at: LineCol) -> usize {
        let line = text.split_inclusive('\n').take(at.line as usize).map(str::len).sum::<usize>();
        text.get(line..).unwrap_or_default().char_indices().nth(at.column as usize).map_or(text.len(), |(i, _)| line + i)
    }

    #[test]
    fn places_on_long_lines_and_short_ones_are_found_both_ways() {
        let long: String = (0..700).map(|i| ['a', 'é', '𝄞'][i % 3]).collect();
        for text in [String::new(), "a".to_owned(), format!("x\n{long}\n\nä{long}{long}\nlast"), format!("{long}\n")] {
            let mut sources = Sources::new();
            let id = sources.add(VPath::new("a.pipe").unwrap(), text.as_str());
            let file = sources.get(id).unwrap();
            let (mut line, mut column) = (0, 0);
            for (byte, c) in text.char_indices().chain([(text.len(), ' ')]) {
                let at = LineCol { line, column };
                assert_eq!(file.line_col(byte as u32), at, "{byte} of {text:?}");
                assert_eq!(file.offset(at) as usize, byte);
                assert_eq!(file.offset(at) as usize, walked(&text, at));
                (line, column) = if c == '\n' { (line + 1, 0) } else { (line, column + 1) };
            }
            assert_eq!(file.offset(LineCol { line: 99, column: 0 }) as usize, text.len());
            assert_eq!(file.offset(LineCol { line: 0, column: 9_999_999 }) as usize, text.len());
        }
    }
}
