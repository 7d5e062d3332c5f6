-- arithmetic
select id, minutes + 1 as a, minutes - small as b, minutes * 2.5 as c, minutes / 7 as d, minutes % 7 as e, minutes ^ 2 as f, -minutes as g, +minutes as h, id + minutes as i, cost * 2 as j, cost / 3 as k, score * 2 as l, ratio * 2 as m, ratio * score as n, small + 1::smallint as o, small * 1.5 as p, cost + score as q from app.visits

-- arithmetic_more
select id, small / 2::smallint as a, ratio + 1 as b, ratio + cost as c, cost % 3 as d, @ small as e, |/ 16 as f, ||/ 27.0 as g, id / 2 as h, minutes / 2.0 as i, 7 / 2 as j, -7 / 2 as k, 1 / 3.0 as l from app.visits

-- bit_operators
select id, minutes & 6 as a, minutes | 1 as b, minutes # 3 as c, ~minutes as d, minutes << 2 as e, minutes >> 1 as f from app.visits

-- big_literals
select 2147483647 as a, 2147483648 as b, 9223372036854775807 as c, 9223372036854775808 as d, 1e3 as e, .5 as f, 1.50 as g, 1_000 as h

-- comparison
select id, minutes = 30 as a, minutes <> 30 as b, minutes != 30 as c, cost < 11 as d, note >= 'a' as e, day > '2024-02-01' as f, started <= '2024-01-02' as g, took > '1 day' as h, minutes = 30.0 as i, score = 1 as j, ratio > 1 as k from app.visits

-- logic
select id, active and born is null as a, active or born is null as b, not active as c, active is true as d, active is not true as e, active is unknown as f, active = false as g, (active or false) and true as h from app.people

-- is_distinct
select id, team_id is distinct from 1 as a, team_id is not distinct from null as b from app.people

-- isnull_postfix
select id, email isnull as a, email notnull as b from app.people

-- between
select id, minutes between 30 and 60 as a, minutes not between 30 and 60 as b, day between '2024-01-01' and '2024-12-31' as c from app.visits

-- case_searched
select id, case when minutes > 60 then 'long' when minutes > 30 then 'mid' else 'short' end as a, case when minutes > 60 then 1 end as b, case when team_id is null then 0 else cost end as c, case when minutes > 60 then null else day end as d from app.visits

-- case_simple
select id, case team_id when 1 then 'one' when 2 then 'two' end as a, case note when '' then null else note end as b from app.visits

-- case_types
select id, case when minutes > 60 then minutes else cost end as a, case when minutes > 1 then small else id end as b, case when minutes > 1 then 1 else 1.5 end as c, case when minutes > 1 then ratio else score end as d, case when minutes > 60 then '1' else minutes end as e from app.visits

-- coalesce
select id, coalesce(cost, 0) as a, coalesce(note, 'none') as b, coalesce(team_id, minutes) as c, coalesce(cost, score) as d, coalesce(null, note) as e, coalesce(started, day) as f, coalesce(note, null) as g from app.visits

-- nullif
select id, nullif(minutes, 0) as a, nullif(note, '') as b, nullif(cost, 0) as c, 100 / nullif(minutes, 0) as d from app.visits

-- greatest_least
select id, greatest(minutes, 40) as a, least(cost, 10) as b, greatest(small, minutes, id) as c, least(day, '2024-02-01') as d, greatest(note, null) as e from app.visits

-- casts
select id, minutes::text as a, cast(minutes as numeric) as b, minutes::bigint as c, cost::integer as d, cost::numeric(10, 1) as e, score::integer as f, day::text as g, day::timestamp as h, started::date as i, started::time as j, note::varchar(3) as k, '12'::integer as l, '1.5'::numeric as m, minutes::double precision as n, cost::real as o, uid::text as p, minutes::smallint as q, took::text as r, score::numeric as s from app.visits

-- casts_more
select id, active::text as a, active::int as b, id::boolean as c, name::varchar as d, name::char(2) as e, height::varchar(20) as f, joined::text is null as g, joined::date as h, joined::timestamp as i, tags::text as j, '{a,b}'::text[] as k, '{1,2}'::int[] as l, doc::text as m, 'true'::boolean as n, born::timestamptz as o, float8 '1.5' as p, int4 '7' as q from app.people

