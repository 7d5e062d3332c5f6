//! What the program says of files.

use super::super::iam::{ROOT, Statement, like};
use super::{Who, pattern};
use crate::ir::{Load, Program};
use std::collections::BTreeSet;

/// What the program says of files.
pub(super) struct Wanted<'p> {
    pub(super) program: &'p Program,
    /// Per export: its bucket, its keys, and the groups of its readers.
    pub(super) exports: Vec<(u32, String, BTreeSet<String>)>,
}

impl<'p> Wanted<'p> {
    pub(super) fn new(program: &'p Program) -> Wanted<'p> {
        let readers = program.file_readers();
        let groups = |readers: &Vec<crate::ir::FileReader>| {
            let roles = readers.iter().filter_map(|r| program.role(&r.role));
            roles.map(|r| r.aws_group.as_deref().map_or_else(|| format!("none of {}", r.name), str::to_owned)).collect()
        };
        let exports = program.exports.iter().zip(&readers).map(|(e, r)| (e.bucket, pattern(e), groups(r)));
        Wanted { program, exports: exports.collect() }
    }

    /// The loads out of a bucket.
    pub(super) fn loads(&self, bucket: Option<u32>) -> impl Iterator<Item = &'p Load> {
        self.program.loads.iter().filter(move |l| l.bucket.is_some() && l.bucket == bucket)
    }

    /// What who runs loads does: reads what was brought, writes the archive, removes what is there.
    fn moves(&self, action: &str, bucket: Option<u32>, key: &str) -> bool {
        self.loads(bucket).any(|load| {
            let brought = key.starts_with(&load.prefix());
            match (action, &load.archive) {
                ("s3:GetObject", _) => brought,
                ("s3:DeleteObject", archive) => brought && archive.is_some(),
                ("s3:PutObject", Some(archive)) => key.starts_with(&**archive),
                _ => false,
            }
        })
    }

    /// Whether somebody may do something with a key.
    pub(super) fn object(&self, who: &Who, action: &str, bucket: Option<u32>, key: &str) -> bool {
        let matching = || self.exports.iter().filter(|(b, p, _)| Some(*b) == bucket && like(p, key));
        match who {
            Who::Group(group) => action == "s3:GetObject" && matching().next().is_some() && matching().all(|(_, _, g)| g.contains(group)),
            Who::Exporter => matches!(action, "s3:PutObject" | "s3:AbortMultipartUpload") && matching().next().is_some(),
            Who::Loader => self.moves(action, bucket, key),
            Who::Administrator => bucket.is_none() || !(action.starts_with("s3:GetObject") || action == "s3:PutObject"),
            Who::Root => true,
            Who::Anonymous => false,
        }
    }

    pub(super) fn bucket(&self, who: &Who, action: &str, bucket: Option<u32>, prefix: Option<&str>) -> bool {
        match who {
            Who::Group(group) => {
                let mut mine = self.exports.iter().filter(|(b, _, g)| Some(*b) == bucket && g.contains(group));
                action == "s3:ListBucket" && mine.any(|(_, p, _)| p == "*" || prefix.is_some_and(|prefix| like(p, prefix)))
            }
            Who::Loader => action == "s3:ListBucket" && self.loads(bucket).any(|l| prefix == Some(&*l.folder)),
            Who::Exporter | Who::Anonymous => false,
            Who::Administrator | Who::Root => true,
        }
    }

    pub(super) fn key(&self, who: &Who, action: &str, bucket: Option<u32>) -> bool {
        match who {
            Who::Group(group) => action == "kms:Decrypt" && self.exports.iter().any(|(b, _, g)| Some(*b) == bucket && g.contains(group)),
            Who::Exporter => {
                matches!(action, "kms:Decrypt" | "kms:GenerateDataKey") && self.exports.iter().any(|(b, _, _)| Some(*b) == bucket)
            }
            Who::Loader => matches!(action, "kms:Decrypt" | "kms:GenerateDataKey") && self.loads(bucket).next().is_some(),
            _ => false,
        }
    }

    /// Whom a denial in a bucket's policy may leave out.
    pub(super) fn left_out(&self, bucket: &str, statement: &Statement) -> BTreeSet<String> {
        let of_this = |index: u32| self.program.buckets.get(index as usize).is_some_and(|b| *b.bucket_name == *bucket);
        let about = |key: &str| statement.resources.iter().any(|r| like(r, &format!("arn:aws:s3:::{bucket}/{key}")));
        let mut out = BTreeSet::from([ROOT.to_owned()]);
        // What may write is a list that the account keeps, and it is one for all buckets, those that nothing is exported to, too.
        let loaded = self.program.loads.iter().filter_map(|l| l.bucket).any(of_this);
        if statement.actions == ["s3:PutObject"] && !loaded {
            out.extend(Self::arn(&Who::Exporter));
        }
        // What is loaded is written by those that bring it, a list that the account keeps, and moved by who loads.
        if statement.actions == ["s3:PutObject"] && loaded {
            out.extend(Self::arn(&Who::Loader));
            out.insert("arn:aws:iam::ACCOUNT_ID:role/UPLOADER".to_owned());
        }
        if loaded && statement.actions.iter().all(|a| a.starts_with("s3:GetObject")) {
            out.extend(Self::arn(&Who::Loader));
        }
        for (_, pattern, groups) in self.exports.iter().filter(|(index, ..)| of_this(*index)) {
            if !about(&pattern.replace('*', "x1")) {
                continue;
            }
            if statement.actions.iter().all(|a| a.starts_with("s3:GetObject")) {
                out.extend(groups.iter().filter_map(|g| Self::arn(&Who::Group(g.clone()))));
            }
        }
        out
    }

    pub(super) fn arn(who: &Who) -> Option<String> {
        Some(match who {
            Who::Group(group) => format!("arn:aws:iam::ACCOUNT_ID:user/MEMBER_OF_{group}"),
            Who::Exporter => "arn:aws:iam::ACCOUNT_ID:role/EXPORTER".to_owned(),
            Who::Loader => "arn:aws:iam::ACCOUNT_ID:role/LOADER".to_owned(),
            Who::Administrator => "arn:aws:iam::ACCOUNT_ID:user/ADMINISTRATOR".to_owned(),
            Who::Root => ROOT.to_owned(),
            Who::Anonymous => return None,
        })
    }
}
