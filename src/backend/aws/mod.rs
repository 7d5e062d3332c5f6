//! IAM documents as types: what roles and buckets are allowed, written down once. A library of the `iam` and `terraform` back ends, no back end itself.

mod access;
mod policy;
mod size;
#[cfg(test)]
mod tests;

pub(super) use access::{Access, MachineAccess, buckets, key_alias, key_policy, logging, region};
pub(super) use policy::{Condition, Effect, Policy, Principal, Reference, Statement, Word};
