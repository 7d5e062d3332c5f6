"""A Google Cloud Storage of one process: as much of its JSON interface as Google's own client speaks, with who may write where.

An object is there whole or not at all. Who asks is told by the token alone: `writers` says whose token may write into which bucket, and everybody who
has one may read. A bucket that is not there stays so.
"""

from __future__ import annotations

import base64
import contextlib
import email.parser
import email.policy
import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes, str]


class Storage:
    """Its buckets and objects."""

    def __init__(self, writers: dict[str, set[str]]) -> None:
        self.writers = writers
        self.objects: dict[str, dict[str, bytes]] = {bucket: {} for bucket in writers}
        self.refused: list[str] = []
        self.lock = threading.Lock()

    def described(self, bucket: str, name: str) -> dict[str, Any]:
        """An object, as the interface tells of it."""
        body = self.objects[bucket][name]
        hashed = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        return {"kind": "storage#object", "bucket": bucket, "name": name, "size": str(len(body)), "md5Hash": hashed, "generation": "1", "metageneration": "1"}

    def answer(self, method: str, path: str, asked: dict[str, list[str]], token: str, kind: str, body: bytes) -> Answer:
        """One request."""
        parts = path.strip("/").split("/")
        if "b" not in parts:
            return said(404, {"error": {"code": 404, "message": path}})
        bucket, *rest = [urllib.parse.unquote(part) for part in parts[parts.index("b") + 1 :]]
        if bucket not in self.objects:
            return said(404, {"error": {"code": 404, "message": f"The specified bucket does not exist: {bucket}"}})
        if not token or (method != "GET" and token not in self.writers[bucket]):
            self.refused.append(f"{method} {bucket}")
            return said(403, {"error": {"code": 403, "message": "the account does not have storage.objects access"}})
        there = self.objects[bucket]
        if method == "POST":
            name, body = uploaded(kind, body, asked)
            there[name] = body
            return said(200, self.described(bucket, name))
        if rest == ["o"]:
            prefix = asked.get("prefix", [""])[0]
            return said(200, {"kind": "storage#objects", "items": [self.described(bucket, name) for name in sorted(there) if name.startswith(prefix)]})
        name = rest[1] if len(rest) > 1 else ""
        if name not in there:
            return said(404, {"error": {"code": 404, "message": f"No such object: {bucket}/{name}"}})
        if method == "DELETE":
            del there[name]
            return 204, b"", "application/json"
        if asked.get("alt") == ["media"]:
            return 200, there[name], "application/octet-stream"
        return said(200, self.described(bucket, name))


def said(status: int, content: dict[str, Any]) -> Answer:
    """An answer in JSON."""
    return status, json.dumps(content).encode(), "application/json"


def uploaded(kind: str, body: bytes, asked: dict[str, list[str]]) -> tuple[str, bytes]:
    """The name and content of an upload: by itself, or with its description before it."""
    if not kind.startswith("multipart/"):
        return asked["name"][0], body
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    described, _ = message.iter_parts()
    boundary = message.get_boundary() or ""
    # What is uploaded is no text: it is taken as it is, between the last two boundaries.
    content = body.split(b"--" + boundary.encode())[2].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    return json.loads(described.get_payload())["name"], content


@contextlib.contextmanager
def served(storage: Storage) -> Iterator[str]:
    """Its address, while it answers."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urllib.parse.urlsplit(self.path)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            with storage.lock:
                status, text, kind = storage.answer(self.command, address.path, urllib.parse.parse_qs(address.query), token, self.headers.get("Content-Type", ""), body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _do

        def log_message(self, *_arguments: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
