-- What pipec's masks need in a Postgres warehouse. Idempotent; holds no secret.
--
-- Keys lie in pipec_secret.key, which only its owner reads. Whoever runs the masks calls a function that looks a key up under
-- its owner's rights and never returns it. Load a key without its value reaching a server log:
--     printf '%s\t\\x%s\n' PSEUDONYM_KEY "$(printf %s "$PSEUDONYM_KEY" | od -An -tx1 | tr -d ' \n')" |
--       psql -c 'copy pipec_secret.key (name, value) from stdin'
create schema if not exists pipec;
create schema if not exists pipec_secret;
revoke all on schema pipec_secret from public;

create table if not exists pipec_secret.key (
    name text primary key,
    value bytea not null check (octet_length(value) >= 16)
);
revoke all on table pipec_secret.key from public;

-- HMAC-SHA-256, RFC 2104.
create or replace function pipec.hmac_sha256(message bytea, secret bytea) returns bytea
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $body$
declare
    block bytea := case when octet_length(secret) > 64 then sha256(secret) else secret end;
    inner_pad bytea;
    outer_pad bytea;
begin
    block := block || decode(repeat('00', 64 - octet_length(block)), 'hex');
    inner_pad := block;
    outer_pad := block;
    for i in 0..63 loop
        inner_pad := set_byte(inner_pad, i, get_byte(block, i) # 54);
        outer_pad := set_byte(outer_pad, i, get_byte(block, i) # 92);
    end loop;
    return sha256(outer_pad || sha256(inner_pad || message));
end
$body$;

create or replace function pipec.hmac_token(value text, key_name text, domain text) returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $body$
declare
    secret bytea;
begin
    if value is null or value = '' then
        return null;
    end if;
    select k.value into secret from pipec_secret.key as k where k.name = key_name;
    if secret is null then
        raise exception 'pipec: no key named % in pipec_secret.key', key_name using errcode = 'P0001';
    end if;
    return left(encode(pipec.hmac_sha256(convert_to(domain, 'UTF8') || '\x1f'::bytea || convert_to(value, 'UTF8'), secret), 'hex'), 32);
end
$body$;
revoke execute on function pipec.hmac_token(text, text, text) from public;

create or replace function pipec.age_band(born date, as_of date, width integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case
        when born > as_of or width < 1 then null
        when age >= 90 then '90+'
        else (age / width * width)::text || '-' || least(age / width * width + width - 1, 89)::text
    end
    from (
        select (extract(year from as_of) - extract(year from born))::integer
            - (to_char(as_of, 'MM-DD') < to_char(born, 'MM-DD'))::integer as age
    ) as completed
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

-- The last n characters, the others as X; a short value is redacted whole.
create or replace function pipec.keep_last(value text, n integer) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when length(value) < 2 * n then 'REDACTED' else regexp_replace(left(value, -n), '[^ ()+./-]', 'X', 'g') || right(value, n) end
$body$;

-- Three digits of a US ZIP code; 000 for small areas (HHS guidance, 2000 Census).
create or replace function pipec.zip3(value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
as $body$
    select case when trim(value) ~ '^[0-9]{5}(-?[0-9]{4})?$' then case when left(trim(value), 3) in ('036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893') then '000' else left(trim(value), 3) end end
$body$;
