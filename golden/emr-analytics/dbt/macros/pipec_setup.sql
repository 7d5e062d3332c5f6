{#- The functions that masks call. Keys never pass through dbt: they lie in pipec_secret.key, which only its owner reads. -#}
{% macro pipec_setup() -%}
{%- if execute -%}
-- What functions and masks of pipec need in a BigQuery project. Idempotent; holds no secret.
create schema if not exists pipec;

-- Years, and the ages they tell: an age is 90 at most.
create or replace function pipec.year_if(value date, born date, seen date) returns int64 as (
    if(extract(year from seen) - extract(year from born) <= 89, extract(year from value), null)
);

create or replace function pipec.age_of(born date, as_of date) returns int64 as (
    if(born <= as_of, extract(year from as_of) - extract(year from born) - if(format_date('%m-%d', as_of) < format_date('%m-%d', born), 1, 0), null)
);

create or replace function pipec.age_capped(age int64, cap int64) returns int64 as (
    if(age >= 0 and cap >= 1, least(age, cap, 90), null)
);

create or replace function pipec.age_years(born date, as_of date, cap int64) returns int64 as (
    pipec.age_capped(pipec.age_of(born, as_of), cap)
);

create or replace function pipec.age_banded(age int64, width int64, cap int64) returns string as (
    case
        when age is null or width is null or cap is null or age < 0 or width < 1 or cap < 1 then null
        when age >= least(cap, 90) then format('%d+', least(cap, 90))
        else format('%d-%d', div(age, width) * width, least(div(age, width) * width + width - 1, least(cap, 90) - 1))
    end
);

create or replace function pipec.age_band(born date, as_of date, width int64, cap int64) returns string as (
    pipec.age_banded(pipec.age_of(born, as_of), width, cap)
);

-- The first day of the month or quarter.
create or replace function pipec.date_trunc_mask(value date, unit string) returns date as (
    case unit when 'month' then date_trunc(value, month) when 'quarter' then date_trunc(value, quarter) end
);

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

-- The ends of a text, the others as X; where fewer than n are hidden, the whole is redacted.
create or replace function pipec.keep_last(value string, n int64) returns string as (
    case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(left(value, greatest(length(value) - n, 0)), r'[ ()+./-]', '')) < n then 'REDACTED'
        else regexp_replace(left(value, greatest(length(value) - n, 0)), r'[^ ()+./-]', 'X') || right(value, n)
    end
);

create or replace function pipec.keep_first(value string, n int64) returns string as (
    case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(right(value, greatest(length(value) - n, 0)), r'[ ()+./-]', '')) < n then 'REDACTED'
        else left(value, n) || regexp_replace(right(value, greatest(length(value) - n, 0)), r'[^ ()+./-]', 'X')
    end
);

create or replace function pipec.partial(value string, pre int64, pad string, suf int64) returns string as (
    case
        when value is null or pre is null or pad is null or suf is null then null
        when length(value) <= greatest(pre, 0) + greatest(suf, 0) then pad
        else left(value, greatest(pre, 0)) || pad || right(value, greatest(suf, 0))
    end
);

-- Digits as 0, capitals as X, other letters and what is not ASCII as x.
create or replace function pipec.shape(value string) returns string as (
    regexp_replace(regexp_replace(regexp_replace(value, r'[0-9]', '0'), r'[A-Z]', 'X'), r'[a-z]|[^\x00-\x7F]', 'x')
);

-- The domain of an e-mail address, the network of an IP address, the host of an absolute URL.
create or replace function pipec.email_mask(value string) returns string as (
    case
        when regexp_contains(value, r'^[!-?A-~]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,63}$') then 'XXXXX@' || split(value, '@')[safe_ordinal(2)]
        when value is not null then 'REDACTED'
    end
);

create or replace function pipec.ip_groups(value string) returns array<string> as (
    if(value is null or value = '', [], split(lower(value), ':'))
);

create or replace function pipec.ip_group(first array<string>, last array<string>, i int64) returns string as (
    coalesce(nullif(ltrim(coalesce(
        if(i <= array_length(first), first[safe_ordinal(i)], if(i - 8 + array_length(last) >= 1, last[safe_ordinal(i - 8 + array_length(last))], null)),
        '0'), '0'), ''), '0')
);

create or replace function pipec.ip_prefix(value string) returns string as (
    case
        when regexp_contains(value, r'^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$') then regexp_replace(value, r'[.][0-9]+$', '.0/24')
        when regexp_contains(value, r'^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?)$') and (
            strpos(value, '::') = 0
            or array_length(pipec.ip_groups(split(value, '::')[safe_ordinal(1)])) + array_length(pipec.ip_groups(split(value, '::')[safe_ordinal(2)])) <= 7
        )
        then concat(
            pipec.ip_group(pipec.ip_groups(split(value, '::')[safe_ordinal(1)]), pipec.ip_groups(split(value, '::')[safe_ordinal(2)]), 1), ':',
            pipec.ip_group(pipec.ip_groups(split(value, '::')[safe_ordinal(1)]), pipec.ip_groups(split(value, '::')[safe_ordinal(2)]), 2), ':',
            pipec.ip_group(pipec.ip_groups(split(value, '::')[safe_ordinal(1)]), pipec.ip_groups(split(value, '::')[safe_ordinal(2)]), 3), '::/48')
    end
);

