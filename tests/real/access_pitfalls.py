"""Pitfalls of row-level security in Postgres, each tried on the project `access/reporting.pipe` as it was just built.

Every function below is one pitfall of Postgres that has let somebody see too much elsewhere.
`docs/reference/access.md` says what is promised of each. What is only known from
a catalog is asked there; all else is tried by somebody who logs in. Nothing stays changed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import engines

if TYPE_CHECKING:
    from access_check import Check

REPORT, FACTS, VIEW = "mt_marts.client_report", "mt_marts.fct_procedures", "mt_marts.live_report"
OWNER = "mt_owner"
READERS = ("mt_staff", "mt_exec", "mt_uhc")
SCHEMAS = "('mt_marts', 'mt_staging', 'mt_access')"
OURS = f"n.nspname in {SCHEMAS}"
TABLES = f"from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where {OURS}"


def asked(check: Check, sql: str) -> list[tuple[Any, ...]]:
    """What the superuser is told."""
    told = check.database.rows("postgres", sql)
    if isinstance(told, str):
        raise engines.EngineError(f"{sql}: {told}")
    return told


def none(check: Check, what: str, sql: str) -> None:
    """A question whose answer is nobody and nothing."""
    check.verbs += 1
    if found := asked(check, sql):
        check.problem(f"{what}: {found[:5]}")


def session(check: Check, who: str) -> tuple[Any, Callable[[str], Any]]:
    """Somebody logged in, and a way to ask."""
    from access_check import fetch

    made = check.database.connect(who)
    return made, lambda sql: fetch(made, sql)


def owner_bypass(check: Check) -> None:
    """The owner passes row-level security by unless it is forced: it is, and nobody logs in as the owner."""
    none(check, "tables whose owner passes row-level security by", f"select c.relname {TABLES} and c.relrowsecurity and not c.relforcerowsecurity")
    none(check, "tables of others", f"select c.relname {TABLES} and c.relkind = 'r' and pg_get_userbyid(c.relowner) <> '{OWNER}'")
    none(check, "an owner who logs in", f"select rolname from pg_roles where rolname = '{OWNER}' and (rolcanlogin or rolsuper or rolbypassrls)")
    who = "select m.member::regrole from pg_auth_members as m where m.roleid = 'mt_owner'::regrole and m.member <> 'mx_builder'::regrole"
    none(check, "members of the owner", who)
    made, ask = session(check, "postgres")
    made.autocommit = False
    for table in (FACTS, REPORT):
        ask(f"drop policy pipec_owner on {table}")
        ask(f"set local role {OWNER}")
        if ask(f"select count(*) from {table}") != [(0,)]:
            check.problem(f"row-level security of {table} does not hold its owner")
        made.rollback()
        check.verbs += 1
    made.close()


def bypassing_reader(check: Check) -> None:
    """A superuser, or who may pass row-level security by, sees everything whatever is forced: with such a reader nothing is built."""
    folder = check.out / "sql" / "postgres"
    access = next(folder.glob("*_access.sql"))
    for change, back in (
        ("alter role mt_staff bypassrls", "alter role mt_staff nobypassrls"),
        ("alter role mt_exec superuser", "alter role mt_exec nosuperuser"),
        (f"grant {OWNER} to mt_uhc", f"revoke {OWNER} from mt_uhc"),
        (f"alter role {OWNER} login", f"alter role {OWNER} nologin"),
        (
            "grant usage on schema pipec_secret to mt_staff; grant select (value) on pipec_secret.key to mt_staff",
            "revoke usage on schema pipec_secret from mt_staff; revoke select (value) on pipec_secret.key from mt_staff",
        ),
        (
            "grant execute on function pipec.hmac_token(text, text, text) to mt_exporter",
            "revoke execute on function pipec.hmac_token(text, text, text) from mt_exporter",
        ),
    ):
        check.database.run(change)
        said = check.database.psql(access, "mx_builder", check.project.secrets)
        check.database.run(back)
        check.verbs += 1
        if said is None or "pipec: role" not in said:
            check.problem(f"a build goes on after `{change}`: {said}")


def inert_policies(check: Check) -> None:
    """Policies of a table without row-level security do nothing, and row-level security without policies shows nothing."""
    has = "exists (select from pg_policy as p where p.polrelid = c.oid)"
    none(check, "policies that do nothing", f"select c.relname {TABLES} and not c.relrowsecurity and {has}")
    none(check, "tables nobody reads", f"select c.relname {TABLES} and c.relrowsecurity and not {has}")


def permissive_policies(check: Check) -> None:
    """Permissive policies widen each other: one for each role and verb, and none for everybody."""
    of = f"from pg_policy as p join pg_class as c on c.oid = p.polrelid join pg_namespace as n on n.oid = c.relnamespace where {OURS}"
    none(check, "several policies for one role", f"select c.relname, p.polcmd, r {of.replace('where', 'cross join unnest(p.polroles) as r where')} group by 1, 2, 3 having count(*) > 1")
    none(check, "policies for everybody", f"select c.relname, p.polname {of} and p.polroles @> array[0::oid]")


def views_of_the_owner(check: Check) -> None:
    """A view reads with its owner's rights: what hides rows or masks values is in it, behind a barrier, and it never reads as who asks."""
    options = "coalesce(array_to_string(c.reloptions, ','), '')"
    none(check, "views that read as who asks", f"select c.relname {TABLES} and c.relkind = 'v' and {options} like '%invoker%'")
    hides = "c.relname = 'live_report'"
    none(check, "views without a barrier", f"select c.relname {TABLES} and c.relkind = 'v' and {hides} and {options} not like '%security_barrier=true%'")
    for login in ("uhc", "ann", "exec"):
        rows = check.database.rows(login, "select * from mt_staging.stg_procedures")
        check.verbs += 1
        if not isinstance(rows, str):
            check.problem(f"{login} reads below the views")


