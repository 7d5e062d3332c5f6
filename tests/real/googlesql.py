"""GoogleSQL in this process: the analyzer and reference evaluator that BigQuery's own dialect is defined by.

`Warehouse` is a catalog that statements are analysed against, and that grows with the tables
and views they make. With rows in it, the statements are run, too.

The evaluator knows more than BigQuery has, so features that BigQuery's manual does not name are
switched off here, and `lacks` finds what no switch covers.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import engines

# What the analyzer has and BigQuery's manual does not name.
MISSING = """
AGGREGATE_FILTERING LATERAL_JOIN WITH_GROUP_ROWS ARRAY_EQUALITY GROUP_BY_ARRAY ARRAY_ORDERING BARE_ARRAY_ACCESS
LIMIT_OFFSET_EXPRESSIONS LIMIT_ALL LATERAL_COLUMN_REFERENCES ARRAY_FIND_FUNCTIONS ARRAY_AGGREGATION_FUNCTIONS
INLINE_LAMBDA_ARGUMENT FIRST_AND_LAST_N NULLIFZERO_ZEROIFNULL PI_FUNCTIONS MAP_TYPE UUID_TYPE ROW_TYPE ENABLE_MEASURES
RELAXED_WITH_RECURSIVE STRUCT_POSITIONAL_ACCESSOR MULTIWAY_UNNEST ARRAY_ZIP CONCAT_MIXED_TYPES INSERT_ON_CONFLICT_CLAUSE
FOR_UPDATE ALIASES_FOR_STRING_AND_DATE_FUNCTIONS ADDITIONAL_DATE_TIME_FUNCTIONS MATCH_RECOGNIZE LITERAL_CONCATENATION
JSON_TYPE_COMPARISON JSON_MORE_VALUE_EXTRACTION_FUNCTIONS ARRAY_GREATEST_LEAST IMPLICIT_COERCION_STRING_LITERAL_TO_BYTES
MULTILEVEL_AGGREGATION TIMESTAMP_NANOS TIMESTAMP_PICOS TIMESTAMP_PRECISION SINGLETON_UNNEST_INFERS_ALIAS PROTO_BASE
RADIANS_DEGREES_FUNCTIONS CHAINED_FUNCTION_CALLS PIPES STATEMENT_WITH_PIPE_OPERATORS SQL_GRAPH DOT_PRODUCT MANHATTAN_DISTANCE
L1_NORM L2_NORM BY_NAME STRUCT_BRACED_CONSTRUCTORS UPDATE_CONSTRUCTOR TIME_BUCKET_FUNCTIONS CORRESPONDING CORRESPONDING_FULL
""".split()

# PostgreSQL's types, as descriptions of raw tables name them.
TYPES = {
    "text": "string",
    "varchar": "string",
    "char": "string",
    "uuid": "string",
    "smallint": "int64",
    "integer": "int64",
    "int": "int64",
    "bigint": "int64",
    "numeric": "numeric",
    "decimal": "numeric",
    "real": "float64",
    "double precision": "float64",
    "boolean": "bool",
    "date": "date",
    "time": "time",
    "timestamp": "datetime",
    "timestamptz": "timestamp",
    "json": "json",
    "jsonb": "json",
    "bytea": "bytes",
    "interval": "interval",
}

# How PostgreSQL writes a value of a kind.
SHOWN = {
    "DATETIME": "format_datetime('%E4Y-%m-%d %H:%M:%E*S', {})",
    "TIMESTAMP": "format_timestamp('%E4Y-%m-%d %H:%M:%E*S+00', {}, 'UTC')",
    "TIME": "format_time('%H:%M:%E*S', {})",
    "JSON": "to_json_string({})",
    "ARRAY": "to_json_string({})",
    "BYTES": "concat('\\\\x', to_hex({}))",
    "INTERVAL": "format('%d years %d mons %d days %s%02d:%02d:%02d.%06d', extract(year from {}), extract(month from {}), extract(day from {}), "
    "if(extract(hour from {}) < 0 or extract(minute from {}) < 0 or extract(second from {}) < 0 or extract(microsecond from {}) < 0, '-', ''), "
    "abs(extract(hour from {})), abs(extract(minute from {})), abs(extract(second from {})), abs(extract(microsecond from {})))",
}

KINDS = {
    "string": "STRING",
    "int64": "INT64",
    "numeric": "NUMERIC",
    "bignumeric": "BIGNUMERIC",
    "float64": "DOUBLE",
    "bool": "BOOL",
    "date": "DATE",
    "time": "TIME",
    "datetime": "DATETIME",
    "timestamp": "TIMESTAMP",
    "json": "JSON",
    "bytes": "BYTES",
    "interval": "INTERVAL",
}


def compiled() -> Path:
    """The evaluator's module, compiled once for this machine: half a minute that every later start saves."""
    home = engines.site_packages("bigquery")
    requirements = engines.HERE / "requirements" / "bigquery.txt"

    def build(folder: Path) -> None:
        engines.use("bigquery")
        import wasmtime

        configuration = wasmtime.Config()
        configuration.shared_memory = True
        [module] = (home / "zetasql").rglob("*.wasm")
        engine = wasmtime.Engine(configuration)
        (folder / "zetasql.cwasm").write_bytes(wasmtime.Module.from_file(engine, str(module)).serialize())

    return engines.cached("bigquery-module", [requirements.read_bytes()], build) / "zetasql.cwasm"


