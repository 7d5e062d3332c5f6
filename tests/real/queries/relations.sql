-- cte
with v as (select person_id, minutes from app.visits), w as (select person_id, sum(minutes) as total from v group by person_id) select w.person_id, w.total from w

-- cte_column_list
with t(a, b) as (select id, name from app.people) select a, b from t

-- cte_column_list_short
with t(a) as (select id, name from app.people) select a, name from t

-- cte_materialized
with t as materialized (select id from app.people), u as not materialized (select id from t) select id from u

-- cte_values
with t(n, label) as (values (1, 'one'), (2, null), (3, 'three')) select n, label from t

-- cte_recursive
with recursive tree as (select id, parent_id, 1 as depth from app.teams where parent_id is null union all select t.id, t.parent_id, tree.depth + 1 from app.teams as t join tree on tree.id = t.parent_id) select id, parent_id, depth from tree

-- cte_recursive_series
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select i from n

-- cte_recursive_values
with recursive n(i) as (values (1) union all select i + 1 from n where i < 5) select i, i * 2 as twice from n

-- cte_recursive_union
with recursive r(id, root) as (select id, id from app.teams union select t.id, r.root from app.teams t, r where t.parent_id = r.id) select id, root from r

-- cte_recursive_path
with recursive r as (select id, title as path, array[id] as ids from app.teams where parent_id is null union all select t.id, r.path || '/' || t.title, r.ids || t.id from app.teams t join r on r.id = t.parent_id) select id, path, ids from r

-- cte_recursive_and_plain
with recursive a as (select id from app.teams), r(id) as (select id from a where id = 1 union all select t.id from app.teams t join r on t.parent_id = r.id) select count(*) as n from r

-- cte_recursive_limit_outside
with recursive n(i) as (select 1 union all select i + 1 from n) select i from n limit 5

-- cte_recursive_with_inside
-- refused P0111: a recursive query
with recursive r(i) as (with base as (select 1 as one) select one from base union all select i + 1 from r where i < 3) select i from r

-- cte_in_subquery
select p.id, (with m as (select max(v.day) as d from app.visits v where v.person_id = p.id) select d from m) as last_day from app.people p

-- cte_shadows_outer
with people as (select 1 as id) select id from people

-- cte_nested
with a as (with b as (select id from app.people) select id + 1 as id from b) select id from a

-- comma_join
select p.name, t.title from app.people p, app.teams t where p.team_id = t.id

-- inner_join
select p.name, t.title from app.people p inner join app.teams t on p.team_id = t.id

-- left_join
select p.name, t.title, t.budget from app.people p left join app.teams t on p.team_id = t.id

-- right_join
select p.name, t.title from app.people p right outer join app.teams t on p.team_id = t.id

-- full_join
select p.name, t.title from app.people p full outer join app.teams t on p.team_id = t.id

-- cross_join
select p.id, t.id as tid from app.people p cross join app.teams t

-- join_using
select team_id, p.name, v.day from app.people p join app.visits v using (team_id)

-- join_using_left
select team_id, p.name, v.day from app.people p left join app.visits v using (team_id)

-- join_using_right
select team_id, p.name, v.day from app.people p right join app.visits v using (team_id)

-- join_using_full
select team_id, p.name, v.day from app.people p full join app.visits v using (team_id)

-- join_using_full_star
select * from (select id, name from app.people) a full join (select id, title from app.teams) b using (id)

-- join_using_full_qualified
select a.id as left_id, b.id as right_id, id from (select id, name from app.people) a full join (select id, title from app.teams) b using (id)

-- join_using_full_three
select id, a.x, b.y, c.z from (select 1 as id, 'x' as x) a full join (select 2 as id, 'y' as y) b using (id) full join (select 2 as id, 'z' as z) c using (id)

-- join_using_alias
-- refused P0111: `using (…) as`
select j.team_id, p.name from app.people p join app.visits v using (team_id) as j