def materialized_views(check: Check) -> None:
    """A materialized view has no row-level security: it is refused where a policy would have to hold in it."""
    folder = check.project.folder.parent / "materialized"
    folder.mkdir()
    text = (check.project.folder / "reporting.pipe").read_text(encoding="utf-8")
    more = "model kept in marts as materialized_view {\n  from fct_procedures as f\n  select { f.id; f.procedure_type; f.specialty; f.client }\n}\n"
    for grant, wanted in (("grant read on kept to staff", "P0409"), ("grant read on kept to executive", None)):
        (folder / "reporting.pipe").write_text(f"{text}\n{more}{grant}\n", encoding="utf-8")
        done = engines.run([check.pipec, "check", folder, "--message-format", "json"])
        check.verbs += 1
        if (wanted is None) != (done.returncode == 0) or (wanted and wanted not in done.stdout):
            check.problem(f"`{grant}` of a materialized view: {done.stdout[-500:]}")
    shutil.rmtree(folder)


def builder_under_force(check: Check) -> None:
    """`force` holds who builds, too: an incremental table that is built again still has all its rows."""
    if asked(check, "select (select sum(n) from mt_marts.by_specialty) = (select count(*) from mt_marts.fct_procedures)") != [(True,)]:
        check.problem("an incremental table lacks rows of those who build under row-level security")


def settings_of_sessions(check: Check) -> None:
    """Anybody sets any setting of their session: nothing that decides about rows reads one."""
    texts = (
        f"select pg_get_expr(p.polqual, p.polrelid) from pg_policy as p join pg_class as c on c.oid = p.polrelid join pg_namespace as n on n.oid = c.relnamespace where {OURS}",
        f"select pg_get_viewdef(c.oid) {TABLES} and c.relkind in ('v', 'm')",
        f"select p.prosrc from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where {OURS}",
    )
    for sql in texts:
        found = [text for (text,) in asked(check, sql) if text]
        check.verbs += len(found)
        if not found or any("current_setting" in text for text in found):
            check.problem(f"a setting of the session is read, or nothing was found: {sql}")


def pooled_connections(check: Check) -> None:
    """A pooled connection serves one after the other: each sees their own, and nothing is left over."""
    pool, ask = session(check, "pool")
    everybody = {who: check.database.rows(who, f"select count(*) from {FACTS}") for who in ("ann", "bob")}
    own = ask(f"select count(*) from {FACTS}")
    for who in ("ann", "bob", "ann"):
        pool.autocommit = False
        ask(f"set local role {who}")
        if ask(f"select count(*) from {FACTS}") != everybody[who]:
            check.problem(f"a pooled connection that serves {who} in a transaction sees other rows than {who}")
        pool.commit()
        pool.autocommit = True
        check.verbs += 1
        if ask("select current_user") != [("pool",)] or ask(f"select count(*) from {FACTS}") != own:
            check.problem(f"what {who} may see is left over in a pooled connection")
    pool.close()


