"""Mutants and cosmetic edits of plain SQL, made systematically from the text of the files.

A mutant changes one statement of one file. Nothing here knows what `pipec verify` looks at:
which mutants mean something is decided by Postgres.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One changed file: `kind` says how, `text` is the whole new file."""

    kind: str
    path: str
    what: str
    text: str


@dataclass(frozen=True)
class World:
    """What mutants are made with: the project's roles in Postgres, its owner, its schemas."""

    roles: list[str]
    owner: str
    schemas: list[str]


def statements(text: str) -> list[tuple[int, int]]:
    """Where statements start and end; dollar quotes and texts may hold semicolons."""
    out, start, at = [], 0, 0
    while at < len(text):
        c = text[at]
        if c == "'":
            at = text.index("'", at + 1) + 1
        elif text.startswith("--", at):
            at = text.index("\n", at)
        elif c == "$" and (tag := re.compile(r"\$\w*\$").match(text, at)):
            at = text.index(tag[0], tag.end()) + len(tag[0])
        elif c == ";":
            at += 1
            out.append((start, at))
            start = at
        else:
            at += 1
    return [(first_word(text, a), b) for a, b in out]


def first_word(text: str, start: int) -> int:
    """Past blanks, comments and psql's own lines."""
    while blank := re.compile(r"\s+|--[^\n]*\n|\\[^\n]*\n").match(text, start):
        start = blank.end()
    return start


def replaced(text: str, span: tuple[int, int], new: str) -> str:
    """The text with one stretch changed."""
    return text[: span[0]] + new + text[span[1] :]


