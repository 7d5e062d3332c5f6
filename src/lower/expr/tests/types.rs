use super::lab;

#[test]
fn literals_have_postgres_types() {
    lab().table(&[
        ("1", "integer"),
        ("3000000000", "bigint"),
        ("1.5", "numeric"),
        ("1e3", "numeric"),
        ("-5", "integer"),
        ("true", "boolean"),
        ("'x'", "unknown"),
        ("null", "unknown?"),
        ("date '2024-02-29'", "date"),
        ("'2024-01-01 10:00'::timestamp", "timestamp"),
        ("interval '1 year 30 days 04:05:06'", "interval"),
        ("interval '3' day", "interval"),
        ("null::date", "date?"),
        ("run_date", "date"),
        ("array[1, 2.5]", "numeric[]"),
    ]);
}

#[test]
fn arithmetic_takes_the_wider_type() {
    lab().table(&[
        ("i + big", "bigint"),
        ("small + small", "smallint"),
        ("small + i", "integer"),
        ("i + num", "numeric"),
        ("num + d", "double precision"),
        ("i / 2", "integer"),
        ("i / 2.0", "numeric"),
        ("i * '3'", "integer"),
        ("-num", "numeric"),
        ("i ^ 2", "double precision"),
        ("i % 2", "integer"),
        ("word || 'x'", "text"),
        ("word || i", "text"),
        ("'a' || 'b'", "text"),
        ("day + 1", "date"),
        ("day - 1", "date"),
        ("day - date '2024-01-01'", "integer"),
        ("day - '2024-01-01'", "integer"),
        ("day + interval '1 month'", "timestamp"),
        ("local - local", "interval"),
        ("2 * interval '1 day'", "interval"),
        ("local + j * interval '1 day'", "timestamp?"),
    ]);
}

#[test]
fn null_is_followed_through_every_construct() {
    lab().table(&[
        ("i + j", "integer?"),
        ("i = j", "boolean?"),
        ("i = 1 and ok", "boolean"),
        ("ok or maybe", "boolean?"),
        ("not maybe", "boolean?"),
        ("maybe is true", "boolean"),
        ("maybe is not null", "boolean"),
        ("j is distinct from 1", "boolean"),
        ("i in (1, 2)", "boolean"),
        ("i in (1, null)", "boolean?"),
        ("j between 1 and 2", "boolean?"),
        ("word like 'a%'", "boolean"),
        ("coalesce(j, 0)", "integer"),
        ("coalesce(j, j)", "integer?"),
        ("nullif(i, 0)", "integer?"),
        ("greatest(i, j)", "integer"),
        ("case when ok then 1 end", "integer?"),
        ("case when ok then 1 else 2 end", "integer"),
        ("case when ok then j else 2 end", "integer?"),
        ("upper(word)", "text"),
        ("concat(word, null)", "text"),
        ("count(*)", "bigint"),
        ("sum(i)", "bigint?"),
        ("row_number() over (order by i)", "bigint"),
        ("lag(i) over (order by i)", "integer?"),
    ]);
}

#[test]
fn branches_and_lists_take_a_common_type() {
    lab().table(&[
        ("case when ok then 1 else 2.5 end", "numeric"),
        ("case when ok then day else local end", "timestamp"),
        ("case i when 1 then 'a' else 'b' end", "text"),
        ("case when ok then '2024-01-01' else day end", "date"),
        ("coalesce(small, big)", "bigint"),
        ("greatest(day, '2024-01-01')", "date"),
        ("i = any (array[1, 2])", "boolean"),
        ("word = any (list)", "boolean?"),
        ("list[1]", "text?"),
        ("coalesce(code, word)", "text"),
        ("coalesce(code, 'x')", "text"),
        ("coalesce(code, code)", "varchar(10)"),
        ("nullif(code, 'x')", "text?"),
        ("case when ok then num else 0 end", "numeric"),
        ("list[1:2]", "text[]"),
        ("i > any (array[1, 2])", "boolean"),
        ("word > all (list)", "boolean?"),
        ("word like any (array['a%', '%b'])", "boolean"),
        ("(i, word) < (1, 'x')", "boolean"),
        ("array(select 1 as one)", "integer[]"),
        ("count((i, word))", "bigint"),
        ("(i, word) = (1, 'x')", "boolean"),
        ("(i, word) in ((1, 'x'), (2, 'y'))", "boolean"),
    ]);
}

#[test]
fn casts_are_postgres_casts() {
    lab().table(&[
        ("word :: date", "date"),
        ("local :: date", "date"),
        ("i :: text", "text"),
        ("num :: integer", "integer"),
        ("ok :: integer", "integer"),
        ("word :: numeric(10, 2)", "numeric(10, 2)"),
        ("cast(word as varchar(3))", "varchar(3)"),
        ("list :: text", "text"),
        ("raw :: text", "text? diagnosis: direct"),
    ]);
}

#[test]
fn special_syntax_means_library_functions() {
    lab().table(&[
        ("extract(year from day)", "numeric"),
        ("date_part('month', seen)", "double precision? service_date: direct"),
        ("date_trunc('month', day)", "timestamp"),
        ("date_trunc('week', seen)", "timestamptz? service_date: direct"),
        ("substring(word from 2 for 3)", "text"),
        ("substring(word from '[0-9]+')", "text?"),
        ("position('a' in word)", "integer"),
        ("trim(both 'x' from word)", "text"),
        ("overlay(word placing 'x' from 1)", "text"),
        ("ceil(num)", "numeric"),
        ("floor(i)", "double precision"),
        ("seen at time zone 'UTC'", "timestamp? service_date: direct"),
        ("percentile_cont(0.5) within group (order by i)", "double precision?"),
    ]);
}

#[test]
fn overloads_follow_preferred_types() {
    lab().table(&[
        ("round(num)", "numeric"),
        ("round(i)", "double precision"),
        ("round(num, 2)", "numeric"),
        ("sum(big)", "numeric?"),
        ("avg(i)", "numeric?"),
        ("max(day)", "date?"),
        ("lpad(word, 5)", "text"),
        ("lpad(word, 5, fill => 'x')", "text"),
        ("lag(word, 1, 'none') over (order by i)", "text?"),
        ("array_agg(i)", "integer[]?"),
        ("jsonb_build_object('a', i, 'b', day)", "jsonb"),
        ("sum(i) over (partition by word order by day rows between 6 preceding and current row)", "bigint?"),
    ]);
}
