//! What the functions give, checked against PostgreSQL 15.

use super::register;
use rusqlite::Connection;
use rusqlite::types::Value;

fn ask(expression: &str) -> Result<String, String> {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection, "key").unwrap();
    let value: Result<Value, _> = connection.query_row(&format!("select {expression}"), [], |row| row.get(0));
    match value {
        Err(error) => Err(error.to_string()),
        Ok(Value::Null) => Ok("∅".into()),
        Ok(Value::Integer(n)) => Ok(n.to_string()),
        Ok(Value::Real(n)) => Ok(super::convert::show_number(n)),
        Ok(Value::Text(text)) => Ok(text),
        Ok(Value::Blob(_)) => Ok("blob".into()),
    }
}

#[track_caller]
fn gives(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(ask(expression).as_deref(), Ok(*expected), "{expression}");
    }
}

#[test]
fn texts() {
    gives(&[
        ("pipec_initcap('hELLO o''neil-smith')", "Hello O'Neil-Smith"),
        ("pipec_substring('hello', 2)", "ello"),
        ("pipec_substring('hello', -1, 3)", "h"),
        ("pipec_left('hello', -2)", "hel"),
        ("pipec_right('hello', -2)", "llo"),
        ("pipec_right('hé', 9)", "hé"),
        ("pipec_lpad('hi', 5, 'xy')", "xyxhi"),
        ("pipec_rpad('hello', 3, ' ')", "hel"),
        ("pipec_overlay('Txxxxas', 'hom', 2, 4)", "Thomas"),
        ("pipec_translate('12345', '143', 'ax')", "a2x5"),
        ("pipec_split_part('a,b,c', ',', -1)", "c"),
        ("pipec_split_part('a,b,c', ',', 4)", ""),
        ("pipec_keep_last('555-123-4567', 4)", "XXX-XXX-4567"),
        ("pipec_keep_last('1234567', 4)", "REDACTED"),
        ("lower('ÄÖ')", "äö"),
        ("pipec_md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("pipec_encode(x'123456', 'base64')", "EjRW"),
    ]);
    assert!(ask("pipec_substring('hello', 1, -1)").is_err());
}

#[test]
fn patterns() {
    gives(&[
        ("pipec_regexp('Foo', '(?i)^f')", "1"),
        ("pipec_regexp('foo bar', '\\ybar\\y')", "1"),
        ("pipec_regexp(null, 'x')", "∅"),
        ("pipec_regexp_substring('foobar', 'o(.)b')", "o"),
        ("pipec_regexp_match('foobar', '(o+)(b)')", r#"["oo","b"]"#),
        ("pipec_regexp_replace('foobar', 'o', '0', '')", "f0obar"),
        ("pipec_regexp_replace('foobar', '(o)(b)?', '<\\2\\1\\&>', 'g')", "f<oo><boob>ar"),
    ]);
}

#[test]
fn numbers() {
    gives(&[
        ("pipec_div(-7, 2)", "-3"),
        ("pipec_mod(-7, 3)", "-1"),
        ("pipec_divide(7, 2)", "3.5"),
        ("pipec_round(2.5, 0)", "3"),
        ("pipec_round(-2.5, 0)", "-3"),
        ("pipec_round(1.005, 2)", "1.01"),
        ("pipec_round(1250, -2)", "1300"),
        ("pipec_trunc(-1.999, 2)", "-1.99"),
        ("pipec_log(2, 8)", "3"),
        ("pipec_try_integer('2147483648')", "∅"),
        ("pipec_try_integer('+12')", "12"),
        ("pipec_try_integer(' 12')", "∅"),
        ("pipec_try_numeric('.5e1')", "5"),
        ("pipec_try_numeric('1.2.3')", "∅"),
    ]);
    gives(&[("pipec_to_integer(2.5)", "3"), ("pipec_double_to_integer(2.5)", "2")]);
    for wrong in ["pipec_div(1, 0)", "pipec_divide(1, 0)", "pipec_ln(0)", "pipec_sqrt(-1)", "pipec_to_integer('1.5')"] {
        assert!(ask(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn dates_and_moments() {
    gives(&[
        ("pipec_date_add('2025-02-28', 1)", "2025-03-01"),
        ("pipec_date_diff('2025-03-01', '2024-03-01')", "365"),
        ("pipec_add_interval('2025-01-31 10:00:00', '1 mon')", "2025-02-28 10:00:00"),
        ("pipec_subtract_interval('2025-03-31 10:00:00+00', '1 mon 1 day')", "2025-02-27 10:00:00+00"),
        ("pipec_moment_diff('2025-03-01 10:00:00', '2025-02-01 11:30:00')", "27 days 22:30:00"),
        ("pipec_moment_diff('2025-02-01 11:30:00', '2025-03-01 10:00:00')", "-27 days -22:30:00"),
        ("pipec_age('2025-03-01 00:00:00', '1980-02-29 12:00:00')", "45 years 12:00:00"),
        ("pipec_age('2001-04-10 00:00:00', '1957-06-13 00:00:00')", "43 years 9 mons 27 days"),
        ("pipec_age('1957-06-13 00:00:00', '2001-04-10 00:00:00')", "-43 years -9 mons -27 days"),
        ("pipec_date_trunc('week', '2025-06-01 10:00:00+00')", "2025-05-26 00:00:00+00"),
        ("pipec_date_trunc('quarter', '2025-06-01 10:00:00')", "2025-04-01 00:00:00"),
        ("pipec_extract('isoyear', '2024-12-30')", "2025"),
        ("pipec_extract('week', '2024-12-30')", "1"),
        ("pipec_extract('second', '2024-12-30 10:00:05.25')", "5.25"),
        ("pipec_extract('epoch', '1969-12-31 23:59:59.5+00')", "-0.5"),
        ("pipec_extract_interval('epoch', '1 year 1 mon 1 day 00:00:01')", "34236001"),
        ("pipec_interval_multiply('1 mon 1 day', 1.5)", "1 mon 16 days 12:00:00"),
        ("pipec_from_epoch(1.5)", "1970-01-01 00:00:01.5+00"),
        ("pipec_to_zone('2025-01-01 00:00:00+00', '-05:30')", "2025-01-01 05:30:00"),
        ("pipec_from_zone('2025-01-01 00:00:00', 'UTC')", "2025-01-01 00:00:00+00"),
        ("pipec_series(5, 1, -2)", "[5,3,1]"),
        (
            "pipec_moment_series('2025-01-31 00:00:00', '2025-04-01 00:00:00', '1 mon')",
            r#"["2025-01-31 00:00:00","2025-02-28 00:00:00","2025-03-28 00:00:00"]"#,
        ),
        ("pipec_date_series('2025-02-27', '2025-03-01', 1)", r#"["2025-02-27","2025-02-28","2025-03-01"]"#),
        ("pipec_age_band('1980-02-29', '2025-02-28', 5, 90)", "40-44"),
        ("pipec_age_band('1930-01-01', '2025-02-28', 5, 90)", "90+"),
        ("pipec_to_date_as('31.12.2024', 'DD.MM.YYYY')", "2024-12-31"),
    ]);
    assert!(ask("pipec_to_zone('2025-01-01 00:00:00+00', 'Africa/Kigali')").is_err());
    assert!(ask("pipec_make_date(2025, 2, 29)").is_err());
}

#[test]
fn fhir() {
    gives(&[
        ("pipec_fhir_date('1985')", "1985-01-01"),
        ("pipec_fhir_date('1985-03')", "1985-03-01"),
        ("pipec_fhir_date('1985-03-31T23:59:00-05:00')", "1985-03-31"),
        ("pipec_fhir_date('1985-02-30')", "∅"),
        ("pipec_fhir_date('0000')", "∅"),
        ("pipec_fhir_timestamp('1985-03-31T23:59:00-05:00')", "1985-04-01 04:59:00+00"),
        ("pipec_fhir_timestamp('1985-03-31T23:59')", "1985-03-31 23:59:00+00"),
        ("pipec_fhir_timestamp('1985-03')", "1985-03-01 00:00:00+00"),
        ("pipec_fhir_timestamp('1985-03-31T24:00:00Z')", "∅"),
        ("pipec_fhir_timestamp('1985-03-31T23:59:00+15:00')", "∅"),
        ("pipec_ref_id('Patient/123/_history/2')", "123"),
        ("pipec_ref_id('urn:uuid:1')", "urn:uuid:1"),
        ("pipec_ref_id('Patient/')", "∅"),
    ]);
}

#[test]
fn json_and_arrays() {
    gives(&[
        (
            "pipec_json_build_object('a', json_quote('x'), 'b', pipec_json_boolean(1), 'c', json_quote(null))",
            r#"{"a":"x","b":true,"c":null}"#,
        ),
        ("json_group_array(pipec_json_boolean(0))", "[false]"),
        (r#"pipec_json_concat('{"a":1}', '{"a":2}')"#, r#"{"a":2}"#),
        (r#"pipec_json_contains('{"a":[1,2]}', '{"a":[2]}')"#, "1"),
        (r#"pipec_json_contains('["x"]', '"x"')"#, "1"),
        (r#"pipec_json_equal('{"a":1.0,"b":2}', '{"b":2,"a":1}')"#, "1"),
        (r#"pipec_json_keys('{"bb":1,"c":2,"a":3}')"#, r#"["a","c","bb"]"#),
        (r#"pipec_json_texts('[1,"x",null,{"a":1}]')"#, r#"["1","x",null,"{\"a\": 1}"]"#),
        (r#"pipec_json_strip_nulls('{"a":null,"b":[null,{"c":null}]}')"#, r#"{"b":[null,{}]}"#),
        (r#"pipec_array_contains('["a",null]', 'b')"#, "∅"),
        (r#"pipec_array_to_string('["a",null,"b"]', '-')"#, "a-b"),
        ("pipec_string_to_array('a,b', ',')", r#"["a","b"]"#),
        (r#"pipec_to_array('{a,"b \"c",NULL}')"#, r#"["a","b \"c",null]"#),
        (r#"pipec_array_display('["a","b \"c",null,""]')"#, r#"{a,"b \"c",NULL,""}"#),
        ("pipec_greatest(null, 2, 10)", "10"),
        ("pipec_least(null, null)", "∅"),
    ]);
}

#[test]
fn aggregates() {
    let over = |aggregate: &str, values: &str| ask(&format!("(select {aggregate} from (values {values}) as t)")).unwrap();
    assert_eq!(over("pipec_stddev_samp(column1)", "(2), (4), (4), (4), (5), (5), (7), (9)"), "2.138089935299395");
    assert_eq!(over("pipec_stddev_samp(column1)", "(2)"), "∅");
    assert_eq!(over("pipec_percentile_cont(0.5, column1)", "(1), (2), (4), (null)"), "2");
    assert_eq!(over("pipec_percentile_cont(0.25, column1)", "(1), (2)"), "1.25");
    assert_eq!(over("pipec_percentile_disc(0.5, column1)", "(1), (2), (3), (4)"), "2");
    assert_eq!(over("pipec_mode(column1)", "('b'), ('a'), ('b'), ('a'), ('c')"), "a");
    assert_eq!(over("pipec_interval_sum(column1)", "('1 day'), ('02:00:00')"), "1 day 02:00:00");
    assert_eq!(over("pipec_string_agg_distinct(column1, ', ', '')", "('b'), ('a'), ('b'), (null)"), "a, b");
    assert_eq!(over("pipec_array_agg_distinct(column1, '')", "(2), (1), (null), (2)"), "[1,2,null]");
    assert_eq!(over("pipec_array_agg_distinct(column1, 'desc')", "(2), (1), (null), (2)"), "[null,2,1]");
    assert_eq!(over("pipec_array_agg_distinct(column1, 'desc nulls last')", "(2), (1), (null), (2)"), "[2,1,null]");
}

/// What the standard library's bodies call is there.
#[test]
fn every_function_the_library_names_is_registered() {
    let library = [
        include_str!("../../../stdlib/core/aggregates.pipe"),
        include_str!("../../../stdlib/core/dates.pipe"),
        include_str!("../../../stdlib/core/fhir.pipe"),
        include_str!("../../../stdlib/core/functions.pipe"),
        include_str!("../../../stdlib/core/json.pipe"),
        include_str!("../../../stdlib/core/operators.pipe"),
        include_str!("../../../stdlib/masks.pipe"),
    ];
    let connection = Connection::open_in_memory().unwrap();
    register(&connection, "key").unwrap();
    let mut known = connection.prepare("select count(*) from pragma_function_list where name = ?").unwrap();
    for line in library.iter().flat_map(|file| file.lines()).map(str::trim).filter(|line| line.starts_with("sqlite ")) {
        for call in line.split("pipec_").skip(1) {
            let name = format!("pipec_{}", call.split('(').next().unwrap());
            let count: i64 = known.query_row([&name], |row| row.get(0)).unwrap();
            assert!(count > 0, "`{name}` in {line}");
        }
    }
}
