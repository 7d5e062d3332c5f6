use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A policy document over words of type `W`: finished text for JSON, or references that a target resolves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::backend) struct Policy<W> {
    pub(in crate::backend) version: &'static str,
    pub(in crate::backend) statement: Vec<Statement<W>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::backend) struct Statement<W> {
    pub(in crate::backend) sid: String,
    pub(in crate::backend) effect: Effect,
    /// In a bucket's policy only: a role's is about whoever has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::backend) principal: Option<Principal>,
    pub(in crate::backend) action: Vec<&'static str>,
    pub(in crate::backend) resource: Vec<W>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_operator")]
    pub(in crate::backend) condition: Vec<Condition<W>>,
}

/// Whom a bucket's statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend) enum Principal {
    Everybody,
    /// The account itself: who of it, its identity policies say.
    Account,
    Service(&'static str),
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Principal::Everybody => serializer.serialize_str("*"),
            Principal::Account => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("AWS", "arn:aws:iam::ACCOUNT_ID:root")?;
                map.end()
            }
            Principal::Service(name) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("Service", name)?;
                map.end()
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::backend) enum Effect {
    Allow,
    Deny,
}

/// `"Bool": { "aws:SecureTransport": ["false"] }`; a statement has at most one per operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Condition<W> {
    pub(in crate::backend) operator: &'static str,
    pub(in crate::backend) key: &'static str,
    pub(in crate::backend) values: Vec<W>,
}

fn by_operator<W: Serialize, S: Serializer>(conditions: &[Condition<W>], serializer: S) -> Result<S::Ok, S::Error> {
    struct Keyed<'a, W>(&'a Condition<W>);
    impl<W: Serialize> Serialize for Keyed<'_, W> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(self.0.key, &self.0.values)?;
            map.end()
        }
    }
    let mut map = serializer.serialize_map(Some(conditions.len()))?;
    for condition in conditions {
        map.serialize_entry(condition.operator, &Keyed(condition))?;
    }
    map.end()
}

/// A word of a document: text, or something that each target names in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) enum Word {
    Text(String),
    Reference(Reference),
}

/// What a target names in its own way; buckets by index into the program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) enum Reference {
    /// The ARN of a bucket.
    Bucket(u32),
    /// The ARNs of its objects whose keys fit a pattern: `*` is all of them.
    Objects(u32, String),
    /// The ARN of the key it is encrypted with.
    Key(u32),
    /// That key's alias.
    Alias(u32),
    /// `s3.<region>.amazonaws.com`
    S3InRegion,
    /// The ARN of the bucket that access logs go to.
    LogBucket,
    /// The ARN of everything in it.
    LogObjects,
    /// The account's number.
    Account,
    /// The account's own root, kept so that nobody is ever locked out for good.
    Root,
    /// The ARNs of a group's members.
    Members(String),
    /// The ARNs of those that write exports into a bucket.
    Exporters(u32),
    /// The ARNs of those that run loads out of a bucket.
    Loaders(u32),
    /// The ARNs of those that bring the files.
    Uploaders,
}

impl<W> Policy<W> {
    pub(in crate::backend) fn new(statement: Vec<Statement<W>>) -> Self {
        Policy { version: "2012-10-17", statement }
    }

    /// The document with every word replaced.
    pub(in crate::backend) fn map<V>(&self, mut word: impl FnMut(&W) -> V) -> Policy<V> {
        let statement = self.statement.iter().map(|s| Statement {
            sid: s.sid.clone(),
            effect: s.effect,
            principal: s.principal,
            action: s.action.clone(),
            resource: s.resource.iter().map(&mut word).collect(),
            condition: s
                .condition
                .iter()
                .map(|c| Condition { operator: c.operator, key: c.key, values: c.values.iter().map(&mut word).collect() })
                .collect(),
        });
        Policy { version: self.version, statement: statement.collect() }
    }
}
