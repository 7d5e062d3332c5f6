//! The standard library, written in the language and embedded in the binary.

/// Embeds files of `stdlib/`. A new file is one more line in [`files`]; a test compares the list with the folder.
macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        &[$((concat!("std/", $path), include_str!(concat!("../../stdlib/", $path)))),*]
    };
}

/// Every file of the standard library, by path: its virtual path (`std/fhir/r4.pipe`) and its text.
pub fn files() -> &'static [(&'static str, &'static str)] {
    embed![
        "core/aggregates.pipe",
        "core/dates.pipe",
        "core/fhir.pipe",
        "core/functions.pipe",
        "core/json.pipe",
        "core/operators.pipe",
        "core/windows.pipe",
        "fhir/r4.pipe",
        "hipaa.pipe",
        "masks.pipe",
    ]
}

#[cfg(test)]
mod tests {
    /// A file in `stdlib/` that is not embedded would be missing from every build.
    #[test]
    fn every_file_of_the_folder_is_embedded_in_order() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
        let mut there: Vec<String> = walkdir::WalkDir::new(&root)
            .into_iter()
            .map(|e| e.unwrap().into_path())
            .filter(|p| p.extension().is_some_and(|e| e == "pipe"))
            // What `pipec new` writes is a project of its own.
            .filter(|p| !p.starts_with(root.join("new")))
            .map(|p| format!("std/{}", p.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/")))
            .collect();
        there.sort();
        let embedded: Vec<&str> = super::files().iter().map(|(path, _)| *path).collect();
        assert_eq!(embedded, there);
    }

    #[test]
    fn every_file_says_which_module_it_is() {
        for (path, text) in super::files() {
            assert!(text.lines().any(|l| l.starts_with("module std.")), "{path} has no `module std.…` line");
        }
    }
}