def look_ups(check: Check) -> None:
    """A function with its owner's rights is led astray by names that its caller puts in front: its search path is fixed, and few may call it."""
    found = asked(check, "select p.proname, p.proconfig, p.prosecdef, has_function_privilege('public', p.oid, 'execute') from pg_proc as p where p.pronamespace = 'mt_access'::regnamespace")
    for name, settings, definer, public in found:
        check.verbs += 1
        if settings != ["search_path=pg_catalog, pg_temp"] or public or definer != (name not in ("close", "drop_upon", "hold_until", "mark_rows", "refuse_older", "reset", "take_back")):
            check.problem(f"the function {name} has {settings}, runs with rights of its own: {definer}, and everybody may call it: {public}")
    if not any(definer for _, _, definer, _ in found):
        check.problem("there is no look-up")
    bob, ask = session(check, "bob")
    before = ask(f"select count(*) from {FACTS}")
    ask("create temp table dim_authorizations as select 'bob'::text as user_id, array['cardio', 'onco', 'ortho'] as allowed_specialties, true as is_hospice")
    ask("create function pg_temp.pg_has_role(name, name, text) returns boolean language sql as 'select true'")
    ask("create function pg_temp.eq(text, text) returns boolean language sql as 'select true'")
    ask("create operator pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.eq)")
    ask("set search_path = pg_temp, mt_marts, pg_catalog")
    check.verbs += 1
    if ask(f"select count(*) from {FACTS}") != before:
        check.problem("names that a reader puts in front change what the reader sees")
    bob.close()


def errors(check: Check) -> None:
    """An error in a reader's condition would tell of hidden rows: it is not evaluated over these."""
    for table, column in ((REPORT, "payer"), (VIEW, "client")):
        for condition in (
            f"1 / (case when {column} = 'Humana' then 0 else 1 end) = 1",
            f"(case when {column} = 'Humana' then 'x' else '1' end)::integer = 1",
            f"('[' || case when {column} = 'Humana' then '' else ']' end)::json is not null",
        ):
            got = check.database.rows("uhc", f"select count(*) from {table} where {condition}")
            other = check.database.rows("exec", f"select count(*) from {table} where {condition}")
            check.verbs += 1
            if isinstance(got, str):
                check.problem(f"an error tells of hidden rows of {table}: {condition}: {got}")
            if not isinstance(other, str):
                check.problem(f"the condition {condition} would not fail for who sees all of {table}: it shows nothing")


def explained(check: Check) -> None:
    """A plan shows conditions and counts of rows, and no value of a hidden row; a look-up's rows are not in it."""
    hidden = re.compile("Humana|united healthcare|cardio|onco")
    for who, table in (("uhc", REPORT), ("uhc", VIEW), ("uhc", FACTS + "_masked_by_anon")):
        got = check.database.rows(who, f"explain (analyze, verbose, buffers) select * from {table}")
        check.verbs += 1
        if isinstance(got, str) or (found := hidden.search("\n".join(line for (line,) in got))):
            check.problem(f"a plan of {table} tells {who} something: {got if isinstance(got, str) else found}")


def statistics(check: Check) -> None:
    """Statistics hold frequent values of hidden rows: readers are told none of a table that hides rows from anybody."""
    check.database.run("analyze")
    common = f"select attname from pg_stats where schemaname || '.' || tablename = '{REPORT}' and most_common_vals is not null"
    if not asked(check, common):
        check.problem("there are no statistics: this shows nothing")
    for who in ("uhc", "ann", "exec", "stranger"):
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            got = check.database.rows(who, f"select tablename from {view} where schemaname = 'mt_marts' and tablename in ('client_report', 'fct_procedures', 'by_specialty')")
            check.verbs += 1
            if got != []:
                check.problem(f"{who} is told statistics of {got}")
        if not isinstance(check.database.rows(who, "select stavalues1 from pg_statistic"), str):
            check.problem(f"{who} reads pg_statistic")


