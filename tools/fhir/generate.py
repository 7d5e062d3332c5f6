#!/usr/bin/env python3
"""Writes `stdlib/fhir/r4.pipe`: the FHIR R4 resources as types, every path with a category.

Two inputs, nothing else:

* an unpacked registry package with the published R4 StructureDefinitions (one JSON file each) gives names,
  types, cardinalities and doc comments;
* `stdlib/fhir/categories.csv`, the reviewed table, says what each value tells about a person.

The rule of the language decides what a path carries: **the outermost annotation on a path wins**. So a row on a
datatype's field (`Address.city`) is a default, and a row on a resource's field (`Practitioner.address`) replaces
every default below it.

A category that begins with a capital names a *variant*: a copy of a datatype with other defaults.
`RecordReference,Reference` declares one, `RecordReference.display,clinical` changes a field of it, and
`Encounter.partOf,RecordReference` uses it. Variants exist because one annotation on a `Reference` could not
keep the practitioner's id apart from the practitioner's name.

The generator refuses to write when a leaf would be left without a category on some path of a resource, when a row
matches nothing, or when a reference may point at a person its categories do not mention.

    python3 tools/fhir/generate.py PACKAGE           write r4.pipe
    python3 tools/fhir/generate.py PACKAGE --check   exit 1 when the committed r4.pipe differs
"""

import argparse
import csv
import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "stdlib" / "fhir" / "categories.csv"

# Fields whose sibling says which of their categories a value has.
DECIDED_BY = {"ContactPoint.value": " by system"}
OUTPUT = ROOT / "stdlib" / "fhir" / "r4.pipe"

FHIR_VERSION = "4.0.1"

RESOURCES = (
    "Patient Encounter QuestionnaireResponse Practitioner PractitionerRole Organization "
    "OrganizationAffiliation Location CareTeam CarePlan Task Observation"
).split()

# Dates stay text: FHIR allows '1985' and '1985-03', so a model says how it wants them with a cast.
PRIMITIVES = {
    "boolean": "boolean",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "decimal": "numeric",
    **dict.fromkeys(
        "string code uri url canonical id oid uuid markdown xhtml base64Binary date dateTime instant time".split(),
        "text",
    ),
    "http://hl7.org/fhirpath/System.String": "text",
    "Resource": "json",  # a contained resource can be of any type
}
LEAVES = frozenset(PRIMITIVES.values())

# `value[x]` of an extension or of a task's input may be any of 50 datatypes; these are the ones in use.
OPEN_CHOICE = (
    "string code boolean integer decimal date dateTime Coding CodeableConcept Reference Identifier Period Quantity uri"
).split()

VOCABULARY = frozenset(
    "name street_address city county zip geo_point birth_date service_date death_date age phone fax email ssn mrn "
    "plan_id account license vehicle device url ip biometric photo record_id free_text "
    "state country demographic clinical provider_name provider_contact provider_id organization public".split()
)

# What a literal reference must carry, by what it may point at. One of a set is enough: a record id is stricter.
TARGET_NEEDS = {
    **dict.fromkeys(("Patient", "RelatedPerson", "Group", "Resource"), {"record_id"}),
    **dict.fromkeys(("Practitioner", "PractitionerRole"), {"provider_id"}),
    **dict.fromkeys(("Organization", "Location", "HealthcareService", "Endpoint"), {"organization", "record_id"}),
    **dict.fromkeys(("Device", "DeviceMetric"), {"device", "record_id"}),
}
OTHER_TARGETS_NEED = {"record_id"}  # every other resource is a record about the patient


class Refused(Exception):
    """The table and the definitions do not fit together; the message lists every problem."""


@dataclass(frozen=True)
class Row:
    """One line of the reviewed table."""

    path: str
    names: tuple[str, ...]
    reason: str

    @property
    def variant(self) -> str | None:
        """The datatype this row names, when it names one and not categories."""
        return self.names[0] if self.names[0][0].isupper() else None


