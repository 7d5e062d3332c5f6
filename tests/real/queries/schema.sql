create schema app;

create table app.people (
    id integer primary key,
    name text not null,
    email text,
    born date,
    height numeric(5, 2),
    tags text[],
    doc jsonb not null,
    active boolean,
    joined timestamptz,
    team_id integer,
    code varchar(10)
);

create table app.teams (
    id integer primary key,
    title text not null,
    parent_id integer,
    budget numeric(10, 2)
);

create table app.visits (
    id bigint primary key,
    person_id integer not null,
    team_id integer,
    day date not null,
    started timestamp,
    ended timestamp,
    minutes integer not null,
    cost numeric(8, 2),
    score double precision,
    ratio real,
    small smallint,
    note text,
    scores integer[],
    took interval,
    uid uuid,
    clock time
);

insert into app.people values
    (1, 'Ada', 'ada@example.org', '1980-02-29', 170.50, array['a', 'b'], '{"age": 45, "name": "Ada", "tags": ["x", "y"], "home": {"city": "Bern", "zip": "3000"}, "ok": true}', true, '2024-01-15 10:30:00+00', 1, 'A-1'),
    (2, 'bob', null, '1991-07-04', null, array[]::text[], '{"age": null, "tags": [], "home": null}', false, '2024-03-31 23:59:59.5+00', 2, 'B_2'),
    (3, 'Cy_%', 'cy@example.com', null, 160.00, null, '{"name": "Cy", "tags": [1, null, {"k": 2}], "list": [{"v": 1}, {"v": 2}]}', null, null, null, null),
    (4, 'dé', 'd@x.org', '2001-12-31', 181.25, array['b', null, 'c'], '{}', true, '2025-02-28 00:00:00+00', 1, 'D4'),
    (5, 'Eve', '', '1980-02-29', 170.50, array['z'], '{"age": 7.5, "ok": false, "home": {"city": "Olten"}}', false, '2024-01-15 10:30:00+00', 3, '');

insert into app.teams values
    (1, 'North', null, 1000.50), (2, 'South', 1, null), (3, 'East', 2, 250.00), (4, 'Empty', 1, 0);

insert into app.visits values
    (1, 1, 1, '2024-01-01', '2024-01-01 08:00:00', '2024-01-01 09:30:15', 30, 10.00, 1.5, 0.5, 1, 'first visit', array[1, 2, 3], '1 day 02:00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '08:15:00'),
    (2, 1, null, '2024-01-15', '2024-01-15 12:00:00', null, 45, null, null, null, null, null, array[]::integer[], null, null, null),
    (3, 2, 2, '2024-02-29', '2024-02-29 23:59:59', '2024-03-01 00:10:00', 45, 12.34, -2.25, 1.25, -7, 'Call (Back)', null, '3 mons', null, '23:59:59'),
    (4, 2, 1, '2024-03-31', null, null, 0, 0.00, 0, null, 0, '100%_sure', array[5, null], '-00:30:00', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', null),
    (5, 3, 3, '2024-12-31', '2024-12-31 00:00:00', '2025-01-01 00:00:00', 90, 99999.99, 100, 2, 30000, E'tab\tline\nend', array[9, 8, 7], '1 year 2 mons', null, '12:00:00.25'),
    (6, 3, null, '2025-01-01', '2025-01-01 13:05:09.123456', '2025-01-01 13:05:09.5', 120, 5.55, 3.14159, 3.5, 5, '', array[4], '00:00:01.5', null, '00:00:00'),
    (7, 9, 4, '2023-06-30', '2023-06-30 06:30:00', '2023-07-02 07:00:00', 15, 7.77, 2.5, -1, 12, 'éé ok', array[2, 2], '40 days', null, null),
    (8, 4, 1, '2024-02-29', '2024-02-29 10:00:00', '2024-02-29 11:00:00', 60, 10.00, 1.5, 0.5, 1, 'first visit', array[3, 1], '02:00:00', null, '10:10:10');
