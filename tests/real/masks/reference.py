"""What each mask leaves, written once more from its documentation alone.

Deliberately not a translation of any engine's version: dates are counted with `datetime`, numbers with `Decimal`,
addresses with `ipaddress`, keyed hashes with `hmac`. Every function takes what a column holds, as text, and is total.
"""

from __future__ import annotations

import calendar
import datetime
import hashlib
import hmac
import ipaddress
import re
import urllib.parse
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

KEY = b"pipec-throw-away-key"
REDACTED = "REDACTED"
AREAS = frozenset("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split())
BETWEEN = frozenset(" ()+./-")


# --- keyed hashes -----------------------------------------------------------------------


def token(value: str | None, domain: str) -> str | None:
    """The first 128 bits of HMAC-SHA-256 over domain, 0x1f, value; none for the empty text."""
    if not value:
        return None
    return hmac.new(KEY, domain.encode() + b"\x1f" + value.encode(), hashlib.sha256).hexdigest()[:32]


def drawn(entity: str | None, purpose: str, domain: str) -> int | None:
    """32 bits of the keyed hash, apart from all tokens."""
    digits = token(entity, f"{purpose}\x1f{domain}")
    return None if digits is None else int.from_bytes(bytes.fromhex(digits)[:4], "big")


def steps(number: int, most: int) -> int:
    """From 1 to `most`, with a sign; never 0."""
    size = 1 + (number >> 1) % most
    return size if number & 1 else -size


def fake_word(value: str | None, words: str, domain: str) -> str | None:
    """One of the words."""
    number, listed = drawn(value, "fake", domain), words.split("|")
    return None if number is None else listed[number % len(listed)] or None


def fake_email(value: str | None, domain: str) -> str | None:
    """An address at example.org."""
    digits = token(value, f"fake\x1f{domain}")
    return None if digits is None else f"u{digits[:16]}@example.org"


# --- texts ------------------------------------------------------------------------------


def keep(value: str | None, n: int, last: bool) -> str | None:
    """One end; the other hidden, and the whole when too little is."""
    if value is None:
        return None
    cut = max(len(value) - n, 0) if last else min(n, len(value))
    hidden, shown = (value[:cut], value[cut:]) if last else (value[cut:], value[:cut])
    if n < 1 or sum(c not in BETWEEN for c in hidden) < n:
        return REDACTED
    veiled = "".join(c if c in BETWEEN else "X" for c in hidden)
    return veiled + shown if last else shown + veiled


def partial(value: str | None, pre: int, pad: str, suf: int) -> str | None:
    """Both ends with `pad` between them."""
    if value is None:
        return None
    pre, suf = max(pre, 0), max(suf, 0)
    return pad if len(value) <= pre + suf else value[:pre] + pad + value[len(value) - suf :]


def shape(value: str | None) -> str | None:
    """Kinds of characters."""
    if value is None:
        return None
    kinds = [(str.isdigit, "0"), (str.isupper, "X"), (str.islower, "x")]
    return "".join(next((to for fits, to in kinds if fits(c)), c) if c.isascii() else "x" for c in value)


def email_mask(value: str | None) -> str | None:
    """The domain of an address."""
    if value is None:
        return None
    local, at, host = value.partition("@")
    labels = host.split(".")
    label = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
    fine = at and local and all("!" <= c <= "~" for c in local) and len(labels) > 1
    fine = fine and all(label.fullmatch(part) for part in labels) and re.fullmatch("[A-Za-z]{2,63}", labels[-1])
    return f"XXXXX@{host}" if fine else REDACTED


def ip_prefix(value: str | None) -> str | None:
    """The network of an address; mixed notations and zones are none."""
    if value is None:
        return None
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(ipaddress.ip_network(f"{value}/24", strict=False))
    if "." in value or "%" in value:
        return None
    return ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":")[:3]) + "::/48"


def url_host(value: str | None) -> str | None:
    """The host of an absolute URL."""
    if value is None or not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", value):
        return None
    authority = re.split("[/?#]", value.split("://", 1)[1], maxsplit=1)[0]
    if authority.count("@") > 1:
        return None
    host, _, port = authority.rpartition("@")[2], None, None
    if found := re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~\-]+)(?::[0-9]*)?", host):
        return found[1].lower()
    return None


def zip3(value: str | None, areas: frozenset[str] = AREAS) -> str | None:
    """Three digits of a code."""
    if value is None or not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", value.strip(" "), re.ASCII):
        return None
    area = value.strip(" ")[:3]
    return "000" if area in areas else area


def zip3_number(value: str | None) -> str | None:
    """The same of a number."""
    if value is None:
        return None
    number = int(value)
    if 0 < number <= 99_999:
        return zip3(f"{number:05}")
    return zip3(f"{number:09}") if 1_000_000 <= number <= 999_999_999 else None


