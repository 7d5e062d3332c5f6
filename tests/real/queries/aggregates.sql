-- counts
select count(*) as a, count(cost) as b, count(distinct minutes) as c, count(distinct (person_id, minutes)) as d from app.visits

-- sums
select sum(small) as a, sum(minutes) as b, sum(id) as c, sum(cost) as d, sum(ratio) as e, sum(score) as f, sum(took) as g from app.visits

-- averages
select avg(small) as a, avg(minutes) as b, avg(id) as c, avg(cost) as d, avg(ratio) as e, avg(score) as f, avg(took) as g from app.visits

-- minimums
select min(small) as a, min(minutes) as b, min(id) as c, min(cost) as d, min(ratio) as e, min(score) as f, min(took) as g, min(note) as h, min(day) as i, min(started) as j, min(clock) as k from app.visits

-- maximums
select max(small) as a, max(minutes) as b, max(id) as c, max(cost) as d, max(score) as f, max(took) as g, max(note) as h, max(day) as i, max(started) as j from app.visits

-- max_varchar
select max(code) as a, min(joined) as b from app.people

-- max_array
select max(scores) as a from app.visits

-- booleans
select bool_and(active) as a, bool_or(active) as b, every(active) as c from app.people

-- bit_aggregates
select bit_and(minutes) as a, bit_or(minutes) as b, bit_xor(id) as c from app.visits

-- string_agg
select string_agg(name, ', ' order by id) as a, string_agg(distinct name, ',') as b, string_agg(name, ',' order by name desc) filter (where active) as c from app.people

-- string_agg_cast
select string_agg(id::text, '|' order by id) as a from app.people

-- array_agg
select array_agg(id order by id desc) as a, array_agg(distinct team_id) as b, array_agg(name order by id) filter (where active) as c from app.people

-- array_agg_grouped
select team_id, array_agg(distinct minutes order by minutes) as m from app.visits group by team_id

-- array_agg_array
-- refused P0111: array of arrays
select array_agg(tags order by id) filter (where cardinality(tags) = 1) as a from app.people

-- json_agg
select jsonb_agg(id order by id) as a, jsonb_agg(name order by id) as b, jsonb_agg(doc order by id) as c from app.people

-- json_object_agg
select jsonb_object_agg(name, id) as a from app.people

-- json_agg_objects
select jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id) as a from app.people

-- json_agg_rows
-- refused P0205: no column `p` here
select json_agg(p) as a from app.people p

-- statistics
select stddev(minutes) as a, stddev_pop(minutes) as b, stddev_samp(minutes) as c, variance(minutes) as d, var_pop(minutes) as e, var_samp(score) as f, stddev(score) as g, stddev(ratio) as h from app.visits

-- correlation
select corr(score, minutes) as a, covar_pop(score, minutes) as b, covar_samp(score, minutes) as c, regr_slope(score, minutes) as d, regr_intercept(score, minutes) as e, regr_r2(score, minutes) as f, regr_count(score, minutes) as g from app.visits

-- filter
select count(*) filter (where minutes > 40) as a, sum(minutes) filter (where team_id = 1) as b, avg(cost) filter (where team_id is null) as c, count(distinct person_id) filter (where minutes > 0) as d from app.visits

-- filter_grouped
select person_id, max(day) filter (where team_id = 1) as d from app.visits group by person_id

-- percentile_cont
select percentile_cont(0.5) within group (order by minutes) as a, percentile_cont(0.25) within group (order by cost) as b, percentile_cont(0.9) within group (order by score desc) as c from app.visits

-- percentile_cont_interval
select percentile_cont(0.5) within group (order by took) as a from app.visits

-- percentile_cont_array
select percentile_cont(array[0.25, 0.5, 0.75]) within group (order by minutes) as a from app.visits

-- percentile_disc
select percentile_disc(0.5) within group (order by minutes) as a, percentile_disc(0.5) within group (order by note) as b, percentile_disc(0.5) within group (order by day desc) as c from app.visits

-- percentile_disc_array
select percentile_disc(array[0.1, 0.9]) within group (order by day) as a from app.visits

-- mode
select mode() within group (order by minutes) as a, mode() within group (order by note desc) as b from app.visits

-- hypothetical
-- refused P0111: `rank … within group`
select rank(45) within group (order by minutes) as a from app.visits

-- percentile_filter
select team_id, percentile_cont(0.5) within group (order by minutes) filter (where minutes > 0) as p from app.visits group by team_id

-- any_value
select team_id, any_value(team_id) as v from app.visits group by team_id

-- sum_distinct
select sum(distinct minutes) as a, avg(distinct minutes) as b from app.visits

-- sum_case
select sum(case when team_id = 1 then minutes end) as a, sum(case when team_id = 1 then minutes else 0 end) as b, count(case when minutes > 40 then 1 end) as c from app.visits

-- aggregate_expression
select sum(minutes) / nullif(count(*), 0) as a, sum(minutes)::numeric / nullif(count(*), 0) as b, round(100.0 * count(cost) / nullif(count(*), 0), 1) as c, coalesce(sum(cost), 0) as d, max(day) - min(day) as e from app.visits

-- aggregate_nullif
select sum(minutes) / nullif(count(cost), 0) as a from app.visits

-- aggregate_over_nothing
select sum(minutes) as a, count(*) as b, max(minutes) as c, array_agg(minutes) as d, bool_or(minutes > 1) as e, string_agg(note, ',') as f from app.visits where false

-- aggregate_grouped_not_null
select person_id, sum(minutes) as a, min(day) as b, count(*) as c from app.visits group by person_id

-- aggregate_in_order
select person_id, sum(minutes) as total from app.visits group by person_id order by sum(minutes) desc, person_id

