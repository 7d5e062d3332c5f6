//! Policies at the borders of what AWS takes: full to the last character that fits, and never over.

use super::super::testing::Built;
use super::size::{BUCKET_POLICY, MANAGED_POLICY, size};
use super::{Access, Policy, Word};
use crate::base::Ident;
use crate::diag::{Code, Diagnostics};
use crate::ir::{Program, Role};

/// One bucket of 80 exports; the folder of the last one's keys has a name of so many characters.
fn program(last: usize) -> Program {
    let mut built = Built::new();
    let bucket = built.bucket("anon");
    for n in 0..80 {
        built.export(&format!("daily_{n}"), bucket, &[]);
    }
    let mut program = built.0;
    for (n, export) in program.exports.iter_mut().enumerate() {
        let folder = if n == 79 { "z".repeat(last) } else { format!("of-the-ward-number-{n:03}") };
        export.path = format!("{folder}/{{timestamp}}.zip").into();
    }
    program
}

fn access(program: &Program) -> (Access, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    (Access::of(program, &mut diagnostics), diagnostics)
}

#[test]
fn managed_policies_are_full_to_the_last_character() {
    let sizes = |last: usize| {
        let program = program(last);
        let (access, diagnostics) = access(&program);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        access.exporter.iter().map(|p: &Policy<Word>| size(&program, p)).collect::<Vec<_>>()
    };
    let one = sizes(1);
    let [small] = one.as_slice() else { panic!("{one:?}") };
    // The folder's name stands in it once: so many characters fill it.
    let full = MANAGED_POLICY - small + 1;
    assert_eq!(sizes(full), [MANAGED_POLICY]);
    let over = sizes(full + 1);
    assert_eq!(over.len(), 2, "one character more is one too many");
    assert!(over.iter().all(|s| *s < MANAGED_POLICY), "{over:?}");
}

#[test]
fn a_buckets_policy_is_refused_at_the_first_byte_too_many() {
    let (mut fits, mut refused) = (0, usize::MAX);
    for readers in 150..230 {
        let mut program = program(1);
        let role =
            |n: usize| Role { name: Ident::exact(&format!("r{n}")), aws_group: Some(format!("g{n}").into()), ..program.roles[0].clone() };
        program.roles = (0..readers).map(role).collect();
        program.buckets[0].readers = program.roles.iter().map(|r| r.name.clone()).collect();
        program.exports.truncate(1);
        // What the name of the bucket is long makes up for what a reader more is.
        for length in 3..=63 {
            program.buckets[0].bucket_name = "b".repeat(length).into();
            let (access, diagnostics) = access(&program);
            let size = size(&program, &access.buckets[&0].policy);
            let said = diagnostics.iter().any(|d| d.code == Code::PolicyTooLong);
            assert_eq!(said, size > BUCKET_POLICY, "{size}");
            if said {
                refused = refused.min(size);
                break;
            }
            fits = fits.max(size);
        }
    }
    assert!(BUCKET_POLICY - fits < 4 && refused - BUCKET_POLICY <= 4, "{fits} and {refused} say nothing of the border");
}
