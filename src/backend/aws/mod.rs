//! IAM documents as types: what roles and buckets are allowed, written down once. A library of the `iam` and `terraform` back ends, no back end itself.

mod access;
mod policy;

pub(super) use access::{AWS, Access, key_alias, logging, region};
pub(super) use policy::{Condition, Effect, Policy, Principal, Reference, Statement, Word};