-- aggregate_of_window_input
select person_id, sum(sum(minutes)) over (order by person_id) as running from app.visits group by person_id

-- aggregate_rank
select person_id, rank() over (order by sum(minutes) desc) as r from app.visits group by person_id

-- window_row_number
select id, row_number() over (order by id) as a, row_number() over (partition by person_id order by day desc, id) as b, row_number() over () > 0 as c from app.visits

-- window_ranks
select id, rank() over (order by minutes) as a, dense_rank() over (order by minutes) as b, percent_rank() over (order by minutes) as c, cume_dist() over (order by minutes) as d, ntile(3) over (order by id) as e from app.visits

-- window_lag_lead
select id, lag(minutes) over (order by id) as a, lead(minutes) over (order by id) as b, lag(minutes, 2) over (order by id) as c, lag(minutes, 1, 0) over (order by id) as d, lead(day, 1, '2000-01-01') over (order by id) as e from app.visits

-- window_lag_types
select id, lag(cost, 1, 0) over (order by id) as a, lag(note, 1, 'none') over (order by id) as b from app.visits

-- window_first_last
select id, first_value(day) over w as a, last_value(day) over w as b, nth_value(day, 2) over w as c from app.visits window w as (partition by person_id order by id rows between unbounded preceding and unbounded following)

-- window_named_two
select id, sum(minutes) over w as a, avg(minutes) over (w order by id) as b, count(*) over x as c from app.visits window w as (partition by person_id), x as (w order by day)

-- window_frames_rows
select id, sum(minutes) over (order by id rows between 1 preceding and 1 following) as a, sum(minutes) over (order by id rows unbounded preceding) as b, sum(minutes) over (order by id rows between current row and unbounded following) as c, sum(minutes) over (order by id rows between 2 preceding and 1 preceding) as d from app.visits

-- window_frames_range
select id, sum(minutes) over (order by minutes range between 15 preceding and current row) as a, count(*) over (order by day range between interval '1 month' preceding and current row) as b, count(*) over (order by started range between '1 day' preceding and '1 day' following) as c, sum(minutes) over (order by cost range between 1.5 preceding and 2 following) as d from app.visits

-- window_frames_groups
select id, sum(minutes) over (order by minutes groups between 1 preceding and current row) as a, count(*) over (order by minutes groups 2 preceding) as b from app.visits

-- window_frame_exclude
-- refused P0111: `exclude` in a window frame
select id, sum(minutes) over (order by id rows between 1 preceding and 1 following exclude current row) as a, sum(minutes) over (order by minutes rows between unbounded preceding and current row exclude group) as b, count(*) over (order by minutes range unbounded preceding exclude ties) as c, sum(minutes) over (order by id rows 1 preceding exclude no others) as d from app.visits

-- window_filter
select id, count(*) filter (where minutes > 40) over (order by id) as a, sum(minutes) filter (where team_id = 1) over (partition by person_id) as b from app.visits

-- window_aggregates
select id, sum(cost) over (partition by person_id) as a, avg(score) over (order by id) as b, max(note) over (partition by team_id) as c, array_agg(id) over (partition by person_id order by id) as d, string_agg(note, ',') over (partition by person_id order by id) as e, bool_or(minutes > 40) over (order by id) as f from app.visits

-- window_share
select id, minutes * 1.0 / nullif(sum(minutes) over (partition by person_id), 0) as share from app.visits

-- window_expression
select id, minutes - lag(minutes, 1, minutes) over (order by id) as change, coalesce(lag(note) over (order by id), 'none') as before from app.visits

-- window_in_order
select id from app.visits order by row_number() over (order by minutes desc, id)

-- window_partition_expression
select id, count(*) over (partition by extract(year from day), team_id is null) as n from app.visits

-- window_running_filter_outer
select person_id, id from (select person_id, id, row_number() over (partition by person_id order by day desc, id) as rn from app.visits) x where rn = 1

-- window_respect_nulls
-- original: select id, lag(cost) over (order by id) as a from app.visits
select id, lag(cost) respect nulls over (order by id) as a from app.visits

-- window_distinct
select distinct person_id, count(*) over (partition by person_id) as n from app.visits

-- window_aggregate_filter_frame
select id, max(minutes) over (partition by team_id order by id rows between 1 following and 2 following) as a from app.visits

-- window_in_where
-- refused P0210: window function
select id from app.visits where row_number() over () = 1

-- aggregate_in_where
-- refused P0210: aggregate
select id from app.visits where max(minutes) > 1

-- not_grouped
-- refused P0209: neither grouped nor aggregated
select team_id, minutes from app.visits group by team_id

-- aggregate_nested
-- refused P0210: aggregate
select max(count(*)) as a from app.visits group by team_id

-- ungrouped_outer_reference
select t.id, (select count(*) from app.visits v where v.team_id = t.id) as n from app.teams t group by t.id

-- aggregate_outer_level
select t.id, t.title from app.teams t group by t.id, t.title having count(*) > 0 and exists (select 1 from app.visits v where v.team_id = t.id)

-- array_agg_index
select (array_agg(name order by id))[1] as a from app.people

-- array_agg_json
select array_agg(doc -> 'age' order by id) as a from app.people

-- jsonb_agg_filter
select team_id, coalesce(jsonb_agg(name order by id) filter (where active), '[]') as a from app.people group by team_id

-- jsonb_object_agg_distinct
select jsonb_object_agg(id, name) as a from app.people

-- grouped_json
select doc ->> 'name' as n, count(*) as c from app.people group by doc ->> 'name'

-- window_ignore_nulls
-- refused P0111: `ignore nulls`
select id, first_value(cost) ignore nulls over (order by id) as b from app.visits
