"""What the judge of APIs needs of the world: running services, tokens, and a client without opinions."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import engines


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@dataclass
class Service:
    """A running service of one API."""

    name: str
    folder: Path
    port: int
    config: dict[str, Any]
    openapi: dict[str, Any]
    log: Path
    keys: Keys
    running: subprocess.Popen[bytes] | None = field(default=None)

    def ask(
        self, target: str, token: str | None = None, method: str = "GET", body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own. The target is sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not any(name.lower() == "content-type" for name in sent):
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, target, body, sent)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def token(self, login: str | None = None, **claims: Any) -> str:
        """A good token, unless a claim says otherwise; `None` leaves one out."""
        expected = self.config["token"]
        good: dict[str, Any] = {"aud": expected["audience"], "exp": int(time.time()) + 600, "sub": login or "somebody"}
        if expected["issuer"]:
            good["iss"] = expected["issuer"]
        return self.keys.sign({k: v for k, v in (good | claims).items() if v is not None}, expected["algorithm"])


class Keys:
    """A key for each algorithm."""

    def __init__(self, algorithm: str) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        self.public: str
        self.private: Any
        if algorithm == "HS256":
            self.public = self.private = "a key of thirty-two bytes or more, for tests only"
            return
        self.private = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = self.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def sign(self, claims: dict[str, Any], algorithm: str) -> str:
        """A token."""
        import jwt

        return jwt.encode(claims, self.private, algorithm=algorithm)


@contextlib.contextmanager
def service(folder: Path, server: engines.Server, database: str, login: str, scratch: Path) -> Iterator[Service]:
    """Run an emitted service as people would: its own files, its own requirements, a login of its own."""
    config = json.loads((folder / "api.json").read_text(encoding="utf-8"))
    keys = Keys(config["token"]["algorithm"])
    port = engines.free_port()
    environment = engines.clean_environment("PG") | server.libpq() | {"PGUSER": login, "PGDATABASE": database}
    environment |= {config["token"]["key"]: keys.public, "PYTHONDONTWRITEBYTECODE": "1"}
    log_path = scratch / f"{folder.name}.log"
    program = engines.venv("api") / "bin" / "uvicorn"
    command = [program, "service:app", "--host", "127.0.0.1", "--port", str(port)]
    openapi = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    with open(log_path, "wb") as log:
        running = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    made = Service(config["api"], folder, port, config, openapi, log_path, keys, running)
    try:
        wait(made)
        yield made
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait(made: Service) -> None:
    """Until it answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if made.running is not None and made.running.poll() is not None:
            break
        with contextlib.suppress(OSError):
            if made.ask("/health").status == 200:
                return
        time.sleep(0.1)
    raise engines.EngineError(f"the service of API {made.name} does not start:\n{made.log.read_text(errors='replace')[-3000:]}")
