-- What pipec's functions and masks need in a DuckDB warehouse. Idempotent; holds no secret.
--
-- Keys lie in the table `key` of a database `pipec_secret` that only the build attaches, before this file runs, so that who reads the
-- warehouse's own file finds none of them: attach 'secrets.duckdb' as pipec_secret. Without it, every call that asks for a key fails.
attach if not exists ':memory:' as pipec_secret;
create table if not exists pipec_secret.key (name varchar primary key, value blob not null check (octet_length(value) >= 16));
create schema if not exists pipec;

-- Division fails by zero, as everywhere else; DuckDB would yield NULL or infinity.
create or replace macro pipec.div(a, b) as
    case when b = 0 and a is not null then error('division by zero') else a // b end;
create or replace macro pipec.mod(a, b) as
    case when b = 0 and a is not null then error('division by zero') else a % b end;
create or replace macro pipec.divide_double(a, b) as
    case when b = 0 and not isnan(a) then error('division by zero') else a / b end;

-- A number that DuckDB computed as a double, as a decimal of 15 digits, 12 of them after the point at most.
create or replace macro pipec.to_numeric(value) as
    cast(printf('%.15g', cast(value as double)) as decimal(38, 12));
create or replace macro pipec.divide(a, b) as
    case when b = 0 and a is not null then error('division by zero') else pipec.to_numeric(a / b) end;

create or replace macro pipec.round_double(value, places) as
    case when abs(value) < 1e15 then cast(round(cast(printf('%.15g', value) as decimal(38, 18)), places) as double) else value end;
create or replace macro pipec.power(a, b) as
    case
        when a = 0 and b < 0 then error('zero raised to a negative power is undefined')
        when a < 0 and b <> trunc(b) then error('a negative number raised to a non-integer power yields a complex result')
        else power(a, b)
    end;

-- Numbers as texts and back, as PostgreSQL writes and reads them.
create or replace macro pipec.whole_number(value) as
    case when regexp_matches(value, '^\s*[+-]?[0-9]+\s*$') then trim(value, e' \t\n\r\f\v')
        when value is not null then error('invalid input syntax for a whole number') end;
create or replace macro pipec.double_text(value) as
    case
        when isnan(value) then 'NaN'
        when isinf(value) then case when value > 0 then 'Infinity' else '-Infinity' end
        when abs(value) >= 1e15 and abs(value) < 1e16
            then replace(regexp_replace(replace(cast(value as varchar), '.', ''), '^(-?[0-9])([0-9]*?)0*$', '\1.\2e+15'), '.e', 'e')
        else regexp_replace(cast(value as varchar), '[.]0$', '')
    end;

-- Texts, where DuckDB does otherwise at the edges.
create or replace macro pipec.upper(value) as
    array_to_string(list_transform(string_split(value, 'ß'), lambda part: upper(part)), 'ß');
create or replace macro pipec.substring(value, start, count) as
    case
        when count < 0 and value is not null and start is not null then error('negative substring length not allowed')
        when start < 1 then substring(value, 1, case when count + start > 1 then count + start - 1 when count is not null then 0 end)
        else substring(value, start, count)
    end;
create or replace macro pipec.split_part(value, delimiter, place) as
    case
        when place = 0 and value is not null and delimiter is not null then error('field position must not be zero')
        when delimiter = '' then case when place in (-1, 1) then value when value is not null and place is not null then '' end
        else split_part(value, delimiter, place)
    end;
create or replace macro pipec.string_to_array(value, delimiter) as
    case when value = '' then [] when delimiter = '' then [value] else string_split(value, delimiter) end;
create or replace macro pipec.lpad(value, count, fill) as
    case when count < 1 then left(value, 0) when fill = '' then left(value, count) else lpad(value, count, fill) end;
create or replace macro pipec.rpad(value, count, fill) as
    case when count < 1 then left(value, 0) when fill = '' then left(value, count) else rpad(value, count, fill) end;
create or replace macro pipec.overlay(value, replacement, start, count) as
    case
        when start < 1 and value is not null and replacement is not null then error('negative substring length not allowed')
        else left(value, start - 1) || replacement || substring(value, greatest(start + count, 1))
    end;
create or replace macro pipec.chr(code) as
    case when code = 0 then error('null character not permitted') else chr(code) end;

-- JSON.
create or replace macro pipec.json_array_length(value) as
    case when json_type(value) <> 'ARRAY' then error('cannot get array length of what is no array') else json_array_length(value) end;