-- join_using_group
select team_id, count(*) as n from app.people full join app.visits using (team_id) group by team_id

-- join_using_group_order
select team_id, count(*) as n from app.people full join app.visits using (team_id) group by team_id order by team_id

-- natural_join
select * from (select id, name from app.people) a natural join (select id, title from app.teams) b

-- natural_full_join
select * from (select id, name from app.people) a natural full join (select id, title from app.teams) b

-- natural_left_join
select id, name, title from (select id, name from app.people) a natural left join (select id, title from app.teams) b

-- self_join
select a.title, b.title as parent from app.teams a left join app.teams b on b.id = a.parent_id

-- join_of_joins
select p.id, t.title, v.day from app.people p left join (app.visits v join app.teams t on t.id = v.team_id) on v.person_id = p.id

-- join_alias_parenthesis
select j.id, j.title from (app.people p join (select id as tid, title from app.teams) t on t.tid = p.team_id) as j

-- join_on_true
select p.id, t.id as tid from app.people p join app.teams t on true

-- join_inequality
select p.id, v.id as vid from app.people p left join app.visits v on v.person_id = p.id and v.minutes between 30 and 60

-- mixed_comma_and_join
select p.id, t.title, v.id as vid from app.teams t, app.people p left join app.visits v on v.person_id = p.id where t.id = p.team_id

-- lateral
select p.id, last.day from app.people p left join lateral (select v.day from app.visits v where v.person_id = p.id order by v.day desc limit 1) last on true

-- cross_join_lateral
select p.id, s.n, s.total from app.people p cross join lateral (select count(*) as n, sum(v.minutes) as total from app.visits v where v.person_id = p.id) s

-- comma_lateral
select p.id, x.y from app.people p, lateral (select p.id * 2 as y) x

-- lateral_values
select p.id, x.k, x.v from app.people p cross join lateral (values ('name', p.name), ('email', p.email)) as x(k, v)

-- lateral_function
select v.id, s.n from app.visits v cross join lateral unnest(v.scores) as s(n)

-- table_column_alias
select t.a, t.b from app.teams as t(a, b)

-- table_column_alias_star
select * from app.teams as t(a, b)

-- derived_column_alias
select x.a, x.b from (select id, title from app.teams) as x(a, b)

-- cte_reference_column_alias
with c as (select id, title from app.teams) select t.a, t.b from c as t(a, b)

-- derived_no_alias
select id from (select id from app.teams)

-- values_from
select v.a, v.b from (values (1, 'x'), (2, 'y')) as v(a, b)

-- values_default_names
select column1, column2 from (values (1, 'x'), (2.5, null)) as v

-- values_top
with v as (values (1, 'x'), (2, 'y')) select * from v

-- select_without_from
select 1 as one, 'two' as two, null as three, true as four, 1.50 as five

-- select_where_without_from
select 1 as one where false

-- table_command
table app.teams

-- table_in_cte
with t as (table app.teams) select id from t

-- only_table
-- refused P0111: `only`
select id from only app.teams

-- star
select * from app.teams

-- star_alias
select t.* from app.teams t

-- star_two
select t.*, p.name from app.teams t join app.people p on p.team_id = t.id

-- star_and_more
select *, minutes * 2 as twice from app.visits

-- star_schema
select app.teams.id, app.teams.title from app.teams

-- star_exclude
-- refused P0111: `* exclude (…)`
select * exclude (budget) from app.teams

-- whole_row
-- refused P0205: no column `t` here
select t as r from app.teams t

-- quoted_identifiers
select t."id" as "Id", t.title as "The ""Title""" from app.teams as t

-- case_folding
select T.ID as Id, t.TITLE as TITLE from App.Teams as T

-- unicode_identifier
select id as "größe" from app.teams

-- reserved_alias
select id as "select", title as "from" from app.teams

-- alias_without_as
select id number, title label from app.teams x

