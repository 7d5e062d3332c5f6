"""Judge APIs on a real Postgres: the emitted services run, and everybody asks them for everything.

What each token may see is told twice: by the API, page by page, and by the matrix that `pipec access --format json`
prints, whose row conditions are evaluated here in Python over what the superuser sees. The OpenAPI document is judged by
a validator, and drives schemathesis. Tokens that are expired, unsigned, signed by another or meant for another are tried,
statements in every parameter, rows that break rules, and two logins over one pooled connection.
"""

from __future__ import annotations

import base64
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "api"))

import access_check
import engines
import judge
from access_check import BUILDER, Database, quoted
from served import Answer, Service, service

Row = dict[str, Any]
PEOPLE = {"ann": ["north"], "bob": ["south", "west"], "cyd": ["north", "south"], "dee": None}
"""Logins of `staff`, with the regions of their entitlement; the last has no row there."""
TABLES = {
    "public_wards": "marts.wards", "public_analytics_beds": "marts.beds", "public_analytics_figures": "marts.figures",
    "staff_visits": "marts.visits", "staff_visits_now": "marts.visits_now", "intake_triage_visits": "marts.triage",
}  # fmt: skip
"""What each view of an API shows."""
ODD = "name of it, 100% {{ x }} 'ok'"
INJECTIONS = [
    "' or '1'='1", "'; drop table marts.wards; --", "1) or (1=1", "1 or 1=1", "%s", "%(x)s", "{}", "\\", "\\'", "$1", "null",
    "now", "infinity", "0x10", "1e3", " 1", "1 ", "+1", "01", "\u0661", "\u0000", "a\u0000b", "\ud7ff", "x" * 5000, "9" * 400, "-9223372036854775809",
    "true' --", "pg_sleep(9)", "../../health", "${jndi:x}", "{{7*7}}", "<script>", "\r\nX-Evil: 1", "🦀",
]  # fmt: skip


