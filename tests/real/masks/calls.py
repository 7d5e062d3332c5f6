"""Every mask of the standard library with the calls it is judged by: how a model writes one, over which columns, and what has to come out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import inputs, reference as ref

Values = Sequence[str | None]


@dataclass(frozen=True)
class Call:
    """One call over a table of inputs."""

    signature: str  # as `stdlib/masks.pipe` declares it
    written: str  # with `$1`, `$2`, … for the columns
    types: Sequence[str]
    rows: Sequence[Values]
    expected: Callable[[Values], str | None]
    result: str = "text"

    def answers(self) -> list[str | None]:
        """What has to come out, row by row."""
        return [self.expected(row) for row in self.rows]


def rows(*columns: Sequence[str | None]) -> list[Values]:
    """One column as rows, or each value of the first with some of the others, the same every time."""
    if len(columns) == 1:
        return [[value] for value in columns[0]]
    pick = random.Random(len(columns[0]))
    made: list[Values] = [[first, *(pick.choice(c) for c in columns[1:])] for first in columns[0] for _ in range(2)]
    return made + [[pick.choice(columns[0]), *(other if c is column else pick.choice(c) for c in columns[1:])] for column in columns[1:] for other in column]


def number(value: str | None) -> int | None:
    """A whole number as text."""
    return None if value is None else int(value)


def shown(value: bool) -> str:
    """A truth value."""
    return "true" if value else "false"


def all_calls(seed: int, count: int) -> list[Call]:
    """Every call; `count` says how many inputs are generated for each."""
    made = inputs.Generated(seed)
    return [*constants(), *keyed(made, count), *pieces(made, count), *places(made, count), *years(made, count), *ages(made, count), *numbers(made, count)]


def constants() -> list[Call]:
    """What leaves nothing, or presence."""
    calls = []
    samples = {"text": inputs.TEXTS, "date": inputs.DATES, "integer": inputs.AGES, "boolean": [None, "true", "false"], "numeric": inputs.NUMBERS, "timestamptz": inputs.MOMENTS}
    for type_, values in samples.items():
        over = rows(values)
        calls += [
            Call("is_present(T)", "is_present($1)", [type_], over, lambda v: shown(v[0] is not None), "boolean"),
            Call("redact(T, text)", "redact($1)", [type_], over, lambda v: None if v[0] is None else "REDACTED"),
            Call("redact_always(T, text)", "redact_always($1)", [type_], over, lambda _: "REDACTED"),
        ]
    calls += [
        Call("redact(T, text)", "redact($1, text => 'it''s hidden')", ["text"], rows(inputs.TEXTS), lambda v: None if v[0] is None else "it's hidden"),
        Call("redact_always(T, text)", "redact_always($1, text => '')", ["text"], rows(inputs.TEXTS), lambda _: ""),
        Call("label_tag(T, text)", "label_tag($1, tag => 'PATIENT_NAME')", ["text"], rows(inputs.TEXTS), lambda _: "[PATIENT_NAME]"),
    ]
    zeros = {"text": "", "integer": "0", "bigint": "0", "numeric": "0", "boolean": "false", "date": "1970-01-01"}
    for type_, zero in zeros.items():
        over = rows(samples.get(type_, inputs.NUMERIC_ZIPS))
        calls.append(Call(f"default_value({type_})", "default_value($1)", [type_], over, lambda _, zero=zero: zero, type_))
    return calls


def keyed(made: inputs.Generated, count: int) -> list[Call]:
    """Stand-ins, and what moves by a keyed hash."""
    texts = rows([*inputs.TEXTS, *made.texts(count)])
    key, shifted = "key => secret('KEY')", [*inputs.DATES, *made.dates(count, "0001-01-01", "9999-12-31"), *made.dates(count)]
    calls = [
        Call("hmac_token(text, text, text)", f"hmac_token($1, {key}, domain => '{d}')", ["text"], texts, lambda v, d=d: ref.token(v[0], d)) for d in ("anon", "", "é 2")
    ]
    calls.append(
        Call("hmac_token(bigint, text, text)", f"hmac_token($1, {key}, domain => 'anon')", ["bigint"], rows(inputs.NUMERIC_ZIPS), lambda v: ref.token(v[0], "anon"))
    )
    calls.append(
        Call("hmac_token(uuid, text, text)", f"hmac_token($1, {key}, domain => 'anon')", ["uuid"], rows(inputs.UUIDS), lambda v: ref.token(v[0], "anon"))
    )
    # Random in Postgres: judged by what they are to each other. `keys` judges the rest.
    for type_, values in (("bigint", inputs.NUMERIC_ZIPS), ("uuid", inputs.UUIDS)):
        for other, same in (("cast($1 as text), crosswalk => 'c'", True), ("$1, crosswalk => 'd'", False)):
            calls.append(
                Call(
                    f"surrogate({type_}, text)", f"surrogate($1, crosswalk => 'c') = surrogate({other})", [type_], rows(values),
                    lambda v, s=same: None if v[0] is None else shown(s), "boolean",
                )
            )
    for words in ("Ada|Ben|Cleo|Dan|Eva", "one", "a||b"):
        calls.append(Call("fake_word(text, text, text, text)", f"fake_word($1, words => '{words}', {key}, domain => 'd')", ["text"], texts, lambda v, w=words: ref.fake_word(v[0], w, "d")))
    calls.append(Call("fake_email(text, text, text)", f"fake_email($1, {key}, domain => 'd')", ["text"], texts, lambda v: ref.fake_email(v[0], "d")))
    for days in (365, 1, 30, 36500, 0, -3, 36501):
        calls.append(
            Call(
                "date_shift(date, text, text, text, integer)", f"date_shift($1, entity => $2, {key}, domain => 'd', days => {days})", ["date", "text"],
                rows(shifted, [*inputs.ENTITIES, *made.texts(20)]), lambda v, n=days: ref.date_shift(v[0], v[1], "d", n), "date",
            )
        )
    for ratio in ("0.1", "1", "0.000001", "0", "-0.5", "1.5"):
        calls.append(
            Call(
                "noise(numeric, numeric, text, text, text)", f"noise($1, {ratio}, entity => $2, {key}, domain => 'd')", ["numeric", "text"],
                rows([*inputs.NUMBERS, *made.numbers(count)], [*inputs.ENTITIES, *made.texts(20)]), lambda v, r=ratio: ref.noise(v[0], r, v[1], "d"), "numeric",
            )
        )
    return calls


def pieces(made: inputs.Generated, count: int) -> list[Call]:
    """Pieces of texts."""
    texts = rows([*inputs.TEXTS, *made.texts(count)])
    calls = [Call("keep_last(text, integer)", "keep_last($1)", ["text"], texts, lambda v: ref.keep(v[0], 4, True))]
    for n in (0, 1, 2, 4, 10, -1, -2147483647, 2147483647):
        calls.append(Call("keep_last(text, integer)", f"keep_last($1, {n})", ["text"], texts, lambda v, n=n: ref.keep(v[0], n, True)))
        calls.append(Call("keep_first(text, integer)", f"keep_first($1, {n})", ["text"], texts, lambda v, n=n: ref.keep(v[0], n, False)))
    for pre, pad, suf in [(1, "***", 0), (0, "…", 2), (2, "", 2), (0, "x", 0), (-1, "-", -5), (2147483647, "long", 2147483647), (3, "'", 3)]:
        quoted = pad.replace("'", "''")
        calls.append(
            Call("partial(text, integer, text, integer)", f"partial($1, {pre}, '{quoted}', {suf})", ["text"], texts, lambda v, a=(pre, pad, suf): ref.partial(v[0], *a))
        )
    calls += [
        Call("shape(text)", "shape($1)", ["text"], texts, lambda v: ref.shape(v[0])),
        Call("email_mask(text)", "email_mask($1)", ["text"], [*rows(inputs.EMAILS), *texts], lambda v: ref.email_mask(v[0])),
        Call("ip_prefix(text)", "ip_prefix($1)", ["text"], [*rows([*inputs.ADDRESSES, *made.addresses(count)]), *texts], lambda v: ref.ip_prefix(v[0])),
        Call("url_host(text)", "url_host($1)", ["text"], [*rows(inputs.URLS), *texts], lambda v: ref.url_host(v[0])),
    ]
    return calls


def places(made: inputs.Generated, count: int) -> list[Call]:
    """ZIP codes: every area there can be, whole and broken codes, numbers."""
    every = [f"{area:03}42" for area in range(1000)]
    codes = rows([*inputs.ZIPS, *every, *made.zips(count)])
    numeric = rows([*inputs.NUMERIC_ZIPS, *(str(int(code)) for code in every), *(str(made.random.randrange(10**9)) for _ in range(count))])
    return [
        Call("zip3(text, text)", "zip3($1)", ["text"], codes, lambda v: ref.zip3(v[0])),
        Call("zip3(bigint, text)", "zip3($1)", ["bigint"], numeric, lambda v: ref.zip3_number(v[0])),
    ]


# Types of moments, whether they have a zone, and the day that masks count from.
MOMENTS = [("timestamp", False, ref.wall_day), ("timestamptz", True, ref.utc_day)]


def _within(days: Sequence[str | None]) -> list[str | None]:
    """Days whose neighbours in other zones are days, too."""
    return [day for day in days if day not in ("0001-01-01", "9999-12-31")]


def years(made: inputs.Generated, count: int) -> list[Call]:
    """Years, months and quarters."""
    days = [*inputs.DATES, *made.dates(count)]
    calls = [
        Call("year_of(date)", "year_of($1)", ["date"], rows(days), lambda v: ref.year_of(v[0]), "integer"),
        Call("year_of(timestamp)", "year_of($1)", ["timestamp"], rows(inputs.WALL), lambda v: ref.year_of((v[0] or "")[:10] or None), "integer"),
        Call("year_of(timestamptz)", "year_of($1)", ["timestamptz"], rows(inputs.MOMENTS), lambda v: ref.year_of_moment(v[0]), "integer"),
        Call("year_of(date, date)", "year_of($1, subject_dob => $2)", ["date", "date"], rows(days, [*inputs.DATES, *made.dates(40)]), lambda v: ref.year_told(v[0], v[1], v[0]), "integer"),
    ]
    for as_of in inputs.AS_OF:
        over = rows([*days, *made.births_around_ninety(as_of)])
        calls.append(Call("year_of(date, date)", f"year_of($1, as_of => date '{as_of}')", ["date"], over, lambda v, d=as_of: ref.year_told(v[0], v[0], d), "integer"))
    for as_of in inputs.AS_OF:
        for type_, zoned, day in MOMENTS:
            over = rows([*(inputs.MOMENTS if zoned else inputs.WALL), *made.moments([*_within(days), *made.births_around_ninety(as_of)], zoned)])
            calls.append(
                Call(f"year_of({type_}, date)", f"year_of($1, as_of => date '{as_of}')", [type_], over, lambda v, d=as_of, y=day: ref.year_told(y(v[0]), y(v[0]), d), "integer")
            )
    for unit in ("month", "quarter", "year", "MONTH", ""):
        calls.append(Call("date_trunc_mask(date, text)", f"date_trunc_mask($1, '{unit}')", ["date"], rows(days), lambda v, u=unit: ref.truncated(v[0], u), "date"))
    calls.append(Call("date_trunc_mask(date, text)", "date_trunc_mask($1)", ["date"], rows(days), lambda v: ref.truncated(v[0], "month"), "date"))
    return calls


def ages(made: inputs.Generated, count: int) -> list[Call]:
    """Ages, from births and as numbers."""
    calls = []
    for as_of in inputs.AS_OF:
        over = rows([*inputs.DATES, *made.births_around_ninety(as_of), *made.dates(count // 4)])
        calls += [
            Call("age_years(date, date, integer)", f"age_years($1, as_of => date '{as_of}')", ["date"], over, lambda v, d=as_of: ref.age_years(ref.age(v[0], d), 90), "integer"),
            Call("age_band(date, date, integer, integer)", f"age_band($1, as_of => date '{as_of}')", ["date"], over, lambda v, d=as_of: ref.age_band(ref.age(v[0], d), 5, 90)),
        ]
        for type_, zoned, day in MOMENTS:
            over = rows([*(inputs.MOMENTS if zoned else inputs.WALL), *made.moments([*_within(inputs.DATES), *made.births_around_ninety(as_of)], zoned)])
            calls += [
                Call(
                    f"age_years({type_}, date, integer)", f"age_years($1, as_of => date '{as_of}')", [type_], over,
                    lambda v, d=as_of, y=day: ref.age_years(ref.age(y(v[0]), d), 90), "integer",
                ),
                Call(
                    f"age_band({type_}, date, integer, integer)", f"age_band($1, as_of => date '{as_of}', width => 10, cap => 85)", [type_], over,
                    lambda v, d=as_of, y=day: ref.age_band(ref.age(y(v[0]), d), 10, 85),
                ),
            ]
    births = rows([*inputs.DATES, *made.dates(count)])
    for cap in (1, 65, 90, 91, 120, 0, -1, 2147483647):
        calls += [
            Call("age_years(date, date, integer)", f"age_years($1, as_of => date '2024-06-30', cap => {cap})", ["date"], births, lambda v, c=cap: ref.age_years(ref.age(v[0], "2024-06-30"), c), "integer"),
            Call("age_years(integer, integer)", f"age_years($1, cap => {cap})", ["integer"], rows(inputs.AGES), lambda v, c=cap: ref.age_years(number(v[0]), c), "integer"),
        ]
    for width, cap in [(1, 90), (5, 90), (10, 85), (20, 90), (7, 120), (90, 90), (100, 90), (0, 90), (-5, 90), (5, 0), (2147483647, 2147483647)]:
        calls += [
            Call(
                "age_band(date, date, integer, integer)", f"age_band($1, as_of => date '2024-06-30', width => {width}, cap => {cap})", ["date"], births,
                lambda v, a=(width, cap): ref.age_band(ref.age(v[0], "2024-06-30"), *a),
            ),
            Call("age_band(integer, integer, integer)", f"age_band($1, width => {width}, cap => {cap})", ["integer"], rows(inputs.AGES), lambda v, a=(width, cap): ref.age_band(number(v[0]), *a)),
        ]
    return calls


def numbers(made: inputs.Generated, count: int) -> list[Call]:
    """Ranges and multiples."""
    over = rows([*inputs.NUMBERS, *made.numbers(count)])
    calls = []
    for bounds in [("18", "40", "65"), ("0.5",), ("65", "18", "40.50"), ("-10", "0", "10")]:
        calls.append(Call("bucket(numeric, numeric ...)", f"bucket($1, {', '.join(bounds)})", ["numeric"], over, lambda v, b=bounds: ref.bucket(v[0], *b)))
    for step in ("5", "0.3", "10", "0.25", "1000000", "0.01", "0", "-1", "2000000"):
        calls += [
            Call("bucket_fixed(numeric, numeric)", f"bucket_fixed($1, {step})", ["numeric"], over, lambda v, s=step: ref.bucket_fixed(v[0], s)),
            Call("round_to(numeric, numeric)", f"round_to($1, {step})", ["numeric"], over, lambda v, s=step: ref.round_to(v[0], s), "numeric"),
        ]
    return calls