-- exists
select p.id from app.people p where exists (select 1 from app.visits v where v.person_id = p.id)

-- exists_star
select p.id from app.people p where exists (select * from app.visits v where v.person_id = p.id)

-- not_exists
select p.id from app.people p where not exists (select from app.visits v where v.person_id = p.id)

-- exists_value
select p.id, exists (select 1 from app.visits v where v.person_id = p.id) as seen from app.people p

-- in_subquery
select p.id from app.people p where p.id in (select v.person_id from app.visits v)

-- not_in_subquery
select p.id, p.team_id not in (select v.team_id from app.visits v) as r from app.people p

-- in_list
select id, team_id in (1, 2, null) as r from app.people

-- row_in_subquery
select v.id from app.visits v where (v.person_id, v.day) in (select w.person_id, max(w.day) from app.visits w group by w.person_id)

-- row_not_in_subquery
select v.id, (v.person_id, v.team_id) not in (select w.id, w.team_id from app.people w) as r from app.visits v

-- row_in_list
select id from app.visits where (person_id, minutes) in ((1, 30), (2, 45))

-- row_equal
select id, (person_id, minutes) = (1, 30) as r from app.visits

-- row_unequal
select id, (person_id, team_id) <> (1, 1) as r from app.visits

-- row_less
select id, (person_id, minutes) < (2, 40) as lt, (person_id, team_id) <= (2, 1) as le, (minutes, id) > (45, 2) as gt, (minutes, id) >= (45, 2) as ge from app.visits

-- row_three_less
select id from app.visits where (person_id, day, id) > (1, date '2024-01-10', 0)

-- row_is_distinct
select id, (team_id, cost) is distinct from (1, 10.00) as r from app.visits

-- row_keyword
select id, row(person_id, minutes) = row(1, 30) as r from app.visits

-- row_equal_subquery
-- refused P0111: a row compared with a query
select id from app.visits where (person_id, minutes) = (select v.person_id, v.minutes from app.visits v where v.id = 2)

-- row_is_null
select id, (team_id, cost) is null as none, (team_id, cost) is not null as both_there from app.visits

-- any_subquery
select p.id from app.people p where p.id = any (select v.person_id from app.visits v)

-- some_subquery
select p.id from app.people p where p.id = some (select v.person_id from app.visits v)

-- greater_any_subquery
select v.id, v.minutes > any (select w.minutes from app.visits w where w.team_id = 1) as r from app.visits v

-- greater_all_subquery
select v.id, v.minutes >= all (select w.minutes from app.visits w) as r, v.cost < all (select w.cost from app.visits w) as s from app.visits v

-- not_equal_all_subquery
select p.id, p.team_id <> all (select v.team_id from app.visits v) as r from app.people p

-- not_equal_any_subquery
select p.id, p.team_id <> any (select v.team_id from app.visits v) as r from app.people p

-- equal_all_subquery
select p.id, p.team_id = all (select v.team_id from app.visits v where v.person_id = p.id) as r from app.people p

-- any_array
select id, person_id = any (array[1, 2]) as a, 3 = any (scores) as b from app.visits

-- any_array_text
select id from app.people where name = any ('{Ada,bob}')

-- all_array
select id, person_id <> all (array[1, 2]) as a, 3 > all (scores) as b from app.visits

-- any_array_less
select id, 2 < any (scores) as a, 2 >= any (scores) as b from app.visits

-- like_any
select id, name like any (array['A%', '%e%']) as a, name not like all (array['A%', '%e']) as b, name ilike any (array['a%', 'B%']) as c from app.people

-- scalar_subquery
select p.id, (select count(*) from app.visits v where v.person_id = p.id) as n, (select max(v.day) from app.visits v where v.person_id = p.id) as last from app.people p

-- scalar_subquery_where
select id from app.visits where minutes > (select avg(minutes) from app.visits)

-- scalar_subquery_one_row
select (select title from app.teams where id = 1) as t

