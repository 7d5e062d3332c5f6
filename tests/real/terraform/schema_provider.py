"""A Terraform provider that knows schemas and nothing else (plugin protocol 6).

It serves a schema as `schema_extract.py` writes it, so that the real terraform can
init, validate, plan and apply without a cloud: planning leaves computed attributes
unknown, applying invents values for them. It listens on a local port and prints the
JSON that belongs into TF_REATTACH_PROVIDERS; terraform then installs no binary.

What it cannot know is not checked: enumerations, conflicting arguments, name and CIDR
formats, and anything a cloud would refuse.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import msgpack
from tf.gen import grpc_controller_pb2, grpc_controller_pb2_grpc, grpc_stdio_pb2_grpc, tfplugin_pb2_grpc
from tf.gen import tfplugin_pb2 as pb

Json = Any
Visit = Callable[[Json, Json, str], Json]

UNKNOWN = msgpack.ExtType(0, b"")
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
ACCOUNT, REGION = "123456789012", "us-east-1"
WELL_KNOWN = {"account_id": ACCOUNT, "region": REGION, "partition": "aws"}
# Lists that configurations look into by number.
LISTS = {("aws_availability_zones", "names"): [f"{REGION}{letter}" for letter in "abcdef"]}

# What AWS calls things by, out of their arguments: policies that name them can be judged.
FORMS = {
    ("aws_s3_bucket", "arn"): "arn:aws:s3:::{bucket}",
    ("aws_s3_bucket", "id"): "{bucket}",
    ("aws_iam_role", "arn"): f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    ("aws_iam_role", "id"): "{name}",
    ("aws_iam_policy", "arn"): f"arn:aws:iam::{ACCOUNT}:policy/{{name}}",
    ("aws_kms_key", "arn"): f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{key}}",
    ("aws_kms_key", "key_id"): "{key}",
    ("aws_secretsmanager_secret", "arn"): f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{name}}-AbCdEf",
}

# The argument that is the id that a resource is imported by.
GOES_BY = {"aws_s3_bucket": "bucket", "aws_db_instance": "identifier", "google_storage_bucket": "name"}


# --- schema to protocol -----------------------------------------------------------------


def block_message(block: Json) -> pb.Schema.Block:
    """A block of the schema as the protocol describes it."""
    message = pb.Schema.Block()
    for name, attribute in sorted(block.get("attributes", {}).items()):
        flags = {flag: attribute.get(flag, False) for flag in ("required", "optional", "computed", "sensitive")}
        message.attributes.append(pb.Schema.Attribute(name=name, type=json.dumps(attribute["type"]).encode(), **flags))
    for name, nested in sorted(block.get("block_types", {}).items()):
        message.block_types.append(
            pb.Schema.NestedBlock(
                type_name=name,
                block=block_message(nested["block"]),
                nesting=NESTING[nested["nesting_mode"]],
                min_items=nested.get("min_items", 0),
                max_items=nested.get("max_items", 0),
            )
        )
    return message


def mentioned_words(folder: Path) -> set[str]:
    """Every word of the configuration that could be a resource type: only those schemas
    are served, because terraform takes seconds to read all of a large provider."""
    words: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file() and path.name.endswith((".tf", ".tf.json", ".tfstate", ".tftest.hcl")):
            words.update(re.findall(r"[a-z0-9]+_[a-z0-9_]+", path.read_text(encoding="utf-8", errors="replace")))
    return words


# --- values -----------------------------------------------------------------------------


def decode(value: pb.DynamicValue) -> Json:
    """A value from the wire, with unknowns as `UNKNOWN`."""
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False, ext_hook=lambda _code, _data: UNKNOWN)
    return json.loads(value.json or b"null")


def encode(value: Json) -> pb.DynamicValue:
    """A value for the wire."""
    return pb.DynamicValue(msgpack=msgpack.packb(value, use_bin_type=True))


def rewrite(value: Json, block: Json, visit: Visit, path: str = "") -> Json:
    """The value with `visit(value, attribute, path)` in place of each attribute."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, attribute in block.get("attributes", {}).items():
        result[name] = visit(result.get(name), attribute, path + name)
    for name, nested in block.get("block_types", {}).items():
        inner, below = result.get(name), f"{path}{name}."
        if isinstance(inner, list):
            result[name] = [rewrite(item, nested["block"], visit, below) for item in inner]
        elif isinstance(inner, dict) and nested["nesting_mode"] == "map":
            result[name] = {key: rewrite(item, nested["block"], visit, below) for key, item in inner.items()}
        elif isinstance(inner, dict):
            result[name] = rewrite(inner, nested["block"], visit, below)
    return result


