use std::fmt;
use std::sync::Arc;

/// A relative path with `/` between its parts, without `.`, `..`, a drive, a control character or a leading slash.
/// The only kind of path the compiler knows; `host` joins it to a real folder.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VPath(Arc<str>);

/// Why a text is no [`VPath`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VPathError {
    /// Nothing between two slashes, or nothing at all.
    EmptyPart,
    /// A part is `.` or `..`, or the path is absolute.
    LeavesTheFolder,
    /// A control character, a backslash, a colon, or a character Windows forbids.
    ForbiddenCharacter,
}

impl VPath {
    /// Checks and keeps a path.
    ///
    /// # Errors
    /// When the text is empty, absolute, climbs out, or has characters not every file system takes.
    pub fn new(text: &str) -> Result<Self, VPathError> {
        if text.starts_with('/') {
            return Err(VPathError::LeavesTheFolder);
        }
        for part in text.split('/') {
            match part {
                "" => return Err(VPathError::EmptyPart),
                "." | ".." => return Err(VPathError::LeavesTheFolder),
                _ if part.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c)) => {
                    return Err(VPathError::ForbiddenCharacter);
                }
                _ => {}
            }
        }
        Ok(VPath(Arc::from(text)))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder part with a path below it: `a/b.pipe` and `x/y.sql` give `a/x/y.sql`.
    ///
    /// # Errors
    /// As [`VPath::new`].
    pub fn sibling(&self, relative: &str) -> Result<Self, VPathError> {
        match self.0.rsplit_once('/') {
            Some((folder, _)) => VPath::new(&format!("{folder}/{relative}")),
            None => VPath::new(relative),
        }
    }

    /// The last part after the last dot, in lower case; empty when there is none.
    pub fn extension(&self) -> String {
        let name = self.0.rsplit('/').next().unwrap_or("");
        name.rsplit_once('.').map_or(String::new(), |(_, e)| e.to_ascii_lowercase())
    }
}

impl fmt::Display for VPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
