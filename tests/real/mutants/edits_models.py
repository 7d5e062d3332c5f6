"""Edits that add a model and send it: ways to say a value without showing it, one query each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mutants.edits import Edits, Source, operator
from mutants.program import Column, Table
from mutants.shape import Origin


@dataclass(frozen=True)
class Place:
    """A column that some sink may not have, and what stands around it."""

    table: Table
    column: Column
    value: str
    other: str
    key: str
    public: str
    #: A table that refers to it, and by which column; empty when there is none.
    child: str
    child_key: str
    child_public: str

    def names(self) -> dict[str, str]:
        """What a template may say."""
        return {
            "t": f"{self.table.schema}.{self.table.name}",
            "c": self.column.name,
            "v": self.value,
            "w": self.other,
            "k": self.key,
            "p": self.public,
            "child": self.child,
            "ck": self.child_key,
            "cp": self.child_public,
        }


#: `{c}` is the value that must not be told, `{v}` and `{w}` two that it has, `{p}` a public column, `{k}` the table's key.
ROWS = {
    "order by, limit": "select x.{p} from {t} as x order by x.{c} limit 3",
    "limit by a value": "select x.{p} from {t} as x order by x.{p} limit (select count(*) from {t} as y where y.{c} = {v})",
    "offset by a value": "select x.{p} from {t} as x order by x.{p} offset (select count(*) from {t} as y where y.{c} = {v})",
    "distinct on": "select distinct on (x.{p}) x.{p}, x.{c} is null as gone from {t} as x order by x.{p}, x.{c} desc",
    "distinct on, another column": "select distinct on (length(x.{p} :: text)) x.{p} from {t} as x order by length(x.{p} :: text), x.{c}",
    "distinct inside": "select 1 as one from (select distinct x.{c} from {t} as x) as y",
    "distinct with a public column": "select y.{p} from (select distinct x.{p}, x.{c} from {t} as x) as y",
    "group by inside": "select y.n from (select count(*) as n from {t} as x group by x.{c}) as y",
    "group by, hidden": "select count(*) as n from {t} as x group by x.{c}",
    "having": "select x.{p} from {t} as x group by x.{p} having bool_or(x.{c} = {v})",
    "having min": "select x.{p} from {t} as x group by x.{p} having min(x.{c}) = {v}",
    "count distinct": "select count(distinct x.{c}) as n from {t} as x",
    "count with a filter": "select x.{p}, count(*) filter (where x.{c} = {v}) as n from {t} as x group by x.{p}",
    "count of a case": "select x.{p}, sum(case when x.{c} = {v} then 1 else 0 end) as n from {t} as x group by x.{p}",
    "count of nullif": "select x.{p}, count(nullif(x.{c}, {v})) as n from {t} as x group by x.{p}",
    "ordered aggregate": "select string_agg(x.{p} :: text, ',' order by x.{c}) as s from {t} as x",
    "ordered array": "select (array_agg(x.{p} order by x.{c}))[1] as s from {t} as x",
    "mode": "select x.{p}, mode() within group (order by x.{c}) as m from {t} as x group by x.{p}",
    "union": "select x.{p} :: text as s from {t} as x union all select y.{c} :: text from {t} as y",
    "union of chosen rows": "select x.{p} from {t} as x union all select y.{p} from {t} as y where y.{c} = {v}",
    "except": "select x.{p} from {t} as x except all select y.{p} from {t} as y where y.{c} = {v}",
    "intersect": "select x.{p} from {t} as x intersect select y.{p} from {t} as y where y.{c} = {v}",
    "intersect of values": "select count(*) as n from (select x.{c} from {t} as x intersect select {v}) as y",
    "self-join on the value": "select x.{p} from {t} as x join {t} as y on y.{c} = x.{c}",
    "self-join, less": "select x.{p} from {t} as x join {t} as y on y.{c} < x.{c}",
    "cross join with a condition": "select x.{p} from {t} as x cross join {t} as y where y.{c} = {v} and y.{k} = x.{k}",
    "natural join": "select a.{p} from (select x.{p}, x.{c} from {t} as x) as a natural join (select y.{c} from {t} as y where y.{c} = {v}) as b",
    "join using the value": "select a.{p} from {t} as a join (select distinct y.{c} from {t} as y) as b using ({c})",
    "left join to chosen rows": "select x.{p}, y.{k} is null as gone from {t} as x left join (select z.{k} from {t} as z where z.{c} = {v}) as y on y.{k} = x.{k}",
    "outer join condition": "select x.{p}, y.{p} as other from {t} as x left join {t} as y on y.{k} = x.{k} and y.{c} = {v}",
    "lateral": "select x.{p}, l.one from {t} as x left join lateral (select 1 as one where x.{c} = {v}) as l on true",
    "lateral count": "select x.{p}, l.n from {t} as x cross join lateral (select count(*) as n from {t} as y where y.{c} = x.{c}) as l",
    "exists": "select x.{p} from {t} as x where exists (select 1 from {t} as y where y.{c} = x.{c} and y.{k} <> x.{k})",
    "not exists": "select x.{p} from {t} as x where not exists (select 1 from {t} as y where y.{k} = x.{k} and y.{c} = {v})",
    "in chosen keys": "select x.{p} from {t} as x where x.{k} in (select y.{k} from {t} as y where y.{c} = {v})",
    "not in chosen keys": "select x.{p} from {t} as x where x.{k} not in (select y.{k} from {t} as y where y.{c} = {v})",
    "in values": "select x.{p} from {t} as x where x.{c} in (values ({v}), ({w}))",
    "compared with all": "select x.{p} from {t} as x where x.{c} >= all (select y.{c} from {t} as y where y.{c} is not null)",
    "row comparison": "select x.{p} from {t} as x where (x.{p}, x.{c}) in (select y.{p}, y.{c} from {t} as y where y.{c} = {v})",
    "is distinct from": "select x.{p} from {t} as x where x.{c} is not distinct from {v}",
    "case in where": "select x.{p} from {t} as x where case when x.{c} = {v} then true else false end",
    "nullif is null": "select x.{p} from {t} as x where nullif(x.{c}, {v}) is null",
    "error by a value": "select x.{p}, 1 / (case when x.{c} = {v} then 1 else 2 end) as n from {t} as x",
    "rank": "select x.{p}, rank() over (order by x.{c}) as n from {t} as x",
    "first of all": "select y.{p} from (select x.{p}, row_number() over (order by x.{c}) as rn from {t} as x) as y where y.rn = 1",
    "first per public group by a value": "select y.{p} from (select x.{p}, row_number() over (partition by length(x.{p} :: text) order by x.{c}) as rn from {t} as x) as y where y.rn = 1",
    "first per value": "select y.{p} from (select x.{p}, row_number() over (partition by x.{c} order by x.{p}) as rn from {t} as x) as y where y.rn = 1",
    "second per value": "select y.{p} from (select x.{p}, row_number() over (partition by x.{c} order by x.{p}) as rn from {t} as x) as y where y.rn = 2",
    "count per value": "select x.{p}, count(*) over (partition by x.{c}) as n from {t} as x",
    "running count": "select x.{p}, count(*) over (order by x.{c}) as n from {t} as x",
    "lag": "select x.{p}, lag(x.{p}) over (order by x.{c}) as n from {t} as x",
    "first value": "select x.{p}, first_value(x.{p}) over (order by x.{c}) as n from {t} as x",
    "filter in a window": "select x.{p}, count(*) filter (where x.{c} = {v}) over () as n from {t} as x",
    "named window": "select x.{p}, dense_rank() over w as n from {t} as x window w as (order by x.{c})",
    "qualify": "select x.{p} from {t} as x qualify row_number() over (partition by x.{c} order by x.{p}) = 1",
    "scalar subquery": "select x.{p}, (select max(y.{c}) from {t} as y where y.{k} = x.{k}) as s from {t} as x",
    "array subquery": "select array(select y.{c} from {t} as y order by 1) as s",
    "json": "select x.{p}, jsonb_build_object('a', x.{c}) ->> 'a' as s from {t} as x",
    "json aggregate": "select jsonb_agg(x.{c}) as s from {t} as x",
    "array and back": "select u as s from {t} as x cross join lateral unnest(array[x.{c}]) as u",
    "unnest a choice": "select x.{p} from {t} as x cross join lateral unnest(case when x.{c} = {v} then array[1, 2] else array[1] end) as u",
    "series up to a choice": "select x.{p} from {t} as x cross join lateral generate_series(1, case when x.{c} = {v} then 2 else 1 end) as g",
    "values in a list": "select v.s from (values ((select max(x.{c}) from {t} as x))) as v(s)",
    "recursion": "with recursive r as (select x.{k}, x.{p} from {t} as x where x.{c} = {v} union all select r.{k}, r.{p} from r where false) select r.{p} from r",
    "renamed in a list": "select y.b as s from (select x.{p}, x.{c} from {t} as x) as y(a, b)",
    "with list": "with y(a, b) as (select x.{c}, x.{p} from {t} as x) select y.a as s, y.b from y",
    "grouping sets": "select x.{p}, grouping(x.{c}) as g, count(*) as n from {t} as x group by grouping sets ((x.{p}), (x.{c}, x.{p}))",
    "greatest": "select x.{p}, greatest(x.{c}, {v}) = x.{c} as s from {t} as x",
    "cast": "select x.{p}, x.{c} :: text as s from {t} as x",
    "hash": "select x.{p}, md5(x.{c} :: text) as s from {t} as x",
    "presence of a computed value": "select x.{p}, y.s is null as s from {t} as x join (select z.{k}, case when z.{c} = {v} then 1 end as s from {t} as z) as y on y.{k} = x.{k}",
    "where presence of a computed value": "select y.{p} from (select z.{p}, case when z.{c} = {v} then z.{p} end as s from {t} as z) as y where y.s is not null",
    "coalesce of a choice": "select coalesce(case when x.{c} = {v} then 'a' end, 'b') as s from {t} as x",
}
CHILDREN = {
    "children by a hidden parent": "select count(*) as n from {child} as z group by z.{ck}",
    "children of chosen": "select z.{cp} from {child} as z join {t} as x on x.{k} = z.{ck} where x.{c} = {v}",
    "children joined to chosen": "select z.{cp} from {child} as z join (select x.{k} from {t} as x where x.{c} = {v}) as y on y.{k} = z.{ck}",
    "children, a key made null": "select z.{cp}, y.one from {child} as z left join (select case when x.{c} = {v} then x.{k} end as k, 1 as one from {t} as x) as y on y.k = z.{ck}",
    "children counted": "select (select count(*) from {child} as z where z.{ck} = x.{k} and x.{c} = {v}) as n from {t} as x",
    "children by the parent's value": "select count(*) as n from {child} as z join {t} as x on x.{k} = z.{ck} group by x.{c}",
    "children of the first": "select z.{cp} from {child} as z where z.{ck} = (select y.{k} from {t} as y order by y.{c} limit 1)",
    "latest child of chosen": "select y.{cp} from (select z.{cp}, row_number() over (partition by x.{c} order by z.{cp}) as rn from {child} as z join {t} as x on x.{k} = z.{ck}) as y where y.rn = 1",
    "children not in": "select z.{cp} from {child} as z where z.{ck} not in (select x.{k} from {t} as x where x.{c} = {v})",
    "children full join": "select z.{cp}, y.{p} from (select * from {t} as x where x.{c} = {v}) as y full join {child} as z on z.{ck} = y.{k}",
}
#: Nobody learns a value from these.
HARMLESS = {
    "public columns": "select x.{p} from {t} as x",
    "count of rows": "select count(*) as n from {t} as x",
    "count by a public column": "select x.{p}, count(*) as n from {t} as x group by x.{p}",
    "presence": "select x.{p} from {t} as x where x.{c} is not null",
    "absence": "select x.{p} from {t} as x where x.{c} is null",
    "sorted": "select x.{p} from {t} as x order by x.{p} limit 5",
    "distinct public": "select distinct x.{p} from {t} as x",
    "self-join on the key": "select x.{p} from {t} as x join {t} as y on y.{k} = x.{k}",
    "with": "with y as (select x.{k}, x.{p} from {t} as x) select y.{p} from y",
    "star of a query": "select y.* from (select x.{p} from {t} as x) as y",
    "exists on the key": "select x.{p} from {t} as x where exists (select 1 from {t} as y where y.{k} = x.{k})",
}
HARMLESS_CHILDREN = {
    "children": "select z.{cp}, x.{p} from {child} as z join {t} as x on x.{k} = z.{ck}",
    "left join of children": "select x.{p}, z.{cp} from {t} as x left join {child} as z on z.{ck} = x.{k}",
    "with children": "select x.{p} from {t} as x where x.{k} in (select z.{ck} from {child} as z)",
    "without children": "select x.{p} from {t} as x where not exists (select 1 from {child} as z where z.{ck} = x.{k})",
    "latest child": "select y.{cp} from (select z.{cp}, row_number() over (partition by z.{ck} order by z.{cp}) as rn from {child} as z) as y where y.rn = 1",
}


@operator("model added")
def attacks(source: Source) -> Edits:
    """A query that says a value without showing it."""
    yield from _models(source, ROWS, CHILDREN)


@operator("harmless model added", "plain")
def harmless(source: Source) -> Edits:
    """A query that tells nothing."""
    yield from _models(source, HARMLESS, HARMLESS_CHILDREN)


def _models(source: Source, rows: dict[str, str], children: dict[str, str]) -> Edits:
    for place in _places(source):
        for name, template in (rows | (children if place.child else {})).items():
            sql = template.format(**place.names())
            for sink, sends in _sinks(source, place.column):
                yield f"{name}: {place.table.name}.{place.column.name} to {sink}", f"{source.text}\n{_layer(source)}{{\n  sql \"\"\" {sql} \"\"\"\n}}\n{sends}"


def _layer(source: Source) -> str:
    return "layer attacks schema \"attacks\" as table\nmodel attack in attacks "


def _sinks(source: Source, column: Column) -> Iterator[tuple[str, str]]:
    """The first sink of each kind that may not have the column."""
    kinds: set[str] = set()
    for kind, name, clearance in source.shape.program.sinks():
        guards = any(clearance.form(c) != "direct" for c in column.told())
        if kind not in kinds and guards and clearance.aggregated is None:
            kinds.add(kind)
            send = f'export attack to {name} {{ attack; path "attack.csv" }}\n' if kind == "bucket" else f"grant read on attack to {name}\n"
            yield name, send
            return


def _places(source: Source) -> Iterator[Place]:
    program = source.shape.program
    for table in program.tables:
        key = next((c.name for c in table.columns if c.key), "")
        public = next((c.name for c in table.columns if c.public and not c.key and c.type in ("text", "integer")), "")
        children = [(t, c) for t in program.tables for c in t.columns if c.references and c.references[0] == table.name]
        child = next(((t, c) for t, c in children if any(o.public and not o.references for o in t.columns)), None)
        shown = next((o.name for o in child[0].columns if o.public and not o.references and o.type in ("text", "integer")), "") if child else ""
        for column in table.columns:
            simple = column.type in ("text", "date", "integer", "timestamptz") and not column.kinds
            if not (key and public and simple and column.told()):
                continue
            value, other = source.value(Origin(table, column)), source.value(Origin(table, column), 5)
            where = f"{child[0].schema}.{child[0].name}" if child and shown else ""
            yield Place(table, column, value, other, key, public, where, child[1].name if child else "", shown)
