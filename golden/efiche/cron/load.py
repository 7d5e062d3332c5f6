#!/usr/bin/env python3
# Reads files into tables: what all loads of this folder share.
# Written by pipec from the project `efiche`; change it there, not here.
# load.py CONFIG.json STATEMENTS.sql TABLES.sql: reads files into a table. A row ends in the table, in quarantine, or is counted as a
# duplicate; a file is in as a whole, with its row in the audit table, or not at all. What is printed holds names and counts, no values.
from __future__ import annotations

import codecs
import collections
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

LONGEST = 1 << 20  # characters of a row; a longer one goes to quarantine
KEPT = 1 << 16  # characters of it that are kept there: the file is in the archive
BLOCK = 1 << 16


class Stop(Exception):
    """What ends the run, in words without values."""


class Refused(Stop):
    """What S3 refuses, by the name it has there."""

    def __init__(self, command, kind):
        super().__init__(f"S3 refused {command}: {kind or 'no answer'}")
        self.kind = kind


# --- text -----------------------------------------------------------------------------

CODECS = {"utf8": "utf-8", "utf16": "utf-16", "latin1": "latin-1", "windows1252": "cp1252"}
MARKS = (b"\xff\xfe", b"\xfe\xff")


def unreadable(error):
    """Stands in for each byte that is no character: a code unit that no character can be."""
    broken = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in broken), error.end


codecs.register_error("pipec", unreadable)
STAND_IN = re.compile("[\ud800-\udfff]")


def lines(file, encoding):
    """Number, text and length of each line; of a very long one the beginning. Holds one block and one line at a time."""
    decoder = codecs.getincrementaldecoder(CODECS[encoding])("pipec")
    number, length, held, first = 1, 0, [], True
    while True:
        block = file.read(BLOCK)
        text = decoder.decode(block, final=not block)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        *whole, rest = text.split("\n")
        for end in whole:
            if length <= LONGEST:
                held.append(end)
            yield number, "".join(held)[: LONGEST + 1], length + len(end)
            number, length, held = number + 1, 0, []
        if rest and length <= LONGEST:
            held.append(rest)
        length += len(rest)
        if not block:
            if length:
                yield number, "".join(held)[: LONGEST + 1], length
            return


def split(text, delimiter):
    """The fields of a record (RFC 4180); None when its quotes are broken."""
    if '"' not in text:
        return text.split(delimiter)
    fields, at, size = [], 0, len(text)
    while True:
        if text.startswith('"', at):
            end = at + 1
            while True:
                end = text.find('"', end)
                if end < 0:
                    return None
                if not text.startswith('"', end + 1):
                    break
                end += 2
            fields.append(text[at + 1 : end].replace('""', '"'))
            at = end + 1
            if at == size:
                return fields
            if text[at] != delimiter:
                return None
        else:
            end = text.find(delimiter, at)
            end = size if end < 0 else end
            if '"' in text[at:end]:
                return None
            fields.append(text[at:end])
            at = end
            if at == size:
                return fields
        at += 1


def records(source, delimiter):
    """Line, text, length, fields, reason of each record. After broken quotes, reading goes on with the next line: rows behind them count."""
    ahead = collections.deque()
    while True:
        line = ahead.popleft() if ahead else next(source, None)
        if line is None:
            return
        number, text, length = line
        if length > LONGEST:
            yield number, text, length, None, "too long"
            continue
        bare = text.removesuffix("\r")
        if not bare:
            continue
        quotes, taken, size = text.count('"'), [], length
        # An odd number of quotes: the record goes on behind the end of the line.
        while quotes % 2:
            line = ahead.popleft() if ahead else next(source, None)
            if line is None:
                break
            taken.append(line)
            size += line[2] + 1
            if size > LONGEST:
                break
            quotes += line[1].count('"')
        whole = bare if not taken else "\n".join([text, *(t for _, t, _ in taken)]).removesuffix("\r")
        fields = None if quotes % 2 or size > LONGEST else split(whole, delimiter)
        if fields is None:
            ahead.extendleft(reversed(taken))
            yield number, bare, length, None, "quotes"
        else:
            yield number, whole, size, fields, None