create or replace function pipec.url_host(value string) returns string as (
    lower(regexp_extract(value, r'(?s)^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?:[:][0-9]*)?(?:[/?#].*)?$'))
);

-- Three digits of a US ZIP code; 000 for the areas of few people.
create or replace function pipec.zip3(value string, areas string) returns string as (
    case
        when not regexp_contains(trim(value, ' '), r'^[0-9]{5}(-?[0-9]{4})?$') then null
        when strpos(areas, left(trim(value, ' '), 3)) = 0 then left(trim(value, ' '), 3)
        when value is not null then '000'
    end
);

create or replace function pipec.zip3_number(value int64, areas string) returns string as (
    case
        when value between 1 and 99999 then pipec.zip3(lpad(cast(value as string), 5, '0'), areas)
        when value between 1000000 and 999999999 then pipec.zip3(lpad(cast(value as string), 9, '0'), areas)
    end
);

-- The range of a number between two bounds, or of a step; the nearest multiple.
create or replace function pipec.bucket(value bignumeric, bounds array<bignumeric>) returns string as (
    if(abs(value) < 1000000000000000, (
        select concat(
            coalesce(concat('[', cast(max(if(b <= value, b, null)) as string)), '('), ',',
            coalesce(cast(min(if(b > value, b, null)) as string), ''), ')')
        from unnest(bounds) as b
    ), null)
);

create or replace function pipec.bucket_fixed(value bignumeric, step bignumeric) returns string as (
    if(abs(value) < 1000000000000000 and step between 0.000001 and 1000000,
        concat('[', cast(floor(value / round(step, 6)) * round(step, 6) as string), ',',
            cast(floor(value / round(step, 6)) * round(step, 6) + round(step, 6) as string), ')'), null)
);

create or replace function pipec.round_to(value bignumeric, n bignumeric) returns bignumeric as (
    if(abs(value) < 1000000000000000 and n between 0.000001 and 1000000, round(value / round(n, 6)) * round(n, 6), null)
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
-- HMAC-SHA-256 (RFC 2104) with a key that only this function reads: see `pipec_secret` in the operations manual.
create or replace function pipec.hmac_sha256(message bytes, secret bytes) returns bytes as ((
    select sha256(concat(block ^ repeat(b'\x5c', 64), sha256(concat(block ^ repeat(b'\x36', 64), message))))
    from (select rpad(if(length(secret) > 64, sha256(secret), secret), 64, b'\x00') as block)
));

create or replace function pipec.hmac_token(value string, key_name string, domain string) returns string as (
    if(value = '', null, left(to_hex(pipec.hmac_sha256(
        concat(cast(domain as bytes), b'\x1f', cast(value as bytes)),
        coalesce((select k.value from pipec_secret.key as k where k.name = key_name), error('pipec: no key named ' || key_name || ' in pipec_secret.key'))
    )), 32))
);

-- A number from 0 to 2^32 - 1 from the keyed hash of a value. `purpose` keeps it apart from the tokens, which may be seen.
create or replace function pipec.keyed_number(value string, key_name string, purpose string, domain string) returns int64 as (
    cast(concat('0x', left(pipec.hmac_token(value, key_name, concat(purpose, '\x1f', domain)), 8)) as int64)
);

-- One of the words of a list, apart by bars, for test data.
create or replace function pipec.fake_word(value string, words string, key_name string, domain string) returns string as (
    nullif(split(words, '|')[safe_ordinal(1 + mod(pipec.keyed_number(value, key_name, 'fake', domain), array_length(split(words, '|'))))], '')
);

-- A date moved by 1 to `days` days, as many for all dates of an entity.
create or replace function pipec.shift_of(number int64, days int64) returns int64 as (
    (1 + mod(div(number, 2), days)) * (2 * mod(number, 2) - 1)
);

create or replace function pipec.date_shift(value date, entity string, key_name string, domain string, days int64) returns date as (
    if(days between 1 and 36500,
        safe.date_add(value, interval pipec.shift_of(pipec.keyed_number(entity, key_name, 'date_shift', domain), nullif(days, 0)) day), null)
);

-- A number changed by a share that comes from the keyed hash of its entity.
create or replace function pipec.noise(value bignumeric, ratio bignumeric, entity string, key_name string, domain string) returns bignumeric as (
    if(abs(value) < 1000000000000000 and ratio > 0 and ratio <= 1,
        value + value * ratio * pipec.shift_of(pipec.keyed_number(entity, key_name, 'noise', domain), 1000000) / 1000000, null)
);
{%- endif -%}
{%- endmacro %}
