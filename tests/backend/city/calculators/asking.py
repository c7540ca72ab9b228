"""Ask a calculator as its user would (计算器): the command, JSON in and out."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import call_command


def ask(
    name: str, given: object, monkeypatch: pytest.MonkeyPatch, *options: str
) -> tuple[int, list[dict[str, Any]]]:
    """Give the exit code and every answer; ``given`` is bytes, or what becomes JSON."""
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))
    said = io.StringIO()
    code = 0
    try:
        call_command("calculate", name, *options, stdout=said)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, [json.loads(line) for line in said.getvalue().splitlines()]


def lines(*given: object) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(one) + "\n" for one in given).encode()


def outputs(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The outputs of the one answer, without steps and standing."""
    (answer,) = answers
    return {name: value for name, value in answer.items() if name not in ("steps", "standing")}
