-- What pipec's masks need in a Postgres warehouse. Idempotent; holds no secret.
--
-- Keys lie in pipec_secret.key, which only its owner reads. Whoever runs the masks calls a function that looks a key up under
-- its owner's rights and never returns it. Load a key without its value reaching a server log, not even with an error:
--     { echo 'create temp table new_key (name text, value bytea);'
--       echo 'copy new_key from stdin;'
--       printf '%s\t\\\\x%s\n' PSEUDONYM_KEY "$(printf %s "$PSEUDONYM_KEY" | od -An -v -tx1 | tr -d ' \n')"
--       echo '\.'
--       echo 'select pipec_secret.store_keys();'; } | psql
create schema if not exists pipec;
create schema if not exists pipec_secret;
revoke all on schema pipec_secret from public;

create table if not exists pipec_secret.key (
    name text primary key,
    value bytea not null check (octet_length(value) >= 16)
);
revoke all on table pipec_secret.key from public;

-- A key's block of 64 bytes, each changed by the pad's (RFC 2104).
create or replace function pipec.hmac_pad(secret bytea, pad integer) returns bytea
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $body$
declare
    block bytea := case when octet_length(secret) > 64 then sha256(secret) else secret end;
begin
    block := block || decode(repeat('00', 64 - octet_length(block)), 'hex');
    for i in 0..63 loop
        block := set_byte(block, i, get_byte(block, i) # pad);
    end loop;
    return block;
end
$body$;

-- HMAC-SHA-256, RFC 2104.
create or replace function pipec.hmac_sha256(message bytea, secret bytea) returns bytea
language sql immutable strict
set search_path = pg_catalog, pg_temp
as $body$
    select sha256(pipec.hmac_pad(secret, 92) || sha256(pipec.hmac_pad(secret, 54) || message))
$body$;

-- Both pads of every key, made once: making them for every row takes most of a token's time. They are as secret as the key.
alter table pipec_secret.key add column if not exists inner_pad bytea generated always as (pipec.hmac_pad(value, 54)) stored;
alter table pipec_secret.key add column if not exists outer_pad bytea generated always as (pipec.hmac_pad(value, 92)) stored;

-- Takes keys over from the caller's temporary table `new_key`. A copy into the table of keys itself would show a line that it refuses in
-- the server's log; what is wrong is said here by the key's name alone.
create or replace function pipec_secret.store_keys() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    wrong text;
begin
    select coalesce(n.name, '(none)') into wrong from pg_temp.new_key as n where n.name is null or n.value is null or octet_length(n.value) < 16 limit 1;
    if wrong is not null then
        drop table pg_temp.new_key;
        raise exception 'pipec: the key % has no name or is shorter than 16 bytes', wrong using errcode = 'P0001';
    end if;
    insert into pipec_secret.key (name, value) select n.name, n.value from pg_temp.new_key as n
        on conflict (name) do update set value = excluded.value;
    drop table pg_temp.new_key;
end
$body$;

create or replace function pipec.hmac_token(value text, key_name text, domain text) returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $body$
declare
    inside bytea;
    outside bytea;
begin
    if value is null or value = '' then
        return null;
    end if;
    select k.inner_pad, k.outer_pad into inside, outside from pipec_secret.key as k where k.name = key_name;
    if inside is null then
        raise exception 'pipec: no key named % in pipec_secret.key', key_name using errcode = 'P0001';
    end if;
    return left(encode(sha256(outside || sha256(inside || convert_to(domain, 'UTF8') || '\x1f'::bytea || convert_to(value, 'UTF8'))), 'hex'), 32);
end
$body$;
revoke execute on function pipec.hmac_token(text, text, text) from public;

-- A number from 0 to 2^32 - 1 from the keyed hash of a value. `purpose` keeps it apart from the tokens, which may be seen.
create or replace function pipec.keyed_number(value text, key_name text, purpose text, domain text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $body$
    select ('x' || left(pipec.hmac_token(value, key_name, purpose || chr(31) || domain), 8))::bit(32)::bigint
$body$;
revoke execute on function pipec.keyed_number(text, text, text, text) from public;

-- Random stand-ins, and what they stand for: only the owner reads which is whose.
create table if not exists pipec_secret.crosswalk (
    name text not null,
    value text not null,
    surrogate uuid not null default gen_random_uuid(),
    digest bytea not null,
    primary key (name, digest),
    unique (name, surrogate)
);
-- An index takes no long texts, so values are found by their digest; in a list of before they get one.
do $body$
begin
    if not exists (select from pg_catalog.pg_attribute where attrelid = 'pipec_secret.crosswalk'::regclass and attname = 'digest' and not attisdropped) then
        alter table pipec_secret.crosswalk add column digest bytea;
        update pipec_secret.crosswalk set digest = sha256(convert_to(value, 'UTF8'));
        alter table pipec_secret.crosswalk drop constraint crosswalk_pkey, add primary key (name, digest);
    end if;
end
$body$;
revoke all on table pipec_secret.crosswalk from public;

-- The stand-in of a value in a list, drawn when it is first asked for.
create or replace function pipec.surrogate(value text, crosswalk text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $body$
declare
    found_one uuid;
    found_by bytea := sha256(convert_to(value, 'UTF8'));
begin
    if value is null or value = '' or crosswalk is null then
        return null;
    end if;
    select c.surrogate into found_one from pipec_secret.crosswalk as c where c.name = surrogate.crosswalk and c.digest = found_by;
    if found_one is null then
        insert into pipec_secret.crosswalk as c (name, value, digest) values (surrogate.crosswalk, surrogate.value, found_by)
            on conflict do nothing returning c.surrogate into found_one;
    end if;
    if found_one is null then
        select c.surrogate into found_one from pipec_secret.crosswalk as c where c.name = surrogate.crosswalk and c.digest = found_by;
    end if;
    return found_one::text;
end
$body$;
revoke execute on function pipec.surrogate(text, text) from public;

-- One of the words of a list, apart by bars, for test data.
create or replace function pipec.fake_word(value text, words text, key_name text, domain text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $body$
    select nullif(split_part(words, '|', 1 + (pipec.keyed_number(value, key_name, 'fake', domain) % (1 + length(words) - length(replace(words, '|', ''))))::integer), '')
$body$;

-- The year of a date, where it is one of four digits or fewer.
create or replace function pipec.year_of(value date) returns integer
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when isfinite(value) and extract(year from value) between 1 and 9999 then extract(year from value)::integer end
$body$;

-- The year of a date; none where who was born then turns 90 or older in the year of `seen`.
create or replace function pipec.year_if(value date, born date, seen date) returns integer
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when pipec.year_of(seen) - pipec.year_of(born) <= 89 then pipec.year_of(value) end
$body$;

-- The first day of the month or quarter.
create or replace function pipec.date_trunc_mask(value date, unit text) returns date
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when pipec.year_of(value) is not null and unit in ('month', 'quarter') then cast(date_trunc(unit, value::timestamp) as date) end
$body$;

-- A date moved by 1 to `days` days, as many for all dates of an entity.
create or replace function pipec.date_shift(value date, entity text, key_name text, domain text, days integer) returns date
language sql stable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when pipec.year_of(value) is null then null
        when value - date '0001-01-01' + shift between 0 and 3652058 then value + shift
    end
    from (
        select ((1 + (number / 2) % days) * (2 * (number % 2) - 1))::integer as shift
        from (select pipec.keyed_number(entity, key_name, 'date_shift', domain) as number) as drawn
        where days between 1 and 36500
    ) as drawn
$body$;

-- Completed years; none before birth.
create or replace function pipec.age_of(born date, as_of date) returns integer
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when isfinite(born) and isfinite(as_of) and born <= as_of
        then (extract(year from as_of) - extract(year from born))::integer - (to_char(as_of, 'MM-DD') < to_char(born, 'MM-DD'))::integer
    end
$body$;

-- An age, 90 at most.
create or replace function pipec.age_capped(age integer, cap integer) returns integer
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when age >= 0 and cap >= 1 then least(age, cap, 90) end
$body$;

create or replace function pipec.age_years(born date, as_of date, cap integer) returns integer
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select pipec.age_capped(pipec.age_of(born, as_of), cap)
$body$;

-- The band of an age.
create or replace function pipec.age_banded(age integer, width integer, cap integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when age is null or width is null or cap is null or age < 0 or width < 1 or cap < 1 then null
        when age >= least(cap, 90) then least(cap, 90)::text || '+'
        else (age / width * width)::text || '-' || least(age / width * width + width - 1, least(cap, 90) - 1)::text
    end
$body$;

create or replace function pipec.age_band(born date, as_of date, width integer, cap integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select pipec.age_banded(pipec.age_of(born, as_of), width, cap)
$body$;

-- The day a FHIR date starts; NULL when it is none.
create or replace function pipec.fhir_date(value text) returns date
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when value ~ '^((?!0000)[0-9]{4}(-(0[1-9]|1[0-2]))?|((?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|(?!0000)([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)(T.*)?)$' then cast(left(value || substr('-01-01', least(length(value), 10) - 3), 10) as date) end
$body$;

-- The moment a FHIR dateTime says; NULL when it is none.
create or replace function pipec.fhir_timestamp(value text) returns timestamptz
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when value ~ '^((?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|(?!0000)([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$' then cast(value || case when value ~ '(Z|[+-][0-9]{2}:[0-9]{2})$' then '' else 'Z' end as timestamptz) when value ~ '^((?!0000)[0-9]{4}(-(0[1-9]|1[0-2]))?|((?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|(?!0000)([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29))$' then cast(left(value || substr('-01-01', least(length(value), 10) - 3), 10) as timestamp) at time zone 'UTC' end
$body$;

-- The id a FHIR reference ends in.
create or replace function pipec.ref_id(reference text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when reference like 'urn:%' then reference else nullif(regexp_replace(regexp_replace(reference, '/_history/.*$', ''), '^.*/', ''), '') end
$body$;

-- The last n characters, the others as X; where fewer than n are hidden, the whole is redacted.
create or replace function pipec.keep_last(value text, n integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(left(value, -n), '[ ()+./-]', '', 'g')) < n then 'REDACTED'
        else regexp_replace(left(value, -n), '[^ ()+./-]', 'X', 'g') || right(value, n)
    end
$body$;

-- The first n characters, the others as X; where fewer than n are hidden, the whole is redacted.
create or replace function pipec.keep_first(value text, n integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value is null or n is null then null
        when n < 1 then 'REDACTED'
        when length(regexp_replace(right(value, -n), '[ ()+./-]', '', 'g')) < n then 'REDACTED'
        else left(value, n) || regexp_replace(right(value, -n), '[^ ()+./-]', 'X', 'g')
    end
$body$;

-- Both ends, with a text between them; the text alone for short values.
create or replace function pipec.partial(value text, pre integer, pad text, suf integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value is null or pre is null or pad is null or suf is null then null
        when length(value) <= greatest(pre, 0)::bigint + greatest(suf, 0) then pad
        else left(value, greatest(pre, 0)) || pad || right(value, greatest(suf, 0))
    end
$body$;

-- Digits as 0, capitals as X, other letters and what is not ASCII as x.
create or replace function pipec.shape(value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select regexp_replace(regexp_replace(regexp_replace(value, '[0-9]', '0', 'g'), '[A-Z]', 'X', 'g'), '[a-z]|[^\u0001-\u007F]', 'x', 'g')
$body$;

-- The domain of an e-mail address.
create or replace function pipec.email_mask(value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value ~ '^[!-?A-~]+@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]{2,63}$' then 'XXXXX@' || split_part(value, '@', 2)
        when value is not null then 'REDACTED'
    end
$body$;

-- The network of an IP address.
create or replace function pipec.ip_prefix(value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value ~ '^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$'
        then regexp_replace(value, '[.][0-9]+$', '.0/24')
        when value ~ '^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?)$' then (
            select case
                when strpos(value, '::') = 0 or cardinality(first) + cardinality(last) <= 7 then (
                    select string_agg(coalesce(nullif(ltrim(coalesce(case
                        when i <= cardinality(first) then first[i] else last[i - 8 + cardinality(last)] end, '0'), '0'), ''), '0'), ':' order by i)
                    from generate_series(1, 3) as i
                ) || '::/48'
            end
            from (
                select string_to_array(nullif(split_part(lower(value), '::', 1), ''), ':') as left_part,
                    string_to_array(nullif(split_part(lower(value), '::', 2), ''), ':') as right_part
            ) as parts
            cross join lateral (select coalesce(left_part, '{}') as first, coalesce(right_part, '{}') as last) as groups
        )
    end
$body$;

-- The host of an absolute URL.
create or replace function pipec.url_host(value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select lower(substring(value from '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?:[:][0-9]*)?(?:[/?#].*)?$'))
$body$;

-- Three digits of a US ZIP code; 000 for the areas of few people.
create or replace function pipec.zip3(value text, areas text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when trim(value) !~ '^[0-9]{5}(-?[0-9]{4})?$' then null
        when strpos(areas, left(trim(value), 3)) = 0 then left(trim(value), 3)
        when value is not null then '000'
    end
$body$;

-- The same of a code that is kept as a number.
create or replace function pipec.zip3_number(value bigint, areas text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when value between 1 and 99999 then pipec.zip3(lpad(value::text, 5, '0'), areas)
        when value between 1000000 and 999999999 then pipec.zip3(lpad(value::text, 9, '0'), areas)
    end
$body$;

-- A number without zeros at its end.
create or replace function pipec.number_text(value numeric) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select trim_scale(value)::text
$body$;

-- The range between two bounds.
create or replace function pipec.bucket(value numeric, bounds numeric[]) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when abs(value) < 1e15 then coalesce('[' || pipec.number_text(max(b) filter (where b <= value)), '(') || ','
            || coalesce(pipec.number_text(min(b) filter (where b > value)), '') || ')'
    end
    from unnest(bounds) as b
$body$;

-- The range of a step.
create or replace function pipec.bucket_fixed(value numeric, step numeric) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when abs(value) < 1e15 and step between 0.000001 and 1000000
        then '[' || pipec.number_text(low) || ',' || pipec.number_text(low + width) || ')'
    end
    from (select round(step, 6) as width) as rounded
    cross join lateral (select case when abs(value) < 1e15 and step between 0.000001 and 1000000 then floor(value / width) * width end as low) as found
$body$;

-- The nearest multiple.
create or replace function pipec.round_to(value numeric, n numeric) returns numeric
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when abs(value) < 1e15 and n between 0.000001 and 1000000 then round(value / round(n, 6)) * round(n, 6) end
$body$;

-- A number changed by a share that comes from the keyed hash of its entity.
create or replace function pipec.noise(value numeric, ratio numeric, entity text, key_name text, domain text) returns numeric
language sql stable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when abs(value) < 1e15 and ratio > 0 and ratio <= 1
        then value + value * ratio * (1 + (number / 2) % 1000000) * (2 * (number % 2) - 1) / 1000000
    end
    from (select pipec.keyed_number(entity, key_name, 'noise', domain) as number) as drawn
$body$;

-- What default privileges, and grants of before, gave to others: all rights to the keys and the crosswalks, and the right to call what uses
-- them as far as default privileges give it. Grant it by name to who builds.
create or replace procedure pipec_secret.close()
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select 'schema pipec_secret' as what, given.grantee
        from pg_namespace as n
        cross join lateral aclexplode(n.nspacl) as given
        where n.nspname = 'pipec_secret' and given.grantee <> n.nspowner
        union
        select 'table ' || c.oid::regclass, given.grantee
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        cross join lateral (
            select (aclexplode(c.relacl)).grantee
            union
            select (aclexplode(a.attacl)).grantee from pg_attribute as a where a.attrelid = c.oid and a.attacl is not null
        ) as given
        where n.nspname = 'pipec_secret' and c.relkind = 'r' and given.grantee <> c.relowner
        union
        select 'routine ' || p.oid::regprocedure, given.grantee
        from pg_default_acl as d
        cross join lateral aclexplode(d.defaclacl) as given
        join pg_proc as p on p.proowner = d.defaclrole
        join pg_namespace as n on n.oid = p.pronamespace
        where d.defaclobjtype = 'f' and given.grantee <> d.defaclrole
            and (n.nspname = 'pipec_secret' or n.nspname = 'pipec' and p.prosecdef)
    loop
        execute format(
            'revoke all on %s from %s cascade', found.what, case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
call pipec_secret.close();
