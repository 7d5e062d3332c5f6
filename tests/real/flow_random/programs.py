"""Random programs: a chain of models over the clinic, masked at its end, and one sink. Each is one edit away from a leak, or is that leak.

A program knows which columns it reads, which masks it wrote, and which order picks its latest rows: enough to say what other data its
sink may not be able to tell apart. It does not know pipec's labels.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flow_random.edits import EDITS, PICKS
from flow_random.world import CLEARANCES, DIRECT, GENERAL, PARTIAL, PSEUDONYM, PUBLIC, TABLES, TOLD, Admitted, Place

#: Sinks by how often they are tried.
SINKS = {
    "safe_harbor": 5,
    "expert('ED-1', expires '2099-12-31')": 5,
    "limited_data_set": 2,
    "registry": 3,
    "nothing": 2,
}


@dataclass(frozen=True)
class Col:
    """A column of a model of the program: its type, the source column it still is, and whether it tells anything."""

    name: str
    type: str
    place: Place | None = None
    tells: frozenset[Place] = frozenset()

    @property
    def public(self) -> bool:
        """Whether it tells nothing."""
        return not self.tells


@dataclass
class Program:
    """One family of models with one sink."""

    name: str
    clearance: str
    text: list[str] = field(default_factory=list)
    sink: str = ""
    #: The models whose rows the sink gets.
    sent: list[str] = field(default_factory=list)
    #: Whether they come in an order that the model says.
    in_order: bool = False
    admitted: Admitted = None  # type: ignore[assignment]
    #: Queries over the sources whose results the sink may know: the cells of aggregates that are large enough.
    cells: list[str] = field(default_factory=list)
    places: set[Place] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    #: The edit that was made, when one was.
    edit: str = ""
    #: Models that the sink's own is made from, the nearest and the first: to send one of them instead is one edit.
    near: list[str] = field(default_factory=list)

    def file(self, with_sink: bool) -> str:
        """The program as pipec reads it. The sink is its last line."""
        return "\n".join([*self.text, self.sink if with_sink else ""]) + "\n"


TYPE = {"text": "text", "integer": "int", "date": "date", "timestamptz": "tstz", "jsonb": "json", "text[]": "text[]"}


def columns(table: str) -> list[Col]:
    """The columns of a source's table."""
    out = []
    for name, (type_, _) in TABLES[table].items():
        place = (table, name)
        out.append(Col(name, TYPE[type_], place, frozenset([place]) if place in TOLD else frozenset()))
    return out


