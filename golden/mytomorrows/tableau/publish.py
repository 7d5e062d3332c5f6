#!/usr/bin/env python3
"""Publish the data sources of this folder to Tableau, and say who may do what with them.

What `manifest.json` says is all there is: rules that somebody added to one of its data sources are taken away, and a
data source that left the manifest is open to nobody any more. A second run changes nothing. No moment is less strict
than before or after: rules go before a data source is replaced and come when it is there, and a project passes on no
rules of its own to what is published into it.

Written by pipec; change the project it comes from, not this file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

ENVIRONMENT = """\
environment:
  TABLEAU_SERVER              https://tableau.example.org
  TABLEAU_SITE                the site's content URL; empty for the default site
  TABLEAU_TOKEN_NAME          a personal access token's name
  TABLEAU_TOKEN_VALUE         and its secret
  TABLEAU_WAREHOUSE_PASSWORD  the password of Tableau's role in the warehouse; not asked by --dry-run
and the variables that the manifest's connection names. Values of secrets are never printed.
"""
SECRETS = ("TABLEAU_TOKEN_VALUE", "TABLEAU_WAREHOUSE_PASSWORD")
ALLOW = "Allow"


class Stop(Exception):
    """What keeps the script from going on, in a sentence."""


def variable(name: str, otherwise: str | None = None) -> str:
    """A variable of the environment."""
    value = os.environ.get(name, otherwise)
    if value is None or (value == "" and otherwise is None):
        raise Stop(f"the variable {name} is not set")
    return value


def filled(text: str) -> str:
    """A setting of the connection: `${NAME}` stands for a variable."""
    named = re.fullmatch(r"\$\{(.+)\}", text, re.DOTALL)
    return variable(named.group(1)) if named else text


def document(folder: Path, source: dict[str, Any], manifest: dict[str, Any]) -> bytes:
    """A data source as it is published: with its server's address, and without any password."""
    prefix = "http://www.tableausoftware.com/xml/user"
    ElementTree.register_namespace("user", prefix)
    tree = ElementTree.parse(folder / source["file"])
    for connection in tree.iter("connection"):
        if connection.get("class") != "federated":
            for key, value in manifest["connection"].items():
                connection.set(key, filled(value))
    return ElementTree.tostring(tree.getroot(), encoding="utf-8", xml_declaration=True)