def rights_beside_policies(check: Check) -> None:
    """`truncate`, `references` and `trigger` ask no policy: nobody who reads has them, and nobody reads what lies below."""
    every = "('truncate'), ('references'), ('trigger')"
    sql = f"select r.rolname, c.relname, v.verb {TABLES.replace('where', f'cross join (values {every}) as v (verb) cross join pg_roles as r where')}"
    who = ", ".join(f"'{name}'" for name in (*READERS, "mt_partner", "public_nobody"))
    none(check, "rights that no policy holds", f"{sql} and c.relkind in ('r', 'p', 'v', 'm') and r.rolname in ({who}) and has_table_privilege(r.oid, c.oid, v.verb)")


def copies(check: Check) -> None:
    """`copy` is a read like others, and holds the reader's rows; a dump asks for whole tables, which no reader has."""
    import io

    for table in (REPORT, VIEW):
        made, ask = session(check, "uhc")
        out = io.StringIO()
        made.cursor().copy_expert(f"copy (select * from {table}) to stdout", out)
        check.verbs += 1
        if [(len(out.getvalue().splitlines()),)] != ask(f"select count(*) from {table}") or "Humana" in out.getvalue():
            check.problem(f"a copy of {table} holds other rows")
        made.close()
    for arguments in ((), ("--enable-row-security",)):
        code, said = dumped(check, *arguments)
        if code == 0 or "permission denied" not in said and "row-level security" not in said:
            check.problem(f"a dump by somebody who sees some rows comes to {said[-300:]}")


def dumped(check: Check, *arguments: str) -> tuple[int, str]:
    """A dump of one table by somebody who sees some of it."""
    server = check.database.server
    environment = engines.clean_environment("PG") | server.libpq() | {"PGUSER": "uhc", "PGDATABASE": check.database.name}
    done = engines.run([server.bin / "pg_dump", "--data-only", "--table", REPORT, *arguments], env=environment)
    check.verbs += 1
    return done.returncode, done.stdout


# --- what was there before the first build ------------------------------------------------

CURIOUS = "mt_curious"


def beforehand(check: Check) -> None:
    """What an administrator has said before the first build: rights by default to whatever who builds makes, and to a schema that is there."""
    run = check.database.run
    run(f"create role {CURIOUS} login")
    run("create role mt_staff nologin")
    by_default = "alter default privileges for role mx_builder grant"
    for what in ("select, insert on tables", "all on sequences", "execute on functions", "usage, create on schemas"):
        run(f"{by_default} {what} to {CURIOUS}")
    run(f"{by_default} all on sequences to public")
    run(f"{by_default} select on tables to mt_staff with grant option")
    run("create schema mt_marts authorization mx_builder")
    run("grant usage, create on schema mt_marts to mt_staff with grant option")
    session, ask = session_as(check, "mt_staff")
    ask("grant create on schema mt_marts to public")
    session.close()


def noted(check: Check) -> None:
    """Rows of the table that an application fills."""
    for client in ("United Healthcare", "Humana", None):
        check.database.run("insert into mt_marts.notes (client, note) values (%s, 'called')", client)


def session_as(check: Check, role: str) -> tuple[Any, Callable[[str], Any]]:
    """Somebody who cannot log in, and a way to ask."""
    made, ask = session(check, "postgres")
    ask(f"set session authorization {role}")
    return made, ask