-- cast_functions
select cast('2024-01-01' as date) as a, date '2024-01-01' as b, timestamp '2024-01-01 10:00' as c, timestamptz '2024-01-01 10:00+02' as d, interval '1 day' as e, time '10:00' as f, '2024-01-01'::date + 1 as g, numeric '1.50' as h, numeric(5, 1) '1.55' as i, uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' as j, json '{"a": 1}' ->> 'a' as k, jsonb '{"a": 1}' -> 'a' as l, timestamp with time zone '2024-01-01 00:00+00' as m, boolean 'true' as n, text 'abc' as o

-- json_to_scalar_casts
select id, (doc ->> 'age')::numeric as a, (doc ->> 'ok')::boolean as b, (doc -> 'ok')::boolean as c, cast(doc ->> 'age' as numeric(4, 1)) as d, (doc #>> '{home,zip}')::integer as e from app.people

-- text_functions
select id, lower(name) as a, upper(name) as b, length(name) as c, trim(name) as d, btrim(name, 'A') as e, ltrim(name) as f, rtrim(name, 'a') as g, substring(name, 2) as h, substr(name, 1, 2) as i, left(name, 2) as j, right(name, 2) as k, replace(name, 'a', 'b') as l, reverse(name) as m, repeat(name, 2) as n, initcap(name) as o, lpad(name, 5) as p, rpad(name, 5, '*') as q, ascii(name) as r, chr(65) as s, md5(name) as t, concat(name, email, id) as u, concat_ws('-', name, email) as v, strpos(name, 'd') as w, starts_with(name, 'A') as x, translate(name, 'Ad', 'xy') as y from app.people

-- text_functions_more
select id, char_length(name) as a, octet_length(name) as b, bit_length(name) as c, split_part(email, '@', 2) as d, split_part(email, '@', -1) as e, quote_literal(name) as f, quote_ident(name) as g, format('%s-%s', name, id) as h, to_hex(id) as i, overlay(name placing 'xx' from 2) as j, overlay(name placing 'xx' from 1 for 1) as k, position('d' in name) as l, substring(name from 2 for 1) as m, substring(name for 2) as n, substring(name from 'A.') as o, trim(both 'A' from name) as p, trim(leading from name) as q, trim(trailing 'a' from name) as r, normalize(name) as s, unistr('\0061') as t, encode(convert_to(name, 'UTF8'), 'hex') as u, sha256(name::bytea) as v from app.people

-- text_concat
select id, name || '!' as a, name || email as b, name || id as c, id || '-' || name as d, name || born as e, name || height as f, 'x' || active as g, 'a' || 'b' as i, code || 'x' as j from app.people

-- varchar_functions
select id, lower(code) as a, code as b, coalesce(code, 'x') as c, left(code, 1) as d, code = 'D4' as e, case when active then code end as f, code::text as g, nullif(code, '') as h, greatest(code, 'C') as i from app.people

-- like
select id, name like 'A%' as a, name not like '%b' as b, name ilike 'a%' as c, name not ilike 'a%' as d, name like '%\_%' as e, name like '%!_%' escape '!' as f, name ~~ 'A%' as g, name !~~ 'A%' as h, name ~~* 'a%' as i, name like '%\%' escape '' as j from app.people

-- like_pattern_column
select p.id, p.name like t.title || '%' as a from app.people p cross join app.teams t

-- similar_to
select id, name similar to '(A|b)%' as a, name not similar to '%(e|b)' as b, name similar to 'A_a' as c from app.people

-- regex
select id, name ~ '^A' as a, name ~* '^a' as b, name !~ 'a$' as c, name !~* 'A$' as d, regexp_replace(name, '[aeiou]', '*', 'g') as e, regexp_replace(name, '(.)(.)', '\2\1') as f, regexp_match(name, '(.)(.)') as g, (regexp_match(email, '@(.+)$'))[1] as h, regexp_like(name, '^A') as i, regexp_count(name, '[a-z]') as j, regexp_substr(name, '[a-z]+') as k, regexp_instr(name, '[a-z]') as l, regexp_split_to_array(email, '[@.]') as m, substring(email from '@(.*)$') as n from app.people

-- regexp_matches
select p.id, m.m from app.people p cross join lateral regexp_matches(p.email, '[a-z]+', 'g') as m(m)

-- regexp_split_to_table
select p.id, s.part from app.people p cross join lateral regexp_split_to_table(p.email, '[@.]') as s(part)

-- string_to_table
select p.id, s.part from app.people p cross join lateral string_to_table(p.email, '.') as s(part)

-- string_literals
select 'it''s' as a, E'a\tb\\c\'d' as b, $$dollar 'quoted'$$ as c, $tag$a $$ b$tag$ as d, U&'\0041\+000042' as e, e'\u00e9\x41' as g, '' as i

-- number_functions
select id, abs(small) as a, abs(cost) as b, ceil(cost) as c, floor(score) as d, round(cost) as e, round(cost, 1) as f, trunc(cost) as h, trunc(cost, 1) as i, sign(cost) as j, sign(score) as k, power(minutes, 2) as l, power(cost, 2) as m, sqrt(minutes) as n, sqrt(cost) as o, exp(1.0) as p, ln(2.0) as q, log(100.0) as r, log(2.0, 8.0) as s, mod(minutes, 7) as t, div(minutes, 7) as u, ceiling(ratio) as v, abs(ratio) as w, round(minutes, -1) as x, greatest(1, 2.5) as y from app.visits

-- number_functions_more
select id, cbrt(27.0) as a, degrees(1.0) as b, radians(180.0) as c, pi() as d, sin(score) as e, cos(score) as f, tan(score) as g, atan2(score, 1) as h, gcd(minutes, 12) as i, lcm(minutes, 4) as j, factorial(5) as k, width_bucket(minutes, 0, 100, 5) as l, scale(cost) as m, trim_scale(cost) as n, exp(score) as o, floor(minutes) as p, round(minutes) as q, abs(minutes) as r, sqrt(2) as s, power(2, 3) as t, trunc(score) as u, ceil(minutes / 7.0)::int as v, asin(0.5) as w, log10(100) as x from app.visits

-- number_text
select to_char(1234.5, 'FM9,999.00') as a, to_number('1,234.50', '9,999.99') as b, to_char(id, 'FM000') as c, to_char(cost, '9990.99') as d, to_char(score, 'FM990.0') as e from app.visits where id = 1

-- array_literals
select array[1, 2, 3] as a, array['a', null] as b, array[]::integer[] as c, array[1, 2.5] as d, '{1,2}'::integer[] as f, array[date '2024-01-01'] as g

-- array_access
select id, scores[1] as a, scores[2:3] as b, scores[:2] as c, scores[2:] as d, (array[1, 2, 3])[2] as e, scores[id] as f, (scores[1:2])[1] as g from app.visits

-- array_functions
select id, array_length(scores, 1) as a, cardinality(scores) as b, array_append(scores, 4) as c, array_prepend(0, scores) as d, array_cat(scores, scores) as e, array_position(scores, 2) as f, array_remove(scores, 2) as g, array_replace(scores, 2, 9) as h, array_to_string(scores, ',') as i, array_to_string(scores, ',', '*') as j, array_upper(scores, 1) as k, array_lower(scores, 1) as l, array_positions(scores, 2) as m, array_ndims(scores) as n, trim_array(array[1, 2, 3], 1) as o from app.visits

-- array_functions_text
select id, string_to_array(email, '@') as a, string_to_array(email, null) as b, array_length(tags, 1) as c, tags || 'x'::text as d, 'x'::text || tags as e, tags || array['y'] as f, array_to_string(tags, ', ') as g, array_append(tags, 'n') as h, array_fill(0, array[2]) as i, string_to_array('a,b', ',', 'b') as j from app.people

-- array_operators
select id, tags && array['a'] as a, tags @> array['b'] as b, array['a'] <@ tags as c, tags = array['a', 'b'] as d, tags <> array['z'] as e, tags < array['b'] as f, scores2 || 3 as g from (select id, tags, array[1, 2] as scores2 from app.people) x

-- array_subquery
select t.id, array(select p.name from app.people p where p.team_id = t.id order by p.id) as names from app.teams t

-- array_contains_any
select id from app.people where 'b' = any (tags)

-- unnest
select v.id, s.n from app.visits v, unnest(v.scores) as s(n)

-- unnest_alias_only
select n from unnest(array[1, 2, 3]) as n

-- unnest_ordinality
select v.id, s.n, s.i from app.visits v cross join unnest(v.scores) with ordinality as s(n, i)

-- unnest_left
select v.id, s.n from app.visits v left join unnest(v.scores) as s(n) on true

-- unnest_two
select a, b from unnest(array[1, 2, 3], array['x', 'y']) as u(a, b)

-- unnest_three_ordinality
select a, b, c, i from unnest(array[1, 2, 3], array['x', 'y'], array[true]) with ordinality as u(a, b, c, i)

-- unnest_two_lateral
select p.id, u.t, u.n from app.people p cross join lateral unnest(p.tags, array[1, 2]) as u(t, n)

-- rows_from
-- refused P0111: `rows from (…)`
select a, b from rows from (unnest(array[1, 2, 3]), unnest(array['x'])) as u(a, b)

-- unnest_where
select p.id from app.people p where exists (select 1 from unnest(p.tags) as t where t = 'b')

-- unnest_aggregate
select p.id, (select max(x) from unnest(p.tags) as x) as m from app.people p

-- srf_select_unnest
select id, unnest(scores) as n from app.visits

-- srf_select_series
select id, generate_series(1, 2) as n from app.teams

-- srf_select_two
select id, unnest(scores) as n, generate_series(1, 2) as s from app.visits

-- srf_select_no_from
select generate_series(1, 3) as n

-- srf_select_two_no_from
select unnest(array[1, 2]) as a, unnest(array['x', 'y', 'z']) as b

-- srf_select_expression
select id, unnest(scores) * 10 as n from app.visits

-- srf_select_json
select id, jsonb_array_elements(doc -> 'tags') as t from app.people where jsonb_typeof(doc -> 'tags') = 'array'

-- srf_select_json_keys
select id, jsonb_object_keys(doc) as k from app.people

-- srf_select_filter_order
select id, unnest(scores) as n from app.visits where id > 1 order by n desc, id limit 3

-- srf_select_distinct
select distinct unnest(scores) as n from app.visits

-- srf_select_grouped
select person_id, unnest(array_agg(minutes order by id)) as m from app.visits group by person_id

-- srf_group_by_output
select unnest(tags) as tag, count(*) as n from app.people group by 1

-- srf_nested
select unnest(regexp_split_to_array('a b c', ' ')) as w

-- srf_regexp_matches
select id, regexp_matches(name, '[a-z]', 'g') as m from app.people

-- srf_in_case
-- refused P0111: in `case`
select id, case when minutes > 1 then unnest(scores) end as n from app.visits

-- srf_in_coalesce
-- refused P0111: in `coalesce`
select id, coalesce(unnest(scores), 0) as n from app.visits

-- srf_in_where
-- refused P0111: in `where`
select id from app.visits where unnest(scores) > 1

-- srf_in_aggregate
-- refused P0111: inside
select sum(unnest(scores)) as n from app.visits

-- srf_in_cte_then_group
with t as (select id, unnest(tags) as tag from app.people) select tag, count(*) as n from t group by tag

-- srf_in_subquery_from
select x.tag from (select unnest(tags) as tag from app.people) x where x.tag = 'b'

-- srf_in_exists
select id from app.people p where 'b' in (select unnest(p.tags))

-- generate_series_int
select n from generate_series(1, 5) as n

-- generate_series_step
select g.n from generate_series(10, 1, -3) as g(n)

-- generate_series_big
select n from generate_series(1::bigint, 3) as n

-- generate_series_numeric
select n from generate_series(0.5, 2.5, 0.5) as n

-- generate_series_timestamp
select t from generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval '12 hours') as t