class Maker:
    """Makes one program."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        name = f"f{seed}"
        clearance = self.rng.choices(list(SINKS), list(SINKS.values()))[0]
        self.p = Program(name, clearance, admitted=Admitted(clearance))
        #: The edit towards a leak that is still to be made.
        self.leak = self.rng.random() < 0.42
        self.count = 0
        self.views: list[str] = []
        #: Whether rows share their id by now: then no order tells them apart, and which one is the first is left to chance.
        self.multiplied = False

    # --- the whole ----------------------------------------------------------------------

    def program(self) -> Program:
        """The program."""
        kind = self.rng.random()
        if kind < 0.12:
            self.facts()
        elif kind < 0.19:
            self.answers()
        elif kind < 0.215:
            self.crowd()
        elif kind < 0.24:
            self.headcount()
        else:
            self.chain()
        self.p.admitted.presence = not re.search("is (not )?null", "".join(self.p.text))
        return self.p

    def chain(self) -> None:
        """A chain of models, then the sink."""
        rng = self.rng
        table = rng.choice(["patients", "visits", "visits"])
        rel, cols = self.first(table)
        leak_at = rng.randrange(4) if self.leak else -1
        for step in range(rng.choice([3, 3, 4, 4, 5])):
            if step == leak_at:
                rel, cols = self.edited(rel, cols)
            rel, cols = self.step(rel, cols)
        if self.leak and not self.p.edit and rng.random() < 0.6:
            rel, cols = self.edited(rel, cols)
        if rng.random() < 0.35 and not any(c.type == "json" for c in cols):
            self.twin(rel, cols)
        else:
            self.last(rel, cols)

    def model(self, body: str, more: str = "", materialized: str = "") -> str:
        """One more model."""
        self.count += 1
        name = f"{self.p.name}_m{self.count}"
        self.p.text.append(f"model {name} in marts{materialized} {{\n  {body}\n{more}}}")
        if "ephemeral" not in materialized:
            self.views.append(name)
        return name

    def sql(self, text: str, more: str = "", last: bool = False) -> str:
        """One more model, its body in SQL. The last one is sent; an ephemeral one cannot be."""
        self.use("sql body")
        kept = "" if last else self.rng.choice(["", "", "", " as view", " as ephemeral"])
        if kept:
            self.use(kept.strip())
        return self.model(f'sql """{text}"""', more, kept)

    def use(self, *what: str) -> None:
        """Count what the program is made with."""
        self.p.uses |= set(what)

    def first(self, table: str) -> tuple[str, list[Col]]:
        """A model of a source's table, maybe with columns left out, renamed, trimmed."""
        rng = self.rng
        cols = [c for c in columns(table) if c.name in ("id", "patient_id", "seq", "day", "kind", "region", "doc", "minutes", "birth_date", "phone") or rng.random() < 0.75]
        items, out = [], []
        for c in cols:
            name, expr, place = c.name, f"s.{c.name}", c.place
            if rng.random() < 0.1 and c.type == "text" and c.name not in ("id", "patient_id", "kind", "region"):
                name = f"{c.name}_t"
                expr = f"trim({expr})"
                self.use("intact function")
            elif rng.random() < 0.1 and c.name not in ("id", "patient_id", "seq", "day", "doc"):
                name = f"the_{c.name}"
                self.use("rename")
            items.append((name, expr, c.name == name and expr == f"s.{c.name}"))
            out.append(Col(name, c.type, place, c.tells))
        self.p.places |= {c.place for c in cols if c.place in TOLD}
        where = ""
        public = [c for c in cols if c.public and c.type == "int"]
        if public and rng.random() < 0.25:
            where = f"s.{public[0].name} > 2"
            self.use("where")
        key = "  assert unique(id)\n" if rng.random() < 0.6 else ""
        if rng.random() < 0.6:
            said = "; ".join(e if same else f"{n} = {e}" for n, e, same in items)
            body = f"from clinic.{table} as s" + (f"\n  where {where}" if where else "") + f"\n  select {{ {said} }}"
            self.use("declarative body")
            return self.model(body, key), out
        said = ", ".join(e if same else f"{e} as {n}" for n, e, same in items)
        return self.sql(f"select {said} from clinic.{table} as s" + (f" where {where}" if where else ""), key), out

    def step(self, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
        """One more model over the last one, that leaks nothing by itself."""
        steps = [s for s in STEPS if s[1](cols)]
        make, _ = self.rng.choice([s for s in steps for _ in range(WEIGHTS.get(s[0].__name__, 1))])
        return make(self, rel, cols)

    # --- the end ------------------------------------------------------------------------

    def twin(self, rel: str, cols: list[Col]) -> None:
        """A masked twin, by rules for categories, with a block for the rest."""
        rng, p = self.rng, self.p
        self.use("masked by", "masking")
        rules = self.rules()
        masking = f"{p.name}_rules"
        skipped = rng.choice(sorted(rules)) if self.leak and not p.edit and rng.random() < 0.5 else ""
        if skipped:
            p.edit = "rule left out"
        p.text.append(f"masking {masking} {{ " + "; ".join(f"{c} -> {r}" for c, r in sorted(rules.items()) if c != skipped) + " }")
        block = []
        for c in cols:
            if c.public:
                continue
            told = {k for t in c.tells for k in TOLD[t]}
            if c.place is None or len(told) > 1 or not self.fits(c, rules.get(next(iter(told)), "")):
                if all(CLEARANCES[p.clearance].get(k, PUBLIC) == DIRECT for k in told):
                    continue
                block.append(f"drop {c.name}" if rng.random() < 0.8 else f"{c.name} -> nullify")
        self.count += 1
        name = f"{p.name}_anon"
        p.text.append(f"model {name} in marts = {rel} masked by {masking}" + (" {\n  " + "\n  ".join(block) + "\n}" if block else ""))
        if block:
            self.use("drop")
        self.send([name])

    def fits(self, c: Col, rule: str) -> bool:
        """Whether a rule takes a column's type."""
        if not rule or rule in ("drop", "nullify", "is_present"):
            return True
        wanted = "date" if rule.startswith(("age", "year_of(")) else ("date", "tstz") if rule == "year_of" else "text"
        return c.type in wanted if isinstance(wanted, tuple) else c.type == wanted

    def rules(self) -> dict[str, str]:
        """A rule for each category that is not admitted as it is."""
        out = {}
        for category in sorted({c for told in TOLD.values() for c in told}):
            masks = self.masks(category, "text" if category not in ("birth_date", "service_date") else "date")
            if CLEARANCES[self.p.clearance].get(category, PUBLIC) < DIRECT:
                out[category] = self.rng.choice(masks) if masks and self.rng.random() < 0.85 else self.rng.choice(["drop", "nullify"])
        return out

    def masks(self, category: str, type_: str) -> list[str]:
        """What the sink's clearance lets through of a category, each mask without its first argument."""
        form, out = CLEARANCES[self.p.clearance].get(category, PUBLIC), []
        if form >= GENERAL:
            out.append("is_present")
            if type_ == "text":
                out.append("redact")
            if category == "zip" and type_ == "text":
                out += ["zip3"] * 3
            if category == "service_date" and type_ in ("date", "tstz"):
                out += ["year_of"] * 2
            if category == "birth_date" and type_ == "date":
                day = self.rng.choice(["date '2025-06-30'", "date '2025-01-01'"])
                out += [f"year_of(as_of => {day})"] * 2
                out += [f"age_years(as_of => {day})"] * 10 + [f"age_band(as_of => {day}, width => {self.rng.choice([5, 10])})"] * 14
        if form >= PSEUDONYM and type_ == "text" and category in ("record_id", "mrn"):
            out += [f"hmac_token(key => secret('K'), domain => '{self.p.name}')"] * 2
        if form >= PARTIAL and category == "phone" and type_ == "text":
            out += ["keep_last(4)", "keep_last"] * 2
        return out

    def masked(self, c: Col, relation: str) -> str | None:
        """A column as the sink may see it; `None` where no mask does."""
        told = {k for t in c.tells for k in TOLD[t]}
        if all(CLEARANCES[self.p.clearance].get(k, PUBLIC) == DIRECT for k in told):
            return f"{relation}.{c.name}"
        if c.place is None or len(told) > 1:
            return None
        masks = self.masks(next(iter(told)), c.type)
        if not masks:
            return None
        mask = self.rng.choice(masks)
        self.use(mask.partition("(")[0])
        name, bracket, arguments = mask.partition("(")
        return f"{name}({relation}.{c.name}{', ' if bracket else ''}{arguments if bracket else ')'}"

    def last(self, rel: str, cols: list[Col]) -> None:
        """The model that is sent: masks, expressions over what may be known, an order."""
        rng, p = self.rng, self.p
        items: list[tuple[str, str]] = []
        shown: list[str] = []
        for c in cols:
            if c.public:
                if rng.random() < 0.7 and c.type != "json":
                    items.append((c.name, f"r.{c.name}"))
                    shown.append(c.name)
                continue
            made = self.masked(c, "r")
            if made is not None and rng.random() < 0.85:
                items.append((f"{c.name}_m", made))
        if self.leak and not p.edit:
            self.unmask(cols, items)
        if not items:
            items.append(("one", "1"))
        name, more = self.around(rel, cols, items, shown)
        self.send([name], more)

    def around(self, rel: str, cols: list[Col], items: list[tuple[str, str]], shown: list[str]) -> tuple[str, bool]:
        """The last model, in one of the forms that a body has."""
        rng = self.rng
        said = ", ".join(f"{e} as {n}" for n, e in items)
        ordered = bool(shown) and rng.random() < 0.3
        order = f" order by r.{rng.choice(shown)}" if ordered else ""
        kind = rng.randrange(6)
        text = f"select {said} from {rel} as r{order}"
        if kind == 1:
            self.use("with")
            text = f"with w as (select * from {rel} as q) select {said} from w as r{order}"
        elif kind == 2:
            self.use("derived table", "distinct")
            text = f"select distinct {said} from (select * from {rel} as q) as r"
            order = ""
        elif kind == 3:
            self.use("union all")
            text = f"select {said} from {rel} as r union all select {said} from {rel} as r"
            order = ""
        elif kind in (4, 5):
            self.use("declarative body")
            body = f"from {rel} as r\n  select {{ " + "; ".join(f"{n} = {e}" for n, e in items) + " }"
            if order:
                self.use("order by")
                body += f"\n  {order.strip()}"
            return self.model(body), False
        if order:
            self.use("order by")
        return self.sql(text, last=True), False

    def unmask(self, cols: list[Col], items: list[tuple[str, str]]) -> None:
        """The edit at the sink: no mask, a wrong one, one of something else."""
        rng, p = self.rng, self.p
        there = [c for c in cols if not c.public and c.type in ("text", "date", "tstz", "int")]
        secret = [c for c in there if any(CLEARANCES[p.clearance].get(k, PUBLIC) < DIRECT for t in c.tells for k in TOLD[t])]
        if not secret:
            return
        c = rng.choice(secret)
        text = f"cast(r.{c.name} as text)"
        edits = {
            "mask left out": f"r.{c.name}",
            "hash": f"md5({text})",
            "cut": f"left({text}, 2)",
            "length": f"length({text})",
            "wrong mask": f"zip3({text})",
            "doctored argument": f"redact(nullif({text}, 'Smith'))",
            "doctored presence": f"is_present(nullif({text}, 'Smith'))",
            "case copy": f"case when {text} > 'M' then 1 else 0 end",
            "case of presence": f"case when r.{c.name} is not null then {text} end",
            "compared": f"{text} = 'Smith'",
            "coalesce": f"coalesce({text}, 'none')",
            "array": f"array_to_string(array[{text}], ',')",
            "in json": f"jsonb_build_object('a', {text}) ->> 'a'",
            "most": f"max({text}) over ()",
            "ranked": f"rank() over (order by {text})",
            "counted": f"count(*) over (partition by {text})",
            "neighbour": f"lag({text}) over (order by {text})",
            "in list": f"{text} in (select k.code from clinic.codes as k)",
            "scalar": f"(select k.n from clinic.codes as k where k.code = {text})",
            "regex": f"regexp_replace({text}, '[aeiou]', '', 'g')",
            "tail": f"keep_last({text}, 40)",
            "split": f"(string_to_array({text}, ' '))[1]",
            "masked twice": f"age_years(r.{c.name}, date '2025-01-01' + 3)" if c.type == "date" else f"lower({text})",
            "month": f"date_trunc('month', r.{c.name})" if c.type in ("date", "tstz") else f"upper({text})",
        }
        p.edit = rng.choice(sorted(edits))
        items.append(("edited", edits[p.edit]))

    def send(self, names: list[str], in_order: bool = False) -> None:
        """The sink: a bucket, a bucket with a reader who may know less, a grant."""
        p, rng = self.p, self.rng
        p.sent, p.in_order = names, in_order
        others = [v for v in self.views if v not in names]
        p.near = others[-1:] + others[:1]
        kind = rng.randrange(3)
        told = ", ".join(names)
        if kind == 0:
            self.use("grant")
            p.text.append(f'role {p.name}_role {{ clearance {p.clearance}; postgres "{p.name}" }}')
            p.sink = f"grant read on {told} to {p.name}_role"
            return
        reader = kind == 1
        self.use("export", "reader" if reader else "bucket")
        if reader:
            p.text.append(f'role {p.name}_role {{ clearance {p.clearance}; aws group "{p.name}" }}')
        inside = "internal" if reader else p.clearance
        p.text.append(f'bucket {p.name}_out {{ name "demo-{p.name}"; clearance {inside}{f"; readers {p.name}_role" if reader else ""} }}')
        p.sink = f'export {p.name}_x to {p.name}_out {{ {told}; path "{p.name}.csv" }}'

    # --- other shapes -------------------------------------------------------------------

    def facts(self) -> None:
        """Counts of patients, withheld below eleven."""
        rng, p = self.rng, self.p
        p.clearance = rng.choice(["aggregated(11)", "figures"])
        p.admitted = Admitted(p.clearance)
        self.use("metric", "fact", "min_group", "join", "key join")
        p.places |= {("visits", "patient_id"), ("patients", "id"), ("visits", "diagnosis"), ("visits", "day"), ("patients", "sex"), ("visits", "reason")}
        over = rng.choice(["month", "month", "day"])
        near = ""
        if self.leak and rng.random() < 0.25:
            p.edit, near = "neighbour asked", "; near = w.reason"
        beside = f"  cross join clinic.visits as w\n  where w.id = {rng.randint(1, 90)}\n" if near else ""
        visit = self.model(
            f"from clinic.visits as v\n  join clinic.patients as p on p.id = v.patient_id\n{beside}"
            f"  select {{ v.id; v.patient_id; v.month; v.day; v.kind; v.minutes; v.diagnosis; v.reason; p.region; p.sex{near} }}"
        )
        metrics = []
        for number in range(rng.choice([1, 1, 2])):
            by = rng.sample(["region", "kind"], rng.choice([0, 1, 1, 2]))
            edit = self.leak and number == 0 and not near
            if edit and rng.random() < 0.4:
                by.append(rng.choice(["diagnosis", "sex"]))
                p.edit = "dimension that tells"
            condition = rng.choice(["", "", "kind = 'home'", "minutes > 10", "diagnosis = 'flu'", "sex = 'F'", "reason like 'f%'"])
            value = "count(distinct patient_id)" + (f" filter (where {condition})" if condition else "")
            if condition:
                self.use("filter")
            subject = "   subject patient_id"
            if edit and not p.edit:
                choice = rng.choice(["no subject", "rows counted", "summed", "no filter but where"])
                p.edit = choice
                if choice == "no subject":
                    subject = ""
                elif choice == "rows counted":
                    value = "count(distinct diagnosis)"
                elif choice == "summed":
                    value = "sum(minutes) filter (where diagnosis = 'flu')"
            told = value
            if near and number == 0:
                told = f"count(distinct patient_id) filter (where near < 'k'{f' and {condition}' if condition else ''})"
            metric = f"{p.name}_n{number}"
            dims = f" by {', '.join(by)}  " if by else ""
            p.text.append(f"metric {metric} from {visit} {{\n  value = {told}\n  over {over} grain month {dims} unit count{subject}\n}}")
            metrics.append(metric)
            keys = ", ".join([f"date_trunc('month', v.{over})", *(f"p.{b}" if b in ("region", "sex") else f"v.{b}" for b in by)])
            counted = "count(distinct v.patient_id)" + (f" filter (where {'p' if 'sex' in condition else 'v'}.{condition})" if condition else "")
            p.cells.append(
                f"select {keys}, {counted} from clinic.visits as v join clinic.patients as p on p.id = v.patient_id"
                f" group by {keys} having {counted} >= 11 order by {keys}"
            )
        group = "  min_group 11 of subject patient"
        if self.leak and not p.edit:
            p.edit, group = "no min_group", ""
        name = f"{p.name}_counts"
        p.text.append(f"fact {name} in marts from metrics {', '.join(metrics)}{group}")
        if rng.random() < 0.4:
            kept = self.model(f"from {name} as c\n  where c.value > 12\n  select {{ c.period_date; c.value }}" if rng.random() < 0.3 else f"from {name} as c\n  select {{ c.period_date; c.value }}")
            name = kept
        self.send([name])

    def crowd(self) -> None:
        """Aggregates of a measure over eleven patients; or over rows that are repeated, or of whoever referred one patient."""
        rng, p = self.rng, self.p
        p.clearance = "aggregated(11)"
        p.admitted = Admitted(p.clearance)
        self.use("group by", "having", "aggregate", "sql body")
        table, counted = "stays", ["patient_id"]
        rows = rng.choice(["", "", " join clinic.patients as p on p.id = s.patient_id", " left join clinic.codes as k on k.code = s.ward"])
        if rows:
            self.use("key join" if "patients" in rows else "left join")
        elif rng.random() < 0.3:
            table, counted = "referrals", ["patient_id", "referrer"]
        of = f"clinic.{table} as s"
        items = ", ".join(rng.sample(["avg(s.charge) as mean", "sum(s.charge) as total"], rng.choice([1, 2])))
        p.places |= {(table, "charge"), (table, "patient_id")}
        having = " and ".join([*(f"count(distinct s.{c}) >= 11" for c in counted), "count(distinct s.charge) >= 11"])
        p.cells.append(f"select s.ward, {items} from {of} group by s.ward having {having} order by s.ward")
        if self.leak:
            edits = {
                "rows of a series": " cross join lateral generate_series(1, case when s.id % 7 = 3 then 1000 else 1 end) as g(n)",
                "rows of a join": " join clinic.stays as w on w.id <= s.id",
                "rows of a public column": " join clinic.codes as c on c.n < s.id % 5",
            }
            p.edit = rng.choice([*sorted(edits), "rows twice", "another counted"])
            if p.edit in edits:
                rows += edits[p.edit]
            elif p.edit == "rows twice":
                of = f"(select a.* from clinic.{table} as a union all select b.* from clinic.{table} as b where b.id < 9) as s"
            else:
                p.cells = []
                of, having = "clinic.referrals as s", "count(distinct s.referrer) >= 11 and count(distinct s.charge) >= 11"
                rows = rows.replace("s.patient_id", "s.referrer")
                p.places = {("referrals", "charge"), ("referrals", "patient_id")}
        self.send([self.sql(f"select s.ward, {items} from {of}{rows} group by s.ward having {having}", last=True)])

    def headcount(self) -> None:
        """How many there are of whom: no value is in it, and groups of fewer than eleven are told to nobody."""
        rng, p = self.rng, self.p
        p.clearance = "aggregated(11)"
        p.admitted = Admitted(p.clearance)
        self.use("group by", "having", "aggregate", "join", "key join")
        p.places |= {("patients", "*"), ("visits", "patient_id")}
        kinds = rng.random() < 0.4
        key = "s.region, s.kind" if kinds else "s.region"
        rows = self.sql(
            "select v.id, v.patient_id, v.kind, v.minutes, p.region from clinic.visits as v join clinic.patients as p on p.id = v.patient_id"
            + rng.choice(["", " where v.kind in ('home', 'call')", " where v.id not in (select w.id from clinic.visits as w where w.minutes > 40)"])
        )
        told, having = rng.choice(["count(*)", "count(distinct s.patient_id)", "sum(s.minutes)"]), "having count(distinct s.patient_id) >= 11"
        having += " and count(distinct s.minutes) >= 11" if told.startswith("sum") else ""
        # The rows that are counted are those of the model, whatever they are: the sink may know its cells of eleven and more.
        p.cells.append(f"select {key}, count(*), count(distinct s.patient_id), {told} from marts.{rows} as s group by {key} {having} order by {key}")
        query = f"select {key}, {told} as n from {rows} as s group by {key} {having}"
        if self.leak:
            edits = {
                "no having": f"select {key}, {told} as n from {rows} as s group by {key}",
                "few": f"select {key}, {told} as n from {rows} as s group by {key} having count(distinct s.patient_id) >= 2",
                "rows counted for people": f"select {key}, count(*) as n from {rows} as s group by {key} having count(*) >= 11",
                "some of them": f"select {key}, count(*) filter (where s.minutes > 20) as n from {rows} as s group by {key} {having}",
                "a flag summed": f"select {key}, sum(case when s.minutes > 20 then 1 else 0 end) as n from {rows} as s group by {key} {having}",
                "rows of people": f"select {key}, s.minutes from {rows} as s",
                "distinct": f"select distinct {key} from {rows} as s",
                "is there": f"select c.code, exists (select 1 from {rows} as s where s.region = 'west' and s.minutes = c.n * 15) as there from clinic.codes as c",
                "of all": f"select count(*) as n from {rows} as s",
            }
            p.edit = rng.choice(sorted(edits))
            query = edits[p.edit]
        self.send([self.sql(query, last=True)])

    def answers(self) -> None:
        """A long table, with a column that says what another tells."""
        rng, p = self.rng, self.p
        self.use("discriminate", "filter")
        p.places.add(("answers", "answer"))
        said = "" if self.leak and rng.random() < 0.3 else '\n  discriminate answer by question because "reviewed"'
        p.edit = "no discriminate" if not said else ""
        answer = self.model(f"from clinic.answers as a\n  select {{ a.response; a.question; a.answer }}{said}")
        pick = lambda q: f"max(a.answer) filter (where a.question = '{q}')"  # noqa: E731
        self.views.append(f"{p.name}_wide")
        self.p.text.append(
            f"model {p.name}_wide in marts {{\n  from {answer} as a\n  group by a.response\n"
            f"  select {{ a.response; caller = {pick('q1')} @name; number = {pick('q2')} @phone; text = {pick('q3')} @free_text }}\n}}"
        )
        items = ["w.response"]
        for column, category in (("caller", "name"), ("number", "phone"), ("text", "free_text")):
            masks = self.masks(category, "text")
            if masks:
                name, bracket, arguments = rng.choice(masks).partition("(")
                self.use(name)
                items.append(f"{column} = {name}(w.{column}{', ' if bracket else ''}{arguments if bracket else ')'}")
        if self.leak and not p.edit:
            edit = rng.choice(["e = w.caller", "e = upper(w.number)", "e = case when w.caller > 'M' then 1 end", "e = w.text is null or w.text = 'knee'"])
            p.edit = "answer: " + edit[4:].split("(")[0].split(" ")[0]
            items.append(edit)
        self.send([self.model(f"from {p.name}_wide as w\n  select {{ {'; '.join(items)} }}")])

    def edited(self, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
        """The edit: one model in which a value that tells decides about rows."""
        there = [c for c in cols if not c.public and c.type in ("text", "date", "tstz", "int") and c.place]
        if not there or self.p.edit:
            return rel, cols
        c = self.rng.choice(there)
        name = self.rng.choice(sorted(EDITS))
        text = f"cast(r.{c.name} as text)" if c.type != "text" else f"r.{c.name}"
        constant = self.rng.choice({"name": ["'Smith'", "'J'"], "zip": ["'100'", "'606'"]}.get(c.place[1], ["'M'", "'2'", "'cough'", "'flu'"]))
        public = [k for k in cols if k.public and k.type in ("int", "text", "date")]
        if not public:
            return rel, cols
        kept = ", ".join(f"r.{k.name}" for k in cols)
        made = EDITS[name].format(rel=rel, x=text, c=f"r.{c.name}", name=c.name, k=constant, kept=kept, pub=f"r.{public[0].name}", pubname=public[0].name)
        if self.multiplied and name in PICKS:
            return rel, cols
        self.p.edit = name
        self.multiplied = True
        return self.sql(made), cols


Step = Callable[[Maker, str, list[Col]], tuple[str, list[Col]]]
#: Steps of many forms, and those that few chains offer, more often.
WEIGHTS = {"counted": 5, "latest": 11, "with_patient": 10, "in_patients": 6, "chosen": 3, "computed": 3, "sets": 5, "apart": 2, "windowed": 2, "from_json": 5, "released": 2, "unnested": 3, "tags": 2, "present": 2}
STEPS: list[tuple[Step, Callable[[list[Col]], Any]]] = []


def step(fits: Callable[[list[Col]], Any]) -> Callable[[Step], Step]:
    """Registers a step, with what it needs."""

    def add(make: Step) -> Step:
        STEPS.append((make, fits))
        return make

    return add


def has(*names: str) -> Callable[[list[Col]], bool]:
    """Needs columns by these names, as they are."""
    return lambda cols: all(any(c.name == n and c.place for c in cols) for n in names)


def kept(cols: list[Col], relation: str = "r") -> str:
    """All columns."""
    return ", ".join(f"{relation}.{c.name}" for c in cols)
