"""Which keys the code reads from the contents of cases and writes into acts, by its own text."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

READERS = {
    *("text", "choice", "number", "optional_number", "count", "fen", "day", "rows", "days"),
    "require_only_proposal",
}
ACT = ("details", "before", "after")
NOT_ASKED = {"migrations", "bench"}  # what a benchmark calls content are answers of the API


def keys_in_code() -> set[str]:
    """Every literal key, of all modules of the server."""
    found = set[str]()
    for folder in ("backend", "cards", "insurance", "payments"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            if not NOT_ASKED & set(path.parts):
                found.update(_keys(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _keys(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_content(node.value):
            yield from _literal(node.slice)
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[str]:
    named = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if named in READERS and len(call.args) > 1:
        yield from _literal(call.args[1])
    if named == "get" and isinstance(call.func, ast.Attribute) and _is_content(call.func.value):
        yield from _literal(call.args[0])
    if named == "record":
        for keyword in call.keywords:
            if keyword.arg in ACT and isinstance(keyword.value, ast.Dict):
                for key in keyword.value.keys:
                    yield from _literal(key)


def _is_content(node: ast.AST) -> bool:
    return ast.unparse(node).endswith("content")


def _literal(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
