"""Serve what ``api.json`` describes, over views that Postgres guards.

Written by pipec, the same for every API: what differs stands in ``api.json`` and ``openapi.json`` beside this file.

    pip install -r requirements.txt
    uvicorn service:app

The database is named by libpq's own variables (``PGHOST``, ``PGDATABASE``, ``PGUSER``, ``PGPASSWORD``, …); the key that tokens
are checked by is in the variable that ``api.json`` names. Every request is one transaction, which takes the API's role for itself
alone (``set local role``): nothing of it is left on the connection. Row-level security and the views do the rest.

Deliberately not here: who may see what (Postgres knows), TLS, limits of rate (the proxy in front has them).
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import decimal
import json
import logging
import os
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import jwt
import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

HERE = Path(__file__).resolve().parent
API: dict[str, Any] = json.loads((HERE / "api.json").read_text(encoding="utf-8"))
OPENAPI = (HERE / "openapi.json").read_bytes()
SCHEMAS: dict[str, Any] = json.loads(OPENAPI)["components"]["schemas"]
LOG = logging.getLogger("uvicorn.error")
# A log of addresses would hold what was asked for: keys and filters.
logging.getLogger("uvicorn.access").disabled = True
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
LONGEST_TEXT = 1000
NO_BUSINESS = "the login may not use this API"


# --- problems (RFC 9457) ----------------------------------------------------------------


class Problem(Exception):
    """An answer that is an error. It says what was asked wrongly, and never a value or a statement."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, headers or {}, more


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """The same as a response."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    return answer(json.dumps(body), status, headers, "application/problem+json")


def answer(body: str | bytes, status: int = 200, headers: dict[str, str] | None = None, media: str = "application/json") -> Response:
    """A response that no cache keeps and no browser takes for something else."""
    fixed = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body, status, {**fixed, **(headers or {})}, media)


async def on_problem(_: Request, error: Exception) -> Response:
    """What the service itself refuses."""
    assert isinstance(error, Problem)
    return problem(error.status, error.detail, error.headers, **error.more)


async def on_http(_: Request, error: Exception) -> Response:
    """What the router refuses: paths and methods."""
    assert isinstance(error, HTTPException)
    detail = {404: "nothing is here", 405: "this path does not take this method"}.get(error.status_code, "the request cannot be answered")
    return problem(error.status_code, detail, dict(error.headers or {}))


async def on_crash(_: Request, error: Exception) -> Response:
    """What nobody foresaw. The kind of error is logged; its text could hold values."""
    LOG.error("unhandled %s", type(error).__name__)
    return problem(500, "the request failed")


def refused(error: psycopg.Error) -> Problem:
    """What Postgres refuses, without its words: they can hold values, names and conditions."""
    state = error.sqlstate or ""
    if isinstance(error, psycopg.DataError) or state.startswith("22"):
        return Problem(422, "a value does not fit its type")
    if state in {"23502", "23503", "23514"}:
        return Problem(422, "the row breaks a rule of its table")
    if state in {"23505", "23P01"}:
        return Problem(409, "such a row is there already")
    if state == "42501":
        return Problem(403, "the role of this API may not do this")
    if state in {"57014", "55P03"} or state.startswith(("08", "53", "57")):
        return Problem(503, "the database did not answer in time", {"Retry-After": "5"})
    LOG.error("the database answered with SQLSTATE %s", state or "none")
    return Problem(500, "the request failed")


# --- who asks (RFC 6750, RFC 7519) ------------------------------------------------------


def key() -> str:
    """The key that signatures are checked by."""
    value = os.environ.get(API["token"]["key"], "").strip()
    if not value and API["anonymous"]:
        return ""  # then nobody has a token
    if not value:
        raise SystemExit(f"the variable {API['token']['key']} holds the key that tokens are checked by, and is empty")
    if API["token"]["algorithm"] == "HS256" and len(value.encode()) < 32:
        raise SystemExit(f"the key in {API['token']['key']} is shorter than 32 bytes (RFC 7518, section 3.2)")
    return value


def login(request: Request) -> str:
    """The role in Postgres that a request runs as."""
    token = API["token"]
    sent = request.headers.getlist("authorization")
    if not sent and API["anonymous"]:
        return str(API["role"])
    kind, _, value = (sent[0] if len(sent) == 1 else "").partition(" ")
    if kind.lower() != "bearer" or not value or not KEY:
        raise Problem(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    rules: dict[str, Any] = {"require": ["exp", "aud"] + (["iss"] if token["issuer"] else [])}
    try:
        claims = jwt.decode(
            value, KEY, algorithms=[token["algorithm"]], audience=token["audience"], issuer=token["issuer"], options=rules
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise Problem(401, "the token is not valid", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    if API["login"] is None:
        return str(API["role"])
    name = claims.get(API["login"])
    if not isinstance(name, str) or not 0 < len(name.encode("utf-8", "replace")) <= 63 or "\0" in name or name == "none":
        raise Problem(403, "the token names no login")
    return name


@contextlib.asynccontextmanager
async def transaction(request: Request, write: bool = False) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """One transaction of whoever asks. The role, and all that is set, ends with it."""
    name = login(request)
    settings = {
        "statement_timeout": str(API["statement_timeout_ms"]),
        "idle_in_transaction_session_timeout": str(2 * API["statement_timeout_ms"]),
        "search_path": "pg_catalog",
        "datestyle": "ISO, YMD",
        "timezone": "UTC",
        "row_security": "on",
        "transaction_read_only": "off" if write else "on",
        "role": name,
    }
    pairs = [part for pair in settings.items() for part in pair]
    calls = ", ".join(["pg_catalog.set_config(%s, %s, true)"] * len(settings))
    try:
        async with request.app.state.pool.connection() as connection, connection.transaction():
            try:
                await connection.execute(f"select {calls}", pairs)  # constant text: names and values are parameters
            except psycopg.Error as error:
                # No such role, or one that this service may not take.
                LOG.error("the role cannot be taken: SQLSTATE %s", error.sqlstate)
                raise Problem(*((503, "the database is not set up") if API["login"] is None else (403, NO_BUSINESS))) from None
            if API["login"] is not None:
                await own_login(connection)
            yield connection
    except psycopg.Error as error:
        raise refused(error) from None
    except PoolTimeout:
        raise Problem(503, "the database did not answer in time", {"Retry-After": "5"}) from None


async def own_login(connection: psycopg.AsyncConnection[Any]) -> None:
    """A login that is a member of the API's role, and nobody whom Postgres lets see everything."""
    asked = await connection.execute(
        "select pg_catalog.pg_has_role(current_user, %s, 'usage') and not (rolsuper or rolbypassrls)"
        " from pg_catalog.pg_roles where rolname = current_user",
        [API["role"]],
    )
    row = await asked.fetchone()
    if row is None or row[0] is not True:
        raise Problem(403, NO_BUSINESS)