class Publisher:
    """One run against one site."""

    def __init__(self, api: Any, server: Any, manifest: dict[str, Any], folder: Path, options: argparse.Namespace) -> None:
        self.api, self.server, self.manifest, self.folder, self.options = api, server, manifest, folder, options
        self.changes = 0
        self.mark = "pipec-" + hashlib.sha256(manifest["project"].encode()).hexdigest()[:12]
        self.groups = {group.name.casefold(): group for group in api.Pager(server.groups)}
        self.projects = {p.name.casefold(): p for p in api.Pager(server.projects) if p.parent_id is None}
        self.there = list(api.Pager(server.datasources))

    def does(self, what: str) -> bool:
        """Say a change; whether it is to be made."""
        self.changes += 1
        print(("would " if self.options.dry_run else "") + what)
        return not self.options.dry_run

    def run(self) -> None:
        """Everything, in the order that leaves no gap."""
        wanted = {(s["project"].casefold(), s["name"].casefold()) for s in self.manifest["data_sources"]}
        for source in self.manifest["data_sources"]:
            item = self.found(source)
            if item is not None and self.mark not in item.tags and not self.options.force:
                raise Stop(f"{source['name']!r} in {source['project']!r} was published by somebody else, or half; --force replaces it")
        for name in sorted({group for source in self.manifest["data_sources"] for group in source["groups"]}):
            self.group(name)
        for name, groups in sorted(self.manifest["projects"].items()):
            self.project(name, groups)
        for item in self.there:
            mine = self.mark in item.tags
            if mine and ((item.project_name or "").casefold(), item.name.casefold()) not in wanted:
                self.withdraw(item)
        for source in self.manifest["data_sources"]:
            self.source(source)
        if self.changes == 0:
            print("nothing to do")

    def group(self, name: str) -> None:
        """A group that has to be there; made only when asked, since groups often come from elsewhere."""
        if name.casefold() in self.groups:
            return
        if not self.options.create_groups:
            raise Stop(f"the site has no group {name!r}: make it, or let --create-groups make it")
        if self.does(f"make group {name!r}"):
            self.groups[name.casefold()] = self.server.groups.create(self.api.GroupItem(name))

    def project(self, name: str, groups: list[str]) -> None:
        """A project that its groups can see, and that passes no rules on to data sources in it."""
        project = self.projects.get(name.casefold())
        if project is None:
            if not self.does(f"make project {name!r}"):
                return
            project = self.server.projects.create(self.api.ProjectItem(name))
            self.projects[name.casefold()] = project
        self.server.projects.populate_datasource_default_permissions(project)
        for rule in list(project.default_datasource_permissions):
            if rule.capabilities and self.does(f"stop project {name!r} passing on rules of {self.called(rule)}"):
                self.server.projects.delete_datasource_default_permissions(project, rule)
        self.server.projects.populate_permissions(project)
        have = {(r.grantee.tag_name, r.grantee.id): r.capabilities for r in project.permissions}
        for (kind, identity), capabilities in have.items():
            if capabilities.get("ProjectLeader") == ALLOW:
                print(f"note: a {kind} ({identity}) leads project {name!r}, and so sees everything in it")
        for group in groups:
            found = self.groups.get(group.casefold())
            if found and have.get(("group", found.id), {}).get("Read") == ALLOW:
                continue
            if self.does(f"show project {name!r} to {group!r}") and found:
                self.server.projects.update_permissions(project, [self.rule(found, {"Read": ALLOW})])

    def called(self, rule: Any) -> str:
        """Whom a rule is for."""
        names = [group.name for group in self.groups.values() if group.id == rule.grantee.id]
        return repr(names[0]) if names else f"{rule.grantee.tag_name} {rule.grantee.id}"

    def rule(self, group: Any, capabilities: dict[str, str]) -> Any:
        """A rule for a group."""
        return self.api.PermissionsRule(self.api.GroupItem.as_reference(group.id), capabilities)

    def found(self, source: dict[str, Any]) -> Any:
        """The data source as it is on the server, if it is."""
        where = (source["project"].casefold(), source["name"].casefold())
        return next((i for i in self.there if ((i.project_name or "").casefold(), i.name.casefold()) == where), None)

    def source(self, source: dict[str, Any]) -> None:
        """One data source: narrowed, replaced when it is another, opened."""
        item = self.found(source)
        content = document(self.folder, source, self.manifest)
        said = json.dumps([source["name"], source["description"], source["extract"]]).encode()
        tag = f"{self.mark}-{hashlib.sha256(content + said).hexdigest()[:16]}"
        if item is not None:
            self.narrow(item, source)
        if item is None or tag not in item.tags or self.options.force:
            what = "publish" if item is None else "replace"
            if self.does(f"{what} {source['name']!r} in {source['project']!r}"):
                item = self.publish(item, source, content, tag)
        if item is not None:
            self.open(item, source)
            if source["extract"] and str(item.has_extracts).lower() != "true" and self.does(f"keep {source['name']!r} as an extract"):
                self.server.datasources.create_extract(item)
        elif self.options.dry_run:
            for name, capabilities in sorted(source["groups"].items()):
                self.does(f"let {name!r} {', '.join(capabilities)} on {source['name']!r}")

    def publish(self, item: Any, source: dict[str, Any], content: bytes, tag: str) -> Any:
        """Upload it; its tag is written last, so that what was interrupted is done again."""
        password = variable("TABLEAU_WAREHOUSE_PASSWORD")
        project = self.projects[source["project"].casefold()]
        new = self.api.DatasourceItem(project.id, name=source["name"])
        new.description = source["description"]
        credentials = self.api.ConnectionCredentials(self.manifest["user"], password, embed=True)
        mode = self.server.PublishMode.CreateNew if item is None else self.server.PublishMode.Overwrite
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / source["file"]
            path.write_bytes(content)
            published = self.server.datasources.publish(new, str(path), mode, connection_credentials=credentials)
        published = self.server.datasources.get_by_id(published.id)
        self.narrow(published, source)
        stale = [t for t in published.tags if t.startswith(self.mark + "-") and t != tag]
        if stale:
            self.server.datasources.delete_tags(published, stale)
        self.server.datasources.add_tags(published, [self.mark, tag])
        return published

    def rules(self, item: Any) -> list[Any]:
        """The rules of a data source."""
        self.server.datasources.populate_permissions(item)
        return list(item.permissions)

    def narrow(self, item: Any, source: dict[str, Any]) -> None:
        """Take away what the manifest does not say."""
        wanted = {self.groups[name.casefold()].id: capabilities for name, capabilities in source["groups"].items() if name.casefold() in self.groups}
        for rule in self.rules(item):
            mine = wanted.get(rule.grantee.id, []) if rule.grantee.tag_name == "group" else []
            extra = {name: mode for name, mode in rule.capabilities.items() if name not in mine or mode != ALLOW}
            if extra and self.does(f"take {', '.join(sorted(extra))} on {item.name!r} from {self.called(rule)}"):
                self.server.datasources.delete_permission(item, self.api.PermissionsRule(rule.grantee, extra))

    def open(self, item: Any, source: dict[str, Any]) -> None:
        """Add what the manifest says and is not there yet."""
        have = {r.grantee.id: r.capabilities for r in self.rules(item) if r.grantee.tag_name == "group"}
        for name, capabilities in sorted(source["groups"].items()):
            group = self.groups.get(name.casefold())
            missing = [c for c in capabilities if group is None or have.get(group.id, {}).get(c) != ALLOW]
            if missing and self.does(f"let {name!r} {', '.join(missing)} on {item.name!r}") and group is not None:
                self.server.datasources.update_permissions(item, [self.rule(group, dict.fromkeys(missing, ALLOW))])

    def withdraw(self, item: Any) -> None:
        """A data source that left the manifest: nobody sees it any more, and `--prune` deletes it."""
        if self.options.prune:
            if self.does(f"delete {item.name!r}, which the manifest does not have any more"):
                self.server.datasources.delete(item.id)
            return
        self.narrow(item, {"groups": {}})


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=ENVIRONMENT, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--force", action="store_true", help="publish data sources that are up to date, too")
    parser.add_argument("--prune", action="store_true", help="delete data sources that the manifest does not have any more")
    parser.add_argument("--create-groups", action="store_true", help="make groups that are missing, without members")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent, help="where manifest.json is")
    return parser.parse_args()


