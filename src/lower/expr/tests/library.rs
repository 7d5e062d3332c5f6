use super::lab;
use crate::ir::{Dialect, FunctionKind};

/// Every body a dialect is given, and every plain call, prints; holes are all filled.
#[test]
fn every_entry_is_documented_and_says_what_it_does_on_sqlite() {
    for f in lab().program.functions.iter().filter(|f| f.standard) {
        assert!(!f.doc.is_empty(), "{} has no documentation", f.name);
        assert!(f.doc.ends_with('.') || f.doc.ends_with('`'), "{}: {}", f.name, f.doc);
    }
}

#[test]
fn operators_print_infix_and_functions_by_name() {
    let print = |text| (lab().prints(text, Dialect::Postgres), lab().prints(text, Dialect::Sqlite));
    let both = |a: &str, b: &str| (a.to_string(), b.to_string());
    assert_eq!(print("i + j * 2"), both("i + j * 2", "i + j * 2"));
    assert_eq!(print("i / 2"), both("i / 2", "pipec_div(i, 2)"));
    assert_eq!(print("upper(word)"), both("upper(word)", "pipec_upper(word)"));
    assert_eq!(print("day - date '2024-01-01'").0, "day - cast('2024-01-01' as date)");
    assert_eq!(print("extract(year from day)"), both("extract(year from day)", "pipec_extract('year', day)"));
    assert_eq!(print("lpad(word, 5)"), both("lpad(word, 5, ' ')", "pipec_lpad(word, 5, ' ')"));
    assert_eq!(print("word ~ '^a'"), both("word ~ '^a'", "pipec_regexp(word, '^a')"));
    assert_eq!(
        print("jsonb_build_object('a', ok)"),
        both("jsonb_build_object('a', ok)", "pipec_json_build_object('a', pipec_json_boolean(ok))")
    );
    assert_eq!(
        print("percentile_cont(0.5) within group (order by i) filter (where ok)").0,
        "percentile_cont(0.5) within group (order by i) filter (where ok)"
    );
}

#[test]
fn comparing_dates_with_moments_converts_only_what_is_stored_otherwise() {
    assert_eq!(lab().prints("local >= day", Dialect::Postgres), "local >= cast(day as timestamp)");
    assert_eq!(lab().prints("i = big", Dialect::Postgres), "i = big");
    assert_eq!(lab().prints("code = word", Dialect::Postgres), "code = word");
}

#[test]
fn no_two_versions_of_a_function_fit_equally_well() {
    let lab = lab();
    for (name, ids) in &lab.program.function_names {
        let functions: Vec<_> = ids.iter().filter_map(|id| lab.program.function(*id)).collect();
        let kinds: std::collections::BTreeSet<FunctionKind> = functions.iter().map(|f| f.kind).collect();
        assert_eq!(kinds.len(), 1, "`{name}` is of several kinds");
    }
}
