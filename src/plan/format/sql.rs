//! How the emitted SQL of a model differs, file by file: for those who want to see what a change of declarations comes to.

use crate::backend::FileTree;
use similar::TextDiff;
use std::collections::BTreeSet;

/// Unified differences of every SQL file of a model; empty where there are none.
pub fn sql(base: &FileTree, head: &FileTree, model: &str) -> String {
    let of_model = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or("");
        let stem = name.strip_suffix(".sql").unwrap_or("");
        // Plain SQL is numbered in the order of building, which other models decide.
        let numbered = stem.split_once('_').filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit())).map(|(_, rest)| rest);
        stem == model || numbered == Some(model)
    };
    let key = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let bare = name.split_once('_').filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit())).map_or(name, |(_, rest)| rest);
        format!("{folder}/{bare}")
    };
    let files = |tree: &FileTree| {
        let own = tree.iter().filter(|(path, _)| of_model(path.as_str()));
        own.map(|(path, bytes)| (key(path.as_str()), (path.to_string(), String::from_utf8_lossy(bytes).into_owned())))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let (was, is) = (files(base), files(head));
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let none = ("/dev/null".to_owned(), String::new());
    let mut out = String::new();
    for key in keys {
        let (before, after) = (was.get(key).unwrap_or(&none), is.get(key).unwrap_or(&none));
        if before.1 != after.1 {
            let diff = TextDiff::from_lines(before.1.as_str(), after.1.as_str());
            out.push_str(&diff.unified_diff().context_radius(3).header(&before.0, &after.0).to_string());
        }
    }
    out
}
