"""The API as people read about it: every operation, its parameters and shapes, every problem, in their language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sekisho.terms.words import Words

from .catalogue import OPERATIONS
from .openapi import document
from .operation import Operation
from .problems import CODES

WORDS: dict[str, Words] = {
    "title": Words("API リファレンス", "API reference"),
    "about": Words(
        "契約・申込・請求・入金をプログラムから扱います。機械可読な定義:",
        "Contracts, applications, invoices and receipts for programs. Described for machines in",
    ),
    "operations": Words("操作一覧", "Operations"),
    "scope": Words("必要な権限範囲:", "needs the scope"),
    "parameters": Words("パラメーター一覧", "Parameters"),
    "parameter": Words("パラメーター", "Parameter"),
    "where": Words("場所", "Where"),
    "kind": Words("型", "Type"),
    "required": Words("必須", "required"),
    "body": Words("本文", "Body"),
    "answer": Words("応答", "Answer"),
    "shapes": Words("データの形", "Shapes"),
    "field": Words("項目", "Field"),
    "problems": Words("エラー", "Problems"),
    "code": Words("コード", "Code"),
    "status": Words("ステータス", "Status"),
    "meaning": Words("意味", "Meaning"),
}


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    language = get_language() or "ja"
    context = {
        "words": {name: words.in_language(language) for name, words in WORDS.items()},
        "operations": [_told(operation, language) for operation in OPERATIONS],
        "schemas": [_schema(name, shape) for name, shape in sorted(document()["components"]["schemas"].items())],
        "codes": [(code, status, words.in_language(language)) for code, (status, words) in CODES.items()],
    }
    return render(request, "api/reference.html", context)


def _told(operation: Operation, language: str) -> dict[str, Any]:
    told = document()["paths"][operation.path][operation.method.lower()]
    return {
        "name": operation.name,
        "method": operation.method,
        "path": f"/api/v1{operation.path}",
        "words": operation.words.in_language(language),
        "about": operation.about,
        "scope": operation.scope.value,
        "parameters": [(p["name"], p["in"], p.get("required", False), _kind(p["schema"])) for p in told["parameters"]],
        "body": [
            _linked(content["schema"], media)
            for media, content in told.get("requestBody", {}).get("content", {}).items()
        ],
        "answer": [
            _linked(content["schema"], media)
            for media, content in told["responses"][str(operation.status)]["content"].items()
        ],
    }


def _linked(schema: dict[str, Any], media_type: str) -> tuple[str, str]:
    """The name of a shape that the page describes, or "", and the media type."""
    return schema.get("$ref", "").rpartition("/")[2], media_type


def _schema(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    required = set(shape.get("required", ()))
    return {
        "name": name,
        "about": shape.get("description", ""),
        "values": shape.get("enum", ()),
        "fields": [
            (field, field in required, _kind(schema), schema.get("description", ""))
            for field, schema in shape.get("properties", {}).items()
        ],
    }


def _kind(schema: dict[str, Any]) -> str:
    """A type in one line: ``Plan``, ``string (date)``, ``list of FactShape or null``."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " / ".join(_kind(member) for member in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items') or {})}]"
    form = f" ({schema['format']})" if "format" in schema else ""
    return f"{schema.get('type', 'any')}{form}"
