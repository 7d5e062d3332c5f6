"""What masks are called with: what goes wrong by hand, and thousands more by a seeded generator."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence

# Short, long, of all scripts, of blanks, of what looks like something else.
TEXTS: Sequence[str | None] = [
    None, "", " ", "   ", "x", "é", "😀", "ab", "555-123-4567", "(020) 79 46 00 12", "+1 555 0100", "1234567", "12345678", "----1234", "    1234", "1234    ",
    "1234----", "()()()()", "(12)3456", "é😀é😀1234", "1234é😀é😀", "ab\ncdefgh", "abcdefg\th", "O'Brien", 'say "no"', "back\\slash", "100%", "a_b", "NULL", "null",
    "Müller-Lüdenscheidt", "李小龙", "محمد", "ﬁne", "İstanbul", "ß", "e\u0301", "\u200b", "\u00a0", "A" * 500, "１２３４５", "-", "0", "REDACTED", "{x}", "$1", "'; drop table t; --",
    "\u007f", "\u0080", "\x01\x1f", "AZaz09[]@`{~",
]

EMAILS: Sequence[str | None] = [
    None, "", "a@b.org", "Anna.Maria+tag@example.co.uk", "o'brien@example.org", "no-at", "@example.org", "a@", "a@b", "a@b.c", "a@b.cd", "a@b..org", "a@.org", "a@-b.org",
    "a@b-.org", "a@b-c.org", "a@b.org.", " a@b.org", "a@b.org ", "a b@c.org", "a@b@c.org", "ä@b.org", "a@bü.org", "a@b.org\n", "a\n@b.org", "A@B.ORG", "a@1.2.3.4", "a@b.1org",
    "a@" + "b" * 63 + ".org", "a@" + "b" * 64 + ".org", "a@b." + "c" * 63, "a@b." + "c" * 64, "!#$%&'*+/=?^_`{|}~-@x.org", '"a b"@c.org', "a@b_c.org", "a" * 300 + "@b.org", "李@b.org",
]

ADDRESSES: Sequence[str | None] = [
    None, "", "192.0.2.17", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.-4", "1.2.3.4/24", "::", "::1", "1::",
    "2001:db8::1", "2001:DB8:1:2:3:4:5:6", "2001:0db8:0001::", "2001:db8:1:2:3:4:5", "2001:db8:1:2:3:4:5:6:7", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "1:2::8", "1:2:3::8",
    "1:2:3:4::5:6:7:8", "1::2::3", ":::", ":1", "1:", "12345::", "g::", "fe80::1%eth0", "::ffff:192.0.2.1", "::1 ", "0:0:0:0:0:0:0:0", "1:2:3:4:5:6:7:8:", "١.٢.٣.٤", "::0001:0:0:0:0:0",
]

URLS: Sequence[str | None] = [
    None, "", "https://example.org", "HTTPS://Example.ORG/path?q=1#f", "http://user:secret@example.org:8080/x", "ftp://example.org", "example.org", "//example.org", "http:/example.org",
    "http://", "http:///x", "http://a@b@c.org/", "http://exa mple.org/", "http://example.org:80", "http://example.org:", "http://example.org:8x", "http://[2001:DB8::1]:443/x", "http://[::1",
    "http://[zz]/", "http://münchen.de/", "http://example.org\\@evil.org/", "mailto:a@b.org", "1http://x.org", "x+y.z-1://h/", "http://example.org\n", "http://example.org/a\nb", "http://a_b~c.org?x@y",
    "javascript:alert(1)", "http://example.org#@evil.org", " http://example.org", "http://@example.org/", "http://u@/x", "http://example.org?http://other.org",
]

ZIPS: Sequence[str | None] = [
    None, "", "12345", "03601", "036", "0360", "03601-1234", "036011234", "03601-123", "03601 1234", "12345-6789", "123456789", "1234567890", " 12345 ", "\t12345", "12345\n", "12345 ", "ABCDE", "1234A",
    "1234", "00000", "00501", "99950", "K1A 0B6", "SW1A 1AA", "D-10115", "10115", "１２３４５", "-12345", "12345-", "+12345", "12.45", "1e345", "٠٣٦٠١",
]

DATES: Sequence[str | None] = [
    None, "0001-01-01", "0999-12-31", "1582-10-10", "1899-12-31", "1900-01-01", "1900-03-01", "1904-02-29", "1933-12-31", "1934-01-01", "1934-06-29", "1934-06-30", "1934-07-01", "1934-12-31", "1935-01-01",
    "1935-06-30", "1936-02-29", "1969-12-31", "1970-01-01", "1996-02-29", "2000-02-28", "2000-02-29", "2000-03-01", "2023-02-28", "2023-03-01", "2024-01-01", "2024-02-29", "2024-03-31", "2024-04-01",
    "2024-06-29", "2024-06-30", "2024-07-01", "2024-09-30", "2024-10-01", "2024-12-31", "2025-01-01", "2100-02-28", "9999-12-31",
]

# The days ages are counted on: within a year, at its ends, on and beside the leap day.
AS_OF = ["2024-01-01", "2024-02-28", "2024-02-29", "2024-06-30", "2024-12-31", "2023-02-28", "2023-03-01", "0001-01-01", "9999-12-31"]

MOMENTS: Sequence[str | None] = [
    None, "2024-12-31 23:30:00-05:00", "2024-01-01 00:30:00+05:00", "2024-12-31 23:59:59.999999+00:00", "2025-01-01 00:00:00+00:00", "1969-12-31 23:59:59+00:00", "1900-01-01 00:00:00+00:00",
    "2024-02-29 12:00:00+00:00", "2023-12-31 18:00:00-06:00", "2023-12-31 17:59:59-06:00",
]

# What a clock on the wall says, without a zone.
WALL: Sequence[str | None] = [None, "2024-12-31 23:59:59.999999", "2025-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "1900-02-28 12:30:00", "2024-02-29 00:00:00"]

UUIDS: Sequence[str | None] = [None, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff", "0d3c1b9a-7e22-4c55-a1f0-2b9e6c1d8f34"]

AGES: Sequence[str | None] = [None, "-2147483648", "-1", "0", "1", "4", "5", "17", "18", "29", "30", "59", "60", "64", "65", "84", "85", "88", "89", "90", "91", "120", "2147483647"]

NUMBERS: Sequence[str | None] = [
    None, "0", "-0.001", "0.001", "1", "-1", "2.5", "-2.5", "4.999", "5", "5.001", "7.5", "-7.5", "17.999", "18", "39.999", "40", "64.5", "65", "99.99", "100", "-100", "0.3", "0.6", "0.9", "1.2", "12.345678",
    "123456.789", "-123456.789", "999999999.999", "1000000000000000", "-1000000000000000", "99999999999999999999",
]

NUMERIC_ZIPS: Sequence[str | None] = [
    None, "0", "-1", "1", "501", "3601", "36011234", "501", "5010001", "12345", "99999", "100000", "999999", "1000000", "123456789", "999999999", "1000000000", "9223372036854775807", "-9223372036854775808",
]

ENTITIES: Sequence[str | None] = [None, "", "p1", "p2", "P1", " p1", "é", "😀", "x" * 200]


class Generated:
    """Further inputs, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def texts(self, count: int) -> list[str | None]:
        """Texts of digits, letters of all scripts and what stands between them."""
        letters = "0123456789" * 3 + "abcXYZ" + " ()+./-" * 2 + "éß李😀\n@'\""
        return ["".join(self.random.choices(letters, k=self.random.randrange(0, 24))) for _ in range(count)]

    def zips(self, count: int) -> list[str | None]:
        """Codes, whole and broken."""
        pick = self.random
        made: list[str | None] = []
        for _ in range(count):
            code = f"{pick.randrange(100_000):05}" + pick.choice(["", "", f"{pick.randrange(10_000):04}", f"-{pick.randrange(10_000):04}"])
            at = pick.randrange(len(code))
            made.append(code if pick.random() < 0.8 else code[:at] + pick.choice(["", "x", " ", "7"]) + code[at + 1 :])
        return made

    def dates(self, count: int, first: str = "1900-01-01", last: str = "2030-12-31") -> list[str | None]:
        """Days between two."""
        low, high = datetime.date.fromisoformat(first).toordinal(), datetime.date.fromisoformat(last).toordinal()
        return [datetime.date.fromordinal(self.random.randint(low, high)).isoformat() for _ in range(count)]

    def births_around_ninety(self, as_of: str) -> list[str | None]:
        """Every birth from a little before the ninetieth birthday to a little after."""
        day = datetime.date.fromisoformat(as_of)
        middle = datetime.date(max(day.year - 90, 1), day.month, min(day.day, 28)).toordinal()
        return [datetime.date.fromordinal(n).isoformat() for n in range(max(middle - 4, 1), middle + 5)]

    def moments(self, days: Sequence[str | None], zoned: bool) -> list[str | None]:
        """Days at a time of the day, near midnight too; with a zone, so that some are the day before or after in UTC."""
        times, zones = ["00:00:00", "23:59:59.999999", "12:30:00", "00:30:00", "23:30:00"], ["+00:00", "-05:00", "+05:30", "+14:00"]
        zone = lambda: self.random.choice(zones) if zoned else ""  # noqa: E731
        return [day and f"{day} {self.random.choice(times)}{zone()}" for day in days]

    def numbers(self, count: int) -> list[str | None]:
        """Numbers of up to nine digits, of up to three places."""
        return [f"{self.random.choice(['', '-'])}{self.random.randrange(10 ** self.random.randrange(1, 10))}.{self.random.randrange(1000):03}" for _ in range(count)]

    def addresses(self, count: int) -> list[str | None]:
        """IP addresses of both kinds, some broken."""
        pick, made = self.random, []
        for _ in range(count):
            if pick.random() < 0.4:
                made.append(".".join(str(pick.randrange(300)) for _ in range(4)))
                continue
            groups = [f"{pick.randrange(0x10000):{pick.choice(['x', 'X', '04x'])}}" for _ in range(pick.randrange(1, 9))]
            if pick.random() < 0.7:
                groups.insert(pick.randrange(len(groups) + 1), "")
            made.append(":".join(groups))
        return made
