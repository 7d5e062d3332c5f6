"""What a `.tds` says, read with Tableau's document API, its schema and a plain XML parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import engines

USER = "http://www.tableausoftware.com/xml/user"


@cache
def schema() -> Any:
    """Tableau's schema of workbooks, with a data source as a root of its own.

    The two schemas it imports are not published with it: they are made of the names it takes from them.
    """
    from lxml import etree

    text = engines.tableau_schema().read_bytes()
    names = sorted(set(re.findall(rb'ref="user:([\w.-]+)"', text)))
    user = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="%s">' % USER.encode()
    for name in names:
        kind = re.search(rb'<xs:(\w+)[^>]*ref="user:' + name + b'"', text).group(1)  # type: ignore[union-attr]
        user += {
            b"element": b'<xs:element name="%s"/>' % name,
            b"attributeGroup": b'<xs:attributeGroup name="%s"><xs:anyAttribute processContents="skip"/></xs:attributeGroup>' % name,
        }.get(kind, b'<xs:attribute name="%s" type="xs:string"/>' % name)
    xml = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">'
    xml += b"".join(b'<xs:attribute name="%s" type="xs:string"/>' % n for n in (b"base", b"lang", b"space"))
    stubs = {"user.xsd": user + b"</xs:schema>", "xml.xsd": xml + b"</xs:schema>"}
    for space, stub in ((USER.encode(), b"user.xsd"), (b"http://www.w3.org/XML/1998/namespace", b"xml.xsd")):
        text = text.replace(b'<xs:import namespace="%s"/>' % space, b'<xs:import namespace="%s" schemaLocation="%s"/>' % (space, stub))
    text = text.replace(b"</xs:schema>", b'<xs:element name="datasource" type="DataSource-CT"/></xs:schema>')

    class Resolver(etree.Resolver):
        """Gives the stubs."""

        def resolve(self, url: str, _public: str | None, context: Any) -> Any:
            name = url.split("/")[-1]
            return self.resolve_string(stubs[name], context) if name in stubs else None

    parser = etree.XMLParser()
    parser.resolvers.add(Resolver())
    return etree.XMLSchema(etree.fromstring(text, parser))


@dataclass
class Document:
    """One data source."""

    caption: str
    schema: str
    table: str
    user: str
    #: local name → column in the warehouse, in order
    columns: dict[str, str]
    hidden: set[str]
    captions: dict[str, str]
    folders: dict[str, list[str]]
    formula: str


def unbracketed(name: str) -> str:
    """`[a]]b]` → `a]b`"""
    if not (name.startswith("[") and name.endswith("]")):
        raise ValueError(f"{name!r} is no name between brackets")
    return name[1:-1].replace("]]", "]")


def two(name: str) -> list[str]:
    """`[a].[b]` → its parts."""
    parts = re.fullmatch(r"(\[(?:[^\]]|\]\])*\])\.(\[(?:[^\]]|\]\])*\])", name)
    if parts is None:
        raise ValueError(f"{name!r} is no pair of names")
    return [unbracketed(p) for p in parts.groups()]


def read(path: Path) -> tuple[Document, list[str]]:
    """A data source, and what is wrong with its file."""
    from lxml import etree
    from tableaudocumentapi import Datasource

    problems = []
    tree = etree.parse(str(path))
    validator = schema()
    if not validator.validate(tree):
        problems += [f"{path.name}: line {e.line}: {e.message[:300]}" for e in list(validator.error_log)[:5]]
    api = Datasource.from_file(str(path))
    connection = api.connections[0]
    root = tree.getroot()
    relation = root.find("connection/relation")
    place = two(relation.get("table"))
    columns = {unbracketed(m.get("key")): two(m.get("value"))[1] for m in root.findall("connection/cols/map")}
    calculated = [c for c in root.findall("column") if c.find("calculation") is not None]
    if len(calculated) != 1:
        problems.append(f"{path.name}: {len(calculated)} calculated fields")
    field = calculated[0]
    problems += filtered(path, root, field)
    own = [c for c in root.findall("column") if c.find("calculation") is None]
    if [unbracketed(c.get("name")) for c in own] != list(columns):
        problems.append(f"{path.name}: columns and their map differ")
    seen = {f.id for f in api.fields.values()}
    if missing := {c.get("name") for c in root.findall("column")} - seen:
        problems.append(f"{path.name}: the document API does not find {missing}")
    if "password" in path.read_text(encoding="utf-8").replace("username-password", ""):
        problems.append(f"{path.name}: it speaks of a password")
    folders = {
        f.get("name"): [unbracketed(i.get("name")) for i in f.findall("folder-item")] for f in root.findall("folders-common/folder")
    }
    return Document(
        caption=root.get("caption"),
        schema=place[0],
        table=place[1],
        user=connection.username,
        columns=columns,
        hidden={unbracketed(c.get("name")) for c in root.findall("column") if c.get("hidden") == "true"},
        captions={unbracketed(c.get("name")): c.get("caption") for c in own},
        folders=folders,
        formula=field.find("calculation").get("formula"),
    ), problems


def filtered(path: Path, root: Any, field: Any) -> list[str]:
    """The data source itself keeps what the calculated field says is true, and nothing else."""
    filters = root.findall("filter")
    instances = {i.get("name"): i.get("column") for i in root.findall("column-instance")}
    if len(filters) != 1:
        return [f"{path.name}: {len(filters)} filters on the data source"]
    groups = list(filters[0])
    asked = instances.get(filters[0].get("column"))
    if asked != field.get("name") or filters[0].get("class") != "categorical" or len(groups) != 1:
        return [f"{path.name}: its filter does not ask {field.get('name')}"]
    group = groups[0]
    said = (group.get("function"), group.get("level"), group.get("member"), group.get(f"{{{USER}}}ui-enumeration"))
    if said != ("member", filters[0].get("column"), "true", "inclusive") or len(group):
        return [f"{path.name}: its filter does not keep what is true: {said}"]
    return []