# --- values in addresses ----------------------------------------------------------------


def whole(bits: int) -> Callable[[str], bool]:
    """Whole numbers of so many bits, written in one way."""
    return lambda text: bool(re.fullmatch(r"0|-?[1-9][0-9]{0,18}", text)) and -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)


def dated(text: str) -> bool:
    """A day that there is."""
    with contextlib.suppress(ValueError):
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)) and bool(datetime.date.fromisoformat(text))
    return False


def timed(zone: str) -> Callable[[str], bool]:
    """A moment of a day that there is."""

    def fits(text: str) -> bool:
        shape = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?{zone}"
        with contextlib.suppress(ValueError):
            return bool(re.fullmatch(shape, text)) and bool(datetime.datetime.fromisoformat(text))
        return False

    return fits


def identified(text: str) -> bool:
    """A UUID as RFC 9562 writes it."""
    return bool(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)) and bool(uuid.UUID(text))


def numbered(text: str) -> bool:
    """A number as JSON writes it, no longer than anybody needs."""
    return len(text) <= 60 and bool(re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text)) and decimal.Decimal(text).is_finite()


FITS: dict[str, Callable[[str], bool]] = {
    "boolean": lambda text: text in {"true", "false"},
    "smallint": whole(16),
    "integer": whole(32),
    "bigint": whole(64),
    "number": numbered,
    "text": lambda text: len(text) <= LONGEST_TEXT and "\0" not in text,
    "date": dated,
    "timestamp": timed(""),
    "timestamptz": timed(r"(Z|[+-][0-9]{2}:[0-9]{2})"),
    "uuid": identified,
}