def default_privileges(check: Check) -> None:
    """Rights by default, and rights from before, open nothing: keys, crosswalks, what builds remember, sequences, tables, schemas."""
    from access_check import DENIED

    known = ", ".join(f"'{name}'" for name in (*READERS, "mt_partner", "mt_exporter"))
    relations = TABLES.replace(SCHEMAS, f"{SCHEMAS[:-1]}, 'pipec_secret')").replace("where", "cross join lateral aclexplode(c.relacl) as g where")
    strangers = f"g.grantee <> c.relowner and (g.grantee = 0 or pg_get_userbyid(g.grantee) not in ({known}))"
    # An entitlement that is kept as a view is looked up by the owner of the tables.
    strangers += f" and (c.relname, c.relkind, pg_get_userbyid(g.grantee), g.privilege_type) <> ('dim_authorizations', 'v', '{OWNER}', 'SELECT')"
    none(check, "rights to relations that nobody gave", f"select c.relname, c.relkind, g.grantee::regrole, g.privilege_type {relations} and {strangers}")
    [(sequences,)] = asked(check, f"select count(*) {TABLES} and c.relkind = 'S'")
    if not sequences:
        check.problem("there is no sequence: this shows nothing")
    for statement in (
        "select value from pipec_secret.key",
        "select * from pipec_secret.crosswalk",
        "select * from mt_access.made",
        "select pipec.hmac_token('p1', 'MT_KEY', 'mt')",
        "select pipec.surrogate('p1', 'a')",
        "select nextval('mt_marts.notes_number_seq')",
        "select * from mt_marts.notes",
    ):
        got = check.database.rows(CURIOUS, statement)
        check.verbs += 1
        if got != DENIED:
            check.problem(f"rights by default let somebody run `{statement}`: {got}")
    for who in ("mt_staff", "public"):
        none(check, f"{who} makes something where tables lie", f"select 1 where has_schema_privilege('{who}', 'mt_marts', 'create')")


PITFALLS = (
    default_privileges,
    owner_bypass,
    bypassing_reader,
    inert_policies,
    permissive_policies,
    views_of_the_owner,
    materialized_views,
    builder_under_force,
    settings_of_sessions,
    pooled_connections,
    look_ups,
    errors,
    explained,
    statistics,
    rights_beside_policies,
    copies,
)


def every_one(check: Check) -> int:
    """All of them; how many there are."""
    for pitfall in PITFALLS:
        try:
            pitfall(check)
        except engines.EngineError as problem:
            check.problem(f"{pitfall.__name__}: {problem}")
    return len(PITFALLS)


# --- rights that are given no longer -----------------------------------------------------


def without_some(text: str) -> str:
    """The program without a role, a policy, a table and a grant."""
    for old, new in (
        ("role executive  { clearance internal;   postgres \"mt_exec\" }\n", ""),
        ("grant write on notes to executive\n", ""),
        (", executive\n", "\n"),
        ("policy hospice on fct_procedures for staff where procedure_type <> 'hospice' or entitled.is_hospice\n", ""),
        ("policy hospice on by_specialty for staff where procedure_type <> 'hospice' or entitled.is_hospice\n", ""),
        ("grant read on totals to client_uhc, staff\n", ""),
        ("grant read on live_report to client_uhc, staff\n", "grant read on live_report to client_uhc\n"),
    ):
        if old not in text:
            raise engines.EngineError(f"the project has no `{old}`")
        text = text.replace(old, new)
    text = re.sub(r"/// For everybody, as counts of many\.\nmodel totals .*?\n}\n", "", text, flags=re.S)
    return re.sub(r"release policy \w+ on totals .*\n", "", text)


def without_all(text: str) -> str:
    """The program without any grant: its roles are all that is left of them."""
    text = re.sub(r"^grant .*\n", "", text, flags=re.M)
    return re.sub(r'^test ".*?\n}\n', "", text, flags=re.M | re.S)


def changed(check: Check, text: str) -> bool:
    """Build the artifacts of another text of the project."""
    (check.project.folder / "reporting.pipe").write_text(text, encoding="utf-8")
    return check.emit()


def ways_in(check: Check, when: str) -> None:
    """Who reaches into a schema, or may call a look-up, is who reads something there, and nobody else."""
    reads = {(e["schema"], check.names.get(e["role"])) for e in check.matrix["entries"] if e["verb"] in ("read", "write") and e["path"]["kind"] == "warehouse"}
    for schema in ("mt_marts", "mt_staging", "mt_access"):
        for role in (*READERS, "mt_partner"):
            [(may,)] = asked(check, f"select has_schema_privilege('{role}', '{schema}', 'usage')")
            check.verbs += 1
            if may != ((schema, role) in reads):
                check.problem(f"{when}: {role} {'reaches' if may else 'does not reach'} into the schema {schema}")
    found = asked(check, f"select distinct pg_get_userbyid(g.grantee) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace cross join lateral aclexplode(p.proacl) as g where {OURS} and g.grantee <> p.proowner")
    if left := {who for (who,) in found} - {role for _, role in reads}:
        check.problem(f"{when}: {left} may call look-ups, and read nothing")
