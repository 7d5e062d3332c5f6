use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Bucket, Export, FileReader, Program, Role};
use std::collections::BTreeMap;

/// What clouds can keep apart: buckets that lie in one, under a name it takes, and keys of which nobody gets more than meant.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    groups(program, "AWS", |r| r.aws_group.as_deref(), diagnostics);
    groups(program, "Google", |r| r.google_group.as_deref(), diagnostics);
    for bucket in &program.buckets {
        cloud(program, bucket).into_iter().for_each(|d| diagnostics.push(d));
        name(program, bucket).into_iter().for_each(|d| diagnostics.push(d));
    }
    for export in &program.exports {
        key(program, export).into_iter().for_each(|d| diagnostics.push(d));
    }
    let readers = program.file_readers();
    for (index, (export, here)) in program.exports.iter().zip(&readers).enumerate() {
        for reader in here.iter().filter(|r| !r.of_bucket) {
            folder(program, export, reader, &readers).into_iter().for_each(|d| diagnostics.push(d));
            let others = program.exports.iter().zip(&readers).enumerate();
            let other = others.filter(|(i, (e, there))| *i != index && e.bucket == export.bucket && !reads(there, reader));
            let Some((_, (other, _))) = other.into_iter().find(|(_, (e, _))| reaches(export, e)) else { continue };
            let message = format!(
                "role `{}` may read the files of `{}`, whose keys cannot be told from those of `{}`",
                reader.role, export.name, other.name
            );
            let problem = Diagnostic::error(Code::KeysOverlap, export.at, message).mark(other.at, "not for this role");
            diagnostics.push(problem.help(format!("let the path of each begin in its own way: `path \"{}/…\"`", export.name)));
        }
    }
}

/// Two roles of one group would have each other's rights. IAM takes names that differ in case alone for one; Google's are written small.
fn groups(program: &Program, system: &str, name: impl Fn(&Role) -> Option<&str>, diagnostics: &mut Diagnostics) {
    let mut taken: BTreeMap<String, Span> = BTreeMap::new();
    for role in &program.roles {
        let Some(group) = name(role) else { continue };
        if let Some(first) = taken.insert(group.to_lowercase(), role.at) {
            let message = format!("two roles have the group `{group}` of {system}, where each would read what the other may");
            let problem = Diagnostic::error(Code::Unenforceable, role.at, message).mark(first, "the first");
            diagnostics.push(problem.help("give each a group of its own; a person can be in both"));
        }
    }
}

fn reads(readers: &[FileReader], reader: &FileReader) -> bool {
    readers.iter().any(|r| r.role == reader.role)
}

/// Google shares buckets and folders, not beginnings of names.
fn folder(program: &Program, export: &Export, reader: &FileReader, readers: &[Vec<FileReader>]) -> Option<Diagnostic> {
    let (bucket, prefix) = (program.buckets.get(export.bucket as usize)?, export.prefix());
    let alone = || program.exports.iter().zip(readers).all(|(e, r)| e.bucket != export.bucket || reads(r, reader));
    if !bucket.lies_in(program, "gcp") || prefix.ends_with('/') || alone() {
        return None;
    }
    let message = format!(
        "role `{}` may read the files of `{}` and not all of its bucket, and they lie in no folder of their own",
        reader.role, export.name
    );
    let problem = Diagnostic::error(Code::KeysOverlap, export.at, message);
    Some(problem.help(format!("let the path begin with a folder: `path \"{}/…\"`", export.name)))
}

/// Whether who reads all that begins as the keys of one export may read a key of another.
fn reaches(one: &Export, other: &Export) -> bool {
    let (here, there) = (one.prefix(), other.prefix());
    there.starts_with(here) || here.starts_with(there)
}

fn cloud(program: &Program, bucket: &Bucket) -> Option<Diagnostic> {
    let clouds = &program.project.clouds;
    match &bucket.on {
        Some(on) if !clouds.iter().any(|c| c.provider == *on) => {
            let message = format!("bucket `{}` lies on `{on}`, and the project has no such cloud", bucket.name);
            Some(Diagnostic::error(Code::WhichCloud, bucket.at, message).help(format!("add `cloud {on} {{ … }}` to the project")))
        }
        None if clouds.len() > 1 => {
            let message = format!("the project has {} clouds, and bucket `{}` does not say in which it lies", clouds.len(), bucket.name);
            let names: Vec<String> = clouds.iter().map(|c| format!("`on {}`", c.provider)).collect();
            Some(Diagnostic::error(Code::WhichCloud, bucket.at, message).help(format!("write {}", names.join(" or "))))
        }
        None if clouds.is_empty() => {
            let makes = program.project.emit.iter().find(|e| matches!(&***e, "terraform" | "iam"))?;
            let message = format!("the project emits `{makes}`, and no cloud is said in which bucket `{}` lies", bucket.name);
            let help = "add `cloud aws { region = \"eu-west-1\" }` to the project, or take the target out of `emit`";
            Some(Diagnostic::error(Code::WhichCloud, bucket.at, message).help(help))
        }
        _ => None,
    }
}

/// A name that is a pattern in a policy, or none at all, must not come so far.
fn name(program: &Program, bucket: &Bucket) -> Option<Diagnostic> {
    let name = &*bucket.bucket_name;
    let underscore = bucket.lies_in(program, "gcp");
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.' || (c == '_' && underscore);
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let good = (3..=63).contains(&name.len()) && name.chars().all(inner) && end(name.chars().next()) && end(name.chars().next_back());
    if good && !name.contains("..") && name.parse::<std::net::Ipv4Addr>().is_err() {
        return None;
    }
    let message = format!("no bucket can be called `{}`", name.escape_debug());
    let help = "a bucket's name has 3 to 63 lower-case letters, digits, `-` and `.`, begins and ends with a letter or digit, has no two dots in a row, and is no IP address";
    Some(Diagnostic::error(Code::TargetName, bucket.at, message).help(help))
}

/// IAM's documents take no character beyond U+00FF, and keys no more than 1024 bytes.
fn key(program: &Program, export: &Export) -> Option<Diagnostic> {
    let bucket = program.buckets.get(export.bucket as usize)?;
    let message = if export.path.len() > 1000 {
        format!("the path of `{}` is too long for a key", export.name)
    } else if bucket.lies_in(program, "aws") && export.prefix().chars().any(|c| c > '\u{ff}') {
        format!("no policy can tell the keys of `{}`: its path begins with characters that IAM does not take", export.name)
    } else {
        return None;
    };
    Some(Diagnostic::error(Code::TargetName, export.at, message).help("use letters, digits, `-`, `_` and `/` in the path"))
}
