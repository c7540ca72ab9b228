"""A bare view that does the same (裸视图): Django's handler without middleware, and one function.

It verifies the same signature, runs the same statements in the same transactions, and answers the
same. Which statements those are is not written here: they are what our own call ran just before,
for the same machine and citizen, run again with the nonce and the time of this call.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from psycopg import ClientCursor

from backend.kernel import signed_request
from backend.kernel.money import Money
from backend.kernel.signed_request import Asked
from backend.postgresql.planned import planned_once
from insurance.accounts.statement import ACCOUNTS

Values = Sequence[Any] | Mapping[str, Any] | None
COMMIT = "COMMIT"


@dataclass(frozen=True)
class Statement:
    """A statement, the transaction of its call in which it ran (None: it was one by itself), and
    whether the server had its plan."""

    sql: str
    values: Values
    within: int | None
    planned: bool


@dataclass
class Script:
    """What a call ran, when, and the nonce that it took."""

    nonce: str
    at: datetime
    statements: list[Statement] = field(default_factory=list)

    def run(self, *, nonce: str) -> list[tuple[Any, ...]]:
        """Run it again for another nonce, and as of now; give the rows of the balances."""
        rows: list[tuple[Any, ...]] = []
        later = timezone.now() - self.at
        for within, some in groupby(self.statements, key=lambda one: one.within):
            around = nullcontext() if within is None else transaction.atomic()
            with around:
                for one in some:
                    with planned_once() if one.planned else connection.cursor() as cursor:
                        cursor.execute(one.sql, self._anew(one.values, nonce, later))
                        if one.sql == ACCOUNTS:
                            rows = cursor.fetchall()
        return rows

    def _anew(self, values: Values, nonce: str, later: timedelta) -> Values:
        if not isinstance(values, Mapping):
            return values
        moved = {n: v + later if isinstance(v, datetime) else v for n, v in values.items()}
        return moved | {name: nonce for name, value in values.items() if value == self.nonce}


SCRIPTS: dict[bytes, Script] = {}  # by the public key of the machine that called


@contextmanager
def recorded(script: Script) -> Iterator[None]:
    """Note the statements that are run meanwhile."""

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = sum(entry["sql"] == COMMIT for entry in connection.queries_log)
        within = done if connection.in_atomic_block else None
        planned = not isinstance(context["cursor"].cursor, ClientCursor)
        script.statements.append(Statement(sql, params, within, planned))
        return execute(sql, params, many, context)

    connection.force_debug_cursor = True  # its log has the commits
    try:
        with connection.execute_wrapper(noted):
            yield
    finally:
        connection.force_debug_cursor = False


def balances(request: HttpRequest) -> JsonResponse:
    """Answer a signed balance query."""
    headers = request.headers
    asked = Asked(
        *(request.method or "", request.path, request.META["QUERY_STRING"]),
        digest=headers[signed_request.DIGEST],
        session=headers[signed_request.SESSION],
    )
    claim = signed_request.claim_of(asked, headers)
    if claim is None or signed_request.digest_of(request.body) != asked.digest:
        raise SuspiciousOperation
    Ed25519PublicKey.from_public_bytes(claim.public_key).verify(claim.signature, claim.message)
    rows = SCRIPTS[claim.public_key].run(nonce=claim.nonce)
    return JsonResponse(
        [
            {
                "person_id": person_id,
                "scheme": scheme,
                "balance": str(Money(fen)),
                "last_month": f"{month:%Y-%m}",
            }
            for person_id, scheme, fen, month in rows
        ],
        safe=False,
    )


class BareHandler(WSGIHandler):
    """Requests go to the function as they are."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load none."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answer = self._get_response  # type: ignore[attr-defined]  # the stubs leave it out
        self._middleware_chain = convert_exception_to_response(answer)

    def resolve_request(self, request: HttpRequest) -> Any:
        """Look into the addresses below."""
        request.urlconf = __name__
        return super().resolve_request(request)


urlpatterns = [path("api/v1/personal-accounts/", balances)]
