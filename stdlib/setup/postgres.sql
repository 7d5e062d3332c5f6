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