def fits(column: dict[str, Any], text: str) -> bool:
    """Whether a text in an address is a value of a column."""
    return FITS[column["form"]](text)


def cast(column: dict[str, Any]) -> sql.Composable:
    """A parameter of the column's type. The type is pipec's own text."""
    return sql.SQL("%s::text::" + column["type"])


def identifier(*parts: str) -> sql.SQL:
    """A name. psycopg takes a `%` in a statement for the start of a parameter, even in a name."""
    return sql.SQL(".".join('"' + part.replace('"', '""').replace("%", "%%") + '"' for part in parts))


def names(columns: Iterable[dict[str, Any]]) -> sql.Composed:
    """Columns by name."""
    return sql.SQL(", ").join(identifier(column["name"]) for column in columns)


def asked(request: Request, known: Iterable[str]) -> dict[str, str]:
    """The query of an address: each name is known, and there once."""
    found: dict[str, str] = {}
    allowed = set(known)
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise Problem(422, "the address asks for something that is not here", parameters=sorted(allowed))
        if name in found:
            raise Problem(422, f"`{name}` is asked for twice")
        found[name] = value
    return found


# --- what is listed ---------------------------------------------------------------------


def plain(value: Any) -> bool:
    """A text that Postgres can hold."""
    return isinstance(value, str) and "\0" not in value and len(value) <= 10_000