-- scalar_in_expression
select id, minutes - (select min(minutes) from app.visits) as more from app.visits

-- scalar_group_by
select team_id, sum(minutes) * 100.0 / (select sum(minutes) from app.visits) as share from app.visits group by team_id

-- correlated_two_levels
select p.id from app.people p where exists (select 1 from app.visits v where v.person_id = p.id and exists (select 1 from app.teams t where t.id = v.team_id and t.id = p.team_id))

-- subquery_limit
select p.id, (select v.note from app.visits v where v.person_id = p.id order by v.id limit 1) as first_note from app.people p

-- union
select id, name as label from app.people union select id, title from app.teams

-- union_all
select id from app.people union all select id from app.teams

-- union_types
select id as x, minutes as y, cost as z from app.visits union all select id, 1.5, 2 from app.people

-- union_unknown
select 'a' as x, null as y union all select 'b', 1

-- union_null_first
select null as x union all select day from app.visits

-- union_three
select id from app.people union all select id from app.teams union select person_id from app.visits

-- union_varchar
select code as x from app.people union all select name from app.people

-- union_numeric_same
select cost as x from app.visits union all select cost from app.visits

-- union_numeric_other
select cost as x from app.visits union all select budget from app.teams

-- intersect
select id from app.people intersect select person_id from app.visits

-- intersect_all
select minutes from app.visits intersect all select minutes from app.visits where id > 2

-- except
select id from app.people except select person_id from app.visits

-- except_all
select person_id from app.visits except all select id from app.people

-- except_distinct
select person_id from app.visits except distinct select id from app.people

-- set_precedence
select 1 as a union select 2 intersect select 3

-- set_parentheses
(select 1 as a union select 2) intersect (select 2 union all select 3)

-- set_order_name
select id, name from app.people union all select id, title from app.teams order by name, id

-- set_order_position
select id, name from app.people union all select id, title from app.teams order by 2 desc, 1

-- set_order_limit
select id, name from app.people union all select id, title from app.teams order by id, name limit 3 offset 1

-- set_operand_limit
(select id from app.people order by id desc limit 2) union all (select id from app.teams order by id limit 1)

-- set_order_expression
-- refused P0111: ordering a set operation by an expression
select id from app.people union all select id from app.teams order by id + 1

-- distinct
select distinct minutes, team_id from app.visits

-- distinct_order
select distinct minutes from app.visits order by minutes desc

-- distinct_on
select distinct on (person_id) person_id, id, day from app.visits order by person_id, day desc, id

-- distinct_on_position
select distinct on (1) person_id, id from app.visits order by 1, 2

-- distinct_on_two
select distinct on (team_id, minutes) team_id, minutes, id from app.visits order by team_id, minutes, id

-- distinct_on_expression
select distinct on (date_trunc('month', v.started)) v.started, v.id from app.visits v order by date_trunc('month', v.started), v.id

-- limit_all
select id from app.teams order by id limit all

-- limit_null
select id from app.teams order by id limit null

-- fetch_first
select id from app.teams order by id fetch first 2 rows only

-- fetch_next_offset
select id from app.teams order by id offset 1 rows fetch next row only

-- offset_first
select id from app.teams order by id offset 1 limit 2

-- fetch_with_ties
-- refused P0111: with ties
select minutes from app.visits order by minutes fetch first 3 rows with ties

-- limit_expression
select id from app.teams order by id limit 1 + 1

-- order_expression
select id, name from app.people order by lower(name) desc nulls last, id

-- order_alias
select id, minutes * 2 as m from app.visits order by m desc, id

-- order_not_selected
select id from app.visits order by minutes, id

-- order_nulls
select id, cost from app.visits order by cost desc nulls first, id

-- order_using
-- refused P0111: using
select id from app.visits order by minutes using >, id

-- order_case
select id from app.visits order by case when team_id = 1 then 0 else 1 end, id

