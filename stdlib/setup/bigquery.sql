-- What functions and masks of pipec need in a BigQuery project. Idempotent; holds no secret.
create schema if not exists pipec;

create or replace function pipec.age_band(born date, as_of date, width int64) returns string as ((
    select case
        when born > as_of or width < 1 then null
        when age >= 90 then '90+'
        else format('%d-%d', div(age, width) * width, least(div(age, width) * width + width - 1, 89))
    end
    from (
        select extract(year from as_of) - extract(year from born) - if(format_date('%m-%d', as_of) < format_date('%m-%d', born), 1, 0) as age
    )
));

-- The day a FHIR date starts; NULL when it is none.
create or replace function pipec.fhir_date(value string) returns date as (
    case when regexp_contains(value, r'(?s)^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T.*)?)?)?$')
    then safe_cast(left(value || substr('-01-01', least(length(value), 10) - 3), 10) as date) end
);

-- The moment a FHIR dateTime says; NULL when it is none.
create or replace function pipec.fhir_timestamp(value string) returns timestamp as (
    case
        when regexp_contains(value, r'^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$')
        then timestamp_add(
            safe_cast(regexp_replace(value, r'([.][0-9]{1,6})[0-9]*', r'\1') as timestamp),
            interval if(regexp_contains(value, r'[.][0-9]{6}[5-9]'), 1, 0) microsecond
        )
        when regexp_contains(value, r'^[0-9]{4}(-[0-9]{2}){0,2}$')
        then timestamp(safe_cast(left(value || substr('-01-01', least(length(value), 10) - 3), 10) as date))
    end
);

-- The id a FHIR reference ends in.
create or replace function pipec.ref_id(reference string) returns string as (
    case when reference like 'urn:%' then reference
    else nullif(regexp_replace(regexp_replace(reference, r'(?s)/_history/.*$', ''), r'(?s)^.*/', ''), '') end
);

-- The last n characters, the others as X; a short value is redacted whole.
create or replace function pipec.keep_last(value string, n int64) returns string as (
    case when length(value) < 2 * n then 'REDACTED'
    else regexp_replace(left(value, length(value) - n), r'[^ ()+./-]', 'X') || right(value, n) end
);

-- Three digits of a US ZIP code; 000 for small areas (HHS guidance, 2000 Census).
create or replace function pipec.zip3(value string) returns string as (
    case when regexp_contains(trim(value, ' '), r'^[0-9]{5}(-?[0-9]{4})?$')
    then if(
        left(trim(value, ' '), 3) in ('036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893'),
        '000', left(trim(value, ' '), 3)
    ) end
);

-- Text that JSON holds; what PostgreSQL writes for objects and arrays cannot be written here, and nothing else is in its place.
create or replace function pipec.json_text(value json) returns string as (
    if(json_type(value) in ('object', 'array'), error('pipec: a text of JSON is asked for, and this is an object or an array'), json_value(value))
);

create or replace function pipec.lpad(value string, size int64, fill string) returns string as (
    if(fill = '', left(value, greatest(size, 0)), lpad(value, greatest(size, 0), nullif(fill, '')))
);

create or replace function pipec.rpad(value string, size int64, fill string) returns string as (
    if(fill = '', left(value, greatest(size, 0)), rpad(value, greatest(size, 0), nullif(fill, '')))
);

-- The nth piece, from the end when negative; the whole value is the only piece where the delimiter is empty.
create or replace function pipec.split_part(value string, delimiter string, place int64) returns string as (
    case
        when value is null or delimiter is null or place is null then null
        when place = 0 then error('pipec: split_part counts from 1')
        when value = '' then ''
        when delimiter = '' then if(abs(place) = 1, value, '')
        when place > 0 then coalesce(split(value, delimiter)[safe_ordinal(place)], '')
        else coalesce(array_reverse(split(value, delimiter))[safe_ordinal(-place)], '')
    end
);

create or replace function pipec.string_to_array(value string, delimiter string) returns array<string> as (
    case when value = '' then [] when delimiter = '' then [value] else split(value, delimiter) end
);

-- One array after the other; a missing one adds nothing.
create or replace function pipec.array_cat(first any type, second any type) as (
    case when first is null then second when second is null then first else array_concat(first, second) end
);

-- Seconds of an interval: a year counts 365.25 days, a month 30.
create or replace function pipec.seconds(value interval) returns bignumeric as (
    extract(year from value) * 31557600 + extract(month from value) * 2592000 + extract(day from value) * 86400
    + extract(hour from value) * 3600 + extract(minute from value) * 60 + extract(second from value)
    + cast(extract(microsecond from value) as bignumeric) / 1000000
);

-- Moments from the first to the last, each counted from the one before: from January 31st by months, it is the 29th from February on.
create or replace function pipec.moments(start datetime, stop datetime, step interval) returns array<datetime> as ((
    select case
        when months <> 0 and micros <> 0 then error('pipec: a series by months and days')
        when months = 0 then array(
            select moment
            from unnest(generate_array(0, div(datetime_diff(stop, start, microsecond), micros))) as n
            cross join unnest([datetime_add(start, interval n * micros microsecond)]) as moment
            where if(micros > 0, moment <= stop, moment >= stop)
            order by n
        )
        else array(
            select moment
            from (
                select n, datetime_add(first, interval least(extract(day from start), min(extract(day from last_day(first))) over (order by n)) - 1 day) + rest as moment
                from unnest(generate_array(0, div(datetime_diff(stop, start, month), months) + 1)) as n
                cross join unnest([datetime_add(datetime_trunc(start, month), interval n * months month)]) as first
            )
            where if(months > 0, moment <= stop, moment >= stop)
            order by n
        )
    end
    from (
        select
            extract(year from step) * 12 + extract(month from step) as months,
            extract(day from step) * 86400000000 + extract(hour from step) * 3600000000 + extract(minute from step) * 60000000
            + extract(second from step) * 1000000 + extract(microsecond from step) as micros,
            start - datetime_trunc(start, day) as rest
    )
));

-- The value below which a share lies, between neighbours.
create or replace function pipec.percentile_cont(share float64, items array<float64>) returns float64 as ((
    select low.value + (high.value - low.value) * (place - floor(place))
    from (select array(select item from unnest(items) as item order by item) as sorted)
    cross join unnest([share * (array_length(sorted) - 1)]) as place
    cross join unnest([struct(sorted[safe_offset(cast(floor(place) as int64))] as value)]) as low
    cross join unnest([struct(sorted[safe_offset(cast(ceil(place) as int64))] as value)]) as high
));

-- The first value at or above a share.
create or replace function pipec.percentile_disc(share float64, items any type) as ((
    select array(select item from unnest(items) as item order by item)[safe_ordinal(greatest(cast(ceil(share * array_length(items)) as int64), 1))]
));

-- The most frequent value, the least of several.
create or replace function pipec.mode(items any type) as ((
    select item from unnest(items) as item group by item order by count(*) desc, item limit 1
));