def quoted(name: str) -> str:
    """A name in SQL."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def mutants(path: str, text: str, world: World) -> Iterator[Mutant]:
    """All mutants of a file."""
    spans = statements(text)
    for span in spans:
        statement = text[span[0] : span[1]]
        word = " ".join(re.findall(r"\w+", statement)[:3])
        for kind, new in changed(statement, world):
            if new != statement:
                yield Mutant(kind, path, f"{word} …", replaced(text, span, new))
    yield from moved(path, text, spans)
    yield from added(path, text, spans, world)


def changed(statement: str, world: World) -> Iterator[tuple[str, str]]:
    """One statement in all the ways that come to mind."""
    start = statement.split("(")[0]
    if re.match(r"grant|revoke|alter|call|create policy|do |create role", statement):
        yield f"dropped {start.split()[0]} {start.split()[1]}", ""
    if re.match(r"grant (select|insert)", statement):
        yield from grants(statement, world)
    if statement.startswith("grant usage"):
        yield "usage for others", other_role(statement, world)
        yield "usage and create", statement.replace("grant usage on", "grant usage, create on")
        yield "usage for the public", re.sub(r" to \S+;$", " to public;", statement)
    if statement.startswith("grant execute"):
        yield "execute for the public", re.sub(r" to \S+;$", " to public;", statement)
    if statement.startswith("create policy"):
        yield from policies(statement, world)
    if statement.startswith("create or replace function"):
        yield from functions(statement)
    if statement.startswith("create view"):
        yield from views(statement, world)
    if statement.startswith("do ") and "nologin" in statement:
        yield "a role with a login", statement.replace(" nologin;", " login;")
    if statement.startswith("do ") and "foreach reader" in statement:
        yield "a guard of fewer readers", re.sub(r"array\['[^']*', ", "array[", statement)
        yield "a guard that lets pass", statement.replace("rolsuper or rolbypassrls", "rolsuper")
    if "security_barrier = true" in statement:
        yield "no barrier", statement.replace("= true", "= false")
        yield "invoker", statement.replace("security_barrier", "security_invoker")
    if "create or replace procedure" in statement:
        yield "a reset that keeps rights", statement.replace("'revoke all on table %s from %s'", "'revoke update on table %s from %s'")
        yield "a reset that keeps policies", statement.replace("'drop policy %I on %s'", "'comment on policy %I on %s is null'")


def other_role(statement: str, world: World) -> str:
    """The statement about another role."""
    found = re.search(r" to (\S+?)( using| with check|;|$)", statement)
    if not found:
        return statement
    others = [r for r in world.roles if quoted(r) != found[1]]
    return replaced(statement, found.span(1), quoted(others[-1])) if others else statement


def grants(statement: str, world: World) -> Iterator[tuple[str, str]]:
    """Wider, narrower, for others."""
    columns = re.search(r"select \(([^)]*)\)", statement)
    if columns and "," in columns[1]:
        listed = columns[1].split(", ")
        yield "a column less", replaced(statement, columns.span(1), ", ".join(listed[1:]))
        yield "only the first column", replaced(statement, columns.span(1), listed[0])
    yield "a grant to others", other_role(statement, world)
    yield "a grant to the public too", re.sub(r";$", ", public;", statement)
    yield "a grant of all", re.sub(r"^grant .* on table", "grant all on table", statement, flags=re.S)
    yield "a grant to write", re.sub(r"^grant ", "grant delete, ", statement)
    yield "a grant of update", re.sub(r"^grant ", "grant update, ", statement)
    yield "a grant to truncate", re.sub(r"^grant ", "grant truncate, ", statement)


def policies(statement: str, world: World) -> Iterator[tuple[str, str]]:
    """Other kinds, roles, verbs and conditions."""
    yield "restrictive", re.sub(r"( on \S+)( for | to )", r"\1 as restrictive\2", statement, count=1)
    yield "a policy of others", other_role(statement, world)
    yield "a policy for everybody", re.sub(r" to \S+ (using|with)", r" to public \1", statement)
    yield "a policy for one more", re.sub(r" to (\S+) (using|with)", rf" to \1, {quoted(world.roles[0])} \2", statement)
    yield "a policy for all verbs", statement.replace(" for select to", " for all to")
    yield "a policy for update", statement.replace(" for select to", " for update to")
    condition = re.search(r"using \((.*)\);$", statement, flags=re.S)
    if condition and "with check" not in statement:
        for kind, new in conditions(condition[1]):
            yield kind, replaced(statement, condition.span(1), new)


def conditions(condition: str) -> Iterator[tuple[str, str]]:
    """Other conditions."""
    yield "every row", "true"
    yield "no row", "false"
    yield "negated", f"not ({condition})"
    yield "or true", f"({condition}) or true"
    for old, new in ((" = ", " <> "), (" <> ", " = "), (" and ", " or "), (" or ", " and "), (" is not null", " is null"), (" < ", " <= "),
                     (" >= ", " > "), ("exists (", "not exists ("), ("current_user", "'ann'::name")):
        for number, found in enumerate(re.finditer(re.escape(old), condition)):
            yield f"`{old.strip()}` to `{new.strip()}`", replaced(condition, found.span(), new)
            if number > 1:
                break
    for found in list(re.finditer(r"'([^']+)'", condition))[:3]:
        yield "another text", replaced(condition, found.span(1), "x" + found[1])
    for found in list(re.finditer(r"(?<![\w.'])(\d+)(?![\w.'])", condition))[:2]:
        yield "another number", replaced(condition, found.span(1), str(int(found[1]) + 1))


def functions(statement: str) -> Iterator[tuple[str, str]]:
    """Look-ups that ask less or tell more."""
    yield "invoker's rights", statement.replace(" security definer", "")
    yield "no search path", statement.replace("set search_path = pg_catalog, pg_temp\n", "")
    yield "public search path", statement.replace("set search_path = pg_catalog, pg_temp", "set search_path = public")
    yield "asks for anybody", statement.replace("if pg_has_role(session_user, $1, 'member') then", "if true then")
    yield "everybody's entitlements", re.sub(r"where entitled\.\S+ = cast\(\$1 as text\)", "where true", statement)
    yield "others' entitlements", statement.replace("= cast($1 as text)", "<> cast($1 as text)")
    yield "of usage", statement.replace("'member'", "'usage'")


def views(statement: str, world: World) -> Iterator[tuple[str, str]]:
    """Views whose filter or masks are others."""
    found = re.search(r"\nwhere (pg_catalog\.pg_has_role\(current_user.*)", statement, flags=re.S)
    if found:
        yield "a view without its filter", replaced(statement, found.span(), ";")
        for kind, new in conditions(found[1].rstrip(";")):
            yield f"in a view: {kind}", replaced(statement, found.span(1), new + ";")
        for role in re.findall(r"pg_has_role\(current_user, '([^']*)'", found[1]):
            others = [r for r in world.roles if r != role]
            if others:
                yield "a view for others", statement.replace(f"'{role}'", f"'{others[0]}'", 1)
    for mask in re.finditer(r"(pipec\.\w+\((\w+)[^)]*\)|case when (\w+) is not null then 'REDACTED' end) as", statement):
        yield "a mask taken out", replaced(statement, mask.span(1), mask[2] or mask[3])


def moved(path: str, text: str, spans: list[tuple[int, int]]) -> Iterator[Mutant]:
    """Statements in another order, where the order means something."""
    pieces = [text[a:b] for a, b in spans]
    resets = [i for i, p in enumerate(pieces) if p.startswith("call ")]
    commits = [i for i, p in enumerate(pieces) if p == "commit;"]
    for reset in resets:
        if commits and commits[-1] > reset + 1:
            order = pieces[:reset] + pieces[reset + 1 : commits[-1]] + [pieces[reset]] + pieces[commits[-1] :]
            yield Mutant("a reset after the grants", path, "call …", "\n".join(order) + "\n")
    if "\\" in text:
        return
    renames = [i for i, p in enumerate(pieces) if " rename to " in p]
    for rename in renames:
        if commits:
            order = pieces[: rename + 1] + ["commit;"] + pieces[rename + 1 : commits[-1]] + pieces[commits[-1] + 1 :]
            yield Mutant("a moment between", path, "commit", "\n".join(order) + "\n")


def added(path: str, text: str, spans: list[tuple[int, int]], world: World) -> Iterator[Mutant]:
    """Statements that nobody wrote."""
    tables = sorted(set(re.findall(r"on table (\S+) to", text)))
    enabled = set(re.findall(r"alter table (\S+) enable row", text))
    end = text.rfind("commit;")
    if end < 0:
        if "_access.sql" not in path:
            return
        for role in world.roles:
            yield Mutant("a member of the owner", path, role, f"{text}grant {quoted(world.owner)} to {quoted(role)};\n")
        if len(world.roles) > 1:
            yield Mutant("a member of another", path, "", f"{text}grant {quoted(world.roles[0])} to {quoted(world.roles[1])};\n")
        for schema in world.schemas:
            yield Mutant("default privileges", path, schema, f"{text}alter default privileges in schema {quoted(schema)} grant select on tables to public;\n")
            yield Mutant("usage for the public, added", path, schema, f"{text}grant all on schema {quoted(schema)} to public;\n")
        return
    for table in tables:
        for role in [*map(quoted, world.roles), "public"]:
            yield Mutant("an added grant", path, table, f"{text[:end]}grant select on {table} to {role};\n{text[end:]}")
        everywhere = f"grant select on all tables in schema {table.split('.')[0]} to {quoted(world.roles[0])};\n"
        yield Mutant("a grant on all tables", path, table, f"{text[:end]}{everywhere}{text[end:]}")
        if table in enabled:
            yield Mutant("an added policy", path, table, f"{text[:end]}create policy opened on {table} using (true);\n{text[end:]}")
            yield Mutant("disabled again", path, table, f"{text[:end]}alter table {table} disable row level security;\n{text[end:]}")
            narrow = f"create policy closed on {table} as restrictive using (false);\n"
            yield Mutant("an added restrictive policy", path, table, f"{text[:end]}{narrow}{text[end:]}")
            last = f"alter table {table} owner to {quoted(world.roles[0])};\n"
            yield Mutant("a reader who owns", path, table, f"{text[:end]}{last}{text[end:]}")


# --- edits that mean nothing ------------------------------------------------------------


def cosmetic(path: str, text: str) -> Iterator[Mutant]:
    """Blanks, comments, letters, order and brackets that change nothing."""
    spans = statements(text)
    yield Mutant("comments", path, "", "-- looked at by hand\n" + text + "\n/* the /* very */ end */\n")
    yield Mutant("line ends", path, "", text.replace("\n", "\r\n") if "'" not in text and "\\" not in text else text + "\n\n")
    upper = text
    for a, b in reversed(spans):
        statement = text[a:b]
        if re.match(r"grant|revoke|alter|create policy|commit|begin", statement):
            head = re.match(r"[a-z ]+", statement)
            if head:
                upper = upper[:a] + head[0].upper() + upper[a + head.end() :]
    yield Mutant("capitals", path, "", upper)
    wide = text
    for a, b in reversed(spans):
        statement = text[a:b]
        if re.match(r"grant|revoke|call|alter", statement) and "'" not in statement:
            wide = wide[:a] + re.sub(r" (on|to|from|table) ", r"\n    \1   /* here */ ", statement) + wide[b:]
    if wide != text:
        yield Mutant("blanks", path, "", wide)
    for word in ("grant", "create policy"):
        these = [(a, b) for a, b in spans if text[a:b].startswith(word)]
        if len(these) > 1 and all(text[x[1] : y[0]].strip() == "" for x, y in zip(these, these[1:])):
            pieces = [text[a:b] for a, b in these]
            new = text[: these[0][0]] + "\n".join(reversed(pieces)) + text[these[-1][1] :]
            yield Mutant(f"{word}s in another order", path, "", new)
    for a, b in spans:
        statement = text[a:b]
        condition = re.search(r"using \(\s*(.*?)\s*\);$", statement, flags=re.S)
        if statement.startswith("create policy") and condition and "with check" not in statement:
            yield Mutant("brackets", path, "", replaced(text, (a, b), replaced(statement, condition.span(1), f"(({condition[1]}))")))
            break
    for a, b in spans:
        statement = text[a:b]
        columns = re.search(r"^grant select \(([^)]*)\)( on .*)", statement, flags=re.S)
        if columns and "," in columns[1] and '"' not in columns[1]:
            first, *rest = columns[1].split(", ")
            split = f'grant select ("{first}"){columns[2]}\ngrant select ({", ".join(reversed(rest))}){columns[2]}'
            yield Mutant("a grant in two", path, "", replaced(text, (a, b), split))
            break
