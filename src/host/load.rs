use crate::base::{FileId, Sources, Span, VPath};
use crate::diag::{Code, Diagnostic, Diagnostics};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A project folder, read.
pub struct Loaded {
    /// Its texts and data.
    pub sources: Sources,
    /// What could not be read.
    pub diagnostics: Diagnostics,
}

/// What a command needs to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wants {
    /// Declarations, SQL and generation data.
    Compile,
    /// Those and sample rows.
    Rows,
    /// SQL alone.
    Sql,
}

/// Generation data larger than this is not loaded for a compile; sample rows may be larger.
const LARGEST_GENERATION_FILE: u64 = 32 * 1024 * 1024;
/// A `.pipe` or `.sql` file larger than this is refused before it is read.
const LARGEST_TEXT_FILE: u64 = 64 * 1024 * 1024;
/// Data of loops, and scripts of machines.
const DATA_EXTENSIONS: [&str; 5] = ["csv", "json", "yaml", "yml", "sh"];
const ROW_EXTENSIONS: [&str; 1] = ["ndjson"];
/// Folders that never hold declarations: build output, dependency and virtual-environment folders.
const SKIPPED_FOLDERS: [&str; 6] = ["out", "target", "node_modules", "venv", "__pycache__", "golden"];

/// Reads every `.pipe` and `.sql` file and the data files below a folder, in order of path.
/// The standard library's texts come first, under `std/`.
pub fn load(root: &Path, library: &[(&str, &str)], wants: Wants) -> Loaded {
    let mut loaded = Loaded::with_library(library);
    if !root.is_dir() {
        loaded.fail(Code::HostFailed, "", format!("`{}` is not a folder", root.display()), "name the folder that holds the `.pipe` files");
        return loaded;
    }
    for entry in walk(root) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => loaded.file(root, entry.path(), wants),
            Ok(entry) if leads_elsewhere(&entry) => {
                let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string();
                loaded.fail(
                    Code::HostFailed,
                    "",
                    format!("`{path}` is a link, and links are not followed"),
                    "copy what it leads to into the project",
                );
            }
            Ok(_) => {}
            Err(problem) => {
                loaded.fail(Code::HostFailed, "", format!("cannot read the project folder: {problem}"), "check its permissions")
            }
        }
    }
    loaded
}

fn walk(root: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    let walk = WalkDir::new(root).sort_by_file_name().follow_links(false).into_iter();
    walk.filter_entry(|e| e.depth() == 0 || !skipped(e))
}

/// Whether an entry is a link to what could hold declarations. It is not passed by in silence: a row policy could stand there. Nor is it followed:
/// messages show lines of what they are about, and a link may lead to any file of the machine.
fn leads_elsewhere(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let texts = entry.path().extension().is_some_and(|x| x == "pipe" || x == "sql");
    entry.path_is_symlink() && entry.depth() > 0 && (texts || (entry.path().is_dir() && !skipped_name(&name, true)))
}

fn skipped(entry: &walkdir::DirEntry) -> bool {
    skipped_name(&entry.file_name().to_string_lossy(), entry.file_type().is_dir())
}

/// Whether a file or folder of this name is passed by.
pub(super) fn skipped_name(name: &str, is_folder: bool) -> bool {
    name.starts_with('.') || (is_folder && SKIPPED_FOLDERS.contains(&name))
}

/// Every `.pipe` file below a folder, in order of path.
pub fn pipe_files(root: &Path) -> Vec<PathBuf> {
    walk(root)
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file() && e.path().extension().is_some_and(|x| x == "pipe"))
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// A file's text.
///
/// # Errors
/// When it cannot be read or is not UTF-8; the message names it.
pub fn read_text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|problem| format!("cannot read `{}`: {problem}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8 text", path.display()))
}

impl Loaded {
    /// The standard library's texts alone.
    pub(super) fn with_library(library: &[(&str, &str)]) -> Loaded {
        let mut loaded = Loaded { sources: Sources::new(), diagnostics: Diagnostics::new() };
        for (path, text) in library {
            if let Ok(path) = VPath::new(path) {
                loaded.sources.add(path, *text);
            }
        }
        loaded
    }

    fn fail(&mut self, code: Code, path: &str, message: String, help: &str) {
        let file = VPath::new(path).map_or(FileId::default(), |p| self.sources.add(p, ""));
        self.diagnostics.push(Diagnostic::error(code, Span::new(file, 0, 0), message).help(help));
    }

    fn file(&mut self, root: &Path, path: &Path, wants: Wants) {
        let Ok(relative) = path.strip_prefix(root) else { return };
        let text = relative.to_string_lossy().replace('\\', "/");
        let size = || path.metadata().map_or(0, |m| m.len());
        let Some((virtual_path, is_text)) = self.wanted(&text, wants, size) else { return };
        match std::fs::read(path) {
            Err(problem) => self.fail(Code::HostFailed, &text, format!("cannot read `{text}`: {problem}"), "check its permissions"),
            Ok(bytes) => self.keep(virtual_path, is_text, bytes),
        }
    }

    /// Whether a file is read, by its path in the project, and whether as text; what has to be read and cannot be is reported.
    pub(super) fn wanted(&mut self, text: &str, wants: Wants, size: impl FnOnce() -> u64) -> Option<(VPath, bool)> {
        let name = text.rsplit('/').next().unwrap_or("");
        let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(String::new(), |(_, e)| e.to_ascii_lowercase());
        let is_text = extension == "sql" || (extension == "pipe" && wants != Wants::Sql);
        let is_rows = ROW_EXTENSIONS.contains(&extension.as_str());
        let is_data = DATA_EXTENSIONS.contains(&extension.as_str()) || (is_rows && wants == Wants::Rows);
        if !is_text && (!is_data || wants == Wants::Sql) {
            return None;
        }
        let Ok(virtual_path) = VPath::new(text) else {
            if is_text {
                self.fail(Code::HostFailed, "", format!("the file name {text:?} cannot be used on every system"), "rename the file");
            }
            return None;
        };
        let size = size();
        if is_text && size > LARGEST_TEXT_FILE {
            self.fail(Code::FileTooLarge, text, format!("`{text}` is {size} bytes long"), "split it; data belongs in a data file");
            return None;
        }
        if is_data && wants == Wants::Compile && size > LARGEST_GENERATION_FILE {
            return None;
        }
        Some((virtual_path, is_text))
    }

    /// Keeps what was read.
    pub(super) fn keep(&mut self, path: VPath, is_text: bool, bytes: Vec<u8>) {
        if is_text { self.text(path, bytes) } else { self.sources.add_data(path, bytes) }
    }

    fn text(&mut self, path: VPath, bytes: Vec<u8>) {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.sources.add(path, text);
            }
            Err(problem) => {
                let at = problem.utf8_error().valid_up_to();
                let readable = String::from_utf8_lossy(problem.as_bytes().get(..at).unwrap_or_default()).into_owned();
                let name = path.to_string();
                let file = self.sources.add(path, "");
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::NotText,
                        Span::new(file, 0, 0),
                        format!("`{name}` is not UTF-8 text: byte {at} (line {}) is not valid", readable.matches('\n').count() + 1),
                    )
                    .help("save it as UTF-8"),
                );
            }
        }
    }
}