create or replace macro pipec.json_elements(value) as
    case when json_type(value) <> 'ARRAY' then error('cannot extract elements from what is no array') else json_extract(value, '$[*]') end;
create or replace macro pipec.json_texts(value) as
    case when json_type(value) <> 'ARRAY' then error('cannot extract elements from what is no array') else json_extract_string(value, '$[*]') end;
create or replace macro pipec.json_typeof(value) as
    case json_type(value)
        when 'OBJECT' then 'object' when 'ARRAY' then 'array' when 'VARCHAR' then 'string' when 'BOOLEAN' then 'boolean' when 'NULL' then 'null'
        else case when value is not null then 'number' end
    end;

-- The least of the most frequent values, from a histogram, whose keys are in order.
create or replace macro pipec.most_frequent(counts) as
    map_keys(counts)[list_position(map_values(counts), list_max(map_values(counts)))];

-- Spans and series.
create or replace macro pipec.interval_epoch(span) as
    extract(year from span) * 31557600 + extract(month from span) * 2592000 + extract(day from span) * 86400
        + extract(hour from span) * 3600 + extract(minute from span) * 60 + extract(microseconds from span) * 0.000001;
create or replace macro pipec.series(start, stop, step) as
    generate_series(start, stop, case when step = 0 then error('step size cannot equal zero') else step end);
create or replace macro pipec.date_series(start, stop, step) as
    list_transform(pipec.series(0, stop - start, step), lambda day: start + cast(day as integer));

-- HMAC-SHA-256, RFC 2104: the key's block of 64 bytes, each changed by the pad's.
create or replace macro pipec.hmac_pad(secret, pad) as
    unhex(array_to_string(list_transform(range(0, 64), lambda i: printf('%02x', xor(coalesce(cast('0x' || nullif(substr(
        hex(case when octet_length(secret) > 64 then unhex(sha256(secret)) else secret end), 2 * i + 1, 2), '') as integer), 0), pad))), ''));
create or replace macro pipec.hmac_token(value, key_name, domain) as
    case when value <> '' then left(sha256(
        coalesce((select pipec.hmac_pad(k.value, 92) from pipec_secret.key as k where k.name = key_name),
            error('pipec: no key named ' || key_name || ' in pipec_secret.key'))
        || unhex(sha256((select pipec.hmac_pad(k.value, 54) from pipec_secret.key as k where k.name = key_name)
            || encode(domain) || '\x1F'::blob || encode(value)))), 32) end;

-- A number from 0 to 2^32 - 1 from the keyed hash of a value. `purpose` keeps it apart from the tokens, which may be seen.
create or replace macro pipec.keyed_number(value, key_name, purpose, domain) as
    cast('0x' || left(pipec.hmac_token(value, key_name, purpose || chr(31) || domain), 8) as bigint);

-- One of the words of a list, apart by bars, for test data.
create or replace macro pipec.fake_word(value, words, key_name, domain) as
    nullif(string_split(words, '|')[1 + pipec.keyed_number(value, key_name, 'fake', domain) % length(string_split(words, '|'))], '');

-- Years, and the ages they tell: an age is 90 at most.
create or replace macro pipec.year_of(value) as
    case when isfinite(value) and year(value) between 1 and 9999 then cast(year(value) as integer) end;
create or replace macro pipec.year_if(value, born, seen) as
    case when pipec.year_of(seen) - pipec.year_of(born) <= 89 then pipec.year_of(value) end;
create or replace macro pipec.age_of(born, as_of) as
    case when isfinite(born) and isfinite(as_of) and born <= as_of then
        cast(year(as_of) - year(born) - cast(strftime(as_of, '%m-%d') < strftime(born, '%m-%d') as integer) as integer) end;
create or replace macro pipec.age_capped(age, cap) as
    case when age >= 0 and cap >= 1 then least(age, cap, 90) end;
create or replace macro pipec.age_years(born, as_of, cap) as
    pipec.age_capped(pipec.age_of(born, as_of), cap);
