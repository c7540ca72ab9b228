"""The house's own rules of code that ruff cannot say (本地规则): ``python -m tests.house``.

    float-money    no float where amounts are reckoned, nor under a name of money anywhere
    built-sql      into a text of SQL goes what is fixed in the source, never what comes in; what a
                   module puts together when it is loaded is fixed
    secret-in-log  no PIN, password, key, name or number of a person in a call that logs
    dynamic-import no import that the contracts cannot see

What is accepted all the same stands in ``accepted.toml``, each with its reason.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ACCEPTED_FILE = Path(__file__).with_name("accepted.toml")
MODULE = "<module>"
CHECKED = ("backend", "cards", "insurance", "payments", "terminals")
MONEY_FOLDERS = ("insurance/", "payments/", "backend/kernel/money.py")
MONEY_NAME = re.compile(r"(^|_)(fen|yuan|amount|money)($|_)")
SQL = re.compile(
    r"\b(SELECT\s.*\bFROM|INSERT\s+INTO|UPDATE\s.*\bSET|DELETE\s+FROM|COPY\s+\w+|CREATE\s+(TEMP|TABLE)"
    r"|ALTER\s+TABLE|TRUNCATE|WITH\s+\w+\s+AS|WHERE\s|SET\s+LOCAL)\b",
    re.DOTALL,
)
FIXED_NAME = re.compile(r"^_?[A-Z][A-Z0-9_]*$")
LOGGERS = ("log", "logger", "logging", "structlog")
LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log", "msg", "bind")
SECRET = re.compile(
    r"(^|_)(pin|password|passwd|secret|token|otp|totp|private|sealed|cvv|id_number|id_no|number"
    r"|account_no|card_no|holder_name|person_name|full_name|phone|code)($|_)"
)
IMPORTERS = ("__import__", "import_module", "import_string", "find_spec", "exec_module", "run_path")


@dataclass(frozen=True, order=True)
class Found:
    """A line against a rule: ``what`` is the piece, ``where`` the function that holds it."""

    path: str
    line: int
    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} [{self.rule}] {self.where}: {self.what}"


def found_in(*, source: str, path: str) -> list[Found]:
    """All that one file has against the rules."""
    tree = ast.parse(source)
    return sorted(
        Found(path, node.lineno, rule, where, ast.unparse(piece)[:80])
        for where, node in _walk(tree, MODULE)
        for rule, piece in _against(node, path, where)
    )


def found_in_house(*, root: Path = CHECKOUT) -> list[Found]:
    """All that the checked folders have against the rules, accepted or not."""
    files = sorted(path for folder in CHECKED for path in (root / folder).rglob("*.py"))
    return [
        one
        for path in files
        for one in found_in(
            source=path.read_text(encoding="utf-8"), path=path.relative_to(root).as_posix()
        )
    ]


def not_accepted(found: list[Found]) -> list[Found]:
    """What nobody gave a reason for."""
    known = accepted()
    return [one for one in found if (one.rule, one.path, one.where) not in known]


def accepted() -> dict[tuple[str, str, str], str]:
    """(rule, path, where) → why it is accepted."""
    table = tomllib.loads(ACCEPTED_FILE.read_text(encoding="utf-8"))
    return {
        (rule, row["path"], row["where"]): row["why"]
        for rule, rows in table.items()
        for row in rows
    }


def _walk(node: ast.AST, where: str) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        inside = where
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = child.name if where == MODULE else f"{where}.{child.name}"
        if isinstance(child, ast.expr | ast.stmt):
            yield where, child
        yield from _walk(child, inside)


def _against(node: ast.expr | ast.stmt, path: str, where: str) -> Iterator[tuple[str, ast.expr]]:
    yield from (("float-money", piece) for piece in _floats(node, path))
    if where != MODULE:
        yield from (("built-sql", piece) for piece in _loose_pieces(node))
    if isinstance(node, ast.Call):
        yield from (("secret-in-log", piece) for piece in _logged_secrets(node))
        if _called(node) in IMPORTERS:
            yield "dynamic-import", node


def _floats(node: ast.expr | ast.stmt, path: str) -> Iterator[ast.expr]:
    if path.startswith(MONEY_FOLDERS):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node
        if isinstance(node, ast.Name) and node.id == "float":
            yield node
    elif isinstance(node, ast.keyword | ast.AnnAssign | ast.Assign):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = any(isinstance(one, ast.Name) and MONEY_NAME.search(one.id) for one in targets)
        parts = ast.walk(node)
        if named and any(isinstance(one, ast.Name) and one.id == "float" for one in parts):
            yield from (one for one in ast.walk(node) if isinstance(one, ast.Name))


def _loose_pieces(node: ast.expr | ast.stmt) -> Iterator[ast.expr]:
    """Pieces of a text of SQL that are not fixed in the source."""
    text, pieces = _put_together(node)
    if SQL.search(text):
        yield from (piece for piece in pieces if not _is_fixed(piece))


def _put_together(node: ast.expr | ast.stmt) -> tuple[str, list[ast.expr]]:
    """The constant text of an expression that builds one, and what is put into it."""
    if isinstance(node, ast.JoinedStr):
        constants = [part for part in node.values if isinstance(part, ast.Constant)]
        put = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return " x ".join(str(part.value) for part in constants), put
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        right = node.right
        return _text(node.left), list(right.elts) if isinstance(right, ast.Tuple) else [right]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right), [node.left, node.right]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _fills_in(node.func):
        put = [*node.args, *(keyword.value for keyword in node.keywords)]
        return _text(node.func.value), put
    return "", []


def _fills_in(function: ast.Attribute) -> bool:
    """A method that puts something into a text; what ``sql.SQL(…)`` takes is quoted by it."""
    base = function.value
    quotes = isinstance(base, ast.Call) and _called(base) == "SQL"
    return function.attr in ("format", "replace") and not quotes


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_fixed(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return bool(FIXED_NAME.match(node.id))
    if isinstance(node, ast.Attribute):
        return bool(FIXED_NAME.match(node.attr))
    if isinstance(node, ast.Subscript):
        return _is_fixed(node.value)
    if isinstance(node, ast.IfExp):
        return _is_fixed(node.body) and _is_fixed(node.orelse)
    _, pieces = _put_together(node)
    return bool(pieces) and all(_is_fixed(piece) for piece in pieces)


def _logged_secrets(call: ast.Call) -> Iterator[ast.expr]:
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr in LEVELS):
        return
    if not (isinstance(function.value, ast.Name) and function.value.id in LOGGERS):
        return
    for keyword in call.keywords:
        if keyword.arg and SECRET.search(keyword.arg) and keyword.arg != "code":
            yield keyword.value
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        parts = (part for part in ast.walk(argument) if isinstance(part, ast.expr))
        yield from (part for part in parts if _names_a_secret(part))


def _names_a_secret(node: ast.AST) -> bool:
    name = getattr(node, "id", "") or getattr(node, "attr", "")
    return isinstance(name, str) and bool(SECRET.search(name)) and name != "code"


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
