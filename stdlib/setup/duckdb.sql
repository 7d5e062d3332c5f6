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

create or replace macro pipec.completed_years(born, as_of) as
    date_diff('year', born, as_of) - cast(strftime(as_of, '%m-%d') < strftime(born, '%m-%d') as integer);
create or replace macro pipec.age_band(born, as_of, width) as
    case
        when born > as_of or width < 1 then null
        when pipec.completed_years(born, as_of) >= 90 then '90+'
        else (pipec.completed_years(born, as_of) // width * width) || '-'
            || least(pipec.completed_years(born, as_of) // width * width + width - 1, 89)
    end;

-- The last n characters, the others as X; a short value is redacted whole.
create or replace macro pipec.keep_last(value, n) as
    case when length(value) < 2 * n then 'REDACTED' else regexp_replace(left(value, -n), '[^ ()+./-]', 'X', 'g') || right(value, n) end;

-- Three digits of a US ZIP code; 000 for small areas (HHS guidance, 2000 Census).
create or replace macro pipec.zip3(value) as
    case when regexp_matches(trim(value, ' '), '^[0-9]{5}(-?[0-9]{4})?$') then
        case when left(trim(value, ' '), 3) in ('036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893')
            then '000' else left(trim(value, ' '), 3) end
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