def start() -> Any:
    """The package, with its compiled module; the first call takes a second."""
    engines.use("bigquery")
    module = compiled()
    import wasmtime
    import zetasql.core.wasm_client as client

    class Compiled(wasmtime.Module):
        @classmethod
        def from_file(cls, engine: Any, path: str) -> Any:
            return wasmtime.Module.deserialize_file(engine, str(module))

    client.Module = Compiled
    import zetasql.api
    import zetasql.types

    # Rows go in and out as the messages they are: the package's own copies of them lose moments and empty arrays.
    zetasql.types.TableContent.from_proto = classmethod(lambda _cls, message: Content(message))
    return zetasql


class Content:
    """The rows of a table, as a message."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def to_proto(self) -> Any:
        """What the package asks its own models for."""
        return self.message

    @property
    def rows(self) -> Any:
        """The rows, each with its cells."""
        return self.message.table_data.row


# Texts, names in backticks, comments, and what ends a statement.
TOKENS = re.compile(
    r"r?'''(?:.|\n)*?'''|\"\"\"(?:.|\n)*?\"\"\"|\br'[^']*'|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`|--[^\n]*|;",
    re.I,
)


FUNCTION = re.compile(
    r"create or replace function (?P<name>\S+?)\((?P<parameters>.*?)\)(?: returns (?P<result>\S+))? as \((?P<body>.*)\)\s*\Z", re.S
)


class Refused(Exception):
    """What the analyzer or the evaluator says against a statement."""


def _first_line(reason: Exception) -> str:
    text = str(reason).strip()
    return text.splitlines()[0] if text else type(reason).__name__


def lacks(statement: str) -> str | None:
    """What a statement asks for that the analyzer takes and BigQuery does not."""
    bare = re.sub(r"'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|--[^\n]*", "''", statement)
    for pattern, what in [
        (r"\b(intersect|except)\s+all\b", "`intersect all` and `except all`"),
        (r"\bgroups\s+(between|unbounded|current|\d)", "a frame of groups"),
        (r"\bexclude\s+(current|group|ties)", "an exclusion in a frame"),
        (r"\bfilter\s*\(", "`filter (where …)`"),
        (r"\blateral\b", "`lateral`"),
        (r"\bnatural\b", "`natural join`"),
    ]:
        if re.search(pattern, bare, re.IGNORECASE):
            return what
    return None


def _little(number: int) -> bytes:
    """A whole number as the fewest bytes of two's complement, the least first."""
    return number.to_bytes((number.bit_length() + 8) // 8, "little", signed=True)


def _interval(text: str) -> str:
    """PostgreSQL's text of an interval as GoogleSQL's literal."""
    months = days = 0
    for number, unit in re.findall(r"([+-]?\d+) (year|mon|day)", text):
        months += int(number) * {"year": 12, "mon": 1, "day": 0}[unit]
        days += int(number) if unit == "day" else 0
    clock = re.search(r"[+-]?\d+:\d\d(?::\d\d(?:\.\d+)?)?", text)
    sign = "-" if months < 0 else ""
    time = clock[0] if clock else "0:0:0"
    time = time if time.count(":") == 2 else time + ":00"
    return f"interval '{sign}{abs(months) // 12}-{abs(months) % 12} {days} {time}' year to second"


@dataclass
class Relation:
    """A table or view of the catalog: its columns, and its rows once there are any."""

    table: Any
    content: Any = None


@dataclass
class Warehouse:
    """Tables by name, and the statements that read and make them."""

    run_date: str = "2025-06-30"
    relations: dict[str, Relation] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    #: Cells that a literal has been read into: each takes a query, and moments of loading are few.
    read: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.z = start()
        types = self.z.types
        self.language = types.LanguageOptions.maximum_features()
        self.language.product_mode = types.ProductMode.PRODUCT_EXTERNAL
        off = {f"FEATURE_{name}" for name in MISSING} | {f"FEATURE_V_1_{v}_{name}" for v in (1, 2, 3, 4) for name in MISSING}
        gone = {int(types.LanguageFeature[name]) for name in off if name in types.LanguageFeature.__members__}
        kept = [f for f in self.language.enabled_language_features if int(f) not in gone]
        self.language.enabled_language_features = kept
        self.language.supported_statement_kinds = []
        self.language.reserved_keywords = ["QUALIFY"]
        date = types.Type(type_kind=types.TypeKind.TYPE_DATE)
        parameter = types.AnalyzerOptions.QueryParameter(name="run_date", type=date)
        self.options = types.AnalyzerOptions(
            language_options=self.language, default_timezone="UTC", query_parameters=[parameter]
        )

    def type_of(self, name: str) -> Any:
        """A type by its name in GoogleSQL; parameters in brackets mean nothing to a catalog."""
        types = self.z.types
        name = name.strip().lower()
        if inner := re.fullmatch(r"array<(.*)>", name):
            return types.Type(
                type_kind=types.TypeKind.TYPE_ARRAY, array_type=types.ArrayType(element_type=self.type_of(inner[1]))
            )
        plain = re.sub(r"\(.*\)", "", name)
        return types.Type(type_kind=types.TypeKind[f"TYPE_{KINDS[plain]}"])

    def declare(self, name: str, columns: Sequence[tuple[str, Any]]) -> Relation:
        """A table of these columns, in the place of an older one of its name."""
        types = self.z.types
        made = types.SimpleTable(name=name, column=[types.SimpleColumn(name=c, type=t) for c, t in columns])
        relation = Relation(made)
        self.relations[name] = relation
        return relation

    def kind(self, type_: Any) -> str:
        """`INT64`, `ARRAY` and so on."""
        return self.z.types.TypeKind(type_.type_kind).name.removeprefix("TYPE_")

    def source(self, schema: str, name: str, columns: Sequence[tuple[str, str]]) -> Relation:
        """A raw table, by PostgreSQL's names of types."""

        def translated(type_: str) -> str:
            if type_.endswith("[]"):
                return f"array<{translated(type_[:-2])}>"
            plain = re.sub(r"\(.*\)", "", type_.lower()).strip()
            # Where a scale is said, it fits; what is not said may have any.
            return "bignumeric" if type_.lower() == "numeric" else TYPES[plain]

        return self.declare(f"{schema}.{name}", [(c, self.type_of(translated(t))) for c, t in columns])

    def load(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Fill a table with objects as PostgreSQL would read them from JSON; a missing field is NULL."""
        relation = self.relations[name]
        message = self.z.types.TableContent._PROTO_CLASS()
        message.table_data.SetInParent()
        for row in rows:
            made = message.table_data.row.add()
            for column in relation.table.column:
                self._cell(made.cell.add(), row.get(column.name), column.type)
        relation.content = Content(message)

    def _cell(self, cell: Any, value: Any, type_: Any) -> None:
        """Put a JSON value into a cell of a type; an empty cell is NULL."""
        if value is None:
            return
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        match kind := self.kind(type_):
            case "ARRAY":
                cell.array_value.SetInParent()
                for element in value:
                    self._cell(cell.array_value.element.add(), element, type_.array_type.element_type)
            case "STRING":
                cell.string_value = text
            case "BYTES":
                cell.bytes_value = bytes.fromhex(text[2:]) if text.startswith("\\x") else text.encode()
            case "JSON":
                cell.json_value = text
            case "INT64":
                cell.int64_value = int(text)
            case "BOOL":
                cell.bool_value = text in ("true", "t")
            case "DOUBLE":
                cell.double_value = float(text)
            case "NUMERIC":
                cell.numeric_value = _little(int(Decimal(text).scaleb(9, Context(prec=80))))
            case "BIGNUMERIC":
                cell.bignumeric_value = _little(int(Decimal(text).scaleb(38, Context(prec=80))))
            case "DATE":
                cell.date_value = (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
            case _:
                literal = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
                if kind == "INTERVAL":
                    literal = _interval(text)
                query = f"select cast({literal} as {kind.lower()})"
                if query not in self.read:
                    [row] = self.rows(query).rows
                    self.read[query] = row.cell[0]
                cell.CopyFrom(self.read[query])

    def catalog(self, statement: str | None = None, nested: bool = True) -> Any:
        """What a statement is analysed against: what it names, or everything. Only tables at the top may have rows."""
        types = self.z.types
        options = types.ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        top = types.SimpleCatalog(name="warehouse", table=[], builtin_function_options=options)
        datasets: dict[str, Any] = {}
        for name, relation in self.relations.items():
            dataset, _, own = name.partition(".")
            if statement is not None and own not in statement and dataset != "pipec_secret":
                continue
            table = types.SimpleTable(name=name, column=relation.table.column, name_in_catalog=own if nested else name)
            if dataset not in datasets:
                datasets[dataset] = types.SimpleCatalog(name=dataset, table=[])
            (datasets[dataset] if nested else top).table.append(table)
        if self.functions:
            own = datasets.setdefault("pipec", types.SimpleCatalog(name="pipec", table=[]))
            own.custom_function = [make(nested) for make in self.functions.values()]
        top.catalog = list(datasets.values())
        return top

    def flat(self, query: str) -> str:
        """A query that finds tables at the top: `a.b` is one name."""
        names = sorted(self.relations, key=len, reverse=True)
        if not names:
            return query
        pattern = "|".join(rf"`?{re.escape(n.partition('.')[0])}`?\.`?{re.escape(n.partition('.')[2])}`?" for n in names)
        reading = re.compile(rf"(?P<before>\b(?:from|join)\s+)(?P<name>{pattern})(?![\w.`])(?P<alias>\s+as\b)?", re.I)

        def one(found: re.Match[str]) -> str:
            name = found["name"].replace("`", "")
            alias = found["alias"] or f" as `{name.partition('.')[2]}`"
            return f"{found['before']}`{name}`{alias}"

        parts, at = [], 0
        for quoted in TOKENS.finditer(query):
            if quoted[0].startswith("`") or quoted[0] == ";":
                continue
            parts += [reading.sub(one, query[at : quoted.start()]), quoted[0]]
            at = quoted.end()
        return "".join([*parts, reading.sub(one, query[at:])])

    def analysed(self, statement: str) -> Any:
        """The resolved tree of a statement."""
        if what := lacks(statement):
            raise Refused(f"BigQuery has no {what}")
        try:
            return self.z.api.Analyzer(self.options, self.catalog(statement)).analyze_statement(statement)
        except Exception as reason:
            raise Refused(_first_line(reason)) from reason

    def define(self, statement: str) -> None:
        """A function that a statement makes, so that later ones can call it."""
        types = self.z.types
        found = FUNCTION.match(statement)
        if found is None:
            raise Refused("a function in a form this judge does not know")
        parameters = [p.strip().partition(" ")[::2] for p in found["parameters"].split(",") if p.strip()]
        enums = types.FunctionEnums

        def argument(type_: str | None) -> Any:
            kind = types.SignatureArgumentKind
            any_ = type_ is None or type_.strip().lower() == "any type"
            return types.FunctionArgumentType(
                kind=kind.ARG_TYPE_ARBITRARY if any_ else kind.ARG_TYPE_FIXED,
                type=None if any_ else self.type_of(type_),
                num_occurrences=1,
                options=types.FunctionArgumentTypeOptions(cardinality=enums.ArgumentCardinality.REQUIRED),
            )

        signature = types.FunctionSignature(argument=[argument(t) for _, t in parameters], return_type=argument(found["result"]))
        def made(nested: bool) -> Any:
            return types.Function(
                name_path=[found["name"].partition(".")[2]],
                group="Templated_SQL_Function",
                mode=enums.Mode.SCALAR,
                signature=[signature],
                parse_resume_location=types.ParseResumeLocation(input=found["body"] if nested else self.flat(found["body"])),
                templated_sql_function_argument_name=[n for n, _ in parameters],
            )

        self.functions[found["name"]] = made

    def rows(self, query: str) -> Any:
        """The result of a query, as content a table may have."""
        if what := lacks(query):
            raise Refused(f"BigQuery has no {what}")
        named = {n: r for n, r in self.relations.items() if n.partition(".")[2] in query or n.startswith("pipec_secret.")}
        contents = {n: r.content.message for n, r in named.items() if r.content is not None}
        dated = self.flat(query.replace("@run_date", f"date '{self.run_date}'"))
        try:
            prepared = (
                self.z.api.PreparedQuery.builder()
                .set_sql(dated)
                .set_analyzer_options(self.options)
                .set_catalog(self.catalog(dated, nested=False))
                .set_table_content(contents)
                .prepare()
            )
            with prepared:
                return prepared.execute().content
        except Exception as reason:
            raise Refused(_first_line(reason)) from reason

    def as_postgres_shows(self, name: str) -> list[tuple[str | None, ...]]:
        """The rows of a relation, every value as PostgreSQL writes it; JSON and arrays as JSON."""
        columns = [(c.name, self.kind(c.type)) for c in self.relations[name].table.column]
        shown = [SHOWN.get(kind, "cast({} as string)").replace("{}", f"`{column}`") for column, kind in columns]
        listed = ", ".join(f"{text} as c{n}" for n, text in enumerate(shown))
        return self.texts(f"select {listed} from {name}", [f"c{n}" for n in range(len(shown))])

    def texts(self, query: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """The rows of a query, every value as text."""
        listed = ", ".join(f"cast({c} as string)" for c in columns)
        found = self.rows(f"select {listed} from ({query})")
        return [tuple(c.string_value if c.HasField("string_value") else None for c in row.cell) for row in found.rows]


def statements(text: str) -> list[str]:
    """The statements of a file, split at semicolons outside texts, names and comments."""
    out, start = [], 0
    for found in TOKENS.finditer(text):
        if found[0] == ";":
            out.append(text[start : found.start()])
            start = found.end()
    out.append(text[start:])
    without_comments = [re.sub(r"\A(\s*--[^\n]*\n)*", "", s).strip() for s in out]
    return [s for s in without_comments if s]


def described(tables: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Raw tables of a description, as the other judges read it: schema, name, columns."""
    return [(t["schema"], name, [(c, k) for c, k in t["columns"]]) for name, t in tables.items()]
