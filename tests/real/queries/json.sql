-- arrows
select id, doc -> 'age' as a, doc ->> 'name' as b, doc -> 'tags' -> 0 as c, doc -> 'tags' ->> 0 as d, doc #> '{home,city}' as e, doc #>> '{home,city}' as f, doc -> 'tags' -> -1 as g, doc ->> 'missing' as h, doc -> name as i, doc #> array['tags', '0'] as j, doc #>> '{tags,2,k}' as k from app.people

-- subscript
select id, doc['home']['city'] as a, doc['tags'][0] as b from app.people

-- question
select id, doc ? 'age' as a, doc ?| array['age', 'x'] as b, doc ?& array['age', 'tags'] as c from app.people

-- contains
select id, doc @> '{"ok": true}' as a, '{"ok": true}' <@ doc as b, doc @> doc as c, doc -> 'tags' @> '["x"]' as d, doc = '{}' as e from app.people

-- build
select id, jsonb_build_object('id', id, 'name', name, 'born', born, 'h', height, 'tags', tags) as a, jsonb_build_array(id, name, null, active) as b, json_build_object('x', 1) ->> 'x' as c, jsonb_object('{a,1,b,2}') as d, jsonb_object(array['a', 'b'], array['1', '2']) as e from app.people

-- to_jsonb
select id, to_jsonb(name) as a, to_jsonb(id) as b, to_jsonb(tags) as c, to_jsonb(born) as d, to_jsonb(doc) as e from app.people

-- to_jsonb_row
-- refused P0205: no column `p` here
select to_jsonb(p) as a from app.people p

-- functions
select id, jsonb_typeof(doc -> 'age') as a, jsonb_array_length('[1,2]'::jsonb) as b, jsonb_set(doc, '{name}', '"new"') as c, jsonb_strip_nulls(doc) as d, jsonb_pretty(doc -> 'age') as e, jsonb_insert('[1]', '{0}', '0') as f, jsonb_extract_path(doc, 'home', 'city') as g, jsonb_extract_path_text(doc, 'home', 'city') as h from app.people

-- concat_delete
select id, doc || '{"z": 1}' as a, doc - 'age' as b, doc - array['age', 'tags'] as c, doc #- '{home,city}' as d, '["a", "b"]'::jsonb - 0 as e from app.people

-- array_elements
select p.id, e.value from app.people p cross join lateral jsonb_array_elements(p.doc -> 'tags') as e where jsonb_typeof(p.doc -> 'tags') = 'array'

-- array_elements_alias
select p.id, t.tag, t.i from app.people p, jsonb_array_elements(p.doc -> 'tags') with ordinality as t(tag, i)

-- array_elements_text
select p.id, e as tag from app.people p left join lateral jsonb_array_elements_text(p.doc -> 'tags') as e on true

-- each
select p.id, e.key, e.value from app.people p cross join lateral jsonb_each(p.doc) as e

-- each_text
select p.id, e.k, e.v from app.people p cross join lateral jsonb_each_text(p.doc) as e(k, v)

-- each_ordinality
select p.id, e.key, e.ordinality from app.people p cross join lateral jsonb_each(p.doc) with ordinality as e

-- object_keys
select p.id, k from app.people p cross join lateral jsonb_object_keys(p.doc) as k

-- path_exists
select id, jsonb_path_exists(doc, '$.home.city') as a, doc @? '$.tags[*]' as b, doc @@ '$.age > 10' as c from app.people

-- path_query
select p.id, q.q from app.people p cross join lateral jsonb_path_query(p.doc, '$.list[*].v') as q(q)

-- path_query_array
select id, jsonb_path_query_array(doc, '$.list[*].v') as a, jsonb_path_query_first(doc, '$.list[*].v') as b, jsonb_path_match(doc, 'exists($.age)') as c from app.people

-- path_query_select
select id, jsonb_path_query(doc, '$.list[*].v') as v from app.people

-- is_json
select id, email is json as a, '{"a": 1}' is json object as b, '[1]' is json array as c, email is not json as d, '1' is json scalar as e from app.people

-- json_value
-- refused P0206: no function `json_value`
select id, json_value(doc, '$.name') as a from app.people

-- json_constructor
-- refused P0207: no version of `json_object`
select json_object('a': 1, 'b': 'x') ->> 'b' as a

-- json_in_conditions
select id from app.people where doc ->> 'name' = 'Ada' and (doc -> 'age') is not null

-- json_cast_number
select id, (doc -> 'age')::text as a, (doc ->> 'age')::float as b, (doc -> 'home' ->> 'zip')::int + 1 as c from app.people

-- json_populate
-- refused P0111: `jsonb_to_recordset`
select x.a, x.b from jsonb_to_recordset('[{"a": 1, "b": "x"}, {"a": 2}]') as x(a integer, b text)

-- json_to_record
-- refused P0111: `jsonb_to_record`
select p.id, x.age, x.name from app.people p cross join lateral jsonb_to_record(p.doc) as x(age numeric, name text)

-- json_agg_path
select jsonb_agg(doc -> 'age' order by id) as a from app.people where doc ? 'age'

-- json_null
select id, doc -> 'age' = 'null' as a, jsonb_typeof(doc -> 'home') as b, (doc -> 'age') is null as c from app.people