@dataclass(frozen=True)
class Field:
    """A field of a type. `paths` are the table paths that may classify it, the most specific first."""

    name: str
    type: str
    many: bool
    optional: bool
    paths: tuple[str, ...]
    targets: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Type:
    """A resource, datatype, backbone element or variant."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    owner: str  # the definition it comes from; decides its place in the file


@dataclass
class Table:
    """The reviewed table, and which of its rows were needed."""

    rows: dict[str, Row]
    used: set[str] = field(default_factory=set)

    def find(self, paths: tuple[str, ...]) -> Row | None:
        """The row for the most specific of `paths`. Rows of less specific paths stay unused."""
        for path in paths:
            if path in self.rows:
                self.used.add(path)
                return self.rows[path]
        return None

    def variants(self) -> dict[str, str]:
        """Variant name -> the datatype it copies."""
        return {row.path: row.variant for row in self.rows.values() if "." not in row.path and row.variant}


# --- reading ----------------------------------------------------------------------------------------------------


def read_table(path: Path) -> Table:
    """Reads the reviewed table; refuses unknown categories, duplicates and rows without a category."""
    problems, rows = [], {}
    with path.open(newline="", encoding="utf-8") as handle:
        for line in csv.DictReader(handle):
            row = Row(line["path"], tuple(line["category"].split()), line["reason"] or "")
            if row.path in rows:
                problems.append(f"{row.path}: listed twice")
            elif not row.names:
                problems.append(f"{row.path}: no category")
            elif row.variant is None:
                problems += [f"{row.path}: unknown category `{c}`" for c in row.names if c not in VOCABULARY]
            elif len(row.names) > 1:
                problems.append(f"{row.path}: a variant stands alone")
            rows[row.path] = row
    stop_on(problems)
    return Table(rows)


def read_package(folder: Path) -> tuple[str, str]:
    """Name and version of the package; refuses one that is not for R4."""
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    if FHIR_VERSION not in manifest.get("fhirVersions", []):
        raise Refused(f"{manifest.get('name')}: not a package of FHIR {FHIR_VERSION}")
    return manifest["name"], manifest["version"]


def read_definition(folder: Path, name: str) -> dict:
    """One StructureDefinition, as published."""
    path = folder / f"StructureDefinition-{name}.json"
    if not path.exists():
        raise Refused(f"{name}: the package has no StructureDefinition of this name")
    definition = json.loads(path.read_text(encoding="utf-8"))
    if definition["fhirVersion"] != FHIR_VERSION or definition["type"] != name:
        raise Refused(f"{name}: expected FHIR {FHIR_VERSION}, found {definition['fhirVersion']}")
    return definition


# --- definitions -> types ---------------------------------------------------------------------------------------


def camel(path: str) -> str:
    """`Patient.contact` -> `PatientContact`."""
    return "".join(part[0].upper() + part[1:] for part in path.split("."))


def choices(element: dict) -> list[dict]:
    """The types an element may have, the open choice cut to those in use."""
    types = element["type"]
    codes = {one["code"] for one in types}
    if not element["path"].endswith("[x]") or not codes.issuperset(OPEN_CHOICE):
        return types
    return [one for code in OPEN_CHOICE for one in types if one["code"] == code]


def fields_of(element: dict, parents: set[str]) -> list[Field]:
    """An element's fields: one, or one per type of a choice `value[x]`."""
    path, inherited = element["path"], element.get("base", {}).get("path", element["path"])
    # A required choice still leaves each of its fields open. A stored resource always has its id: the definition
    # leaves it open only for those not yet stored.
    optional = (element["min"] == 0 or path.endswith("[x]")) and inherited != "Resource.id"
    shared = {"many": element["max"] not in ("0", "1"), "optional": optional}
    last = path.rsplit(".", 1)[1]
    if "contentReference" in element:
        return [Field(last, camel(element["contentReference"].lstrip("#")), paths=(path, inherited), **shared)]
    found = []
    for one in choices(element):
        code = one["code"]
        targets = frozenset(url.rsplit("/", 1)[-1] for url in one.get("targetProfile", []))
        if code == "Reference" and not targets:
            targets = frozenset({"Resource"})
        kind = camel(path) if path in parents else PRIMITIVES.get(code, code)
        suffix = code[0].upper() + code[1:]
        paths = tuple(dict.fromkeys(p.replace("[x]", suffix) for p in (path, inherited)))
        found.append(Field(last.replace("[x]", suffix), kind, paths=paths, targets=targets, **shared))
    return found


