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
