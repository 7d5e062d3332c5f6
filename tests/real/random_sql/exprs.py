"""Random typed expressions over a scope, in Postgres SQL."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from random_sql.data import DATES, TEXTS
from random_sql.tree import DYADIC, NEAR, SAME, E, e


@dataclass(frozen=True)
class Col:
    """A column in scope."""

    sql: str
    type: str
    exact: int = DYADIC


@dataclass
class Scope:
    """What an expression may name; `unique`: columns that no two rows share, when there are such."""

    columns: list[Col]
    unique: list[Col] | None = None
    outer: list[Col] = field(default_factory=list)


#: Types that can be compared, grouped and sorted on every engine.
PLAIN = ("int", "num", "text", "date", "ts", "bool", "big", "tstz", "dbl")
NUMBERS = ("int", "big", "num", "dbl")
COMPARABLE = (*PLAIN, "small", "time", "uuid")
FIELDS = ("year", "month", "day", "dow", "isodow", "doy", "quarter", "week", "isoyear", "epoch")
UNITS = ("year", "quarter", "month", "week", "day", "hour")
FORMATS = ("YYYY-MM-DD", "YYYY-MM", "DD.MM.YYYY", "YYYYMMDD", "YYYY", "HH24:MI", "YYYY-MM-DD HH24:MI:SS", 'YYYY"Q"Q', "Mon DD", "Day", "IYYY-IW")


def quote(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


class Exprs:
    """Makes expressions; `subquery` is given by the maker of queries."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.subquery: Callable[[str, Scope, str], E | None] = lambda *_: None

    # --- the front door -----------------------------------------------------------------

    def make(self, type_: str, scope: Scope, depth: int, exact: int = NEAR) -> E:
        """An expression of a type, at least so exact."""
        for _ in range(6):
            made = self._one(type_, scope, depth)
            if made.exact >= exact:
                return made
        return self.leaf(type_, scope, exact)

    def _one(self, type_: str, scope: Scope, depth: int) -> E:
        if depth <= 0 or self.rng.random() < 0.18:
            return self.leaf(type_, scope)
        if self.rng.random() < 0.16:
            return self.anywhere(type_, scope, depth)
        makers = getattr(self, f"_{type_.replace('[]', 's')}", None)
        return makers(scope, depth) if makers else self.leaf(type_, scope)

    def leaf(self, type_: str, scope: Scope, exact: int = NEAR) -> E:
        """A column, or a constant when there is none."""
        fits = [c for c in scope.columns if c.type == type_ and c.exact >= exact]
        outside = [c for c in scope.outer if c.type == type_ and c.exact >= exact]
        if outside and self.rng.random() < (0.3 if fits else 0.8):
            fits = outside
        if fits and self.rng.random() < 0.85:
            column = self.rng.choice(fits)
            return E(type_, [column.sql], column.exact)
        if type_ == "int" and self.rng.random() < 0.3:
            small = [c for c in scope.columns if c.type == "small"]
            if small:
                return e("int", f"cast({self.rng.choice(small).sql} as integer)", uses="cast smallint")
        return self.constant(type_)

    def constant(self, type_: str) -> E:
        """A constant."""
        rng = self.rng
        match type_:
            case "int" | "small":
                return e(type_, str(rng.choice([0, 1, 2, 3, 7, 12, 100, 15])))
            case "big":
                return e(type_, f"cast({rng.choice([5, 7, 20, 8589934592])} as bigint)")
            case "num":
                return e(type_, rng.choice(["0.5", "1.25", "10.0", "2.75", "100.00", "cast(3 as numeric)"]))
            case "dbl":
                return e(type_, f"cast({rng.choice(['0.5', '1.75', '-2', '1e3'])} as double precision)")
            case "bool":
                return e(type_, rng.choice(["true", "false"]))
            case "text":
                return e(type_, quote(rng.choice(TEXTS)))
            case "date":
                return e(type_, f"date '{rng.choice(DATES)}'")
            case "ts":
                return e(type_, f"timestamp '{rng.choice(DATES)} 10:20:30.5'")
            case "tstz":
                return e(type_, f"timestamptz '{rng.choice(DATES)} 10:20:30+02'")
            case "time":
                return e(type_, rng.choice(["time '12:00:00'", "cast('06:05:04.25' as time)"]))
            case "iv":
                return e(type_, "interval '" + rng.choice(["1 day", "2 hours", "1 month", "1 year 2 months", "-3 days", "90 minutes", "1 week"]) + "'")
            case "uuid":
                return e(type_, "cast('00000000-0000-4000-8000-000000000001' as uuid)")
            case "int[]":
                return e(type_, rng.choice(["array[1, 2, 3]", "array[0]", "cast(array[] as integer[])"]), uses="array")
            case "text[]":
                return e(type_, rng.choice(["array['a', 'b']", "array['c d']"]), uses="array")
            case _:
                return e(type_, "cast('{\"n\": 1, \"kind\": \"x\"}' as jsonb)")

    def anywhere(self, type_: str, scope: Scope, depth: int) -> E:
        """Forms that every type has."""
        rng, d = self.rng, depth - 1
        sub = lambda: self.make(type_, scope, d)  # noqa: E731
        kind = rng.randrange(7)
        if kind == 0:
            return e(type_, "coalesce(", sub(), ", ", sub(), ")", uses="coalesce")
        if kind == 1:
            other = "" if rng.random() < 0.3 else " else "
            parts = ["case when ", self.make("bool", scope, d), " then ", sub()]
            if rng.random() < 0.4:
                parts += [" when ", self.make("bool", scope, d), " then ", sub()]
            return e(type_, *parts, *([other, sub()] if other else []), " end", uses="case", exact=_least(parts))
        if kind == 2 and type_ in COMPARABLE:
            a, b = self.make(type_, scope, d, SAME), self.make(type_, scope, d, SAME)
            return e(type_, "nullif(", a, ", ", b, ")", uses="nullif")
        if kind == 3 and type_ in COMPARABLE and type_ not in ("bool", "uuid"):
            a, b = self.make(type_, scope, d, SAME), self.make(type_, scope, d, SAME)
            name = rng.choice(["greatest", "least"])
            return e(type_, f"{name}(", a, ", ", b, ")", uses=name)
        if kind == 4:
            on = rng.choice(["int", "text"])
            made = ["case ", self.make(on, scope, d), " when ", self.constant(on), " then ", sub(), " else ", sub(), " end"]
            return e(type_, *made, uses="simple case")
        if kind == 5:
            found = self.subquery(type_, scope, "scalar")
            if found:
                return found
        return sub()

    # --- types --------------------------------------------------------------------------

    def _int(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        i, t = (lambda: self.make("int", scope, d)), (lambda: self.make("text", scope, d))
        dt, ts = (lambda: self.make("date", scope, d)), (lambda: self.make("ts", scope, d))
        k = rng.randrange(25)
        few = rng.choice(["2", "3", "7", "-3", "10"])
        match k:
            case 0 | 1:
                return e("int", "(", i(), rng.choice([" + ", " - "]), i(), ")", uses="integer + -")
            case 2:
                return e("int", "(", self.leaf("int", scope), " * ", few, ")", uses="integer *")
            case 3 | 4:
                return e("int", "(", i(), f" / {few})", uses="integer /")
            case 5 | 6:
                return e("int", "(", i(), f" % {few})", uses="integer %")
            case 7:
                return e("int", rng.choice(["abs(", "(- "]), i(), ")", uses="abs, sign")
            case 8:
                return e("int", rng.choice(["length(", "char_length(", "octet_length("]), t(), ")", uses="length")
            case 9:
                return e("int", "strpos(", t(), ", ", self.constant("text"), ")", uses="strpos")
            case 10:
                return e("int", "position(", self.constant("text"), " in ", t(), ")", uses="position")
            case 11 | 12:
                field = rng.choice(FIELDS)
                of = dt() if rng.random() < 0.5 else ts()
                if of.type == "ts" and field == "epoch":
                    field = "hour"
                return e("int", f"cast(extract({field} from ", of, ") as integer)", uses=f"extract {field}")
            case 13:
                return e("int", "(", dt(), " - ", dt(), ")", uses="date - date")
            case 14:
                return e("int", "cast(", self.make("bool", scope, d), " as integer)", uses="cast boolean to integer")
            case 15:
                return e("int", "cast(", self.make("num", scope, d, SAME), " as integer)", uses="cast numeric to integer")
            case 16:
                return e("int", "cast(", self.leaf("dbl", scope), " as integer)", uses="cast double to integer")
            case 17:
                return e("int", "cardinality(", self.make("int[]", scope, d), ")", uses="cardinality")
            case 18:
                return e("int", "array_length(", self.make("text[]", scope, d), ", 1)", uses="array_length")
            case 19:
                return e("int", "(", self.make("int[]", scope, d), f")[{rng.randrange(4)}]", uses="subscript")
            case 20:
                return e("int", rng.choice(["cast(floor(", "cast(ceil("]), self.make("num", scope, d, SAME), ") as integer)", uses="floor, ceil")
            case 21:
                return e("int", "mod(", i(), f", {few.lstrip('-')})", uses="mod")
            case 22:
                return e("int", "ascii(", t(), ")", uses="ascii")
            case 23:
                return e("int", f"cast(date_part('{rng.choice(['year', 'month', 'day', 'hour'])}', ", ts(), ") as integer)", uses="date_part")
            case _:
                return e("int", "cast(", self.make("json", scope, d), " ->> 'n' as integer)", uses="json ->>") if rng.random() < 0.5 else self.leaf("int", scope)

    def _big(self, scope: Scope, depth: int) -> E:
        d = depth - 1
        b = lambda: self.make("big", scope, d)  # noqa: E731
        match self.rng.randrange(5):
            case 0:
                return e("big", "(", b(), " + ", b(), ")", uses="bigint +")
            case 1:
                return e("big", "(", b(), " / 3)", uses="bigint /")
            case 2:
                return e("big", "(", b(), " % cast(7 as bigint))", uses="bigint %")
            case 3:
                return e("big", "cast(", self.make("int", scope, d), " as bigint)", uses="cast integer to bigint")
            case _:
                return e("big", "(", self.make("int", scope, d), " - ", b(), ")", uses="integer - bigint")

    def _num(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        n = lambda: self.make("num", scope, d)  # noqa: E731
        match rng.randrange(13):
            case 0 | 1 | 2:
                a, b = n(), n()
                return e("num", "(", a, rng.choice([" + ", " - "]), b, ")", exact=_through(a, b), uses="numeric + -")
            case 3:
                a, b = self.leaf("num", scope), self.leaf("num", scope)
                return e("num", "(", a, " * ", b, ")", exact=_through(a, b), uses="numeric *")
            case 4:
                return e("num", "(", n(), " / ", rng.choice(["3.0", "7", "0.3"]), ")", exact=NEAR, uses="numeric /")
            case 5:
                a = self.make("num", scope, d, SAME)
                return e("num", "round(", a, f", {rng.choice(['1', '0', '2', '-1'])})", exact=SAME, uses="round")
            case 6:
                a = self.make("num", scope, d, SAME)
                return e("num", rng.choice(["floor(", "ceil(", "trunc(", "abs(", "round(", "sign("]), a, ")", exact=_through(a, a), uses="floor, ceil, trunc, sign")
            case 7:
                return e("num", "cast(", self.make("int", scope, d), " as numeric)", uses="cast integer to numeric")
            case 8:
                a = self.make("num", scope, d, SAME)
                return e("num", "cast(", a, " as numeric(12,1))", exact=SAME, uses="cast to numeric(p,s)")
            case 9:
                a = self.make("num", scope, d, DYADIC)
                return e("num", "(", a, f" % {rng.choice(['2', '0.75', '-1.5'])})", exact=_through(a, a), uses="numeric %")
            case 10:
                a = n()
                return e("num", "(", self.make("int", scope, d), rng.choice([" + ", " - "]), a, ")", exact=_through(a, a), uses="integer + numeric")
            case 11:
                return e("num", "(- ", a := n(), ")", exact=a.exact, uses="negation")
            case _:
                return e("num", f"extract({rng.choice(['year', 'second', 'epoch', 'day'])} from ", self.make("ts", scope, d), ")", exact=SAME, uses="extract")

    def _dbl(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        f = lambda: self.make("dbl", scope, d)  # noqa: E731
        match rng.randrange(7):
            case 0 | 1:
                a, b = f(), f()
                return e("dbl", "(", a, rng.choice([" + ", " - "]), b, ")", exact=_through(a, b), uses="double + -")
            case 2:
                return e("dbl", "(", self.leaf("dbl", scope), " * ", self.leaf("dbl", scope), ")", exact=NEAR, uses="double *")
            case 3:
                return e("dbl", "cast(", self.make("int", scope, d), " as double precision)", uses="cast integer to double")
            case 4:
                return e("dbl", rng.choice(["sqrt(abs(", "ln(1 + abs(", "exp(- abs("]), f(), "))", exact=NEAR, uses="sqrt, ln, exp")
            case 5:
                return e("dbl", "power(", self.leaf("dbl", scope), ", 2)", exact=NEAR, uses="power")
            case _:
                return e("dbl", "(", f(), " / 4)", exact=NEAR, uses="double /")

    def _text(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        t, c, i = (lambda: self.make("text", scope, d)), (lambda: self.constant("text")), (lambda: self.make("int", scope, d))
        few = lambda: str(rng.choice([0, 1, 2, 3, -1, -2]))  # noqa: E731
        k = rng.randrange(33)
        match k:
            case 0 | 1 | 2:
                return e("text", "(", t(), " || ", t(), ")", uses="||")
            case 3 | 4:
                return e("text", rng.choice(["lower(", "upper("]), t(), ")", uses="lower, upper")
            case 5:
                return e("text", "substring(", t(), f" from {few()} for {abs(int(few()))})", uses="substring from for")
            case 6:
                return e("text", rng.choice(["left(", "right("]), t(), f", {few()})", uses="left, right")
            case 7:
                return e("text", rng.choice(["trim(", "ltrim(", "rtrim(", "btrim("]), t(), ")", uses="trim")
            case 8:
                return e("text", "trim(", rng.choice(["both", "leading", "trailing"]), " 'a x' from ", t(), ")", uses="trim from")
            case 9:
                return e("text", "replace(", t(), ", ", quote(rng.choice(["a", "b", "x,", "é", "%"])), ", ", quote(rng.choice(["", "Z", "名"])), ")", uses="replace")
            case 10:
                return e("text", rng.choice(["lpad(", "rpad("]), t(), f", {rng.choice([0, 2, 5])}", rng.choice([")", ", 'xy')"]), uses="lpad, rpad")
            case 11:
                return e("text", "repeat(", self.leaf("text", scope), f", {rng.choice([-1, 0, 2])})", uses="repeat")
            case 12:
                return e("text", "reverse(", t(), ")", uses="reverse")
            case 13:
                return e("text", "split_part(", t(), f", {quote(rng.choice([',', ' ', 'a']))}, {rng.choice([1, 2, -1])})", uses="split_part")
            case 14:
                return e("text", "initcap(", t(), ")", uses="initcap")
            case 15:
                return e("text", "concat(", t(), ", ", t(), ", ", c(), ")", uses="concat")
            case 16:
                return e("text", "concat_ws('-', ", t(), ", ", t(), ")", uses="concat_ws")
            case 17:
                return e("text", "cast(", i(), " as text)", uses="cast integer to text")
            case 18:
                of = rng.choice(["date", "bool", "ts", "uuid", "time"])
                return e("text", "cast(", self.make(of, scope, d), " as text)", uses=f"cast {of} to text")
            case 19:
                of = rng.choice(["date", "ts"])
                return e("text", "to_char(", self.make(of, scope, d), f", '{rng.choice(FORMATS)}')", uses="to_char")
            case 20:
                return e("text", "md5(", t(), ")", uses="md5")
            case 21:
                return e("text", "translate(", t(), ", 'abÄ', 'xy')", uses="translate")
            case 22:
                return e("text", "overlay(", t(), f" placing 'QQ' from {rng.choice([1, 2, 4])} for {rng.choice([0, 1, 3])})", uses="overlay")
            case 23:
                pattern, by = rng.choice([("[aeiou]", "*"), ("(\\w)(\\w)", "\\2\\1"), ("[^a-z]+", ""), ("^.", "#"), ("\\d+", "<\\&>")])
                return e("text", "regexp_replace(", t(), f", {quote(pattern)}, {quote(by)}{rng.choice(['', ', ' + quote('g'), ', ' + quote('gi')])})", uses="regexp_replace")
            case 24:
                return e("text", "substring(", t(), " from ", quote(rng.choice(["[a-c]+", "(.)b", "\\d", "[[:upper:]]"])), ")", uses="substring regex")
            case 25:
                return e("text", "(", self.make("json", scope, d), f" ->> '{rng.choice(['kind', 'n', 'in', 'list', 'nope'])}')", uses="json ->>")
            case 26:
                return e("text", "(", self.make("json", scope, d), f" #>> '{{{rng.choice(['in,deep', 'list,0', 'in,flag', 'list,-1'])}}}')", uses="json #>>")
            case 27:
                return e("text", "array_to_string(", self.make("text[]", scope, d), ", '|')", uses="array_to_string")
            case 28:
                return e("text", "(", self.make("text[]", scope, d), f")[{rng.randrange(1, 4)}]", uses="subscript")
            case 29:
                return e("text", "(", t(), " || ", i(), ")", uses="text || integer")
            case 30:
                return e("text", "cast(", t(), f" as varchar({rng.choice([1, 3, 30])}))", uses="cast to varchar(n)")
            case 31:
                return e("text", "chr(", str(rng.choice([65, 233, 21517])), ")", uses="chr")
            case _:
                fits = [x for x in scope.columns if x.type == "num" and x.sql.endswith((".amount", ".price", ".balance"))]
                return e("text", f"cast({rng.choice(fits).sql} as text)", uses="cast numeric(p,s) to text") if fits else t()

    def _date(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        dt = lambda: self.make("date", scope, d)  # noqa: E731
        few = f"{rng.choice([1, 7, 30, 365, -1, 59])}"
        match rng.randrange(8):
            case 0 | 1:
                return e("date", "(", dt(), f" {rng.choice('+-')} {few})", uses="date + integer")
            case 2:
                return e("date", "cast(", self.make("ts", scope, d), " as date)", uses="cast timestamp to date")
            case 3:
                return e("date", f"cast(date_trunc('{rng.choice(UNITS[:5])}', ", dt(), ") as date)", uses="date_trunc")
            case 4:
                return e("date", f"make_date({rng.choice(['2024', '1999'])}, {rng.randint(1, 12)}, {rng.randint(1, 28)})", uses="make_date")
            case 5:
                return e("date", "cast(", dt(), rng.choice([" + ", " - "]), self.constant("iv"), " as date)", uses="date + interval")
            case 6:
                return e("date", "(", dt(), " + ", self.leaf("int", scope), ")", uses="date + integer")
            case _:
                return e("date", "cast('2024-02-29' as date)") if rng.random() < 0.5 else e("date", "to_date('20240131', 'YYYYMMDD')", uses="to_date")

    def _ts(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        ts = lambda: self.make("ts", scope, d)  # noqa: E731
        match rng.randrange(7):
            case 0 | 1:
                return e("ts", "(", ts(), rng.choice([" + ", " - "]), self.make("iv", scope, d), ")", uses="timestamp + interval")
            case 2:
                return e("ts", "(", self.make("date", scope, d), rng.choice([" + ", " - "]), self.constant("iv"), ")", uses="date + interval")
            case 3:
                return e("ts", f"date_trunc('{rng.choice(UNITS)}', ", ts(), ")", uses="date_trunc")
            case 4:
                return e("ts", "cast(", self.make("date", scope, d), " as timestamp)", uses="cast date to timestamp")
            case 5:
                return e("ts", "(", self.make("tstz", scope, d), " at time zone 'UTC')", uses="at time zone")
            case _:
                return e("ts", f"make_timestamp(2024, 2, 29, {rng.randrange(24)}, 30, 15.5)", uses="make_timestamp") if rng.random() < 0.2 else self.leaf("ts", scope)

    def _tstz(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        tz = lambda: self.make("tstz", scope, d)  # noqa: E731
        match rng.randrange(4):
            case 0:
                return e("tstz", "(", tz(), rng.choice([" + ", " - "]), self.constant("iv"), ")", uses="timestamptz + interval")
            case 1:
                return e("tstz", f"date_trunc('{rng.choice(UNITS)}', ", tz(), ")", uses="date_trunc timestamptz")
            case 2:
                return e("tstz", "(", self.make("ts", scope, d), " at time zone 'UTC')", uses="at time zone")
            case _:
                return self.leaf("tstz", scope)

    def _iv(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        iv = lambda: self.make("iv", scope, d)  # noqa: E731
        match rng.randrange(6):
            case 0:
                return e("iv", "(", self.make("ts", scope, d), " - ", self.make("ts", scope, d), ")", uses="timestamp - timestamp")
            case 1:
                return e("iv", "(", iv(), f" * {rng.choice([2, 3, -1])})", uses="interval *")
            case 2:
                return e("iv", "(", iv(), rng.choice([" + ", " - "]), self.constant("iv"), ")", uses="interval + -")
            case 3:
                return e("iv", "(", self.leaf("int", scope), " * interval '1 day')", uses="integer * interval")
            case 4:
                return e("iv", "age(", self.make("ts", scope, d), ", ", self.make("ts", scope, d), ")", uses="age")
            case _:
                return self.constant("iv")

    def _json(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        match rng.randrange(5):
            case 0:
                return e("json", "(", self.make("json", scope, d), f" -> '{rng.choice(['in', 'list', 'nope', 'kind'])}')", uses="json ->")
            case 1:
                made = ["jsonb_build_object('kind', ", self.make("text", scope, d), ", 'n', ", self.make("int", scope, d), ", 'ok', ", self.make("bool", scope, d), ")"]
                return e("json", *made, uses="jsonb_build_object")
            case 2:
                return e("json", "jsonb_build_array(", self.make("int", scope, d), ", ", self.make("text", scope, d), ")", uses="jsonb_build_array")
            case _:
                return self.leaf("json", scope)

    def _ints(self, scope: Scope, depth: int) -> E:
        d = depth - 1
        a = lambda: self.make("int[]", scope, d)  # noqa: E731
        match self.rng.randrange(5):
            case 0:
                return e("int[]", "array[", self.make("int", scope, d), ", ", self.make("int", scope, d), "]", uses="array")
            case 1:
                return e("int[]", "(", a(), " || ", a(), ")", uses="array ||")
            case 2:
                return e("int[]", "array_append(", a(), ", ", self.make("int", scope, d), ")", uses="array_append")
            case 3:
                return e("int[]", "(", a(), ")[1:2]", uses="array slice")
            case _:
                return self.leaf("int[]", scope)

    def _texts(self, scope: Scope, depth: int) -> E:
        d = depth - 1
        match self.rng.randrange(4):
            case 0:
                return e("text[]", "array[", self.make("text", scope, d), ", ", self.make("text", scope, d), "]", uses="array")
            case 1:
                return e("text[]", "string_to_array(", self.make("text", scope, d), ", ' ')", uses="string_to_array")
            case 2:
                return e("text[]", "(", self.make("text[]", scope, d), " || ", self.make("text[]", scope, d), ")", uses="array ||")
            case _:
                return self.leaf("text[]", scope)

    # --- conditions ---------------------------------------------------------------------

    def _bool(self, scope: Scope, depth: int) -> E:
        rng, d = self.rng, depth - 1
        b = lambda: self.make("bool", scope, d)  # noqa: E731
        type_ = self.some_type(scope)
        x = lambda: self.make(type_, scope, d, SAME)  # noqa: E731
        c = lambda: self.constant(type_)  # noqa: E731
        k = rng.randrange(27)
        match k:
            case 0 | 1 | 2 | 3:
                sign = rng.choice(["=", "<>", "<", "<=", ">", ">="])
                return e("bool", "(", x(), f" {sign} ", x(), ")", exact=DYADIC, uses=f"{type_} {sign}")
            case 4 | 5:
                return e("bool", "(", b(), " and ", b(), ")", uses="and")
            case 6 | 7:
                return e("bool", "(", b(), " or ", b(), ")", uses="or")
            case 8:
                return e("bool", "(not ", b(), ")", uses="not")
            case 9 | 10:
                of = rng.choice(["int", "text", "date", "num"])
                return e("bool", "(", self.make(of, scope, d), rng.choice([" is null)", " is not null)"]), exact=DYADIC, uses="is null")
            case 11:
                return e("bool", "(", b(), rng.choice([" is true)", " is not true)", " is false)", " is not false)", " is unknown)"]), uses="is true")
            case 12 | 13:
                return e("bool", "(", x(), rng.choice([" is distinct from ", " is not distinct from "]), x(), ")", exact=DYADIC, uses="is distinct from")
            case 14:
                return e("bool", "(", x(), rng.choice([" in (", " not in ("]), c(), ", ", x(), ", ", c(), "))", exact=DYADIC, uses="in list")
            case 15:
                return e("bool", "(", x(), rng.choice([" between ", " not between "]), c(), " and ", x(), ")", exact=DYADIC, uses="between")
            case 16 | 17:
                pattern = rng.choice(["%a%", "_b%", "A%", "%\\%%", "%", "", "%'%", "ä%", "a\\_b", "__"])
                word = rng.choice([" like ", " not like ", " ilike ", " not ilike "])
                return e("bool", "(", self.make("text", scope, d), word, quote(pattern), ")", uses=word.strip())
            case 18:
                pattern = rng.choice(["^a", "[0-9]+", "b$", "(a|x).*", "^\\s", "[[:alpha:]]{3}", "\\y?é", "^[^aeiou]*$"])
                sign = rng.choice(["~", "!~", "~*", "!~*"])
                return e("bool", "(", self.make("text", scope, d), f" {sign} ", quote(pattern), ")", uses=f"regex {sign}")
            case 19:
                return e("bool", "(", self.make("int", scope, d), " = any (", self.make("int[]", scope, d), "))", uses="any array")
            case 20 | 21:
                return self.subquery("bool", scope, rng.choice(["exists", "in", "any"])) or b()
            case 22:
                return e("bool", "starts_with(", self.make("text", scope, d), ", ", quote(rng.choice(["a", "Z", ""])), ")", uses="starts_with")
            case 23:
                return e("bool", "(", self.make("json", scope, d), rng.choice([" ? 'in')", " @> '{\"kind\": \"x\"}')"]), uses="json ? @>")
            case 24:
                return e("bool", "(", self.make("text", scope, d), rng.choice([" similar to ", " not similar to "]), quote(rng.choice(["%(a|b)%", "[A-Z]%", "_b%"])), ")", uses="similar to")
            case 25:
                pair = ["((", self.make("int", scope, d), ", ", self.make("text", scope, d), ") = (", self.make("int", scope, d), ", ", self.make("text", scope, d), "))"]
                return e("bool", *pair, uses="row =")
            case _:
                return e("bool", "(", self.make("iv", scope, d), f" {rng.choice(['<', '=', '>='])} ", self.constant("iv"), ")", uses="interval compare")

    def some_type(self, scope: Scope, among: tuple[str, ...] = PLAIN) -> str:
        """A type, preferably one that a column has."""
        there = [c.type for c in scope.columns if c.type in among]
        return self.rng.choice(there) if there and self.rng.random() < 0.8 else self.rng.choice(among[:5] if len(among) > 5 else among)


def _through(*operands: E) -> int:
    """How exact arithmetic over these is."""
    return DYADIC if all(o.exact == DYADIC for o in operands) else NEAR


def _least(parts: list) -> int:
    return min((p.exact for p in parts if isinstance(p, E)), default=DYADIC)