-- order_aggregate
select team_id from app.visits group by team_id order by count(*) desc, team_id

-- qualify
-- original: select person_id, id from (select person_id, id, row_number() over (partition by person_id order by day desc) as rn from app.visits) x where rn = 1
select person_id, id from app.visits qualify row_number() over (partition by person_id order by day desc) = 1

-- except_all_null
select team_id from app.visits except all select team_id from app.people

-- for_update
-- refused P0111: `for update`
select id from app.teams for update

-- tablesample
-- refused P0111: `tablesample`
select id from app.teams tablesample system (10)

-- group_by_position
select team_id, count(*) as n from app.visits group by 1 order by 2 desc, 1

-- group_by_alias
select extract(year from day) as y, count(*) as n from app.visits group by y

-- group_by_expression
select minutes / 30 as half_hours, count(*) as n from app.visits group by minutes / 30

-- group_by_key_dependent
select p.id, p.name, p.email, count(v.id) as n from app.people p left join app.visits v on v.person_id = p.id group by p.id

-- group_by_empty
select count(*) as n from app.visits group by ()

-- group_by_distinct
-- refused P0111: `group by distinct`
select team_id, minutes, count(*) as n from app.visits group by distinct rollup (team_id, minutes), rollup (team_id)

-- group_by_all
-- refused P0111: `group by all`
select team_id, count(*) as n from app.visits group by all

-- having
select team_id, count(*) as n from app.visits group by team_id having count(*) > 1

-- having_without_group
select count(*) as n from app.visits having count(*) > 100

-- having_hidden
select team_id from app.visits group by team_id having max(minutes) > 45 and team_id is not null

-- rollup
select team_id, person_id, sum(minutes) as total from app.visits group by rollup (team_id, person_id)

-- cube
select team_id, person_id, sum(minutes) as total from app.visits group by cube (team_id, person_id)

-- grouping_sets
select team_id, person_id, count(*) as n from app.visits group by grouping sets ((team_id, person_id), (team_id), ())

-- grouping_sets_nested
select team_id, person_id, minutes, count(*) as n from app.visits group by grouping sets (rollup (team_id, person_id), cube (minutes), (minutes))

-- grouping_function
select team_id, person_id, grouping(team_id) as g1, grouping(team_id, person_id) as g2, count(*) as n from app.visits group by rollup (team_id, person_id)

-- grouping_having
select team_id, count(*) as n from app.visits group by rollup (team_id) having grouping(team_id) = 1

-- grouping_case
select case when grouping(team_id) = 1 then 'all' else coalesce(team_id::text, 'none') end as label, sum(minutes) as total from app.visits group by rollup (team_id)

-- grouping_mixed
select team_id, person_id, day, count(*) as n from app.visits group by team_id, rollup (person_id, day)

-- rollup_expression
select extract(year from day) as y, count(*) as n from app.visits group by rollup (extract(year from day))

-- join_using_other_type
select id, p.name, v.day from app.people p join app.visits v using (id)

-- join_using_other_type_left
select id, p.name, v.day from app.people p left join app.visits v using (id)

-- rollup_coalesce
select coalesce(team_id, -1) as team, person_id + 1 as next, count(*) as n from app.visits group by rollup (team_id, person_id)

-- rollup_positions
select person_id, person_id + 1 as next, count(*) as n from app.visits group by rollup (1, 2)

-- union_of_values
values (1, 'a') union all select id, title from app.teams

-- in_values
select id from app.people where (id, name) in (values (1, 'Ada'), (2, 'x'))

-- exists_in_select_list
select t.id, not exists (select 1 from app.people p where p.team_id = t.id) as empty, t.id in (select team_id from app.people) as used from app.teams t

-- swapped_names
select t.id, t.title from app.teams as t(title, id)

-- swapped_names_where
with c as (select id, title from app.teams) select t.title, count(*) as n from c as t(title, id) where t.id <> 'North' group by t.title
