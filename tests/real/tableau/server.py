"""A Tableau server as far as publishing needs one: the REST API's paths and XML, kept in memory.

It knows nothing of pipec. Every request is noted; whoever reads an answer is the real client.
A new data source gets the default rules of its project, as Tableau gives them.
"""

from __future__ import annotations

import email.parser
import email.policy
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

SPACE = "http://tableau.com/api"
SITE = "site-1"
EVERYBODY = "group-all"
Rules = dict[tuple[str, str], dict[str, str]]


@dataclass
class Source:
    """A published data source."""

    name: str
    project: str
    description: str
    content: bytes
    user: str
    password: str
    embedded: bool
    tags: set[str] = field(default_factory=set)
    rules: Rules = field(default_factory=dict)
    extract: bool = False


@dataclass
class Project:
    """A project, with what it passes on."""

    name: str
    rules: Rules = field(default_factory=dict)
    passes_on: Rules = field(default_factory=dict)


class Tableau:
    """The state of a site, and what was asked of it."""

    def __init__(self, groups: list[str]) -> None:
        self.groups = {EVERYBODY: "All Users"} | {f"group-{n}": name for n, name in enumerate(groups)}
        self.projects = {"project-0": Project("default", passes_on={("group", EVERYBODY): {"Read": "Allow", "Connect": "Allow"}})}
        self.sources: dict[str, Source] = {}
        self.log: list[tuple[str, str]] = []
        self.token = ("name", "value")
        #: Called after every request: whether the state is one that may be.
        self.watch: Callable[[], None] = lambda: None
        self._next = 100
        self._lock = threading.Lock()

    def writes(self) -> list[tuple[str, str]]:
        """What was asked that changes something."""
        return [(verb, path) for verb, path in self.log if verb != "GET" and "/auth/" not in path]

    def new(self, kind: str) -> str:
        """An id."""
        self._next += 1
        return f"{kind}-{self._next}"

    def start(self) -> ThreadingHTTPServer:
        """Serve on a free port, until `shutdown`."""
        tableau = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def answer(self) -> None:
                """Take it apart, and answer."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, query = urlsplit(self.path).path, urlsplit(self.path).query
                with tableau._lock:
                    tableau.log.append((self.command, path))
                    try:
                        code, xml = tableau.handle(self.command, path, query, self.headers, body)
                    except KeyError as missing:
                        code, xml = 404, f'<error code="404000"><summary>no {missing}</summary><detail>{path}</detail></error>'
                    tableau.watch()
                text = f'<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="{SPACE}">{xml}</tsResponse>'.encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(text) if code != 204 else 0))
                self.end_headers()
                if code != 204:
                    self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def handle(self, verb: str, path: str, query: str, headers: Any, body: bytes) -> tuple[int, str]:
        """One request: status and XML."""
        if path.endswith("/serverInfo") or path.endswith("/serverinfo"):
            return 200, (
                '<serverInfo><productVersion build="1">2025.1</productVersion><restApiVersion>3.25</restApiVersion></serverInfo>'
            )
        if path.endswith("/auth/signin"):
            said = ElementTree.fromstring(body)[0]
            if (said.get("personalAccessTokenName"), said.get("personalAccessTokenSecret")) != self.token:
                return 401, '<error code="401001"><summary>Signin Error</summary><detail>wrong token</detail></error>'
            return 200, f'<credentials token="t"><site id="{SITE}" contentUrl="" /><user id="user-1" /></credentials>'
        if path.endswith("/auth/signout"):
            return 204, ""
        if headers.get("x-tableau-auth") != "t":
            return 401, '<error code="401002"><summary>Unauthorized</summary><detail>no token</detail></error>'
        parts = [unquote(p) for p in path.split(f"/sites/{SITE}/", 1)[1].split("/")]
        kind, rest = parts[0], parts[1:]
        return self.answers()[kind](verb, rest, query, headers, body)

    @staticmethod
    def paged(items: list[str], element: str) -> tuple[int, str]:
        """One page that has them all."""
        page = f'<pagination pageNumber="1" pageSize="1000" totalAvailable="{len(items)}" />'
        return 200, f"{page}<{element}>{''.join(items)}</{element}>"

    def answers(self) -> dict[str, Callable[..., tuple[int, str]]]:
        """Who answers which path."""
        return {"groups": self.of_groups, "projects": self.of_projects, "datasources": self.of_sources}

    def group_xml(self, identity: str) -> str:
        """A group."""
        return f'<group id="{identity}" name={quoteattr(self.groups[identity])}><domain name="local" /></group>'


    def of_groups(self, verb: str, rest: list[str], query: str, headers: Any, body: bytes) -> tuple[int, str]:
        """`groups`"""
        if verb == "POST" and not rest:
            identity = self.new("group")
            self.groups[identity] = ElementTree.fromstring(body)[0].attrib["name"]
            return 201, self.group_xml(identity)
        if verb == "GET" and not rest:
            return self.paged([self.group_xml(i) for i in self.groups], "groups")
        raise KeyError(f"{verb} groups/{rest}")

    def project_xml(self, identity: str) -> str:
        """A project."""
        name = quoteattr(self.projects[identity].name)
        return f'<project id="{identity}" name={name} contentPermissions="ManagedByOwner"><owner id="user-1" /></project>'

    def of_projects(self, verb: str, rest: list[str], query: str, headers: Any, body: bytes) -> tuple[int, str]:
        """`projects`"""
        if verb == "POST" and not rest:
            identity = self.new("project")
            # As Tableau does it: a new project starts with the default project's rules.
            default = {who: dict(what) for who, what in self.projects["project-0"].passes_on.items()}
            self.projects[identity] = Project(ElementTree.fromstring(body)[0].attrib["name"], passes_on=default)
            return 201, self.project_xml(identity)
        if verb == "GET" and not rest:
            return self.paged([self.project_xml(i) for i in self.projects], "projects")
        project = self.projects[rest[0]]
        if rest[1] == "permissions":
            return self.permissions(verb, rest[2:], body, project.rules)
        if rest[1:3] == ["default-permissions", "datasources"]:
            return self.permissions(verb, rest[3:], body, project.passes_on)
        raise KeyError(f"{verb} projects/{rest}")

    @staticmethod
    def permissions(verb: str, rest: list[str], body: bytes, rules: Rules) -> tuple[int, str]:
        """Rules of anything."""
        if verb == "PUT":
            for one in ElementTree.fromstring(body).iter("granteeCapabilities"):
                grantee = next(e for e in one if e.get("id"))
                have = rules.setdefault((grantee.tag, grantee.attrib["id"]), {})
                have |= {c.attrib["name"]: c.attrib["mode"] for c in one.iter("capability")}
        elif verb == "DELETE":
            kind, identity, capability, mode = rest
            have = rules[(kind.removesuffix("s"), identity)]
            if have.get(capability) != mode:
                raise KeyError(capability)
            del have[capability]
            if not have:
                del rules[(kind.removesuffix("s"), identity)]
            return 204, ""
        elif verb != "GET":
            raise KeyError(verb)
        xml = "<permissions>"
        for (kind, identity), capabilities in rules.items():
            listed = "".join(f'<capability name="{name}" mode="{mode}" />' for name, mode in capabilities.items())
            xml += f'<granteeCapabilities><{kind} id="{identity}" /><capabilities>{listed}</capabilities></granteeCapabilities>'
        return 200, xml + "</permissions>"

    def source_xml(self, identity: str) -> str:
        """A data source."""
        source = self.sources[identity]
        tags = "".join(f"<tag label={quoteattr(t)} />" for t in sorted(source.tags))
        project = quoteattr(self.projects[source.project].name)
        return (
            f'<datasource id="{identity}" name={quoteattr(source.name)} description={quoteattr(source.description)} type="postgres"'
            f' hasExtracts="{str(source.extract).lower()}"><project id="{source.project}" name={project} />'
            f'<owner id="user-1" /><tags>{tags}</tags></datasource>'
        )

    def of_sources(self, verb: str, rest: list[str], query: str, headers: Any, body: bytes) -> tuple[int, str]:
        """`datasources`"""
        if not rest:
            if verb == "POST":
                return self.publish(query, headers, body)
            return self.paged([self.source_xml(i) for i in self.sources], "datasources")
        identity, source = rest[0], self.sources[rest[0]]
        match (verb, rest[1:]):
            case ("GET", []):
                return 200, self.source_xml(identity)
            case ("DELETE", []):
                del self.sources[identity]
                return 204, ""
            case (_, ["permissions", *more]):
                return self.permissions(verb, more, body, source.rules)
            case ("PUT", ["tags"]):
                source.tags |= {t.attrib["label"] for t in ElementTree.fromstring(body).iter("tag")}
                return 200, "<tags>" + "".join(f"<tag label={quoteattr(t)} />" for t in source.tags) + "</tags>"
            case ("DELETE", ["tags", tag]):
                source.tags.remove(tag)
                return 204, ""
            case ("POST", ["createExtract"]):
                source.extract = True
                return 200, '<job id="job-1" mode="Asynchronous" type="CreateExtracts" progress="0" createdAt="2025-01-01T00:00:00Z" />'
        raise KeyError(f"{verb} datasources/{rest}")

    def publish(self, query: str, headers: Any, body: bytes) -> tuple[int, str]:
        """A request in parts: what it is, and its file."""
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = {re.search(r'name="?([^";]+)', p["Content-Disposition"]).group(1): p.get_payload(decode=True) for p in message.iter_parts()}
        said = ElementTree.fromstring(parts["request_payload"])[0]
        project, name = said.find("project").attrib["id"], said.attrib["name"]  # type: ignore[union-attr]
        login = said.find("connectionCredentials")
        assert login is not None
        same = [i for i, s in self.sources.items() if (s.project, s.name) == (project, name)]
        old = self.sources[same[0]] if same else None
        if old is not None and "overwrite=true" not in query:
            return 409, '<error code="409004"><summary>Conflict</summary><detail>it is there</detail></error>'
        identity = same[0] if same else self.new("source")
        passed_on = {who: dict(what) for who, what in self.projects[project].passes_on.items()}
        self.sources[identity] = Source(
            name,
            project,
            said.get("description", ""),
            parts["tableau_datasource"],
            login.attrib["name"],
            login.attrib["password"],
            login.get("embed") == "true",
            old.tags if old else set(),
            old.rules if old else passed_on,
        )
        return 201, self.source_xml(identity)
