"""Steps of a chain: models that leak nothing by themselves, in all forms that SQL has."""

from __future__ import annotations

from flow_random.programs import Col, Maker, has, kept, step
from flow_random.world import TOLD, Place


def anything(_: list[Col]) -> bool:
    """Fits always."""
    return True


def of(cols: list[Col], name: str) -> Col:
    """A column by its name."""
    return next(c for c in cols if c.name == name)


def public(cols: list[Col], *types: str) -> list[Col]:
    """Columns that tell nothing."""
    return [c for c in cols if c.public and c.type in (types or ("int", "text", "date", "bool"))]


def fresh(m: Maker, stem: str) -> str:
    """A new column name."""
    return f"{stem}{m.count}"


@step(anything)
def present(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Rows where there is a value, or none."""
    there = [c for c in cols if c.place and c.type not in ("json",)]
    if not there:
        return rel, cols
    c = m.rng.choice(there)
    m.use("is null")
    return m.sql(f"select {kept(cols)} from {rel} as r where r.{c.name} is {m.rng.choice(['null', 'not null', 'not null', 'not null'])}"), cols


@step(lambda cols: public(cols, "int", "text"))
def chosen(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Rows by a public condition."""
    c = m.rng.choice(public(cols, "int", "text"))
    m.use("where")
    ways = {
        "int": [("comparison", f"r.{c.name} > 1"), ("between", f"r.{c.name} between 1 and 60"), ("in", f"r.{c.name} in (1, 5, 10, 15, 20, 30)"), ("any", f"r.{c.name} <> all (array[3, 4])"), ("or", f"r.{c.name} > 9 or r.{c.name} is null")],
        "text": [("like", f"r.{c.name} like '%o%'"), ("regex", f"r.{c.name} ~ '[a-z]'"), ("not", f"not (r.{c.name} = 'x')"), ("in", f"r.{c.name} not in ('x', 'y')"), ("is distinct", f"r.{c.name} is distinct from 'x'")],
    }
    conditions = m.rng.sample(ways[c.type], 3)
    m.use(*(use for use, _ in conditions))
    return m.sql(f"select {kept(cols)} from {rel} as r where " + " and ".join(f"({text})" for _, text in conditions)), cols


@step(has("patient_id"))
def with_patient(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Joined to patients over the key."""
    kind = m.rng.choice(["join", "left join", "right join", "full join", "left join"])
    m.use("join", kind, "key join")
    more = [Col(f"p_{n}", t, ("patients", n), frozenset([("patients", n)]) if ("patients", n) in TOLD else frozenset()) for n, t in [("name", "text"), ("zip", "text"), ("region", "text"), ("birth_date", "date"), ("phone", "text"), ("sex", "text")] if m.rng.random() < 0.5]
    m.multiplied |= kind in ("right join", "full join")
    m.p.places |= {c.place for c in more if c.place in TOLD} | {("patients", "id")}
    more = [c for c in more if c.name not in {k.name for k in cols}]
    items = ", ".join([kept(cols), *(f"p.{c.name[2:]} as {c.name}" for c in more)])
    if kind == "full join":
        # Over the key alone: a patient without visits is a row, too.
        m.use("full join")
    return m.sql(f"select {items} from {rel} as r {kind} clinic.patients as p on p.id = r.patient_id"), cols + more


@step(has("patient_id"))
def in_patients(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Rows whose patient is there."""
    use, text = m.rng.choice([("in query", "r.patient_id in (select p.id from clinic.patients as p)"), ("exists", "exists (select 1 from clinic.patients as p where p.id = r.patient_id)"), ("not in query", "r.patient_id not in (select p.id from clinic.patients as p where p.seq > 30)")])
    m.use(use)
    m.p.places.add(("patients", "id"))
    return m.sql(f"select {kept(cols)} from {rel} as r where {text}"), cols


@step(lambda cols: has("patient_id", "day")(cols))
def latest(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """The latest row per patient."""
    if m.multiplied:
        return rel, cols
    tie = next((c.name for c in cols if c.name == "id"), None)
    order = "r.day desc" + (f", r.{tie}" if tie else "")
    m.p.admitted.ordered |= {("visits", "day")}
    kind = m.rng.choice([0, 0, 1, 1, 2])
    if kind == 0 and tie:
        m.use("distinct on", "order by")
        return m.sql(f"select distinct on (r.patient_id) {kept(cols)} from {rel} as r order by r.patient_id, {order}"), cols
    if not tie:
        return rel, cols
    if kind == 1:
        m.use("qualify", "row_number")
        return m.sql(f"select {kept(cols)} from {rel} as r qualify row_number() over (partition by r.patient_id order by {order}) = 1"), cols
    m.use("window", "row_number", "derived table")
    return m.sql(f"select {kept(cols, 't')} from (select r.*, row_number() over (partition by r.patient_id order by {order}) as rn from {rel} as r) as t where t.rn = 1"), cols


@step(anything)
def computed(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """A column made of others; what it tells is what they tell."""
    c = m.rng.choice([k for k in cols if k.type in ("text", "int", "date")] or [None])
    if c is None:
        return rel, cols
    x = f"cast(r.{c.name} as text)"
    ways = [("concat", f"{x} || '!'", "text"), ("upper", f"upper({x})", "text"), ("case", f"case when r.{c.name} is null then 'none' else {x} end", "text"), ("coalesce", f"coalesce({x}, 'none')", "text"), ("nullif", f"nullif({x}, '')", "text"), ("substring", f"substring({x} from 1 for 3)", "text"), ("length", f"length({x})", "int"), ("cast", x, "text"), ("greatest", f"greatest({x}, 'M')", "text"), ("array", f"(array[{x}, 'b'])[1]", "text"), ("comparison", f"{x} > 'M'", "bool"), ("md5", f"md5({x})", "text"), ("subquery", f"(select max(k.code) from clinic.codes as k where k.code > {x})", "text"), ("json", f"jsonb_build_object('k', {x}) ->> 'k'", "text")]
    made = []
    for number, (use, text, type_) in enumerate(m.rng.sample(ways, 6)):
        m.use(use)
        made.append((Col(f"{fresh(m, 'made')}_{number}", type_, None, c.tells), text))
    said = ", ".join(f"{text} as {k.name}" for k, text in made)
    return m.sql(f"select {kept(cols)}, {said} from {rel} as r"), [*cols, *(k for k, _ in made)]


@step(lambda cols: public(cols, "int"))
def windowed(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """A window over public columns."""
    n = public(cols, "int")[0].name
    by = next((f"partition by r.{c.name} " for c in public(cols, "text")), "")
    call = m.rng.choice([f"sum(r.{n}) over ({by})", f"rank() over ({by}order by r.{n})", f"lag(r.{n}) over ({by}order by r.{n})", f"count(*) over ({by}order by r.{n} rows between 1 preceding and current row)", f"first_value(r.{n}) over ({by}order by r.{n})"])
    if m.multiplied and ("lag" in call or "rows between" in call):
        return rel, cols
    m.use("window")
    made = Col(fresh(m, "win"), "int")
    return m.sql(f"select {kept(cols)}, {call} as {made.name} from {rel} as r"), [*cols, made]


@step(lambda cols: public(cols, "text"))
def counted(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Groups of public columns; what aggregates tell is what they are of."""
    by = public(cols, "text")[:2]
    keys = ", ".join(f"r.{c.name}" for c in by)
    sets = m.rng.choice(["", "", "rollup", "cube", "grouping sets"])
    m.use("group by", *([sets] if sets else []))
    group = f"{sets} ({keys})" if sets in ("rollup", "cube") else f"grouping sets (({keys}), ())" if sets else keys
    out = [Col(c.name, c.type) for c in by]
    items = [f"r.{c.name}" for c in by] + ["count(*) as rows"]
    out.append(Col("rows", "int"))
    others = [c for c in cols if c not in by and c.type in ("text", "date", "int")]
    if others:
        c = m.rng.choice(others)
        call = m.rng.choice(["max(r.{0})", "min(r.{0})", "count(r.{0})", "count(distinct r.{0})", "max(r.{0}) filter (where r.{0} is not null)"]).format(c.name)
        m.use("aggregate", *(["filter"] if "filter" in call else []))
        intact = c.place if call[:3] in ("max", "min") and "filter" not in call else None
        out.append(Col("some", c.type if call[0] == "m" else "int", intact if c.public else None, c.tells))
        items.append(f"{call} as some")
    m.multiplied = True
    having = m.rng.choice(["", "", " having count(*) > 1"])
    if having:
        m.use("having")
    return m.sql(f"select {', '.join(items)} from {rel} as r group by {group}{having}"), out


@step(has("patient_id"))
def per_patient(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """One row per patient."""
    m.use("group by", "aggregate")
    out = [of(cols, "patient_id"), Col("rows", "int")]
    items = ["r.patient_id", "count(*) as rows"]
    for c in cols:
        if c.type in ("date", "text", "int") and c.name not in ("patient_id", "rows", "id") and m.rng.random() < 0.4:
            name = m.rng.choice(["max", "min"])
            items.append(f"{name}(r.{c.name}) as {c.name}")
            out.append(Col(c.name, c.type, c.place, c.tells))
    return m.sql(f"select {', '.join(items)} from {rel} as r group by r.patient_id"), out


@step(lambda cols: any(c.type == "json" for c in cols))
def from_json(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Paths into a document."""
    doc = next(c for c in cols if c.type == "json")
    d = f"r.{doc.name}"
    m.use("json path")
    here: Place = ("patients", "doc")
    ways = [("family", f"{d}.names[0].family", here), ("born", f"{d}.born", here), ("ward", f"{d}.ward", None), ("called", f"{d}.contacts[system = 'phone'][0].value", here), ("use_of", f"{d}.names[0].use", None), ("last_family", f"{d}.names[-1].family", here)]
    picked = m.rng.sample(ways, 3)
    left = [c for c in cols if c is not doc and c.name not in {n for n, _, _ in picked}]
    more = [Col(n, "text", None, frozenset([p]) if p else frozenset()) for n, _, p in picked]
    said = "; ".join([*(f"r.{c.name}" for c in left), *(f"{n} = {e}" for n, e, _ in picked)])
    masks = []
    for n, e, p in picked:
        if p and n in ("family", "called", "last_family"):
            category = "phone" if n == "called" else "name"
            options = m.masks(category, "text")
            if options:
                mask, bracket, rest = m.rng.choice(options).partition("(")
                masks.append((f"{n}_masked", f"{mask}({e}{', ' if bracket else ''}{rest if bracket else ')'}"))
                m.use(mask)
    said += "".join(f"; {n} = {e}" for n, e in masks)
    taken = {c.name for c in left}
    return m.model(f"from {rel} as r\n  select {{ {said} }}"), left + more + [Col(n, "text") for n, _ in masks if n not in taken]


@step(lambda cols: any(c.type == "json" for c in cols))
def unnested(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """A row per element of a document's array."""
    doc = next(c for c in cols if c.type == "json")
    m.multiplied = True
    m.use("unnest")
    left = [c for c in cols if c is not doc and c.name not in ("use_name", "element")]
    more = [Col("element", "text", None, frozenset([("patients", "doc")])), Col("use_name", "text")]
    if any(c.name == "element" for c in left):
        return rel, cols
    said = "; ".join([*(f"r.{c.name}" for c in left), "element = e.family", "use_name = e.use"])
    return m.model(f"from {rel} as r\n  unnest r.{doc.name}.names as e\n  select {{ {said} }}"), left + more


@step(lambda cols: any(c.type == "text[]" for c in cols))
def tags(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """A row per tag."""
    c = next(k for k in cols if k.type == "text[]")
    m.multiplied = True
    m.use("unnest", "array")
    left = [k for k in cols if k is not c and k.name != "tag"]
    return m.sql(f"select {kept(left)}, t.tag from {rel} as r cross join lateral unnest(r.{c.name}) as t(tag)"), [*left, Col("tag", "text", None, c.tells)]


@step(anything)
def with_codes(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Beside a public table."""
    m.multiplied = True
    m.use("cross join")
    if any(c.name == "code" for c in cols):
        return rel, cols
    return m.sql(f"select {kept(cols)}, k.code from {rel} as r cross join (select c.code from clinic.codes as c where c.n < 2) as k"), [*cols, Col("code", "text")]


@step(lambda cols: public(cols, "int"))
def beside(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """A lateral query over what is public."""
    n = public(cols, "int")[0].name
    m.use("lateral", "limit")
    name = fresh(m, "lat")
    return m.sql(f"select {kept(cols)}, l.code as {name} from {rel} as r left join lateral (select k.code from clinic.codes as k where k.n < r.{n} order by k.n desc limit 1) as l on true"), [*cols, Col(name, "text")]


@step(lambda cols: public(cols, "int"))
def recursive(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Joined to numbers that a recursion counts."""
    n = public(cols, "int")[0].name
    m.use("recursive", "with")
    return m.sql(f"with recursive w as (select 1 as n union all select w.n + 1 from w where w.n < 3) select {kept(cols)} from {rel} as r join w on w.n = r.{n} % 3 + 1"), cols


@step(lambda cols: public(cols, "int") and any(c.name == "id" or c.name == "seq" for c in cols))
def sets(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Both halves together again."""
    cols = [c for c in cols if c.type != "json"]
    n = public(cols, "int")[0].name
    kind = m.rng.choice(["union all", "union", "union all"])
    m.use(kind)
    if kind == "union":
        # Rows made one tell what they hold: only what is public, and keys.
        cols = [c for c in cols if c.public or c.name in ("id", "patient_id")]
    return m.sql(f"select {kept(cols)} from {rel} as r where r.{n} > 5 {kind} select {kept(cols)} from {rel} as r where r.{n} <= 5"), cols


@step(lambda cols: public(cols, "int"))
def apart(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """Public rows that another set has, or lacks."""
    n = public(cols, "int")[0].name
    kind = m.rng.choice(["intersect", "except"])
    m.use(kind, "in query")
    return m.sql(f"select {kept(cols)} from {rel} as r where r.{n} in (select q.{n} from {rel} as q {kind} select k.n from clinic.codes as k where k.n > 3)"), cols


@step(lambda cols: [c for c in cols if c.place in TOLD and c.type == "text"])
def released(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """An exception that the source says and gives a reason for."""
    c = m.rng.choice([c for c in cols if c.place in TOLD and c.type == "text"])
    if c.place == ("answers", "answer") or c.name in ("id", "patient_id") or c.place == ("patients", "mrn"):
        return rel, cols
    m.use("release")
    name = fresh(m, "rel")
    kind = m.rng.randrange(2)
    category = TOLD[c.place][0]
    trims = lambda v: v.strip()  # noqa: E731
    text, function = ("length({x})", lambda v: len(trims(v))) if kind else ("left({x}, 1)", lambda v: trims(v)[:1])
    x = f"trim(r.{c.name})"
    m.p.admitted.released.append((c.place, function))
    said = f"release({text.format(x=x)}, {category} public, because \"reviewed\")"
    body = f"from {rel} as r\n  select {{ {'; '.join('r.' + k.name for k in cols)}; {name} = {said} }}"
    return m.model(body), [*cols, Col(name, "int" if kind else "text")]


@step(lambda cols: public(cols, "int"))
def first_rows(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """The first rows by all that is public and tells them apart."""
    key = next((c.name for c in cols if c.name in ("seq",) and c.public), None) or next((c.name for c in cols if c.name == "id" and c.public), None)
    if key is None or m.multiplied:
        return rel, cols
    m.use("order by", "limit")
    return m.sql(f"select {kept(cols)} from {rel} as r order by r.{key} limit 30 offset 1"), cols


@step(anything)
def let(m: Maker, rel: str, cols: list[Col]) -> tuple[str, list[Col]]:
    """The same rows, through a `let`."""
    m.use("let", "declarative body")
    return m.model(f"let l = {{ from {rel} as q; select {{ {'; '.join('q.' + c.name for c in cols)} }} }}\n  from l\n  select {{ {'; '.join('l.' + c.name for c in cols)} }}"), cols
