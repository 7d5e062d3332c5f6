use super::lab;

#[test]
fn operands_join() {
    lab().table(&[
        ("t.name", "text name: direct"),
        ("t.name || phone", "text? name: direct, phone: direct"),
        ("t.name = 'x'", "boolean name: direct"),
        ("upper(t.name)", "text name: direct"),
        ("t.id = u.id", "boolean record_id: direct"),
        ("coalesce(phone, t.name)", "text name: direct, phone: direct"),
        ("plain", "text unclassified: direct"),
        ("length(t.name) > i", "boolean name: direct"),
        ("'x'", "unknown"),
        ("run_date", "date"),
    ]);
}

#[test]
fn conditions_of_a_case_join_its_value() {
    lab().table(&[
        ("case when t.name = 'x' then 1 else 0 end", "integer name: direct"),
        ("case phone when '1' then word else 'b' end", "text phone: direct"),
        ("greatest(day, born)", "date birth_date: direct"),
    ]);
}

#[test]
fn aggregates_hand_labels_on_with_filter_and_order() {
    lab().table(&[
        ("count(*)", "bigint"),
        ("count(distinct t.name)", "bigint name: direct"),
        ("count(*) filter (where phone is null)", "bigint phone: direct"),
        ("string_agg(word, ',' order by born)", "text? birth_date: direct"),
        ("max(i) filter (where ok)", "integer?"),
    ]);
}

#[test]
fn windows_carry_order_keys_as_value_and_partition_keys_as_control() {
    lab().table(&[
        ("row_number() over (partition by t.id order by born)", "bigint birth_date: direct [record_id: direct]"),
        ("lag(word) over (order by seen)", "text? service_date: direct"),
        ("sum(i) over (partition by t.name)", "bigint? [name: direct]"),
    ]);
}

#[test]
fn a_value_stays_intact_through_renames_trims_and_lossless_casts() {
    let intact = |text: &str| {
        let (typed, found) = lab().lower(text);
        assert!(found.is_empty(), "{text}: {found:?}");
        typed.facts.intact.is_some()
    };
    for kept in [
        "phone",
        "trim(phone)",
        "phone :: varchar(40) :: text",
        "i :: bigint",
        "seen :: date",
        "word :: date",
        "fhir_date(plain)",
        "ref_id(plain)",
        "patient.birthDate",
        "patient.birthDate :: date",
        "lag(phone) over (order by i)",
    ] {
        let cut = kept.contains("varchar");
        assert_eq!(intact(kept), !cut, "{kept}");
    }
    for lost in [
        "upper(phone)",
        "phone || ''",
        "substr(phone, 1, 3)",
        "coalesce(phone, 'x')",
        "case when ok then phone end",
        "max(phone)",
        "max(phone) filter (where ok)",
        "max(phone) filter (where phone = '1')",
        "num :: integer",
        "local :: time",
        "reverse(phone)",
        "lag(phone) over (order by phone)",
    ] {
        assert!(!intact(lost), "{lost}");
    }
}

#[test]
fn masks_lower_what_they_name_and_only_an_intact_value() {
    lab().table(&[
        ("keep_last(phone)", "text? phone: partial"),
        ("keep_last(trim(phone), n => 2)", "text? phone: partial"),
        // A mask for phones does nothing to a name.
        ("keep_last(t.name)", "text name: direct"),
        ("redact(t.name)", "text name: general"),
        ("hmac_token(t.name, key => secret('KEY'), domain => 'anon')", "text? name: pseudonym"),
        ("age_years(born, as_of => run_date)", "integer? birth_date: general"),
        ("keep_last('555-1234')", "text"),
        ("keep_last(upper(phone))", "P0501 the mask `keep_last` needs a column as it is, and this is computed | apply `keep_last` to the column first and compute with its result; renames, `trim`, `coalesce` of the same column and casts that lose nothing are fine"),
        ("secret('KEY')", "P0501 `secret(…)` can only be given to a mask | write it as `secret('NAME')` in an argument of a mask, like `hmac_token(x, key => secret('NAME'))`"),
    ]);
}

#[test]
fn a_release_is_written_out() {
    lab().table(&[
        ("release(phone is not null, phone => 'general', because => 'presence only')", "boolean phone: general"),
        ("release(t.name || phone, phone => 'public', because => 'agreed')", "text? name: direct"),
        (
            "release(phone, phone => 'general')",
            "P0305 a release needs a reason | add `because => '…'`: who decided, and why nobody is told too much",
        ),
        ("release(phone, phon => 'general', because => 'x')", "P0304 no category `phon` | did you mean `phone`?"),
    ]);
}