class Check:
    """The project of this judge in its database, and what was found."""

    def __init__(self, server: engines.Server, pipec: Path, report: judge.Report, scratch: Path) -> None:
        self.server, self.pipec, self.report, self.scratch = server, pipec, report, scratch
        self.folder, self.out = HERE / "api", scratch / "out"
        self.database = Database(server, "api_check")
        self.matrix: dict[str, Any] = {}
        self.tables = TABLES
        self.answers = self.cells = 0

    def problem(self, text: str) -> None:
        self.report.problem(text)

    def expect(self, what: str, got: Answer, *statuses: int) -> Answer:
        """The status is one of these, and every error is a problem document without values or SQL."""
        self.answers += 1
        if got.status not in statuses:
            self.problem(f"{what}: answered {got.status} {got.body[:300]!r}, and not {' or '.join(map(str, statuses))}")
        if got.status >= 400:
            self.is_problem(what, got)
        return got

    def is_problem(self, what: str, got: Answer) -> None:
        """RFC 9457, and silent."""
        if got.headers.get("content-type") != "application/problem+json":
            self.problem(f"{what}: an error {got.status} is {got.headers.get('content-type')}")
            return
        body = got.json()
        if body.get("status") != got.status or not {"type", "title", "detail"} <= set(body):
            self.problem(f"{what}: no problem document: {body}")
        text = got.body.decode().lower()
        for word in ("select", "insert into", "psycopg", "traceback", "relation", "marts", "constraint", "raw."):
            if word in text:
                self.problem(f"{what}: an error tells `{word}`: {text[:300]}")

    # --- making it

    def emit(self) -> None:
        """Build, and read the matrix; what is built verifies, and what somebody changed does not."""
        done = engines.run([self.pipec, "build", self.folder, "-o", self.out])
        if done.returncode != 0:
            raise engines.EngineError(f"pipec refuses the project of this judge:\n{done.stdout[-3000:]}")
        shown = engines.run([self.pipec, "access", "--project", self.folder, "--format", "json"])
        self.matrix = json.loads(shown.stdout)
        verify = [self.pipec, "verify", self.out, "--project", self.folder]
        if (done := engines.run(verify)).returncode != 0:
            self.problem(f"what was built does not verify:\n{done.stdout[-2000:]}")
        tampered = [
            ("api/staff/service.py", '"role": name', '"role": API["role"]'),
            ("api/staff/api.json", '"login": "sub"', '"login": null'),
            ("api/public/openapi.json", '"bearer": []', '"none": []'),
            ("api/intake/authenticator.sql", "noinherit nosuperuser", "inherit nosuperuser"),
            ("sql/postgres/", "to clinic_staff;", "to clinic_staff, clinic_sender;"),
            ("sql/postgres/", "and (region = 'north')", "and (region = region)"),
        ]
        for path, was, now in tampered:
            files = [f for f in sorted(self.out.rglob("*")) if f.is_file() and str(f.relative_to(self.out)).startswith(path)]
            file = next(f for f in files if was in f.read_text(encoding="utf-8") and ("api_staff" in f.name or not path.startswith("sql")))
            before = file.read_text(encoding="utf-8")
            file.write_text(before.replace(was, now), encoding="utf-8")
            if engines.run(verify).returncode == 0:
                self.problem(f"verify does not see that {path} says `{now}`")
            file.write_text(before, encoding="utf-8")

    def prepare(self, choose: random.Random) -> None:
        """Sources, people and rows."""
        run = self.database.run
        for person in (BUILDER, "eve", *PEOPLE):
            run(f"create role {quoted(person)} login")
        run(f"alter role {BUILDER} createrole")
        run(f"grant create on database {quoted(self.database.name)} to {BUILDER}")
        run("create schema raw")
        run(f"create table raw.wards (id integer, region text, {quoted(ODD)} text, beds integer, opened date, rate numeric(9, 4))")
        run("create table raw.visits (id bigint, ward integer, patient text, at timestamp, level integer, note text)")
        run("create table raw.staff (login text, regions text[])")
        regions = ["north", "south", "west", "north ", "Nord & Süd=100%", "o'hara"]
        session = self.database.connect("postgres")
        put = session.cursor()
        for number in range(-3, 40):
            name = choose.choice([None, "a", "b'c", "100%", "{{ x }}", 'say "ok"', "", "é", "\\"])
            row = (number, regions[number % len(regions)], name, choose.choice([None, 0, 7]), f"20{number % 3 + 10}-01-0{number % 9 + 1}", choose.choice([None, "1.5", "-0.0001", "12345.6789"]))
            put.execute("insert into raw.wards values (%s, %s, %s, %s, %s, %s)", row)
        for number in range(90):
            at = f"2025-01-{number % 28 + 1:02} 10:{number % 60:02}:00" + choose.choice(["", ".5", ".123456"])
            row = (2**40 + number * 7, choose.randrange(-3, 40), f"patient {number}", at, choose.choice([None, 1, 2, 3]), choose.choice([None, "x", "né\n"]))
            put.execute("insert into raw.visits values (%s, %s, %s, %s, %s, %s)", row)
        for person, seen in PEOPLE.items():
            if seen is not None:
                put.execute("insert into raw.staff values (%s, %s)", (person, seen))
        session.close()
        run(f"grant usage on schema raw to {BUILDER}")
        run(f"grant select on all tables in schema raw to {BUILDER}")

    def sql(self) -> None:
        """Run the plain SQL, as who builds."""
        folder = self.out / "sql" / "postgres"
        for line in (folder / "index.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and (bad := self.database.psql(folder / line, BUILDER, {})):
                raise engines.EngineError(f"plain SQL fails: {bad}")

    def dbt(self) -> None:
        """Build with dbt, as who builds: tables are made anew, and the views of APIs have to be there afterwards."""
        environment = engines.clean_environment("DBT_", "PG") | self.server.dbt() | {"DATABASE": self.database.name}
        environment |= {"DBT_USER": BUILDER, "DBT_DATABASE": self.database.name}
        folder = self.out / "dbt"
        command = [engines.venv("dbt") / "bin" / "dbt", "--no-use-colors", "build", "--profiles-dir", folder, "--vars", "{run_date: 2025-06-30}"]
        done = engines.run(command, cwd=folder, env=environment)
        if done.returncode != 0:
            self.problem(f"dbt fails.\n{done.stdout[-3000:]}")

    def join(self) -> None:
        """The services' logins, and whom they may serve."""
        for name in ("public", "staff", "intake"):
            file = self.out / "api" / name / "authenticator.sql"
            for _ in range(2):
                if bad := self.database.psql(file, "postgres", {}):
                    self.problem(f"the service's login cannot be made: {bad}")
            self.database.run(f"alter role clinic_{name}_api login")
        for person in PEOPLE:
            self.database.run(f"grant clinic_staff to {person}")
            self.database.run(f"grant {person} to clinic_staff_api with inherit false")
        self.database.run("grant eve to clinic_staff_api with inherit false")

    # --- what should be

    def whole(self, api: Service, listed: dict[str, Any]) -> list[Row]:
        """Every row of a path as JSON, in the order of its key, as the superuser sees it in the table below."""
        entry = next(e for e in self.matrix["entries"] if e["path"].get("api") == api.name and e["table"] == listed["relation"][1])
        if [c["name"] for c in entry["columns"]] != [c["name"] for c in listed["columns"]]:
            self.problem(f"API {api.name}: {listed['path']} shows other columns than the matrix: {entry['columns']}")
        columns = ", ".join(quoted(c["name"]) for c in entry["columns"])
        order = ", ".join(map(quoted, listed["key"]))
        rows = self.database.rows("postgres", f"select row_to_json(r)::text from (select {columns} from {self.tables[entry['table']]} order by {order}) r")
        if isinstance(rows, str):
            raise engines.EngineError(f"the superuser cannot read {entry['table']}: {rows}")
        return [json.loads(row[0]) for row in rows]

    def rows(self, api: Service, listed: dict[str, Any], login: str | None) -> list[Row]:
        """The rows that the matrix gives a login."""
        entry = next(e for e in self.matrix["entries"] if e["path"].get("api") == api.name and e["table"] == listed["relation"][1])
        holds: dict[str, Callable[[Row], bool]] = {
            "regions": lambda row: row["region"] in (PEOPLE.get(login or "") or []),
            "north": lambda row: row["region"] == "north",
        }
        rules = [holds[rule["policy"]] for rule in entry["rows"]]
        return [row for row in self.whole(api, listed) if all(rule(row) for rule in rules)]

    # --- what is

    def pages(self, api: Service, path: str, query: dict[str, Any], token: str | None, limit: int | None) -> list[Row]:
        """A whole list, page by page."""
        found: list[Row] = []
        first = query | ({"limit": limit} if limit else {})
        target = f"/{path}" + (f"?{urlencode(first)}" if first else "")
        for _ in range(500):
            got = self.expect(f"API {api.name}: {target}", api.ask(target, token), 200)
            if got.status != 200:
                return found
            page = got.json()
            most = limit or api.config["page"]
            if len(page["data"]) > most or (page["next"] and len(page["data"]) < most):
                self.problem(f"API {api.name}: {target}: a page of {len(page['data'])} rows, asked for {most}")
            found += page["data"]
            if (page["next"] is None) != ("link" not in got.headers):
                self.problem(f"API {api.name}: {target}: `next` and the link differ")
            if page["next"] is None:
                return found
            target = f"/{path}{page['next']}"
        self.problem(f"API {api.name}: {path} never ends")
        return found

    def lists(self, api: Service, logins: list[str | None], when: str) -> None:
        """Every list, row and filter of every login."""
        for login in logins:
            token = None if api.config["anonymous"] else api.token(login)
            for listed in api.config["lists"]:
                what = f"{when}: API {api.name}, {login}: {listed['path']}"
                rows = self.rows(api, listed, login)
                for limit in (None, 1, 2, api.config["most"]):
                    if limit == 1 and len(rows) > 20:
                        continue
                    got = self.pages(api, listed["path"], {}, token, limit)
                    self.cells += len(got) * len(listed["columns"])
                    if got != rows:
                        self.problem(f"{what}: {len(got)} rows in pages of {limit}, and should have {len(rows)} in the order of the key")
                self.filtered(api, listed, token, rows, what)
                self.looked_up(api, listed, token, rows, what)

    def filtered(self, api: Service, listed: dict[str, Any], token: str | None, rows: list[Row], what: str) -> None:
        """Each value there is, and some there are not: as SQL compares them."""
        for name in listed["filters"]:
            values = {json.dumps(row[name]): row[name] for row in self.whole(api, listed) if row[name] is not None}
            for value in list(values.values())[:6] + ([] if isinstance(next(iter(values.values()), ""), str) is False else ["none such"]):
                text = json.dumps(value) if not isinstance(value, str) else value
                form = next(c["form"] for c in listed["columns"] if c["name"] == name)
                if form not in {"text"} and value == "none such":
                    continue
                got = self.pages(api, listed["path"], {name: text}, token, None)
                if got != [row for row in rows if row[name] == value]:
                    self.problem(f"{what}: filter {name} = {text!r} gives {len(got)} rows, and should {sum(r[name] == value for r in rows)}")

    def looked_up(self, api: Service, listed: dict[str, Any], token: str | None, rows: list[Row], what: str) -> None:
        """Rows by key: those that are seen, and none of the others."""
        if listed["nulls"]:
            self.expect(f"{what}: a row of a fact", api.ask(f"/{listed['path']}/x", token), 404)
            return
        hidden = [row for row in self.whole(api, listed) if row not in rows]
        for row in rows[:8] + hidden[:8]:
            target = "/".join(quote(str(row[k]), safe="") for k in listed["key"])
            got = self.expect(f"{what}/{target}", api.ask(f"/{listed['path']}/{target}", token), 200 if row in rows else 404)
            if got.status == 200 and got.json() != row:
                self.problem(f"{what}/{target}: is {got.json()}, and should be {row}")

    def tokens(self, api: Service, path: str, login: str | None) -> None:
        """Tokens that are not what they have to be."""
        import jwt

        now, good = int(time.time()), api.token(login)
        algorithm, audience = api.config["token"]["algorithm"], api.config["token"]["audience"]
        head, body, signature = good.split(".")

        def part(content: Any) -> str:
            return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

        claims = {"aud": audience, "exp": now + 600, "sub": login, "iss": api.config["token"]["issuer"]}
        claims = {k: v for k, v in claims.items() if v}
        bad: dict[str, str] = {
            "expired": api.token(login, exp=now - 1),
            "without an end": api.token(login, exp=None),
            "not yet": api.token(login, nbf=now + 600),
            "for another API": api.token(login, aud="somebody/else"),
            "for nobody": api.token(login, aud=None),
            "unsigned": jwt.encode(claims, None, algorithm="none"),
            "unsigned, in capitals": f"{part({'alg': 'NONE', 'typ': 'JWT'})}.{body}.",
            "signature left out": f"{head}.{body}.",
            "signature of another": f"{head}.{part(claims | {'sub': 'bob'})}.{signature}",
            "another's key": type(api.keys)(algorithm if algorithm != "HS256" else "ES256").sign(claims, algorithm if algorithm != "HS256" else "ES256"),
            "a shared key": jwt.encode(claims, "x" * 40, algorithm="HS256"),
            "the end as text": jwt.encode(claims | {"exp": "soon"}, api.keys.private, algorithm=algorithm),
            "no token": "x",
            "empty parts": "..",
        }  # fmt: skip
        if algorithm != "HS256":
            # The public key as a shared one: the oldest trick there is.
            import hashlib
            import hmac

            text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{body}"
            mac = hmac.new(api.keys.public.encode(), text.encode(), hashlib.sha256).digest()
            bad["the public key as a shared one"] = f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        if api.config["token"]["issuer"]:
            bad |= {"of another issuer": api.token(login, iss="https://evil.example.org"), "of no issuer": api.token(login, iss=None)}
        self.expect(f"API {api.name}: a good token", api.ask(path, good), 200)
        for what, token in bad.items():
            self.expect(f"API {api.name}: a token that is {what}", api.ask(path, token), 401)
        for what, headers in {
            "none at all": {},
            "another scheme": {"Authorization": f"Basic {good}"},
            "nothing behind the scheme": {"Authorization": "Bearer"},
        }.items():
            status = 200 if api.config["anonymous"] and not headers else 401
            got = self.expect(f"API {api.name}: {what}", api.ask(path, headers=headers), status)
            if status == 401 and not got.headers.get("www-authenticate", "").startswith("Bearer"):
                self.problem(f"API {api.name}: {what}: no challenge")

    def strangers(self, api: Service) -> None:
        """Good tokens of people who have no business here."""
        names = ["eve", "nobody such", "clinic_owner", "clinic_staff_api", "postgres", "none", "NONE", "", BUILDER, "clinic_sender", 'x"; drop', "a" * 64]
        for name in names:
            self.expect(f"API staff: {name!r}", api.ask("/visits", api.token(name or " ", sub=name)), 403)
        for sub in (None, 1, ["ann"], {"a": 1}, "ann\0"):
            self.expect(f"API staff: sub {sub!r}", api.ask("/visits", api.token("x", sub=sub)), 401, 403)
        # Somebody who lost the role sees nothing from then on.
        self.database.run("revoke clinic_staff from cyd")
        self.expect("API staff: cyd, who lost the role", api.ask("/visits", api.token("cyd")), 403)
        self.database.run("grant clinic_staff to cyd")

    def pooled(self, api: Service) -> None:
        """Two logins at once over the same few connections never see each other's rows."""
        listed = next(one for one in api.config["lists"] if one["path"] == "visits")
        wanted = {person: self.rows(api, listed, person)[: api.config["page"]] for person in PEOPLE}
        wrong: list[str] = []

        def many(person: str) -> None:
            token = api.token(person)
            for turn in range(40):
                # A statement that fails in between must leave nothing behind either.
                if turn % 7 == 3:
                    api.ask("/visits?level=99999999999", token)
                got = api.ask("/visits", token)
                self.answers += 1
                if got.status != 200 or got.json()["data"] != wanted[person]:
                    wrong.append(f"{person}: {got.status}")

        threads = [threading.Thread(target=many, args=(person,)) for person in [*PEOPLE, *PEOPLE]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            self.problem(f"over pooled connections {len(wrong)} answers are somebody else's: {wrong[:5]}")
        sessions = self.database.rows("postgres", "select count(*) from pg_stat_activity where usename = 'clinic_staff_api'")
        if isinstance(sessions, str) or not 1 <= sessions[0][0] <= api.config["pool"]:
            self.problem(f"the pool has {sessions} connections")

    def injections(self, api: Service, login: str | None) -> None:
        """Statements, words and torn text in every parameter."""
        token = None if api.config["anonymous"] else api.token(login)
        for listed in api.config["lists"]:
            path = listed["path"]
            whole = self.rows(api, listed, login)
            for text in INJECTIONS:
                with contextlib.suppress(UnicodeEncodeError):
                    sent = quote(text, safe="")
                    for name in [*listed["filters"], "limit", "after"]:
                        got = self.expect(f"API {api.name}: {path}?{name}={text[:40]!r}", api.ask(f"/{path}?{quote(name)}={sent}", token), 200, 422)
                        wanted = [row for row in whole if row.get(name) == text]
                        if got.status == 200 and got.json()["data"] != wanted[: api.config["page"]]:
                            self.problem(f"API {api.name}: {path}?{name}={text[:40]!r} finds rows: {got.body[:200]!r}")
                    if listed["nulls"]:
                        continue
                    key = "/".join([sent] * len(listed["key"]))
                    self.expect(f"API {api.name}: {path}/{text[:40]!r}", api.ask(f"/{path}/{key}", token), 404, 422)
            for query in ("limit=0", "limit=-1", f"limit={api.config['most'] + 1}", "unknown=1", "limit=1&limit=1", "order=id", "select=patient"):
                self.expect(f"API {api.name}: {path}?{query}", api.ask(f"/{path}?{query}", token), 422)
            for values in ([], ["x"] * 9, [1], [None], ["'; drop table x"] * len(listed["key"]), {"a": 1}, "x", [["x"]]):
                marker = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
                got = self.expect(f"API {api.name}: {path}?after={values!r}", api.ask(f"/{path}?after={marker}", token), 200, 422)
                if got.status == 200 and any(row not in whole for row in got.json()["data"]):
                    self.problem(f"API {api.name}: a made-up marker shows other rows")
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            self.expect(f"API {api.name}: {method} /health", api.ask("/health", token, method), 405)
        for target in ("/", "/nothing", "/health/", "//health", "/%2e%2e/api.json", "/api.json", "/service.py", "/openapi.json/x"):
            self.expect(f"API {api.name}: {target}", api.ask(target, token), 404)

    def creates(self, api: Service) -> None:
        """Rows that are good, and many that are not: those leave nothing."""
        token, path = api.token(), "/triage-visits"
        count = lambda: self.database.rows("postgres", "select count(*) from marts.triage")  # noqa: E731
        good: Row = {"ward": 1, "patient": "Ann 'Q' Öz", "level": 3, "score": 12.25, "kind": "walk", "extra": {"a": [1.0, 1e3, None]}, "code": "c-1"}
        made = self.expect("a good row", api.ask(path, token, "POST", json.dumps(good)), 201)
        place = made.headers.get("location", "")
        back = self.expect("what was made", api.ask(place or "/none", token), 200).json()
        if any(back.get(k) != v for k, v in good.items()) or back.get("at") is None or str(back.get("id")) != place.rsplit("/", 1)[-1]:
            self.problem(f"a row comes back otherwise: {back}")
        self.expect("the least row", api.ask(path, token, "POST", '{"ward": 2, "patient": "", "level": 1}'), 201)
        exact = '{"ward": 2, "patient": "d", "level": 1, "score": 0.10, "extra": {"n": 12345678901234567890.123456789}}'
        self.expect("a long number", api.ask(path, token, "POST", exact), 201)
        kept = self.database.rows("postgres", "select extra ->> 'n' from marts.triage where patient = 'd'")
        if kept != [("12345678901234567890.123456789",)]:
            self.problem(f"a long number is kept as {kept}")
        before = count()
        base = {"ward": 1, "patient": "p", "level": 3}
        bad: list[tuple[Any, int]] = [
            ({}, 422), ([], 422), (None, 422), ("x", 422), ([base], 422),
            (base | {"level": 0}, 422), (base | {"level": 6}, 422), (base | {"level": "3"}, 422), (base | {"level": 3.5}, 422), (base | {"level": None}, 422),
            (base | {"kind": "fly"}, 422), (base | {"ward": 2**31}, 422), (base | {"ward": -1, "level": 5}, 422), (base | {"patient": "a\0b"}, 422),
            (base | {"unknown": 1}, 422), (base | {"id": 7}, 422), (base | {"at": "now"}, 422), (base | {"at": "2025-02-30T10:00:00Z"}, 422),
            (base | {"at": "infinity"}, 422), (base | {"score": 99999}, 422), (base | {"score": "1"}, 422), (base | {"code": "c-1"}, 409),
            ({"ward": 1, "patient": "p"}, 422), (base | {"patient": {"$ne": 1}}, 422), (base | {"extra": {"a": "\0"}}, 422),
        ]  # fmt: skip
        for row, status in bad:
            self.expect(f"the row {json.dumps(row)[:90]}", api.ask(path, token, "POST", json.dumps(row)), status)
        for what, body, headers, status in (
            ("no JSON", "{", {}, 400), ("torn text", b'{"patient": "\xff"}', {}, 400), ("a name twice", '{"ward": 1, "ward": 2, "patient": "p", "level": 1}', {}, 400),
            ("NaN", '{"ward": 1, "patient": "p", "level": 1, "score": NaN}', {}, 400), ("deep", "[" * 60000, {}, 400), ("nothing", "", {}, 400),
            ("a form", "ward=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415), ("no type", "{}", {"Content-Type": ""}, 415),
            ("zipped", "{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415), ("too long", '"' + "x" * 70000 + '"', {}, 413),
            ("digits", '{"ward": ' + "9" * 5000 + ', "patient": "p", "level": 1}', {}, 400), ("far away", '{"ward": 1, "patient": "p", "level": 1, "score": 1e400000}', {}, 422),
        ):  # fmt: skip
            self.expect(f"a body that is {what}", api.ask(path, token, "POST", body, headers), status)
        self.expect("a row of nobody", api.ask(path, None, "POST", json.dumps(base)), 401)
        self.expect("a query beside a row", api.ask(path + "?x=1", token, "POST", json.dumps(base)), 422)
        for method in ("PUT", "PATCH", "DELETE"):
            self.expect(f"{method} of a row", api.ask(place, token, method, json.dumps(base)), 405)
        if count() != before:
            self.problem(f"bad rows were added: {before} became {count()}")

    def documents(self, api: Service) -> None:
        """The OpenAPI document is one, is what is served, and holds no key."""
        from openapi_spec_validator import OpenAPIV31SpecValidator

        for error in OpenAPIV31SpecValidator(api.openapi).iter_errors():
            self.problem(f"API {api.name}: its document is no OpenAPI 3.1: {error.message[:300]}")
        got = self.expect(f"API {api.name}: its document", api.ask("/openapi.json"), 200)
        if got.json() != api.openapi:
            self.problem(f"API {api.name}: another document is served")
        pinned = {line.strip().lower() for line in (HERE / "requirements" / "api.txt").read_text(encoding="utf-8").splitlines()}
        for line in (api.folder / "requirements.txt").read_text(encoding="utf-8").splitlines():
            if line.replace("[binary]", "").replace("[crypto]", "").lower() not in pinned:
                self.problem(f"the service asks for `{line}`, and is tried with another version")

    def driven(self, api: Service, login: str | None, seconds: float) -> None:
        """Schemathesis asks for whatever the document allows, and for what it does not."""
        command: list[str | Path] = [
            engines.venv("api") / "bin" / "schemathesis", "run", api.folder / "openapi.json", "--url", f"http://127.0.0.1:{api.port}",
            "--max-examples", "25", "--seed", "1", "--phases", "examples,coverage,fuzzing", "--no-color", "--request-timeout", "20",
            "--exclude-checks", "positive_data_acceptance,missing_required_header", "--generation-database", "none", "--workers", "1",
            "--max-time", str(int(seconds)),
        ]  # fmt: skip
        if not api.config["anonymous"]:
            command += ["-H", f"Authorization: Bearer {api.token(login)}"]
        done = engines.run(command, cwd=self.scratch, timeout=6 * seconds)
        self.report.facts[f"schemathesis on {api.name}"] = done.stdout.strip().splitlines()[-1:]
        if done.returncode != 0:
            self.problem(f"API {api.name}: schemathesis finds fault.\n{done.stdout[-4000:]}")

    def quiet(self, api: Service) -> None:
        """The log tells of no value, statement or token, and of nothing unhandled."""
        text = api.log.read_text(errors="replace")
        for word in ("Traceback", "unhandled", "patient ", "select ", "Bearer", "eyJ", "GET /", "POST /"):
            if word in text:
                at = text.index(word)
                self.problem(f"API {api.name}: its log tells `{word}`: {text[max(0, at - 200) : at + 500]}")


@contextlib.contextmanager
def running(check: Check) -> Iterator[dict[str, Service]]:
    """All three services."""
    with contextlib.ExitStack() as stack:
        made = {}
        for name in ("public", "staff", "intake"):
            args = (check.out / "api" / name, check.server, check.database.name, f"clinic_{name}_api", check.scratch)
            made[name] = stack.enter_context(service(*args))
        yield made


def whole_course(check: Check, seconds: float) -> None:
    """Build, serve, ask."""
    started = time.monotonic()
    check.emit()
    check.prepare(random.Random(7))
    check.sql()
    check.join()
    check.report.timed("build", started)
    with running(check) as apis:
        public, staff, intake = (apis[name] for name in ("public", "staff", "intake"))
        started = time.monotonic()
        for api in apis.values():
            check.documents(api)
        check.creates(intake)
        check.lists(public, [None], "built")
        check.lists(staff, list(PEOPLE), "built")
        check.lists(intake, [None], "built")
        check.tokens(public, "/wards", None)
        check.tokens(staff, "/visits", "ann")
        check.tokens(intake, "/triage-visits", None)
        check.strangers(staff)
        check.report.timed("asking", started)
        started = time.monotonic()
        for api, login in ((public, None), (staff, "ann"), (intake, None)):
            check.injections(api, login)
        check.pooled(staff)
        check.report.timed("attacking", started)
        started = time.monotonic()
        for api, login in ((public, None), (staff, "ann"), (intake, None)):
            check.driven(api, login, seconds)
        check.report.timed("schemathesis", started)
        # Everything is made anew below running services.
        check.dbt()
        check.lists(public, [None], "dbt")
        check.lists(staff, ["ann", "dee"], "dbt")
        for api in apis.values():
            check.quiet(api)


def main() -> int:
    """Command line."""
    arguments = judge.command_line(__doc__)
    arguments.add_argument("--pipec", required=True, metavar="PROGRAM", type=judge.existing)
    arguments.add_argument("--seconds", type=float, default=12, help="of schemathesis on each API (default: 12)")
    arguments.add_argument("--out", metavar="FILE", type=Path)
    options = arguments.parse_args()
    engines.use("postgres")
    engines.use("api")
    report = judge.Report("api_check")
    with engines.postgres() as server, tempfile.TemporaryDirectory(prefix="pipec-api-") as scratch:
        check = Check(server, options.pipec, report, Path(scratch))
        access_check.Database(server, "postgres").run(f"create database {check.database.name}")
        whole_course(check, options.seconds)
    report.facts |= {"answers": check.answers, "cells": check.cells}
    report.write(options.out)
    return report.conclude(f"{check.answers} answers, {check.cells} cells, three APIs")


if __name__ == "__main__":
    judge.judge(main)