# --- dates ------------------------------------------------------------------------------


def day(value: str | None) -> datetime.date | None:
    """A date as written."""
    return None if value is None else datetime.date.fromisoformat(value)


def year_of(value: str | None) -> str | None:
    """The year of a date."""
    return None if (d := day(value)) is None else str(d.year)


def year_of_moment(value: str | None) -> str | None:
    """The year of a moment in UTC."""
    return None if value is None else str(datetime.datetime.fromisoformat(value).astimezone(datetime.UTC).year)


def wall_day(value: str | None) -> str | None:
    """The day that a clock on the wall tells."""
    return None if value is None else datetime.datetime.fromisoformat(value).date().isoformat()


def utc_day(value: str | None) -> str | None:
    """The day of a moment in UTC."""
    return None if value is None else datetime.datetime.fromisoformat(value).astimezone(datetime.UTC).date().isoformat()


def year_told(value: str | None, born: str | None, seen: str | None) -> str | None:
    """The year, unless who was born then turns 90 in the year of `seen`."""
    d, b, s = day(value), day(born), day(seen)
    return None if d is None or b is None or s is None or s.year - b.year >= 90 else str(d.year)


def truncated(value: str | None, unit: str) -> str | None:
    """The first day of the month or quarter."""
    d = day(value)
    if d is None or unit not in ("month", "quarter"):
        return None
    month = d.month if unit == "month" else {1: 1, 2: 4, 3: 7, 4: 10}[(d.month + 2) // 3]
    return d.replace(month=month, day=1).isoformat()


def date_shift(value: str | None, entity: str | None, domain: str, days: int) -> str | None:
    """A date moved by its entity's number of days."""
    d, number = day(value), drawn(entity, "date_shift", domain)
    if d is None or number is None or not 1 <= days <= 36_500:
        return None
    try:
        return (d + datetime.timedelta(days=steps(number, days))).isoformat()
    except OverflowError:
        return None


def age(born: str | None, as_of: str | None) -> int | None:
    """Birthdays that have been; on February 29 in leap years only, else on March 1."""
    b, a = day(born), day(as_of)
    if b is None or a is None or b > a:
        return None
    birthday = datetime.date(a.year, 3, 1) if (b.month, b.day) == (2, 29) and not calendar.isleap(a.year) else b.replace(year=a.year)
    return a.year - b.year - (a < birthday)


def age_years(years: int | None, cap: int) -> str | None:
    """An age, 90 at most."""
    return None if years is None or years < 0 or cap < 1 else str(min(years, cap, 90))


def age_band(years: int | None, width: int, cap: int) -> str | None:
    """The band of an age."""
    if years is None or years < 0 or width < 1 or cap < 1:
        return None
    top = min(cap, 90)
    low = years - years % width
    return f"{top}+" if years >= top else f"{low}-{min(low + width, top) - 1}"


# --- numbers ----------------------------------------------------------------------------


def told(number: Decimal) -> str:
    """Without zeros at the end, and without an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(value: str | None) -> Decimal | None:
    """A number that masks take."""
    return None if value is None or abs(Decimal(value)) >= 10**15 else Decimal(value)


def bucket(value: str | None, *bounds: str) -> str | None:
    """The range between two bounds."""
    x, cuts = counted(value), [Decimal(b) for b in bounds]
    if x is None:
        return None
    low = max((b for b in cuts if b <= x), default=None)
    high = min((b for b in cuts if b > x), default=None)
    return ("(" if low is None else "[" + told(low)) + "," + ("" if high is None else told(high)) + ")"


def step_of(step: str) -> Decimal | None:
    """A step that can be counted with."""
    return Decimal(step).quantize(Decimal("0.000001"), ROUND_HALF_UP) if Decimal("0.000001") <= Decimal(step) <= 1_000_000 else None


def bucket_fixed(value: str | None, step: str) -> str | None:
    """The range of a step."""
    x, width = counted(value), step_of(step)
    if x is None or width is None:
        return None
    with localcontext(prec=60):
        low = (x / width).to_integral_value(ROUND_FLOOR) * width
        return f"[{told(low)},{told(low + width)})"


def round_to(value: str | None, step: str) -> str | None:
    """The nearest multiple."""
    x, width = counted(value), step_of(step)
    if x is None or width is None:
        return None
    with localcontext(prec=60):
        return told((x / width).to_integral_value(ROUND_HALF_UP) * width)


def noise(value: str | None, ratio: str, entity: str | None, domain: str) -> str | None:
    """A number changed by its entity's share."""
    x, number, share = counted(value), drawn(entity, "noise", domain), Decimal(ratio)
    if x is None or number is None or not 0 < share <= 1:
        return None
    with localcontext(prec=60):
        return told(x + x * share * steps(number, 1_000_000) / 1_000_000)
