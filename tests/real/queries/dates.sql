-- extract
select id, extract(year from day) as a, extract(month from day) as b, extract(dow from day) as c, extract(epoch from started) as d, extract(hour from started) as e, extract(second from started) as f, extract(day from ended - started) as g, extract(quarter from started) as h, extract(week from day) as i, extract(isodow from day) as j, extract(doy from day) as k, extract(minute from clock) as l, extract(epoch from took) as m, extract(century from day) as n, extract(decade from day) as o, extract(millisecond from started) as p, extract(microseconds from started) as q, extract(julian from day) as r, extract(isoyear from day) as s from app.visits

-- extract_timestamptz
select id, extract(hour from joined) as a, extract(epoch from joined) as b, extract('year' from joined) as c, extract(year from joined at time zone 'UTC') as d from app.people

-- date_part
select id, date_part('year', day) as a, date_part('month', started) as b, date_part('epoch', took) as c, date_part('day', ended - started) as d, date_part('hour', clock) as e from app.visits

-- date_trunc
select id, date_trunc('month', started) as a, date_trunc('day', started) as b, date_trunc('hour', started) as c, date_trunc('quarter', started) as d, date_trunc('week', started) as e, date_trunc('year', started)::date as f, date_trunc('month', day)::date as g, date_trunc('decade', started) as h, date_trunc('hour', took) as i, date_trunc('milliseconds', started) as j from app.visits

-- date_trunc_timestamptz
select id, date_trunc('month', joined) as a, date_trunc('day', joined, 'UTC') as b from app.people

-- date_arithmetic
select id, day + 1 as a, day - 1 as b, day - date '2024-01-01' as c, day + interval '1 month' as d, started + interval '1 day' as e, started - interval '90 minutes' as f, ended - started as g, day + time '10:00' as h, 7 + day as i, interval '1 day' + day as j, started - day as k, clock + interval '1 hour' as l, clock - time '01:00' as m, day - started as n from app.visits

-- interval_arithmetic
select id, took + interval '1 hour' as a, took * 2 as b, took / 2 as c, 3 * interval '1 day' as d, minutes * interval '1 minute' as e, -took as f, interval '1 day' - took as g, 1.5 * interval '1 hour' as h, score * interval '1 hour' as i from app.visits

-- interval_literals
select interval '1 year 2 months' as a, interval '1' day as b, interval '2' month as c, '3 days'::interval as d, interval '1-2' as e, interval '1 day 02:03:04' as f, interval 'P1Y2M' as g, interval '90' minute as h, interval '1:30' as i, interval '1 week' as j, interval '1 day ago' as k, interval '1.5 days' as l, interval '1' hour as m, interval '1.5 months' as n, interval '2.5 weeks' as o, interval '1.5 years' as p, interval 'P1DT2H30M' as q, interval '-1.5 hours' as r, interval '1 mon -3 days' as s, interval '3-6' as t, interval '2 years 3 mons 4.25 days 01:02:03.5' as u

-- age
select id, age(ended, started) as a, age(day, '2023-01-01') as b, age(timestamp '2024-06-01', day) as c, extract(year from age(day, '2000-01-01')) as d from app.visits

-- make_date
select make_date(2024, 2, 29) as a, make_timestamp(2024, 1, 2, 3, 4, 5.5) as b, make_interval(days => 3) as c, make_interval(0, 1, 0, 2) as d, make_time(10, 30, 0) as e, to_date('2024-01-31', 'YYYY-MM-DD') as f, to_timestamp('2024-01-31 10:00', 'YYYY-MM-DD HH24:MI') at time zone 'UTC' as g, to_timestamp(0) as h, make_timestamptz(2024, 1, 2, 3, 4, 5, 'UTC') as i

-- to_char
select id, to_char(day, 'YYYY-MM') as a, to_char(started, 'YYYY-MM-DD HH24:MI:SS') as b, to_char(day, 'Mon DD') as c, to_char(took, 'HH24:MI') as d, to_char(minutes, '999') as e, to_char(day, 'IYYY-"W"IW') as f from app.visits

-- at_time_zone
select id, joined at time zone 'UTC' as a, joined at time zone 'Europe/Zurich' as b, (joined at time zone 'UTC')::date as c, timezone('UTC', joined) as d, timestamp '2024-01-01 00:00' at time zone 'UTC' as e, joined at time zone interval '2 hours' as f from app.people

-- overlaps
select id, (day, day + 7) overlaps (date '2024-01-01', date '2024-01-20') as a, (started, ended) overlaps (timestamp '2024-01-01', timestamp '2024-12-31') as b, (started, interval '1 day') overlaps (timestamp '2024-02-28', interval '2 days') as c from app.visits

-- date_functions
select id, justify_days(took) as a, justify_hours(took) as b, justify_interval(took) as c, isfinite(day) as d, date_bin('15 minutes', started, '2024-01-01') as e from app.visits

-- date_comparisons
select id, day = started as a, day < joined as b, started < joined as c from app.visits v cross join (select timestamptz '2024-02-01 00:00+00' as joined) x

-- date_text
select id, day::text || '!' as a, '2024-01-01' < day as b, day in ('2024-01-01', '2024-02-29') as c, day::date as d from app.visits

-- now
-- refused P0112: reads the clock
select now() as a

-- current_date
-- refused P0112: reads the clock
select current_date as a

-- last_day
select id, (date_trunc('month', started) + interval '1 month' - interval '1 day')::date as last from app.visits

-- date_diff
select id, (ended::date - started::date) as days, extract(epoch from (ended - started)) / 3600 as hours, extract(year from age(timestamp '2025-01-01', started)) * 12 as m from app.visits

-- time_values
select id, clock as a, clock > '10:00' as b, started::time as c, extract(hour from clock) as d, clock::interval as e from app.visits

-- date_min_max
select min(day) as a, max(started) as b, max(day) - min(day) as c, date_trunc('month', max(started)) as d from app.visits

-- date_infinity
-- refused P0208: `'infinity'` is no `date`
select id, day < 'infinity' as a from app.visits