create or replace macro pipec.age_banded(age, width, cap) as
    case
        when age is null or width is null or cap is null or age < 0 or width < 1 or cap < 1 then null
        when age >= least(cap, 90) then least(cap, 90) || '+'
        else (age // width * width) || '-' || least(age // width * width + width - 1, least(cap, 90) - 1)
    end;
create or replace macro pipec.age_band(born, as_of, width, cap) as
    pipec.age_banded(pipec.age_of(born, as_of), width, cap);

-- The first day of the month or quarter.
create or replace macro pipec.date_trunc_mask(value, unit) as
    case when pipec.year_of(value) is not null and unit in ('month', 'quarter')
        then make_date(year(value), case unit when 'month' then month(value) else month(value) - (month(value) - 1) % 3 end, 1) end;

-- A date moved by 1 to `days` days, as many for all dates of an entity.
create or replace macro pipec.shift_of(number, days) as
    case when days between 1 and 36500 then cast((1 + (number // 2) % days) * (2 * (number % 2) - 1) as integer) end;
create or replace macro pipec.date_shift(value, entity, key_name, domain, days) as
    case
        when pipec.year_of(value) is null then null
        when value - date '0001-01-01' + pipec.shift_of(pipec.keyed_number(entity, key_name, 'date_shift', domain), days) between 0 and 3652058
        then value + pipec.shift_of(pipec.keyed_number(entity, key_name, 'date_shift', domain), days)
    end;

-- The ends of a text, the others as X; where fewer than n are hidden, the whole is redacted.
create or replace macro pipec.without_last(value, n) as
    left(value, greatest(length(value) - n, 0));
create or replace macro pipec.without_first(value, n) as
    right(value, greatest(length(value) - n, 0));
create or replace macro pipec.keep_last(value, n) as
    case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(pipec.without_last(value, n), '[ ()+./-]', '', 'g')) < n then 'REDACTED'
        else regexp_replace(pipec.without_last(value, n), '[^ ()+./-]', 'X', 'g') || right(value, n)
    end;
create or replace macro pipec.keep_first(value, n) as
    case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(pipec.without_first(value, n), '[ ()+./-]', '', 'g')) < n then 'REDACTED'
        else left(value, n) || regexp_replace(pipec.without_first(value, n), '[^ ()+./-]', 'X', 'g')
    end;
create or replace macro pipec.partial(value, pre, pad, suf) as
    case
        when value is null or pre is null or pad is null or suf is null then null
        when length(value) <= cast(greatest(pre, 0) as bigint) + greatest(suf, 0) then pad
        else left(value, greatest(pre, 0)) || pad || right(value, greatest(suf, 0))
    end;

-- Digits as 0, capitals as X, other letters and what is not ASCII as x.
create or replace macro pipec.shape(value) as
    regexp_replace(regexp_replace(regexp_replace(value, '[0-9]', '0', 'g'), '[A-Z]', 'X', 'g'), '[a-z]|[^\x00-\x7F]', 'x', 'g');

-- The domain of an e-mail address, the network of an IP address, the host of an absolute URL.
create or replace macro pipec.email_mask(value) as
    case
        when regexp_matches(value, '^[!-?A-~]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,63}$') then 'XXXXX@' || split_part(value, '@', 2)
        when value is not null then 'REDACTED'
    end;
create or replace macro pipec.ip_groups(value, side) as
    list_filter(string_split(split_part(lower(value), '::', side), ':'), lambda part: part <> '');
create or replace macro pipec.ip_group(value, i) as
    coalesce(nullif(ltrim(coalesce(case when i <= length(pipec.ip_groups(value, 1)) then pipec.ip_groups(value, 1)[i]
        when i - 8 + length(pipec.ip_groups(value, 2)) >= 1 then pipec.ip_groups(value, 2)[i - 8 + length(pipec.ip_groups(value, 2))] end, '0'), '0'), ''), '0');
create or replace macro pipec.ip_prefix(value) as
    case
        when regexp_matches(value, '^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$') then regexp_replace(value, '[.][0-9]+$', '.0/24')
        when regexp_matches(value, '^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?)$')
            and (not contains(value, '::') or length(pipec.ip_groups(value, 1)) + length(pipec.ip_groups(value, 2)) <= 7)
        then pipec.ip_group(value, 1) || ':' || pipec.ip_group(value, 2) || ':' || pipec.ip_group(value, 3) || '::/48'
    end;
create or replace macro pipec.url_host(value) as
    nullif(lower(regexp_extract(value, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?:[:][0-9]*)?(?:[/?#].*)?$', 1, 's')), '');

-- Three digits of a US ZIP code; 000 for the areas of few people.
create or replace macro pipec.zip3(value, areas) as
    case
        when not regexp_matches(trim(value, ' '), '^[0-9]{5}(-?[0-9]{4})?$') then null
        when not contains(areas, left(trim(value, ' '), 3)) then left(trim(value, ' '), 3)
        when value is not null then '000'
    end;
create or replace macro pipec.zip3_number(value, areas) as
    case
        when value between 1 and 99999 then pipec.zip3(lpad(cast(value as varchar), 5, '0'), areas)
        when value between 1000000 and 999999999 then pipec.zip3(lpad(cast(value as varchar), 9, '0'), areas)
    end;

-- Numbers, without zeros at their end, in ranges, rounded, and changed by a share that comes from the keyed hash of their entity.
create or replace macro pipec.number_text(value) as
    case when contains(cast(value as varchar), '.') then rtrim(rtrim(cast(value as varchar), '0'), '.') else cast(value as varchar) end;
create or replace macro pipec.bucket(value, bounds) as
    case when abs(value) < 1e15 then
        coalesce('[' || pipec.number_text(list_max(list_filter(bounds, lambda b: b <= value))), '(') || ','
            || coalesce(pipec.number_text(list_min(list_filter(bounds, lambda b: b > value))), '') || ')'
    end;
create or replace macro pipec.step_ok(value, step) as
    coalesce(abs(value) < 1e15 and step between 0.000001 and 1000000, false);
create or replace macro pipec.times(count, step) as
    cast(count as decimal(25, 0)) * cast(step as decimal(13, 6));
create or replace macro pipec.bucket_fixed(value, step) as
    case when pipec.step_ok(value, step) then
        '[' || pipec.number_text(pipec.times(floor(pipec.to_numeric(value / cast(step as decimal(13, 6)))), step)) || ','
            || pipec.number_text(pipec.times(floor(pipec.to_numeric(value / cast(step as decimal(13, 6)))) + 1, step)) || ')'
    end;
create or replace macro pipec.round_to(value, n) as
    case when pipec.step_ok(value, n)
        then cast(pipec.times(round(pipec.to_numeric(value / cast(n as decimal(13, 6)))), n) as decimal(38, 12)) end;
create or replace macro pipec.shift_million(number) as
    (1 + (number // 2) % 1000000) * (2 * (number % 2) - 1);
create or replace macro pipec.noise(value, ratio, entity, key_name, domain) as
    case when abs(value) < 1e15 and ratio > 0 and ratio <= 1 then
        pipec.to_numeric(cast(value as double) + cast(value as double) * cast(ratio as double)
            * pipec.shift_million(pipec.keyed_number(entity, key_name, 'noise', domain)) / 1000000)
    end;

-- The day a FHIR date starts; NULL when it is none.
create or replace macro pipec.fhir_date(value) as
    case when regexp_matches(value, '^([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)(-[0-9]{2}(-[0-9]{2}(T.*)?)?)?$', 's')
        then try_cast(left(value || substr('-01-01', least(length(value), 10) - 3), 10) as date) end;

-- The moment a FHIR dateTime says, in microseconds, rounded; NULL when it is none.
create or replace macro pipec.fhir_timestamp(value) as
    case
        when regexp_matches(value, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$')
            then cast(pipec.fhir_date(value) as timestamp) at time zone 'UTC'
                + to_microseconds(cast(
                    (cast(substr(value, 12, 2) as bigint) * 60 + cast(substr(value, 15, 2) as bigint)) * 60000000
                    + round(cast(coalesce(nullif(regexp_extract(value, 'T.....:([0-9]{2}([.][0-9]{1,20})?)', 1), ''), '0') as decimal(22, 20)) * 1000000)
                    - coalesce(
                        cast(nullif(regexp_extract(value, '([+-])[0-9]{2}:[0-9]{2}$', 1), '') || '1' as bigint)
                        * (try_cast(left(right(value, 5), 2) as bigint) * 60 + try_cast(right(value, 2) as bigint)) * 60000000, 0) as bigint))
        when not contains(value, 'T') then cast(pipec.fhir_date(value) as timestamp) at time zone 'UTC'
    end;

-- The id a FHIR reference ends in.
create or replace macro pipec.ref_id(reference) as
    case when starts_with(reference, 'urn:') then reference
        else nullif(regexp_replace(regexp_replace(reference, '/_history/.*$', '', 's'), '^.*/', '', 's'), '') end;
