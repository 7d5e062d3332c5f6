"""Random queries. What they yield is determined: where rows are cut off, numbered or put in a row, nothing is left to chance."""

from __future__ import annotations

import random

from random_sql.data import SCHEMA, TABLES, Column, Table
from random_sql.exprs import COMPARABLE, NUMBERS, PLAIN, Col, Exprs, Scope, quote
from random_sql.tree import DYADIC, NEAR, SAME, Cte, E, Join, Query, Select, Sets, Source, e

ODD_ALIASES = ('"A b"', '"sel""ect"', '"{{ a }}"', '"Ü"', '"from"', '"1x"', '"%s"')
OUTPUT_TYPES = (*PLAIN, "int", "text", "small", "time", "uuid", "iv", "json", "int[]", "text[]")


class Queries:
    """Makes queries; one for each seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.exprs = Exprs(self.rng)
        self.exprs.subquery = self.subquery
        self.names = 0
        self.ctes: list[tuple[str, list[Col], list[str] | None]] = []
        self.nested = 0

    # --- whole queries ------------------------------------------------------------------

    def query(self) -> Query:
        """A model's query."""
        rng = self.rng
        with_: list[Cte] = []
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            cte = self.cte()
            with_.append(cte)
        if rng.random() < 0.17:
            types = [rng.choice(["int", "text", "date", "num", "bool"]) for _ in range(rng.randint(1, 3))]
            body = self.sets(types)
            names = [name for _, name in _first(body).items]
        else:
            body, names = self.block()
        query = Query(body, with_)
        if rng.random() < 0.25:
            self.cut(query)
        return query

    def cut(self, query: Query) -> None:
        """`order by` everything, and a limit."""
        rng = self.rng
        items = _first(query.body).items
        if any(x.type in ("json", "iv") or x.exact < SAME for x, _ in items):
            return
        places = list(range(1, len(items) + 1))
        rng.shuffle(places)
        # Over a set only positions and output names mean something, and positions mean the same everywhere.
        tail = ["", " desc", " nulls first", " desc nulls last", " asc nulls last"]
        query.order = [f"{place}{rng.choice(tail)}" for place in places]
        if rng.random() < 0.8:
            query.limit = str(rng.choice([0, 1, 3, 5, 10]))
        if rng.random() < 0.35:
            query.offset = str(rng.choice([0, 1, 4]))

    def cte(self) -> Cte:
        """A named query, known to what follows."""
        name = self.name("c")
        if self.rng.random() < 0.25:
            return self.recursive(name)
        body, _ = self.block(cap=4)
        query = Query(body)
        if self.rng.random() < 0.2:
            self.cut(query)
        self.ctes.append((name, _outputs(body), _unique(body)))
        return Cte(name, query)

    def recursive(self, name: str) -> Cte:
        """A count, or a walk up the tree of bosses."""
        rng = self.rng
        union = rng.choice(["union all", "union"])
        if rng.random() < 0.5:
            last = rng.choice([3, 6])
            start = Select([(e("int", "1"), "n"), (e("int", rng.choice(["1", "2"])), "v")], [])
            step = Select(
                [(e("int", f"{name}.n + 1"), "n"), (e("int", f"({name}.v * {rng.choice([2, -3])} + {name}.n) % 97"), "v")],
                [Join("", Source(name, name))],
                where=[e("bool", f"{name}.n < {last}")],
            )
            columns, unique = [Col("n", "int"), Col("v", "int")], ["n"]
        else:
            start = Select(
                [(e("int", "p.id"), "id"), (e("int", "p.boss"), "boss"), (e("int", "0"), "depth"), (e("text", "p.region"), "path")],
                [Join("", Source(f"{SCHEMA}.people", "p"))],
                where=[e("bool", f"p.id < {rng.choice([4, 9])}")],
            )
            step = Select(
                [(e("int", "q.id"), "id"), (e("int", "q.boss"), "boss"), (e("int", f"{name}.depth + 1"), "depth"), (e("text", f"{name}.path || '/' || q.region"), "path")],
                [Join("", Source(name, name)), Join("join", Source(f"{SCHEMA}.people", "q"), e("bool", f"q.id = {name}.boss"))],
                where=[e("bool", f"{name}.depth < 3")],
            )
            columns, unique = [Col("id", "int"), Col("boss", "int"), Col("depth", "int"), Col("path", "text")], None
        self.ctes.append((name, columns, unique))
        return Cte(name, Query(Sets(union, start, step)), recursive=True)

    def sets(self, types: list[str]) -> Sets:
        """Blocks of the same types, one with another."""
        rng = self.rng
        operator = rng.choice(["union", "union all", "union all", "intersect", "except", "intersect all", "except all"])
        names = [f"s{i}" for i in range(len(types))]
        left, right = self.typed(types, names), self.typed(types, names)
        made = Sets(operator, left, right)
        if rng.random() < 0.3:
            made = Sets(rng.choice(["union", "except", "union all", "intersect"]), made, self.typed(types, names))
        elif rng.random() < 0.15:
            inner = Query(self.typed(types, names))
            self.cut(inner)
            made = Sets("union all", left, inner)
        return made

    def typed(self, types: list[str], names: list[str]) -> Select:
        """A block that yields these types, to the digit."""
        joins, scope = self.sources(1 if self.rng.random() < 0.7 else 2)
        items = [(self.exprs.make(t, scope, self.rng.choice([0, 0, 1]), SAME), n) for t, n in zip(types, names)]
        select = Select(items, joins)
        if self.rng.random() < 0.5:
            select.where.append(self.exprs.make("bool", scope, 2))
        return select

    # --- blocks -------------------------------------------------------------------------

    def block(self, cap: int = 6, outer: list[Col] | None = None) -> tuple[Select, list[str]]:
        """A select block."""
        rng = self.rng
        joins, scope = self.sources(rng.choice([1, 1, 1, 2, 2, 3]), outer)
        select = Select([], joins)
        for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
            select.where.append(self.exprs.make("bool", scope, rng.choice([1, 2, 3])))
        kind = rng.random()
        if kind < 0.34:
            self.grouped(select, scope, cap)
        elif kind < 0.54:
            self.windowed(select, scope, cap)
        elif kind < 0.62:
            self.first_of_each(select, scope, cap)
        else:
            self.plain(select, scope, cap)
        return select, [n for _, n in select.items]

    def plain(self, select: Select, scope: Scope, cap: int) -> None:
        """Expressions; sometimes distinct ones."""
        rng = self.rng
        distinct = rng.random() < 0.18
        for _ in range(rng.randint(1, cap)):
            type_ = self.exprs.some_type(scope, COMPARABLE if distinct else OUTPUT_TYPES)
            select.items.append((self.exprs.make(type_, scope, rng.choice([0, 1, 2, 3]), SAME if distinct else NEAR), self.output()))
        select.distinct = "distinct" if distinct else ""

    def first_of_each(self, select: Select, scope: Scope, cap: int) -> None:
        """`distinct on`: everything shown decides which row is the first."""
        rng = self.rng
        for _ in range(rng.randint(2, max(2, cap))):
            type_ = self.exprs.some_type(scope, COMPARABLE)
            select.items.append((self.exprs.make(type_, scope, rng.choice([0, 1]), SAME), self.output()))
        self.nested += 1
        keys = rng.randint(1, 2)
        order = [f"{i + 1}{rng.choice(['', ' desc', ' desc nulls last'])}" for i in range(len(select.items))]
        if any(_is_constant(x) for x, _ in select.items[:keys]):
            # Postgres takes a constant here for a position.
            select.items[0] = (self.exprs.leaf(scope.columns[0].type, Scope(scope.columns[:1]), SAME), select.items[0][1])
            keys = 1
        inner = Query(Select(select.items, select.joins, where=select.where))
        inner.body.distinct_on = [x for x, _ in select.items[:keys]]
        inner.order = order
        self.nested -= 1
        alias = self.alias()
        select.items = [(E(x.type, [f"{alias}.{n}"], x.exact), n) for x, n in inner.body.items]
        select.joins, select.where = [Join("", Source(inner, alias))], []

    def grouped(self, select: Select, scope: Scope, cap: int) -> None:
        """Keys and aggregates."""
        rng = self.rng
        keys = []
        for _ in range(rng.choice([0, 1, 1, 2, 2, 3])):
            key = self.exprs.make(self.exprs.some_type(scope, COMPARABLE), scope, rng.choice([0, 0, 1]), SAME)
            if key.sql() not in [k.sql() for k in keys] and "(select" not in key.sql() and not _is_constant(key):
                keys.append(key)
        select.group = keys
        if len(keys) > 1 and rng.random() < 0.4:
            every = ", ".join(f"{{{i}}}" for i in range(len(keys)))
            forms = [f"rollup ({every})", f"cube ({every})", "grouping sets (({0}), ({1}), ())", f"grouping sets (({every}), ({{1}}))", "{0}, rollup ({1})", "grouping sets ({0}, {1}, ())"]
            select.sets = rng.choice(forms[: 4 if len(keys) > 2 else 6])
        for key in keys:
            if rng.random() < 0.9:
                select.items.append((key, self.output()))
        if select.sets and rng.random() < 0.4:
            select.items.append((e("int", "grouping(", ", ".join(k.sql() for k in keys[:2]), ")", uses="grouping"), self.output()))
        group_scope = Scope([Col(k.sql(), k.type, k.exact) for k in keys])
        for _ in range(rng.randint(1, max(1, cap - len(keys)))):
            made = self.aggregate(scope)
            if rng.random() < 0.2 and made.type in ("int", "big", "text") and keys:
                extra = self.exprs.make(made.type, group_scope, 1, SAME)
                if made.type == "text":
                    made = e("text", "(", made, " || ", extra, ")", uses="over aggregates")
                else:
                    made = e(made.type, "coalesce(", made, ", ", extra, ")", uses="over aggregates")
            select.items.append((made, self.output()))
        if rng.random() < 0.3:
            select.having.append(self.having(scope))

    def having(self, scope: Scope) -> E:
        """A condition over a group."""
        rng = self.rng
        if rng.random() < 0.5:
            return e("bool", f"count(*) {rng.choice(['>', '>=', '<'])} {rng.choice([1, 2, 3])}")
        return e("bool", "max(", self.exprs.make("int", Scope(scope.columns), 1), f") {rng.choice(['>', '<>'])} ", self.exprs.constant("int"))

    def aggregate(self, scope: Scope, window: bool = False) -> E:
        """An aggregate call, without `over`. One over nothing but an outer query's columns would be that query's."""
        rng, x = self.rng, self.exprs
        scope = Scope(scope.columns, scope.unique)
        k = rng.randrange(13 if window else 22)
        d = rng.choice([0, 0, 1, 2])
        number = rng.choice([t for t in NUMBERS if t != "big"])
        where = ["", " filter (where ", x.make("bool", scope, 2), ")"] if rng.random() < 0.22 else []
        uses = "filter " if where else ""
        tail = where[1:] if where else []
        match k:
            case 0 | 1:
                return e("big", "count(*)", *tail, exact=DYADIC, uses=uses + "count(*)")
            case 2:
                any_ = x.make(x.some_type(scope, OUTPUT_TYPES), scope, d)
                return e("big", "count(", any_, ")", *tail, exact=DYADIC, uses=uses + "count")
            case 3 | 4:
                return e("big", "sum(", x.make("int", scope, d), ")", *tail, uses=uses + "sum")
            case 5 | 6:
                value = x.make(number, scope, d)
                type_ = {"int": "big", "num": "num", "dbl": "dbl"}[number]
                return e(type_, "sum(", value, ")", *tail, exact=value.exact if value.exact == DYADIC else NEAR, uses=uses + "sum")
            case 7 | 8:
                value = x.make(number, scope, d)
                return e("dbl" if number == "dbl" else "num", "avg(", value, ")", *tail, exact=NEAR, uses=uses + "avg")
            case 9 | 10 | 11:
                type_ = x.some_type(scope, ("int", "num", "text", "date", "ts", "tstz", "big", "time", "dbl"))
                name = rng.choice(["min", "max"])
                value = x.make(type_, scope, d)
                return e(type_, f"{name}(", value, ")", *tail, exact=value.exact, uses=uses + name)
            case 12:
                name = rng.choice(["bool_and", "bool_or", "every"])
                return e("bool", f"{name}(", x.make("bool", scope, d), ")", *tail, uses=uses + name)
            case 13 | 14:
                value = x.make(x.some_type(scope, COMPARABLE), scope, d, SAME)
                return e("big", "count(distinct ", value, ")", *tail, exact=DYADIC, uses=uses + "count distinct")
            case 15:
                name = rng.choice(["sum", "avg", "min"])
                value = x.make("int", scope, d)
                return e("num" if name == "avg" else "int" if name == "min" else "big", f"{name}(distinct ", value, ")", *tail, exact=NEAR if name == "avg" else DYADIC, uses=uses + name + " distinct")
            case 16 | 17:
                value = x.make("text", scope, d)
                if rng.random() < 0.4:
                    return e("text", "string_agg(distinct ", value, ", ',' order by ", value, rng.choice(["", " desc"]), ")", *tail, uses=uses + "string_agg distinct")
                first = x.make(x.some_type(scope, ("int", "date", "num", "bool")), scope, 0, SAME)
                return e("text", "string_agg(", value, f", {quote(rng.choice([',', ' | ', '']))} order by ", first, rng.choice(["", " desc", " nulls first"]), ", ", value, ")", *tail, exact=DYADIC, uses=uses + "string_agg order by")
            case 18:
                type_ = rng.choice(["int", "text"])
                value = x.make(type_, scope, d)
                word = rng.choice(["", "distinct "])
                return e(f"{type_}[]", f"array_agg({word}", value, " order by ", value, rng.choice(["", " desc", " nulls first"]), ")", *tail, uses=uses + f"array_agg {word}order by")
            case 19:
                name = rng.choice(["stddev", "var_pop", "stddev_pop", "variance"])
                return e("num", f"{name}(", x.make("int", scope, d), ")", *tail, exact=NEAR, uses=uses + name)
            case 20:
                f = rng.choice(["0.5", "0.25", "0.9", "0", "1"])
                if rng.random() < 0.5:
                    return e("dbl", f"percentile_cont({f}) within group (order by ", x.leaf("dbl", scope), ")", *tail, exact=NEAR, uses=uses + "percentile_cont")
                type_ = rng.choice(["int", "text", "date"])
                return e(type_, f"percentile_disc({f}) within group (order by ", x.make(type_, scope, d), ")", *tail, uses=uses + "percentile_disc")
            case _:
                type_ = rng.choice(["int", "text", "date"])
                return e(type_, "mode() within group (order by ", x.make(type_, scope, d), ")", *tail, uses=uses + "mode")

    # --- windows ------------------------------------------------------------------------

    def windowed(self, select: Select, scope: Scope, cap: int) -> None:
        """Columns and window calls."""
        rng = self.rng
        for _ in range(rng.randint(1, 2)):
            type_ = self.exprs.some_type(scope, COMPARABLE)
            select.items.append((self.exprs.make(type_, scope, rng.choice([0, 1])), self.output()))
        if rng.random() < 0.3:
            total = scope.unique is not None
            select.windows.append(("w", self.specification(scope, total, "")))
            for _ in range(rng.randint(1, 2)):
                call = self.window_call(scope, total)
                select.items.append((e(call.type, call, " over w", exact=call.exact, uses="over a named window"), self.output()))
        for _ in range(rng.randint(1, max(1, cap - 3))):
            select.items.append((self.window(scope), self.output()))

    def window(self, scope: Scope) -> E:
        """A window call with its window. Without a unique order only what is the same for equal rows."""
        rng = self.rng
        total = scope.unique is not None and rng.random() < 0.75
        framed = rng.random() < 0.4
        if framed:
            frame = self.frame(total, scope)
            # A range over a number is in the order of that number alone.
            call = self.framed_call(scope, total and not _over_a_number(frame))
            spec = self.specification(scope, total, frame)
        else:
            call, spec = self.window_call(scope, total), self.specification(scope, total, "")
        return e(call.type, call, " over (", spec, ")", exact=call.exact, uses="over")

    def window_call(self, scope: Scope, total: bool) -> E:
        """A ranking, a neighbour, or an aggregate."""
        rng, x = self.rng, self.exprs
        type_ = x.some_type(scope, ("int", "text", "date", "num", "bool"))
        k = rng.randrange(10)
        if k < 3:
            name = rng.choice(["row_number", "rank", "dense_rank"] if total else ["rank", "dense_rank"])
            return e("big", f"{name}()", uses=name)
        if k == 3:
            name = rng.choice(["percent_rank", "cume_dist"])
            return e("dbl", f"{name}()", exact=NEAR, uses=name)
        if k == 4 and total:
            return e("int", f"ntile({rng.choice([2, 3])})", uses="ntile")
        if k in (5, 6) and total:
            name = rng.choice(["lag", "lead"])
            more = rng.choice([[], [", 2"], [", 1, ", x.constant(type_)], [", 0"]])
            value = x.make(type_, scope, 1)
            return e(type_, f"{name}(", value, *more, ")", exact=value.exact, uses=name)
        if k == 7 and total:
            return self.framed_call(scope, total)
        return self.aggregate(scope, window=True)

    def framed_call(self, scope: Scope, total: bool) -> E:
        """What a frame makes a difference for."""
        rng, x = self.rng, self.exprs
        if total and rng.random() < 0.4:
            type_ = x.some_type(scope, ("int", "text", "date", "num"))
            name = rng.choice(["first_value", "last_value", "nth_value"])
            value = x.make(type_, scope, 1)
            return e(type_, f"{name}(", value, ", 2)" if name == "nth_value" else ")", exact=value.exact, uses=name)
        return self.aggregate(scope, window=True)

    def specification(self, scope: Scope, total: bool, frame: str) -> E:
        """What stands between the brackets behind `over`."""
        rng, x = self.rng, self.exprs
        parts: list = []
        if rng.random() < 0.6:
            parts += ["partition by ", x.make(x.some_type(scope, COMPARABLE), scope, rng.choice([0, 0, 1]), SAME), " "]
        if _over_a_number(frame):
            key = next(c for c in scope.columns if c.type == ("date" if "interval" in frame else "int") and c.exact == DYADIC)
            parts += [f"order by {key.sql}{rng.choice(['', ' desc'])} "]
        elif total or rng.random() < 0.85 or frame:
            keys: list = []
            if rng.random() < 0.7 or not total:
                keys += [x.make(x.some_type(scope, COMPARABLE), scope, 0, SAME), rng.choice(["", " desc", " nulls first", " desc nulls last"])]
            if total:
                for c in scope.unique or []:
                    keys += [", " if keys else "", f"{c.sql}{rng.choice(['', ' desc'])}"]
            parts += ["order by ", *keys, " "]
        return e("window", *parts, frame)

    def frame(self, total: bool, scope: Scope) -> str:
        """A frame that does not look at the order of equal rows, unless there is none."""
        rng = self.rng
        units = ["range", "groups", "groups"] + (["rows", "rows", "rows"] if total else [])
        unit = rng.choice(units)
        near = ["current row"]
        if unit in ("rows", "groups"):
            before, after = f"{rng.choice([0, 1, 2])} preceding", f"{rng.choice([1, 2])} following"
            near += [before, after]
        elif rng.random() < 0.5 and any(c.type == "int" and c.exact == DYADIC for c in scope.columns):
            return f"range between {rng.choice([1, 3])} preceding and {rng.choice(['current row', '2 following'])}"
        elif rng.random() < 0.3 and any(c.type == "date" for c in scope.columns):
            return "range between interval '1 month' preceding and current row"
        start = rng.choice(["unbounded preceding", "current row", *near[1:2]])
        end = rng.choice(["unbounded following", "current row", *near[2:]])
        text = f"{unit} between {start} and {end}"
        if rng.random() < 0.12:
            text += rng.choice([" exclude current row", " exclude group", " exclude ties", " exclude no others"] if total else [" exclude group", " exclude no others"])
        return text

    # --- from ---------------------------------------------------------------------------

    def sources(self, count: int, outer: list[Col] | None = None) -> tuple[list[Join], Scope]:
        """Joined sources and what they offer."""
        rng = self.rng
        joins: list[Join] = []
        scope = Scope([], [], list(outer or []))
        for place in range(count):
            kind = "" if place == 0 else rng.choice(["join", "join", "left join", "left join", "right join", "full join", "cross join"])
            lateral = place > 0 and rng.random() < 0.22
            if lateral:
                join, columns, unique = self.lateral(scope)
            else:
                join, columns, unique = self.source(kind)
                if kind and kind != "cross join":
                    self.condition(join, scope, columns, joins, kind)
                    if kind == "full join" and join.on is not None and " = " not in join.on.parts:
                        join.kind = "left join"
            joins.append(join)
            scope.columns = scope.columns + columns
            scope.unique = scope.unique + unique if scope.unique is not None and unique is not None else None
        return joins, scope

    def condition(self, join: Join, scope: Scope, columns: list[Col], joins: list[Join], kind: str) -> None:
        """What a join is over: equal columns, by name, or anything."""
        rng = self.rng
        pairs = [(a, b) for a in scope.columns for b in columns if a.type == b.type and a.type in ("int", "text", "date", "big", "num", "bool") and min(a.exact, b.exact) >= SAME]
        shared = [b for a, b in pairs if _bare(a) == _bare(b) and _bare(b) in ("id", "order_id", "qty", "day") and len(joins) == 1]
        if shared and rng.random() < 0.4:
            join.using = _bare(rng.choice(shared))
            return
        ids = [(a, b) for a, b in pairs if _bare(a).endswith("id") and _bare(b).endswith("id")]
        if pairs:
            a, b = rng.choice(ids if ids and rng.random() < 0.7 else pairs)
            made = e("bool", a.sql, " = ", b.sql)
            if rng.random() < 0.25 and kind != "full join":
                both = Scope(scope.columns + columns)
                made = e("bool", made, " and ", self.exprs.make("bool", both, 1))
            join.on = made
        else:
            join.on = self.exprs.make("bool", Scope(scope.columns + columns), 1) if kind != "full join" else e("bool", "1", " = ", "1")

    def source(self, kind: str) -> tuple[Join, list[Col], list[Col] | None]:
        """A table, a named query, a query in brackets, values, a series."""
        rng = self.rng
        choice = rng.random()
        alias = self.alias()
        if self.ctes and choice < 0.35:
            name, columns, unique = rng.choice(self.ctes)
            offered = [Col(f"{alias}.{c.sql}", c.type, c.exact) for c in columns]
            return Join(kind, Source(name, alias)), offered, _named(offered, unique)
        if choice < 0.72 or self.nested > 1:
            table = self.table()
            offered = [_column(alias, c) for c in table.columns]
            return Join(kind, Source(f"{SCHEMA}.{table.name}", alias)), offered, _named(offered, list(table.key) or None)
        if choice < 0.88:
            self.nested += 1
            body, _ = self.block(cap=4)
            query = Query(body)
            if rng.random() < 0.25:
                self.cut(query)
            self.nested -= 1
            offered = [Col(f"{alias}.{c.sql}", c.type, c.exact) for c in _outputs(body)]
            return Join(kind, Source(query, alias)), offered, _named(offered, _unique(body))
        if choice < 0.92:
            rows = [f"({n}, {quote(rng.choice('abcZ'))}, date '2024-01-{n + 10}')" for n in range(1, rng.randint(2, 5))]
            offered = [Col(f"{alias}.n", "int"), Col(f"{alias}.t", "text"), Col(f"{alias}.d", "date")]
            return Join(kind, Source(e("rows", f"(values {', '.join(rows)})", uses="values"), f"{alias}(n, t, d)")), offered, offered[:1]
        if choice < 0.96:
            series = rng.choice(["1, 5", "-2, 6, 3", "10, 1, -4", "3, 1"])
            offered = [Col(f"{alias}.n", "int")]
            return Join(kind, Source(e("rows", f"generate_series({series})", uses="generate_series"), f"{alias}(n)")), offered, offered
        offered = [Col(f"{alias}.x", "text")]
        return Join(kind, Source(e("rows", "unnest(array['a', 'b', null, 'b'])", uses="unnest"), f"{alias}(x)")), offered, None

    def lateral(self, scope: Scope) -> tuple[Join, list[Col], list[Col] | None]:
        """Something that looks at the row beside it."""
        rng = self.rng
        alias = self.alias()
        arrays = [c for c in scope.columns if c.type == "int[]"]
        if arrays and rng.random() < 0.6:
            if rng.random() < 0.4:
                offered = [Col(f"{alias}.x", "int"), Col(f"{alias}.n", "big")]
                made = e("rows", f"unnest({rng.choice(arrays).sql}) with ordinality", uses="unnest with ordinality")
                return Join("cross join", Source(made, f"{alias}(x, n)")), offered, offered[1:]
            offered = [Col(f"{alias}.x", "int")]
            return Join("cross join", Source(e("rows", f"unnest({rng.choice(arrays).sql})", uses="unnest"), f"{alias}(x)")), offered, None
        self.nested += 1
        select, _ = self.block(cap=3, outer=scope.columns)
        query = Query(select)
        if rng.random() < 0.6:
            self.cut(query)
        self.nested -= 1
        offered = [Col(f"{alias}.{c.sql}", c.type, c.exact) for c in _outputs(select)]
        kind, on = rng.choice([("cross join", None), ("left join", e("bool", "true")), ("join", e("bool", "true"))])
        return Join(kind, Source(query, alias, lateral=True), on), offered, None

    def subquery(self, type_: str, scope: Scope, form: str) -> E | None:
        """A subquery as a value, maybe a correlated one."""
        rng = self.rng
        if self.nested > 1:
            return None
        self.nested += 1
        joins, inner = self.sources(1, scope.columns)
        self.nested -= 1
        where = [self.exprs.make("bool", inner, 1)]
        pairs = [(a, b) for a in inner.columns for b in scope.columns if a.type == b.type and a.type in ("int", "text", "date")]
        correlated = bool(pairs) and rng.random() < 0.7
        if correlated:
            a, b = rng.choice(pairs)
            where.insert(0, e("bool", a.sql, rng.choice([" = ", " = ", " < "]), b.sql))
        said = "correlated " if correlated else ""
        if form == "exists":
            return e("bool", rng.choice(["exists (", "not exists ("]), Query(Select([(e("int", "1"), "one")], joins, where=where)), ")", uses=said + "exists")
        if form in ("in", "any"):
            of = rng.choice(["int", "text", "date"])
            query = Query(Select([(self.exprs.make(of, inner, 1), "v")], joins, where=where))
            value = self.exprs.make(of, scope, 1)
            word = rng.choice([" in (", " not in ("] if form == "in" else [" = any (", " <> all (", " > any (", " <= all ("])
            return e("bool", "(", value, word, query, "))", exact=DYADIC, uses=said + word.strip(" ("))
        if type_ in ("int", "text", "date", "num", "ts") and rng.random() < 0.8:
            name = rng.choice(["min", "max"])
            value = self.exprs.make(type_, Scope(inner.columns), 1)
            item = e(type_, f"{name}(", value, ")", exact=value.exact, uses=name)
            return e(type_, "(", Query(Select([(item, "v")], joins, where=where)), ")", exact=item.exact, uses=said + "scalar subquery")
        return None

    # --- names --------------------------------------------------------------------------

    def table(self) -> Table:
        """A table; the empty one less often."""
        return self.rng.choices(TABLES, [6, 6, 5, 4, 1, 2])[0]

    def name(self, prefix: str) -> str:
        """A name that nothing else has."""
        self.names += 1
        return f"{prefix}{self.names}"

    def alias(self) -> str:
        """An alias, at times an odd one."""
        self.names += 1
        if self.rng.random() < 0.05:
            return self.rng.choice(ODD_ALIASES)[:-1] + f'{self.names}"'
        return f"t{self.names}"

    def output(self) -> str:
        """The name of an output column."""
        self.names += 1
        if self.rng.random() < 0.04:
            return self.rng.choice(ODD_ALIASES)[:-1] + f'{self.names}"'
        return f"o{self.names}"