# --- values ---------------------------------------------------------------------------

WHOLE = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
TIME = re.compile(CLOCK, re.ASCII)
ZONE = r"(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?"
MOMENT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]" + CLOCK + "(?P<zone> ?" + ZONE + "))?", re.ASCII)
UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
TRUTH = {"true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"}
RANGES = {"smallint": 15, "integer": 31, "bigint": 63}


def is_day(text):
    try:
        return bool(DATE.fullmatch(text)) and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def no_constant(_):
    raise ValueError


def fits(kind, text):
    """Whether a text is a value of a type: only forms that mean the same on every day and in every country."""
    if kind in RANGES:
        return bool(WHOLE.fullmatch(text)) and -(1 << RANGES[kind]) <= int(text) < 1 << RANGES[kind]
    if kind in ("numeric", "real", "double"):
        return bool(NUMBER.fullmatch(text))
    if kind == "boolean":
        return text.lower() in TRUTH
    if kind == "date":
        return is_day(text)
    if kind == "time":
        return bool(TIME.fullmatch(text))
    if kind in ("timestamp", "timestamptz"):
        found = MOMENT.fullmatch(text)
        return bool(found) and is_day(text[:10]) and (kind == "timestamptz" or not found["zone"])
    if kind == "uuid":
        return bool(UUID.fullmatch(text))
    if kind == "json":
        try:
            json.loads(text, parse_constant=no_constant)
        except (ValueError, RecursionError):
            return False
    return True


def read(column, text):
    """The value and what is wrong with it. An empty cell is NULL."""
    if column["type"] != "text":
        text = text.strip(" \t")
    if not text:
        return None, None if column["nullable"] else "missing"
    if column["type"] != "text":
        return text, None if fits(column["type"], text) else f"no {column['type']}"
    return text, "too long" if column["size"] and len(text) > column["size"] else None


# --- one file -------------------------------------------------------------------------


def cell(text):
    """A field of COPY's text format: no line of it can end the data early."""
    if text is None:
        return "\\N"
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def shown(text):
    """A line as Postgres can hold it."""
    text = STAND_IN.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text[:KEPT])
    return text.replace("\0", "\\x00")


def header_of(config, names):
    """Where each column stands, or what is wrong: the name of a column of ours, never a word of the file."""
    folded = [name.strip().lower() for name in names]
    wanted = [column["header"].strip().lower() for column in config["columns"]]
    for column, name in zip(config["columns"], wanted):
        if folded.count(name) != 1:
            return None, column["name"]
    if not config["ignore_unknown"] and len(folded) != len(wanted):
        return None, None
    return [folded.index(name) for name in wanted], None


def rows(config, file):
    """Line, reason, place, text, length and values of each row of a file."""
    if config["encoding"] != "utf16" and file.peek(2)[:2] in MARKS:
        # UTF-16 under another name: no line of it can be read.
        for number, text, length in lines(file, "utf16"):
            if text.removesuffix("\r"):
                yield number, "encoding", None, text, length, []
        return
    found, places, width = None, None, 0
    for number, text, length, fields, reason in records(lines(file, config["encoding"]), config["delimiter"]):
        if found is None:
            width = len(fields or [])
            places, missing = header_of(config, fields) if fields is not None else (None, None)
            found = (places is not None, missing)
            if found[0]:
                continue
        if not found[0]:
            yield number, "header", found[1], text, length, []
        elif reason:
            yield number, reason, None, text, length, []
        elif STAND_IN.search(text):
            yield number, "encoding", None, text, length, []
        elif "\0" in text:
            yield number, "nul", None, text, length, []
        elif len(fields) != width:
            yield number, "columns", None, text, length, []
        else:
            values, place, wrong = [], None, None
            for column, at in zip(config["columns"], places):
                value, problem = read(column, fields[at])
                values.append(value)
                if problem and not wrong:
                    place, wrong = column["name"], problem
            yield number, wrong, place, text, length, [] if wrong else values


