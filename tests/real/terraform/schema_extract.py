"""Extract a Terraform provider schema from a published CDK binding of the provider.

No provider binary is in any package registry, but the generated TypeScript bindings
(`@cdktn/provider-*`) are, and they mention every attribute and block of every resource.
The result has the shape of `terraform providers schema -json`.

Lossy, and known to be so:
- "optional" and "optional and computed" cannot be told apart: a top-level optional
  attribute is emitted as both, so an unset one plans as "known after apply";
- `max_items` above one is not recorded;
- nested attributes of framework resources become blocks;
- a resource with a structure inside itself is left out, and said to be.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Any
Block = dict[str, dict[str, Json]]

SIMPLE = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
COLLECTION = {"List": "list", "Map": "map", "Set": "set"}
KINDS = {
    "TerraformProvider": "provider",
    "TerraformResource": "resource_schemas",
    "TerraformDataSource": "data_source_schemas",
}

# One entry of `synthesizeHclAttributes()` or of a `…ToHclTerraform` function.
ENTRY = re.compile(
    r"^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\",",
    re.M,
)
FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(.*?\n\}", re.M | re.S)
CLASS = re.compile(r"^class (\w+) extends (?:cdktf|cdktn)\.(\w+) \{\n(.*?)^\}", re.M | re.S)
# `// name - computed: …`, followed by the two lines of the getter it describes.
COMMENT = re.compile(
    r"// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n(?=(.*)\n(.*))"
)
INTERFACE = re.compile(r"^export interface (\w+) (?:extends [^{]+)?\{\n(.*?)^\}", re.M | re.S)
PROPERTY = re.compile(
    r"\{@link [^ }]+#(\w+) [^}]*\}(?:(?!readonly).)*?readonly (\w+)(\?)?: (.*?);\n(?=    /\*\*|\Z|    readonly)",
    re.S,
)
SCALAR_GETTER = re.compile(r"get(String|Number|Boolean)(Map|List)?Attribute\(")
COMPLEX_GETTER = re.compile(r"new (\w+?)(List|Map|OutputReference)\(this, \"\w+\"(?:, (true|false))?")


@dataclass(frozen=True)
class Property:
    """A property of a configuration interface, under its Terraform name."""

    required: bool
    type: str


@dataclass(frozen=True)
class Entry:
    """One attribute or block, as the binding serialises it."""

    name: str
    value: str
    is_block: bool
    kind: str
    storage: str


class RecursiveStructure(Exception):
    """A structure contains itself; Terraform's protocol cannot express that."""


class Binding:
    """One resource, data source or provider of the package: its JavaScript and typings."""

    def __init__(self, script: str, typings: str) -> None:
        self.functions = {_capital(m.group(1)): _entries(m.group(0)) for m in FUNCTION.finditer(script)}
        self.classes = {m.group(1): (m.group(2), m.group(3)) for m in CLASS.finditer(script)}
        self.interfaces = _interfaces(typings)
        self.open_structures: list[str] = []

    def schema(self) -> tuple[str, str, Block] | None:
        """The kind, the Terraform type and the block; None when nothing is declared here."""
        main = next((item for item in self.classes.items() if item[1][0] in KINDS), None)
        if main is None:
            return None
        name, (base, body) = main
        declared = re.search(r"terraformResourceType: '(\w+)'", body)
        if declared is None:
            raise ValueError(f"{name} names no Terraform type")
        synthesized = re.search(r"synthesizeHclAttributes\(\) \{(.*)", body, re.S)
        entries = _entries(synthesized.group(1)) if synthesized else []
        block = self._members(body, entries, self._configuration(name), top=True)
        return KINDS[base], declared.group(1), block

    def _configuration(self, name: str) -> Mapping[str, Property]:
        """The interface describing the arguments of the main class."""
        if name + "Config" in self.interfaces:
            return self.interfaces[name + "Config"]
        near = (v for k, v in self.interfaces.items() if k.endswith("Config") and k.startswith(name))
        return next(near, {})

    def _members(self, body: str, entries: Iterable[Entry], properties: Mapping[str, Property], *, top: bool) -> Block:
        """The attributes and nested blocks of one class."""
        attributes: dict[str, Json] = {}
        blocks: dict[str, Json] = {}
        comments = {m.group(1): m for m in COMMENT.finditer(body)}
        for entry in entries:
            known = properties.get(entry.name)
            comment = comments.get(entry.name)
            required = bool(known and known.required) or bool(comment and comment.group(4) == "true")
            nested = [
                _capital(n) for n in re.findall(r"(\w+)ToHclTerraform", entry.value) if _capital(n) in self.functions
            ]
            if not entry.is_block:
                attributes[entry.name] = _attribute(_type(entry.kind, entry.storage), required, computed=top)
            elif not nested:
                attributes[entry.name] = {"type": "dynamic", "optional": not required, "required": required}
            elif comment and comment.group(2) == "true":
                collection = entry.kind if entry.kind in ("set", "map") else "list"
                element = _object(self._struct(nested[-1]))
                attributes[entry.name] = {"type": [collection, element], "optional": True, "computed": True}
            else:
                blocks[entry.name] = self._block(entry, nested[-1], required, known)
        for name, comment in comments.items():
            if name not in attributes and name not in blocks and comment.group(2) == "true":
                attributes[name] = {"type": self._computed(comment.group(5) + comment.group(6)), "computed": True}
        return {"attributes": attributes, "block_types": blocks}

    def _block(self, entry: Entry, struct: str, required: bool, known: Property | None) -> Json:
        """A nested block with its nesting mode and its limits."""
        single = entry.kind == "struct"
        block: Json = {"nesting_mode": "single" if single else entry.kind, "block": self._struct(struct)}
        if not single and entry.kind != "map" and "[]" not in (known.type if known else ""):
            block["max_items"] = 1
        if required:
            block["min_items"] = 1
        return block

    def _struct(self, name: str) -> Block:
        """The members of a nested structure."""
        if name in self.open_structures:
            raise RecursiveStructure(name)
        self.open_structures.append(name)
        _, body = self.classes.get(name + "OutputReference") or self.classes.get(name + "List") or ("", "")
        members = self._members(body, self.functions.get(name, []), self.interfaces.get(name, {}), top=False)
        self.open_structures.pop()
        return members

    def _computed(self, getter: str) -> Json:
        """The type of an attribute that only the provider sets, read off its getter."""
        if scalar := SCALAR_GETTER.search(getter):
            name = SIMPLE[scalar.group(1).lower()]
            return [scalar.group(2).lower(), name] if scalar.group(2) else name
        if "getListAttribute" in getter:
            return ["set" if "tolist" in getter else "list", "string"]
        if structure := COMPLEX_GETTER.search(getter):
            element = _object(self._struct(structure.group(1)))
            if structure.group(2) == "OutputReference":
                return element
            return [
                "map" if structure.group(2) == "Map" else "set" if structure.group(3) == "true" else "list",
                element,
            ]
        return "dynamic"


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _entries(text: str) -> list[Entry]:
    return [
        Entry(name, value, block == "true", kind, storage) for name, value, block, kind, storage in ENTRY.findall(text)
    ]