-- generate_series_date
select d::date as d from generate_series(date '2024-01-01', date '2024-01-05', interval '1 day') as d

-- generate_series_date_text
select d::date as d from generate_series('2024-01-01'::date, '2024-03-01', '1 month') as d

-- generate_series_timestamptz
select t from generate_series(timestamptz '2024-01-01 00:00+00', '2024-01-02 00:00+00', '6 hours') as t

-- generate_series_from_columns
select v.id, g as m from app.visits v cross join generate_series(0, v.minutes / 30) as g

-- generate_series_ordinality
select n, i from generate_series(5, 7) with ordinality as g(n, i)

-- generate_series_aggregate_bounds
with b as (select min(day) as lo, max(day) as hi from app.visits) select g::date as d from b, generate_series(b.lo, b.hi, interval '1 month') as g

-- generate_subscripts
select v.id, i, v.scores[i] as s from app.visits v, generate_subscripts(v.scores, 1) as i

-- between_symmetric
-- refused P0111: `between symmetric`
select id from app.visits where minutes between symmetric 60 and 30

-- srf_two_tables
select p.id, t.title, unnest(p.tags) as tag from app.people p left join app.teams t on t.id = p.team_id where p.active is not false

-- srf_windowed
select id, unnest(scores) as n, row_number() over (order by id) as r from app.visits

-- srf_limited
select id, generate_series(1, 3) as n from app.teams order by id, n limit 4

-- srf_correlated
select t.id, (select count(*) from (select unnest(p.tags) as tag from app.people p where p.team_id = t.id) x) as n from app.teams t

-- srf_in_union
select unnest(scores) as n from app.visits union select minutes from app.visits