class Listed:
    """A path that lists the rows of a view, and looks one up by its key."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.path: str = described["path"]
        self.relation = identifier(*described["relation"])
        by_name = {column["name"]: column for column in described["columns"]}
        self.columns = described["columns"]
        self.key = [by_name[name] for name in described["key"]]
        self.nulls: bool = described["nulls"]
        self.filters = {name: by_name[name] for name in described["filters"]}
        # A column may be called as the two parameters that every list has: they come first.
        self.parameters = {"limit", "after", *self.filters}

    def marker(self, values: list[str | None]) -> str:
        """Where the next page begins: the key of the last row, which was shown."""
        return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")

    def after(self, marker: str) -> list[str | None]:
        """The key in a marker."""
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(base64.b64decode(marker + "=" * (-len(marker) % 4), altchars=b"-_", validate=True))
            if (
                isinstance(values, list)
                and len(values) == len(self.key)
                and all(v is None if self.nulls and not isinstance(v, str) else plain(v) for v in values)
            ):
                return values
        raise Problem(422, "`after` is not a marker of this list")

    def beyond(self, last: list[str | None]) -> tuple[sql.Composable, list[str | None]]:
        """The rows behind one, where parts of the key may be NULL, which comes last."""
        ways: list[sql.Composable] = []
        values: list[str | None] = []
        for position, column in enumerate(self.key):
            if last[position] is None:
                continue  # nothing comes behind NULL
            same = [sql.SQL("{} is not distinct from {}").format(identifier(c["name"]), cast(c)) for c in self.key[:position]]
            further = sql.SQL("({0} > {1} or {0} is null)").format(identifier(column["name"]), cast(column))
            ways.append(sql.SQL("({})").format(sql.SQL(" and ").join([*same, further])))
            values += last[: position + 1]
        return (sql.SQL("({})").format(sql.SQL(" or ").join(ways)) if ways else sql.SQL("false")), values

    def where(self, wanted: dict[str, str]) -> tuple[list[sql.Composable], list[str | None]]:
        """Conditions, with the values for their parameters."""
        conditions: list[sql.Composable] = []
        values: list[str | None] = []
        for name, column in self.filters.items():
            if name in wanted and name not in {"limit", "after"}:
                if not fits(column, wanted[name]):
                    raise Problem(422, f"`{name}` does not fit its type")
                conditions.append(sql.SQL("{} = {}").format(identifier(name), cast(column)))
                values.append(wanted[name])
        if "after" in wanted and self.nulls:
            condition, last = self.beyond(self.after(wanted["after"]))
            conditions.append(condition)
            values += last
        elif "after" in wanted:
            casts = sql.SQL(", ").join(cast(column) for column in self.key)
            conditions.append(sql.SQL("({}) > ({})").format(names(self.key), casts))
            values += self.after(wanted["after"])
        return conditions, values

    async def list(self, request: Request) -> Response:
        """A page of rows, in the order of the key."""
        wanted = asked(request, self.parameters)
        limit = API["page"]
        if "limit" in wanted:
            if not whole(32)(wanted["limit"]) or not 1 <= int(wanted["limit"]) <= API["most"]:
                raise Problem(422, f"`limit` is 1 to {API['most']}")
            limit = int(wanted["limit"])
        conditions, values = self.where(wanted)
        texts = sql.SQL(", ").join(sql.SQL("{}::text").format(identifier(c["name"])) for c in self.key)
        query = sql.SQL("select pg_catalog.row_to_json(page)::text, array[{}] from (select {} from {}{} order by {} limit %s) as page").format(
            texts,
            names(self.columns),
            self.relation,
            sql.SQL(" where ") + sql.SQL(" and ").join(conditions) if conditions else sql.SQL(""),
            names(self.key),
        )
        async with transaction(request) as connection:
            found = await (await connection.execute(query, [*values, limit + 1])).fetchall()
        rows, more = found[:limit], len(found) > limit
        following = None
        if more:
            kept = [(name, value) for name, value in wanted.items() if name != "after"]
            following = "?" + urlencode([*kept, ("after", self.marker(rows[-1][1]))])
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return answer('{"data":[' + ",".join(row[0] for row in rows) + '],"next":' + json.dumps(following) + "}", 200, headers)

    async def get(self, request: Request) -> Response:
        """The row with a key."""
        asked(request, ())
        values = [request.path_params[f"key{position}"] for position in range(len(self.key))]
        if not all(fits(column, value) for column, value in zip(self.key, values, strict=True)):
            raise Problem(422, "the key in the address does not fit its type")
        same = sql.SQL(" and ").join(sql.SQL("{} = {}").format(identifier(c["name"]), cast(c)) for c in self.key)
        query = sql.SQL("select pg_catalog.row_to_json(found)::text from (select {} from {} where {}) as found").format(
            names(self.columns), self.relation, same
        )
        async with transaction(request) as connection:
            row = await (await connection.execute(query, values)).fetchone()
        if row is None:
            raise Problem(404, "no row has this key")
        return answer(row[0])


# --- what is created --------------------------------------------------------------------


class Created:
    """A path that adds a row to a table."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.path: str = described["path"]
        self.relation = identifier(*described["relation"])
        self.columns = {column["name"]: column for column in described["columns"]}
        self.key: list[str] = described["returns"]
        self.found_at: bool = described["found"]
        self.schema = jsonschema.Draft202012Validator(SCHEMAS[described["schema"]], format_checker=jsonschema.FormatChecker())

    async def body(self, request: Request) -> tuple[dict[str, Any], str]:
        """The row in a request, and its text: Postgres reads numbers with all of their digits."""
        media = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media != "application/json":
            raise Problem(415, "a row is sent as application/json")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "a row is sent as it is, not compressed")
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > API["body_bytes"]:
                raise Problem(413, f"a row has at most {API['body_bytes']} bytes")
        try:
            text = bytes(content).decode("utf-8")
            row = json.loads(text, parse_float=decimal.Decimal, parse_constant=constant, object_pairs_hook=once)
            broken = [
                {"pointer": "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path), "rule": error.validator}
                for error in self.schema.iter_errors(row)
            ]
        except (ValueError, RecursionError):
            raise Problem(400, "the body is no JSON") from None
        if broken:
            raise Problem(422, "the row is not as it has to be", errors=broken[:20])
        return row, text

    async def post(self, request: Request) -> Response:
        """Adds a row. What it does not name gets its default."""
        asked(request, ())
        login(request)  # before anything is read
        row, text = await self.body(request)
        given = [column for name, column in self.columns.items() if name in row]
        if given:
            record = sql.SQL(", ").join(sql.SQL("{} {}").format(identifier(c["name"]), sql.SQL(c["type"])) for c in given)
            query = sql.SQL("insert into {} ({}) select {} from pg_catalog.jsonb_to_record(%s::text::jsonb) as given({})").format(
                self.relation, names(given), names(given), record
            )
            values = [text]
        else:
            query, values = sql.SQL("insert into {} default values").format(self.relation), []
        if self.key:
            texts = sql.SQL(", ").join(sql.SQL("{}::text").format(identifier(name)) for name in self.key)
            query += sql.SQL(" returning array[{}]").format(texts)
        async with transaction(request, write=True) as connection:
            done = await connection.execute(query, values)
            made = await done.fetchone() if self.key else None
        if made is None:
            return answer("{}", 201)
        place = "/".join(quote(part, safe="") for part in made[0])
        headers = {"Location": f"{request.url.path}/{place}"} if self.found_at else {}
        return answer(json.dumps({"key": dict(zip(self.key, made[0], strict=True))}), 201, headers)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose names is there once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def constant(_: str) -> Any:
    """`NaN` and the like are no JSON."""
    raise ValueError


# --- the application --------------------------------------------------------------------


async def health(request: Request) -> Response:
    """Whether the database answers. Tells nothing else, and asks for no token."""
    try:
        async with request.app.state.pool.connection(timeout=5) as connection:
            await connection.execute("select 1")
    except (psycopg.Error, PoolTimeout):
        return problem(503, "the database does not answer", {"Retry-After": "5"})
    return answer('{"status":"ok"}')


async def description(_: Request) -> Response:
    """What this API is: an OpenAPI document, which holds no data."""
    return answer(OPENAPI)


def routes() -> list[Route]:
    """Every path. One that lists and creates is two routes behind one address."""
    made = [Route("/health", health, methods=["GET"]), Route("/openapi.json", description, methods=["GET"])]
    listed = {one.path: one for one in map(Listed, API["lists"])}
    created = {one.path: one for one in map(Created, API["creates"])}

    def collection(path: str) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            if request.method == "POST":
                return await created[path].post(request)
            return await listed[path].list(request)

        return serve

    for path in sorted({*listed, *created}):
        methods = (["GET"] if path in listed else []) + (["POST"] if path in created else [])
        made.append(Route(f"/{path}", collection(path), methods=methods))
    for path, one in sorted(listed.items()):
        if one.nulls:
            continue
        keys = "/".join(f"{{key{position}}}" for position in range(len(one.key)))
        made.append(Route(f"/{path}/{keys}", one.get, methods=["GET"]))
    return [Route(route.path, guarded(route.endpoint), methods=sorted(route.methods or ())) for route in made]


def guarded(endpoint: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """What nobody foresaw ends here: a trace in a log could hold values."""

    async def serve(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (Problem, HTTPException, ClientDisconnect):
            raise
        except Exception as error:  # noqa: BLE001
            return await on_crash(request, error)

    return serve


async def clean(connection: psycopg.AsyncConnection[Any]) -> None:
    """Nothing is left to undo, and it is undone all the same before the next request gets the connection."""
    await connection.execute("reset role")
    await connection.execute("reset all")


@contextlib.asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    """Connections live as long as the application."""
    arguments = {"autocommit": True, "prepare_threshold": None, "application_name": f"pipec_{API['api']}"}
    pool = AsyncConnectionPool("", kwargs=arguments, min_size=1, max_size=API["pool"], timeout=10, open=False, reset=clean)
    async with pool:
        application.state.pool = pool
        yield


async def on_disconnect(_: Request, __: Exception) -> Response:
    """Whoever asked is gone."""
    return problem(400, "the request ended early")


KEY = key()
app = Starlette(
    routes=routes(),
    lifespan=lifespan,
    exception_handlers={Problem: on_problem, HTTPException: on_http, ClientDisconnect: on_disconnect, Exception: on_crash},
)
app.router.redirect_slashes = False
