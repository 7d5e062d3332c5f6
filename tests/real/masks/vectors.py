"""The published vectors of HMAC-SHA-256 (RFC 4231), for the Python side and for the engines that show the whole hash."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

from judge import Report

# Key, message, and the bytes that the RFC gives; the fifth case is cut to 128 bits there.
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


def judge(report: Report) -> None:
    """The library that the Python side stands on."""
    for key, message, wanted in RFC_4231:
        if not hmac.new(key, message, hashlib.sha256).hexdigest().startswith(wanted):
            report.problem(f"Python's HMAC-SHA-256 differs from RFC 4231 for {message!r}")


def on_postgres(connection: Any, report: Report, root: Path) -> None:
    """The function that makes all tokens."""
    with connection.cursor() as cursor:
        cursor.execute((root / "stdlib/setup/postgres.sql").read_text(encoding="utf-8"))
        for key, message, wanted in RFC_4231:
            cursor.execute("select encode(pipec.hmac_sha256(%s, %s), 'hex')", (message, key))
            if not (found := cursor.fetchone()[0]).startswith(wanted):
                report.problem(f"postgres: HMAC-SHA-256 of {message!r} is {found}, and RFC 4231 says {wanted}")
    report.facts["vectors"] = len(RFC_4231)
