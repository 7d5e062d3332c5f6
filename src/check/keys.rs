//! Two exports never write one object: the second would take the place of the first without a word, and its manifest would speak for both.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Export, Program};
use std::collections::BTreeMap;

/// What may stand at one place of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    This(char),
    /// A digit up to this one.
    Digit(char),
}

impl Place {
    fn meets(self, other: Place) -> bool {
        match (self, other) {
            (Place::This(a), Place::This(b)) => a == b,
            (Place::Digit(most), Place::This(c)) | (Place::This(c), Place::Digit(most)) => ('0'..=most).contains(&c),
            (Place::Digit(_), Place::Digit(_)) => true,
        }
    }
}

/// The keys that exports can have.
type Keys = Vec<Vec<Place>>;

/// P0610 for two exports to one bucket whose keys can be the same at some time, or lie one below the other.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let mut buckets: BTreeMap<u32, Vec<(&Export, Keys)>> = BTreeMap::new();
    for export in &program.exports {
        let before = buckets.entry(export.bucket).or_default();
        let keys = keys(export);
        if let Some((first, _)) = before.iter().find(|(_, there)| clash(&keys, there)) {
            let message = format!(
                "the files of `{}` can lie where those of `{}` lie: one would take the place of the other",
                export.name, first.name
            );
            let problem = Diagnostic::error(Code::KeysOverlap, export.at, message).mark(first.at, "the first");
            diagnostics.push(problem.help(format!("let the path of each begin in its own way: `path \"{}/…\"`", export.name)));
        }
        before.push((export, keys));
    }
}

/// The file or the folder of files, and the manifest beside it.
fn keys(export: &Export) -> Keys {
    let file = places(&export.path);
    let manifest = file.iter().copied().chain(".manifest.json".chars().map(Place::This)).collect();
    vec![file, manifest]
}

/// Tokens have one width each: `{timestamp}` is `20260131_020000`.
fn places(path: &str) -> Vec<Place> {
    const TOKENS: [(&str, &str); 4] = [("{yyyy}", "9999"), ("{mm}", "19"), ("{dd}", "39"), ("{timestamp}", "99991939_295959")];
    let (mut out, mut rest) = (Vec::new(), path);
    while let Some(next) = rest.chars().next() {
        if let Some((after, digits)) = TOKENS.iter().find_map(|(token, digits)| Some((rest.strip_prefix(token)?, digits))) {
            out.extend(digits.chars().map(|c| if c == '_' { Place::This(c) } else { Place::Digit(c) }));
            rest = after;
        } else {
            out.push(Place::This(next));
            rest = rest.get(next.len_utf8()..).unwrap_or("");
        }
    }
    out
}

/// Whether a key of one can be a key of the other, or a folder that it lies in.
fn clash(one: &[Vec<Place>], other: &[Vec<Place>]) -> bool {
    one.iter().any(|a| other.iter().any(|b| within(a, b) || within(b, a)))
}

fn within(folder: &[Place], key: &[Place]) -> bool {
    let ends = key.get(folder.len()).is_none_or(|next| *next == Place::This('/'));
    folder.len() <= key.len() && ends && folder.iter().zip(key).all(|(a, b)| a.meets(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_can_be_one() {
        for (one, other, is) in [
            ("x/{yyyy}.zip", "x/{yyyy}.zip", true),
            ("x/{yyyy}.zip", "x/2026.zip", true),
            ("x/{yyyy}.zip", "x/latest.zip", false),
            ("{mm}/{dd}", "{dd}/{mm}", true),
            ("{mm}/a", "21/a", false),
            ("x/y", "x/y/a.csv", true),
            ("x/y", "x/yy", false),
            ("x/y", "x/y.manifest.json", true),
            ("a_{timestamp}", "a_20260131_020000", true),
            ("a_{timestamp}", "b_{timestamp}", false),
            ("ä", "a", false),
        ] {
            let keys = |path| vec![places(path), places(&format!("{path}.manifest.json"))];
            assert_eq!(clash(&keys(one), &keys(other)), is, "{one} {other}");
        }
    }
}