def types_of(definition: dict) -> list[Type]:
    """The type of a definition and, after it, one per backbone element."""
    elements = definition["snapshot"]["element"]
    owner = definition["type"]
    children: dict[str, list[dict]] = {}
    for element in elements[1:]:
        children.setdefault(element["path"].rsplit(".", 1)[0], []).append(element)
    docs = {element["path"]: element["short"] for element in elements}
    types = []
    for path, members in children.items():
        fields = [one for member in members for one in fields_of(member, set(children))]
        if path == owner and definition["kind"] == "resource":
            fields.insert(0, Field("resourceType", "text", False, False, ("Resource.resourceType",)))
        types.append(Type(camel(path), " ".join(docs[path].split()), tuple(fields), owner))
    return types


def variant_of(name: str, base: Type) -> Type:
    """A copy of a datatype whose fields look for their category under the variant's name first."""
    fields = tuple(replace(one, paths=(f"{name}.{one.name}", *one.paths)) for one in base.fields)
    return Type(name, base.doc, fields, base.owner)


def classified(one: Field, table: Table, variants: dict[str, str], problems: list[str]) -> Field:
    """The field with what the table says of it: categories, or another variant of its datatype."""
    row = table.find(one.paths)
    if row is None:
        return one
    reason = row.reason if row.path == one.paths[0] else ""  # an inherited reason would repeat in every type
    if row.variant is None:
        return replace(one, categories=row.names, reason=reason)
    if variants.get(row.variant) != one.type:
        problems.append(f"{row.path}: `{row.variant}` is no variant of {one.type}")
    return replace(one, type=row.variant, reason=reason)


def build(folder: Path, table: Table) -> dict[str, Type]:
    """Every type reachable from the resources, classified."""
    variants, types, problems = table.variants(), {}, []
    waiting = list(RESOURCES)
    while waiting:
        name = waiting.pop(0)
        if name in types or name in LEAVES:
            continue
        if name in variants:
            table.used.add(name)
            found = [variant_of(name, types_of(read_definition(folder, variants[name]))[0])]
        else:
            found = types_of(read_definition(folder, name))
        for one in found:
            fields = tuple(classified(each, table, variants, problems) for each in one.fields)
            types[one.name] = replace(one, fields=fields)
        backbones = {one.name for one in found}
        waiting += [f.type for one in found for f in types[one.name].fields if f.type not in backbones]
    stop_on(problems)
    return types


# --- checks -----------------------------------------------------------------------------------------------------