def _interfaces(typings: str) -> dict[str, dict[str, Property]]:
    return {
        interface.group(1): {
            p.group(1): Property(p.group(3) is None, p.group(4)) for p in PROPERTY.finditer(interface.group(2))
        }
        for interface in INTERFACE.finditer(typings)
    }


def _attribute(type_: Json, required: bool, *, computed: bool) -> Json:
    if required:
        return {"type": type_, "required": True}
    return {"type": type_, "optional": True} | ({"computed": True} if computed else {})


def _type(kind: str, storage: str) -> Json:
    """The Terraform type of a simple attribute, from names such as `stringListMap`."""
    if kind == "simple":
        return SIMPLE.get(storage, "dynamic")
    parts = re.fullmatch(r"(string|number|boolean|any)((?:List|Map|Set)+)", storage)
    if parts is None:
        return "dynamic"
    collections = [COLLECTION[part] for part in re.findall("List|Map|Set", parts.group(2))]
    if kind == "set":
        collections[-1] = "set"
    type_: Json = SIMPLE[parts.group(1)]
    for collection in collections:
        type_ = [collection, type_]
    return type_


def _object(block: Block) -> Json:
    """A block as an object type."""
    fields = {name: attribute["type"] for name, attribute in block["attributes"].items()}
    for name, nested in block["block_types"].items():
        element = _object(nested["block"])
        fields[name] = element if nested["nesting_mode"] == "single" else [nested["nesting_mode"], element]
    return ["object", fields]


def read_package(path: Path) -> dict[str, str]:
    """The files that matter of an npm tarball, or of a wheel with one inside."""
    data: bytes = path.read_bytes()
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            data = wheel.read(next(name for name in wheel.namelist() if name.endswith(".tgz")))
    wanted = re.compile(r"package/(package\.json|lib/[^/]+/index(\.js|\.d\.ts))")
    files: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            content = archive.extractfile(member) if wanted.fullmatch(member.name) else None
            if content is not None:
                files[member.name.removeprefix("package/")] = content.read().decode()
    return files


def extract(files: Mapping[str, str]) -> Json:
    """The schema of the whole provider."""
    manifest = json.loads(files["package.json"])
    provider = manifest.get("cdktf", manifest.get("cdktn"))["provider"]
    schema: Json = {"provider": {"block": {}}, "resource_schemas": {}, "data_source_schemas": {}}
    for name in sorted(name for name in files if name.endswith("/index.js")):
        try:
            found = Binding(files[name], files[name.removesuffix(".js") + ".d.ts"]).schema()
        except RecursiveStructure as structure:
            print(f"left out: {name} ({structure} contains itself)", file=sys.stderr)
            continue
        if found is None:
            continue
        kind, type_name, block = found
        if kind == "provider":
            schema["provider"] = {"block": block}
        else:
            schema[kind][type_name] = {"version": 0, "block": block}
    return {
        "format_version": "1.0",
        "provider_version": provider["version"],
        "provider_schemas": {provider["name"]: schema},
    }


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("package", type=Path, help="an npm tarball, or a wheel that holds one")
    arguments.add_argument("out", type=Path, help="where to write the schema as JSON")
    options = arguments.parse_args()
    schema = extract(read_package(options.package))
    options.out.write_text(json.dumps(schema, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
