"""Judge an output that cron runs: ShellCheck its scripts, then run the daily one for real.

The script runs from a copy of the output, in cron's poor environment (its own HOME, a
short PATH with `dbt`, `aws` and `psql` on it), against a Postgres with the sample data and
an S3 that moto pretends. It gets DBT_*, PG* and AWS_* plainly, or with --env-file only
PIPEC_ENV_FILE, naming a file of assignments. Afterwards every bucket holds an object, and
every zip holds CSV files with a header.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engines
import judge
import warehouse

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
AWS = {"AWS_ACCESS_KEY_ID": "throwaway", "AWS_SECRET_ACCESS_KEY": "throwaway", "AWS_DEFAULT_REGION": "us-east-1"}


def shellcheck(folder: Path, report: judge.Report) -> int:
    """ShellCheck every script; how many there are."""
    scripts = sorted(folder.rglob("*.sh"))
    if not scripts:
        report.problem("There is no `.sh` file in the folder.")
        return 0
    program = engines.venv("checks") / "bin" / "shellcheck"
    done = engines.run([program, "--color=never", *(path.relative_to(folder) for path in scripts)], cwd=folder)
    if done.returncode != 0:
        report.problem(f"ShellCheck objects.\n{done.stdout.strip()}")
    return len(scripts)


@contextlib.contextmanager
def pretended_s3() -> Iterator[str]:
    """A moto server; yields its endpoint."""
    port = engines.free_port()
    command: list[str | Path] = [engines.venv("aws") / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        deadline = time.monotonic() + 60
        while not _listening(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise engines.EngineError("The pretended S3 (moto_server) did not start.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=15)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def s3_client(endpoint: str) -> Any:
    """A boto3 client of the pretended S3."""
    engines.use("aws")
    import boto3  # importable only once its environment is in use
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=AWS["AWS_DEFAULT_REGION"],
        aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )


def cron_environment(scratch: Path, server: engines.Server) -> dict[str, str]:
    """What cron gives a job, with the programs of the engines on the PATH."""
    programs, home = scratch / "bin", scratch / "home"
    programs.mkdir()
    home.mkdir()
    aws, dbt = engines.venv("aws"), engines.venv("dbt")
    for program in (aws / "bin" / "aws", dbt / "bin" / "dbt", server.bin / "psql"):
        (programs / program.name).symlink_to(program)
    return {"HOME": str(home), "LOGNAME": "pipec", "SHELL": "/bin/sh", "PATH": f"{programs}:{SYSTEM_PATH}"}


def run_script(options: argparse.Namespace, server: engines.Server, endpoint: str, report: judge.Report) -> None:
    """Run the script once."""
    with tempfile.TemporaryDirectory(prefix="pipec-cron-") as name:
        scratch = Path(name)
        output = scratch / "out"
        shutil.copytree(options.output, output)
        environment = cron_environment(scratch, server)
        values = server.libpq() | server.dbt(options.dbt_schema) | AWS | {"AWS_ENDPOINT_URL": endpoint}
        values |= dict(options.secret) | dict(options.env)
        if options.env_file:
            file = scratch / "env"
            file.write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()), encoding="utf-8")
            file.chmod(0o600)
            environment["PIPEC_ENV_FILE"] = str(file)
        else:
            environment |= values
        started = time.monotonic()
        command = ["bash", output / options.script]
        done = engines.run(command, cwd=Path(environment["HOME"]), env=environment)
        report.timed("script", started)
        report.facts["output"] = done.stdout[-20000:]
        if done.returncode != 0:
            report.problem(f"{options.script} ended with {done.returncode}.\n{done.stdout.strip()[-6000:]}")


def list_bucket(client: Any, bucket: str, downloads: Path | None, report: judge.Report) -> dict[str, Any]:
    """What lies in a bucket, by key."""
    found: dict[str, Any] = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            key = item["Key"]
            body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
            found[key] = {"bytes": len(body)}
            if key.endswith(".zip"):
                found[key]["csv"] = list_zip(f"{bucket}/{key}", body, report)
            if downloads is not None:
                target = downloads / bucket / key
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)
    if not found:
        report.problem(f"The bucket `{bucket}` is empty.")
    return found


def list_zip(name: str, body: bytes, report: judge.Report) -> dict[str, Any]:
    """The CSV files of a zip, with their columns and how many rows follow the header."""
    listed: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.namelist():
                if not member.endswith(".csv"):
                    continue
                rows = list(csv.reader(io.StringIO(archive.read(member).decode("utf-8"), newline="")))
                listed[member] = {"columns": rows[0] if rows else [], "rows": max(0, len(rows) - 1)}
                if not rows:
                    report.problem(f"{name}: {member} has no header.")
                elif any(len(row) != len(rows[0]) for row in rows):
                    report.problem(f"{name}: {member} has rows of different lengths.")
    except zipfile.BadZipFile as reason:
        report.problem(f"{name} is no zip: {reason}.")
        return listed
    if not listed:
        report.problem(f"{name} holds no CSV file.")
    return listed


def run_end_to_end(options: argparse.Namespace, report: judge.Report) -> None:
    """Start everything, run the script, look into the buckets."""
    started = time.monotonic()
    with engines.postgres() as server, pretended_s3() as endpoint:
        client = s3_client(endpoint)
        for bucket in options.bucket:
            client.create_bucket(Bucket=bucket)
        connection = warehouse.connect(server)
        try:
            tables = warehouse.read_tables(options.data, options.schema)
            report.facts["loaded"] = warehouse.set_up(server, connection, tables, options)
        finally:
            connection.close()
        report.timed("engines", started)
        run_script(options, server, endpoint, report)
        report.facts["buckets"] = {name: list_bucket(client, name, options.download, report) for name in options.bucket}


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    add = arguments.add_argument
    add("output", metavar="DIR", type=judge.existing, help="the output directory, with the script and the dbt project")
    add("--script", default="cron/daily.sh", metavar="FILE", help="inside DIR (default: cron/daily.sh)")
    add("--bucket", action="append", default=[], metavar="NAME", help="a bucket that the script fills")
    add("--env", action="append", default=[], metavar="NAME=VALUE", type=judge.name_and_value)
    add("--env-file", action="store_true", help="pass everything in a file, named by PIPEC_ENV_FILE")
    add("--dbt-schema", default="public", metavar="NAME", help="DBT_SCHEMA (default: public)")
    add("--download", metavar="DIR", type=Path, help="keep the objects, as BUCKET/KEY")
    warehouse.add_data_arguments(arguments)
    options = arguments.parse_args()
    report = judge.Report("cron_run")
    scripts = shellcheck(options.output, report)
    if (options.output / options.script).exists():
        run_end_to_end(options, report)
    else:
        report.problem(f"There is no script `{options.script}` in the folder.")
    report.write(options.out)
    objects = sum(map(len, report.facts.get("buckets", {}).values()))
    return report.conclude(f"{scripts} scripts, {objects} objects in {len(options.bucket)} buckets")


if __name__ == "__main__":
    judge.judge(main)