def unclassified(types: dict[str, Type]) -> list[str]:
    """Every leaf that no annotation reaches on some path of a resource, with one such path."""
    problems, seen = [], set()

    def walk(name: str, path: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for one in types[name].fields:
            if one.categories:
                continue
            if one.type in LEAVES:
                problems.append(f"{path}.{one.name}: no category (add a row for {' or '.join(one.paths)})")
            else:
                walk(one.type, f"{path}.{one.name}")

    for resource in RESOURCES:
        walk(resource, resource)
    return problems


def careless_public(types: dict[str, Type]) -> list[str]:
    """`public` on a composite would also silence its extensions, where anything may stand."""
    return [
        f"{one.paths[0]}: `public` may stand only on a leaf"
        for kind in types.values()
        for one in kind.fields
        if "public" in one.categories and (one.type not in LEAVES or len(one.categories) > 1)
    ]


def forgotten_targets(types: dict[str, Type]) -> list[str]:
    """References whose categories do not mention who they may point at."""
    problems = []
    for kind in types.values():
        for one in kind.fields:
            if not one.targets or one.type in LEAVES:
                continue
            literal = next(f for f in types[one.type].fields if f.name == "reference")
            carried = set(one.categories or literal.categories)
            for target in sorted(one.targets):
                if not carried & TARGET_NEEDS.get(target, OTHER_TARGETS_NEED):
                    problems.append(f"{one.paths[0]}: may point at {target}, carries {' '.join(sorted(carried))}")
    return problems


def check(types: dict[str, Type], table: Table) -> None:
    """Refuses a result that leaves a path unclassified or a row unused."""
    unused = [f"{path}: matches no element" for path in table.rows if path not in table.used]
    stop_on(unclassified(types) + careless_public(types) + forgotten_targets(types) + unused)


def stop_on(problems: list[str]) -> None:
    """Raises when there is a problem, naming all of them."""
    if problems:
        raise Refused("\n".join(problems))


# --- writing ----------------------------------------------------------------------------------------------------

HEADER = """\
// Generated by tools/fhir/generate.py from {name} {version} and categories.csv: do not edit.
// To change a category, edit categories.csv and run
//     python3 tools/fhir/generate.py <unpacked package>
//
// The outermost annotation on a path wins: an annotation on a field of a composite type replaces those inside it.
// Dates are text because FHIR allows partial ones ('1985', '1985-03'); a model casts them where it needs a date.
// `value[x]` of Extension, Task.input and Task.output may be any datatype in FHIR; here it is one of the common ones,
// so any other is an unknown field and an error, never a value without a category.
// A contained resource can be of any type and is treated like a note: `@free_text`.
// Names of contacts, relatives and household members count as the patient's own (45 CFR 164.514(b)(2)(i)).
// `_name` siblings of primitive fields are left out.
module std.fhir.r4
"""


def section(title: str) -> str:
    """A heading comment."""
    return f"\n// {title} {'-' * (112 - len(title))}\n"


def shape(one: Field) -> str:
    """The type of a field as written: `HumanName[]?`."""
    return one.type + "[]" * one.many + "?" * one.optional


def lines_of(kind: Type) -> list[str]:
    """The fields of a type in aligned columns."""
    names = max(len(one.name) for one in kind.fields)
    shapes = max(len(shape(one)) for one in kind.fields)
    marks = [" ".join("@" + c for c in one.categories) + DECIDED_BY.get(f"{kind.name}.{one.name}", "") for one in kind.fields]
    width = max((len(m) for m, one in zip(marks, kind.fields) if one.reason), default=0)
    lines = []
    for one, mark in zip(kind.fields, marks):
        line = f"  {one.name:<{names}} {shape(one):<{shapes}} "
        line += f"{mark:<{width}}{' ' if width else ''}// {one.reason}" if one.reason else mark
        lines.append(line.rstrip())
    return lines


def written(kind: Type, variants: dict[str, str], table: Table) -> str:
    """A type declaration with its doc comment."""
    doc = table.rows[kind.name].reason if kind.name in variants else kind.doc
    return "\n".join(["", f"/// {doc}", f"type {kind.name} {{", *lines_of(kind), "}", ""])


def render(types: dict[str, Type], table: Table, package: tuple[str, str]) -> str:
    """The file: datatypes by name, each with its parts and variants, then the resources."""
    variants = table.variants()
    ranks = {name: rank for rank, name in enumerate(table.rows)}
    own = [kind for kind in types.values() if kind.name not in variants]
    copies = sorted((kind for kind in types.values() if kind.name in variants), key=lambda kind: ranks[kind.name])
    owners = sorted({kind.owner for kind in own} - set(RESOURCES))
    parts = [HEADER.format(name=package[0], version=package[1])]
    for title, group in (("Datatypes", owners), ("Resources", RESOURCES)):
        parts.append(section(title))
        for owner in group:
            parts += [written(kind, variants, table) for kind in own + copies if kind.owner == owner]
    return "".join(parts)


def main() -> int:
    """Reads the arguments, generates, and writes or compares."""
    parser = argparse.ArgumentParser(description="generate stdlib/fhir/r4.pipe")
    parser.add_argument("package", type=Path, help="the unpacked registry package (the folder with package.json)")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the committed file is stale")
    arguments = parser.parse_args()
    try:
        table = read_table(TABLE)
        package = read_package(arguments.package)
        types = build(arguments.package, table)
        check(types, table)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    text = render(types, table, package)
    summary = f"{len(types)} types, {sum(len(kind.fields) for kind in types.values())} fields"
    if arguments.check:
        current = OUTPUT.read_bytes() if OUTPUT.exists() else b""
        fresh = current == text.encode()
        print(f"r4.pipe is {'up to date' if fresh else 'stale: run generate.py'} ({summary})")
        return 0 if fresh else 1
    OUTPUT.write_bytes(text.encode())
    print(f"r4.pipe written ({summary})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
