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