def main() -> int:
    """Sign in, compare, change."""
    options = arguments()
    try:
        manifest = json.loads((options.folder / "manifest.json").read_text(encoding="utf-8"))
        if (manifest.get("format"), manifest.get("version")) != ("pipec-tableau", 1):
            raise Stop("manifest.json is of another format than this script")
        if not options.dry_run:
            variable("TABLEAU_WAREHOUSE_PASSWORD")
        for source in manifest["data_sources"]:
            document(options.folder, source, manifest)
        try:
            import tableauserverclient as api
        except ImportError:
            raise Stop("install what requirements.txt names: pip install -r requirements.txt") from None
        token = api.PersonalAccessTokenAuth(
            variable("TABLEAU_TOKEN_NAME"), variable("TABLEAU_TOKEN_VALUE"), site_id=variable("TABLEAU_SITE", "")
        )
        server = api.Server(variable("TABLEAU_SERVER"), use_server_version=True)
        with server.auth.sign_in(token):
            Publisher(api, server, manifest, options.folder, options).run()
    except Stop as problem:
        print(f"publish: {problem}", file=sys.stderr)
        return 1
    except Exception as problem:  # whatever the library or the network says, without what nobody may read
        text = f"{type(problem).__name__}: {problem}"
        for secret in filter(None, map(os.environ.get, SECRETS)):
            text = text.replace(secret, "…")
        print(f"publish: {text}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