def invent(type_: Json, path: str, owner: str) -> Json:
    """A deterministic value for a computed attribute."""
    name = path.rsplit(".", 1)[-1]
    if type_ == "string":
        if name in WELL_KNOWN:
            return WELL_KNOWN[name]
        if name.endswith("arn"):
            return f"arn:aws:fake:{REGION}:{ACCOUNT}:{owner}/{name}"
        return f"{owner}-{name}".replace("_", "-")
    if isinstance(type_, str):
        return {"number": 1, "bool": False, "dynamic": None}[type_]
    if (owner, name) in LISTS:
        return LISTS[owner, name]
    kind, element = type_
    if kind == "object":
        return {field: invent(field_type, field, owner) for field, field_type in element.items()}
    if kind == "map":
        return {}
    return [invent(element, path, owner)] if element == "string" else []


def invented(state: Json, block: Json, owner: str, wanted: Callable[[Json, Json], bool]) -> Json:
    """The state with a value for each computed attribute that is wanted."""
    said = dict(state) | {"key": str(uuid.uuid5(uuid.NAMESPACE_URL, str(state.get("description"))))}

    def visit(value: Json, attribute: Json, path: str) -> Json:
        if not wanted(value, attribute):
            return value
        form = FORMS.get((owner, path))
        return form.format(**said) if form else invent(attribute["type"], path, owner)

    return rewrite(state, block, visit)


def empty(block: Json) -> Json:
    """A value of a block in which nothing is said."""
    value: Json = dict.fromkeys(block.get("attributes", {}))
    for name, nested in block.get("block_types", {}).items():
        value[name] = {} if nested["nesting_mode"] == "map" else [] if nested["nesting_mode"] in ("list", "set") else None
    return value


# --- the services -----------------------------------------------------------------------