def _is_constant(key: E) -> bool:
    return all(isinstance(p, str) for p in key.parts) and "." not in "".join(map(str, key.parts))


def _over_a_number(frame: str) -> bool:
    near = frame.replace("unbounded preceding", "").replace("unbounded following", "")
    return frame.startswith("range") and ("preceding" in near or "following" in near)


def _column(alias: str, column: Column) -> Col:
    return Col(f"{alias}.{column.name}", column.type, column.exact)


def _bare(column: Col) -> str:
    return column.sql.rpartition(".")[2]


def _named(offered: list[Col], names: list[str] | None) -> list[Col] | None:
    """The columns that are unique together, among those offered."""
    if names is None:
        return None
    found = [c for c in offered for n in names if c.sql.endswith(f".{n}")]
    return found if len(found) == len(names) else None


def _first(body: Select | Sets) -> Select:
    while isinstance(body, Sets):
        left = body.left
        body = left.body if isinstance(left, Query) else left
    return body


def _outputs(body: Select) -> list[Col]:
    """What a block offers to those who read it."""
    return [Col(name, x.type, x.exact) for x, name in body.items if x.type not in ("iv", "window", "rows")]


def _unique(body: Select) -> list[str] | None:
    """Output columns that no two rows share: all of them when distinct, the keys when all are shown."""
    if body.distinct and all(x.type in COMPARABLE for x, _ in body.items):
        return [n for _, n in body.items]
    if body.group and not body.sets:
        shown = {x.sql(): n for x, n in body.items}
        names = [shown.get(k.sql()) for k in body.group]
        return [n for n in names if n] if all(names) else None
    return None