def prepare(config, path, target):
    """Writes what Postgres copies in; how many rows that are."""
    count, empty = 0, [None] * len(config["columns"])
    with path.open("rb", buffering=BLOCK) as file, target.open("w", encoding="utf-8", newline="") as out:
        for number, reason, place, text, length, values in rows(config, file):
            line = [str(number), reason, place, shown(text), str(length), *(values or empty)]
            out.write("\t".join(map(cell, line)) + "\n")
            count += 1
    return count


# --- Postgres -------------------------------------------------------------------------


def psql(statements, **variables):
    """Runs a part of the statements in the working folder; gives what they print."""
    command = ["psql", "--no-psqlrc", "--quiet", "--no-password", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
    command += ["--set=VERBOSITY=sqlstate", *(f"--set={name}={value}" for name, value in variables.items()), f"--file={statements}"]
    environment = os.environ | {"PGCLIENTENCODING": "UTF8", "PGTZ": "UTC"}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    if done.returncode != 0:
        state = re.search(r"(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5})\b", done.stderr)
        raise Stop(state[1] if state else "08000")
    return done.stdout.strip()


# --- where files lie ------------------------------------------------------------------


class Bucket:
    """Files of a bucket in S3."""

    # How S3 refuses to remove a file that is another one by now, or is gone.
    REPLACED = ("PreconditionFailed", "ConditionalRequestConflict", "412")
    GONE = ("NoSuchKey", "404")

    def __init__(self, name):
        self.name, self.read = name, None

    def call(self, command, request, *words):
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        line = ["aws", *(["--endpoint-url", endpoint] if endpoint else []), "--output", "json", "s3api", command]
        # A name begins with the folder of the load, so the client takes none of them for a file to read (`file://…`).
        line += [f"--{name}={value}" for name, value in ({"bucket": self.name} | request).items()] + list(words)
        done = subprocess.run(line, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode != 0:
            kind = re.search(r"\(([A-Za-z0-9]+)\) when calling", done.stderr)
            raise Refused(command, kind and kind[1])
        return json.loads(done.stdout or "{}")

    def names(self, folder):
        found = self.call("list-objects-v2", {"prefix": folder}).get("Contents", [])
        return [(item["Key"], item["ETag"]) for item in found]

    def fetch(self, key, version, target):
        self.call("get-object", {"key": key, "if-match": version}, str(target))
        self.read = target
        return target

    def move(self, key, version, to, _read):
        # The archive gets what was read, whatever lies there by now, and only that version is removed: what was brought since then is a new file.
        self.call("put-object", {"key": to, "body": str(self.read)})
        try:
            self.call("delete-object", {"key": key, "if-match": version})
        except Refused as refused:
            if refused.kind in self.GONE:
                return None
            if refused.kind not in self.REPLACED:
                raise
            return dict(self.names(key[: key.rfind("/") + 1])).get(key)
        return None


class Folder:
    """Files of this machine. Others may put one in the place of another at any moment, so what is read is a copy, and what goes to the archive is looked at
    again under a name that nobody else writes to."""

    # A file is moved into a folder of this name before it is archived. A run that was killed there leaves it for the next one.
    APART = ".pipec-"

    def __init__(self):
        if not os.environ.get("PIPEC_FILES"):
            raise Stop("PIPEC_FILES does not name the folder that files lie in")
        self.root = pathlib.Path(os.environ["PIPEC_FILES"])

    def names(self, folder):
        try:
            found = list((self.root / folder).iterdir()) if (self.root / folder).is_dir() else []
            apart = [path for path in found if path.name.startswith(self.APART) and path.is_dir() and not path.is_symlink()]
            files = [inner for path in sorted(apart) for inner in path.iterdir()] + found
        except OSError as error:
            raise Stop("the folder that files lie in could not be read") from error
        return [(folder + path.name, path) for path in files if path.is_file() and not path.is_symlink()]

    def fetch(self, _key, path, target):
        try:
            # What stands there now may be something else: no link is followed, and nothing waited for.
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file, target.open("wb") as copy:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Stop("a file was replaced by something else")
                shutil.copyfileobj(file, copy, BLOCK)
        except OSError as error:
            raise Stop("a file could not be read, or is gone") from error
        return target

    def move(self, _key, path, to, read):
        apart = path
        try:
            if not path.parent.name.startswith(self.APART):
                apart = pathlib.Path(tempfile.mkdtemp(prefix=self.APART, dir=path.parent)) / path.name
                path.replace(apart)
            same = not apart.is_symlink() and apart.is_file() and sha256(apart) == read
            if same:
                (self.root / to).parent.mkdir(parents=True, exist_ok=True)
                apart.replace(self.root / to)
        except OSError as error:
            if apart != path and not apart.exists():
                apart.parent.rmdir()
            raise Stop("a file could not be moved to the archive") from error
        if not same:
            return apart
        apart.parent.rmdir()
        return None


def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- the run --------------------------------------------------------------------------


def take(config, statements, place, key, version):
    """One file: in as a whole, or not at all; then to the archive. What took its place meanwhile is given back, to be read as well."""
    started = datetime.datetime.now(datetime.timezone.utc).isoformat()
    path = place.fetch(key, version, pathlib.Path("file"))
    told = {"file": key.encode("utf-8", "replace").decode(), "sha256": sha256(path), "bytes": path.stat().st_size}
    told |= {"started": started, "run_date": os.environ["PIPEC_RUN_DATE"]}
    if psql(statements, known=1, load=0, failed=0, error="", **told) == "known":
        print(f"{config['name']}: a file of {told['bytes']} bytes was loaded before")
    else:
        count = prepare(config, path, pathlib.Path("rows"))
        try:
            done = psql(statements, known=0, load=1, failed=0, error="", **told).split("|")
            if done == ["known"]:
                raise Stop("another run loads the same file")
        except Stop as stop:
            psql(statements, known=0, load=0, failed=1, error=str(stop), **told)
            raise
        if int(done[0]) != count:
            raise Stop("rows were lost on the way to the database")
        words = ("rows", "inserted", "updated", "duplicate", "quarantined")
        print(f"{config['name']}: " + ", ".join(f"{n} {word}" for n, word in zip(done, words)))
        pathlib.Path("rows").unlink()
    to = f"{config['archive']}{told['sha256'][:16]}/{key[len(config['folder']):]}"
    return place.move(key, version, to, told["sha256"]) if config["archive"] else None


def bucket_name(config):
    """The bucket of this environment; there is only one bucket without environments."""
    suffixes, environment = config.get("suffixes"), os.environ.get("PIPEC_ENVIRONMENT", "")
    if suffixes and environment not in suffixes:
        raise Stop(f"PIPEC_ENVIRONMENT is none of {', '.join(sorted(suffixes))}")
    return config["bucket"] + (suffixes[environment] if suffixes else "")


def main():
    config_path, statements, tables = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    config = json.loads(config_path.read_text(encoding="utf-8"))
    os.chdir(os.environ["PIPEC_WORK"])
    place = Bucket(bucket_name(config)) if config["bucket"] else Folder()
    fits_name = re.compile("[^/]*".join(map(re.escape, (config["folder"] + config["pattern"]).split("*"))))
    files = [(key, version) for key, version in place.names(config["folder"]) if key != config["folder"] and fits_name.fullmatch(key)]
    psql(tables)
    print(f"{config['name']}: {len(files)} files")
    for key, version in sorted(files, key=lambda item: item[0].encode("utf-8", "surrogateescape")):
        replaced = take(config, statements, place, key, version)
        if replaced and take(config, statements, place, key, replaced):
            raise Stop("a file changes while it is read: the next run reads it again")


if __name__ == "__main__":
    try:
        main()
    except Stop as stop:
        sys.exit(f"the load stopped: {stop}")