class Provider(tfplugin_pb2_grpc.ProviderServicer):
    """The provider; the method names are the protocol's."""

    def __init__(self, schema: Json, words: set[str]) -> None:
        self.schema = schema
        self.words = words

    def _block(self, kind: str, type_name: str) -> Json:
        return self.schema[kind][type_name]["block"]

    def GetMetadata(self, _request: Any, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "terraform then asks for the whole schema")

    def GetProviderSchema(self, _request: Any, _context: Any) -> Any:
        response = pb.GetProviderSchema.Response(
            provider=pb.Schema(block=block_message(self.schema["provider"]["block"]))
        )
        for kind in ("resource_schemas", "data_source_schemas"):
            for name, schema in self.schema[kind].items():
                if name in self.words:
                    served = pb.Schema(version=schema["version"], block=block_message(schema["block"]))
                    getattr(response, kind)[name].CopyFrom(served)
        return response

    def ValidateProviderConfig(self, _request: Any, _context: Any) -> Any:
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, _context: Any) -> Any:
        """Refuse a value for an attribute that only the provider sets, as real SDKs do."""
        response = pb.ValidateResourceConfig.Response()

        def visit(value: Json, attribute: Json, path: str) -> Json:
            if value is not None and attribute.get("computed") and not attribute.get("optional"):
                detail = f"{request.type_name}.{path} is computed; it cannot be set."
                summary = "Value for unconfigurable attribute"
                response.diagnostics.append(pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=summary, detail=detail))
            return value

        rewrite(decode(request.config), self._block("resource_schemas", request.type_name), visit)
        return response

    def ValidateDataResourceConfig(self, _request: Any, _context: Any) -> Any:
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _request: Any, _context: Any) -> Any:
        return pb.ConfigureProvider.Response()

    def UpgradeResourceState(self, request: Any, _context: Any) -> Any:
        return pb.UpgradeResourceState.Response(upgraded_state=pb.DynamicValue(json=request.raw_state.json))

    def ReadResource(self, request: Any, _context: Any) -> Any:
        return pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request: Any, _context: Any) -> Any:
        """A new resource has unknown computed attributes; a known one changes as asked."""
        proposed, prior = decode(request.proposed_new_state), decode(request.prior_state)
        if proposed is not None and prior is None:
            proposed = rewrite(
                proposed,
                self._block("resource_schemas", request.type_name),
                lambda value, attribute, _path: UNKNOWN if value is None and attribute.get("computed") else value,
            )
        return pb.PlanResourceChange.Response(planned_state=encode(proposed), legacy_type_system=True)

    def ApplyResourceChange(self, request: Any, _context: Any) -> Any:
        planned = decode(request.planned_state)
        if planned is not None:
            block = self._block("resource_schemas", request.type_name)
            planned = invented(planned, block, request.type_name, lambda value, _attribute: value == UNKNOWN)
        return pb.ApplyResourceChange.Response(new_state=encode(planned), legacy_type_system=True)

    def ImportResourceState(self, request: Any, _context: Any) -> Any:
        """What is imported has its id, and the name that its kind goes by; the rest is as its provider would find it: not known here."""
        block = self._block("resource_schemas", request.type_name)

        def visit(_value: Json, attribute: Json, path: str) -> Json:
            if path == "id" or path == GOES_BY.get(request.type_name):
                return request.id
            return invent(attribute["type"], path, request.type_name) if attribute.get("computed") else None

        state = rewrite(empty(block), block, visit)
        imported = pb.ImportResourceState.ImportedResource(type_name=request.type_name, state=encode(state))
        return pb.ImportResourceState.Response(imported_resources=[imported])

    def ReadDataSource(self, request: Any, _context: Any) -> Any:
        block = self._block("data_source_schemas", request.type_name)
        unset = lambda value, attribute: value is None and attribute.get("computed", False)  # noqa: E731
        state = invented(decode(request.config), block, request.type_name, unset)
        return pb.ReadDataSource.Response(state=encode(state))

    def GetFunctions(self, _request: Any, _context: Any) -> Any:
        return pb.GetFunctions.Response()

    def StopProvider(self, _request: Any, _context: Any) -> Any:
        return pb.StopProvider.Response()


class Controller(grpc_controller_pb2_grpc.GRPCControllerServicer):
    """Terraform leaves a reattached provider running; whoever started it ends it."""

    def Shutdown(self, _request: Any, _context: Any) -> Any:
        return grpc_controller_pb2.Empty()


class Stdio(grpc_stdio_pb2_grpc.GRPCStdioServicer):
    """The plugin framework asks for a stream of output; there is none."""

    def StreamStdio(self, _request: Any, _context: Any) -> Iterator[Any]:
        return iter(())


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("schema", type=Path, help="the schema as JSON")
    arguments.add_argument("configuration", type=Path, help="the folder of the Terraform configuration")
    options = arguments.parse_args()
    address, schema = next(iter(json.loads(options.schema.read_text(encoding="utf-8"))["provider_schemas"].items()))
    unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(8), options=unlimited)
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(Provider(schema, mentioned_words(options.configuration)), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(), server)
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(Stdio(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    where = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    reattach = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": where}
    print(json.dumps({address: reattach}), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
