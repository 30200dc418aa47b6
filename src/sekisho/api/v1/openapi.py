"""The OpenAPI 3.1 document, made from the catalogue and from the very types that requests are read with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings

from .catalogue import OPERATIONS
from .operation import File, NoQuery, Operation
from .problems import MEDIA_TYPE, ProblemShape

VERSION = "1.0.0"
_REF = "#/components/schemas/{name}"
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same request gives the first answer again, byte for byte, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the contract that the request was thought out for; 412 when it has changed since.",
    "schema": {"type": "string"},
}
_ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "`ja` (default) or `en`: the language of words in answers.",
    "schema": {"type": "string"},
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document, as it reads as JSON."""
    return msgspec.json.decode(msgspec.json.encode(_document()))


def _document() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sekisho",
            "version": VERSION,
            "summary": "Contracts, applications, invoices and receipts of a managed security service.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{settings.BASE_URL}/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _components(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "An API token."}},
            "responses": {"Problem": _response("Why not.", MEDIA_TYPE, _schema(ProblemShape))},
        },
    }


def document_bytes() -> bytes:
    return msgspec.json.encode(document())


def _types(operation: Operation) -> list[Any]:
    body = [] if operation.body is None or isinstance(operation.body, File) else [operation.body]
    answers = [] if isinstance(operation.answers, str) else [operation.answers]
    return [*body, *answers]


def _components() -> dict[str, Any]:
    types = [kind for operation in OPERATIONS for kind in _types(operation)]
    _, components = msgspec.json.schema_components([*types, ProblemShape], ref_template=_REF)
    return components


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"{operation.words.en} / {operation.words.ja}",
        "description": f"{operation.about}\n\nNeeds the scope `{operation.scope}`.",
        "tags": [operation.path.split("/")[1]],
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): _success(operation),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if operation.method == "GET":
        told["responses"]["304"] = {"description": "If-None-Match names what would have been answered."}
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": _body(operation)}
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in operation.parameters
    ]
    headers = [_IDEMPOTENCY_KEY, _IF_MATCH] if operation.method == "POST" else []
    return [*in_path, *_query(operation), *headers, _ACCEPT_LANGUAGE]


def _query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is NoQuery:
        return []
    shape = msgspec.json.schema_components([operation.query], ref_template=_REF)[1][operation.query.__name__]
    required = set(shape.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(schema)}
        for name, schema in shape["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is left out, never null."""
    members = [member for member in schema.get("anyOf", ()) if member != {"type": "null"}]
    if len(members) == 1:
        return members[0]
    return {name: value for name, value in schema.items() if name != "default" or value is not None}


def _body(operation: Operation) -> dict[str, Any]:
    if isinstance(operation.body, File):
        return {operation.body.media_type: {"schema": {}}}
    return {"application/json": {"schema": _schema(operation.body)}}


def _success(operation: Operation) -> dict[str, Any]:
    if isinstance(operation.answers, str):
        return _response(operation.words.en, operation.answers, {})
    return _response(operation.words.en, "application/json", _schema(operation.answers))


def _response(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
