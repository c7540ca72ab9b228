"""Same key and body, same answer; other body or concurrent, 409 (INV-17 幂等)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import JSONField, Value
from django.http import HttpResponse, QueryDict
from django.http.request import HttpHeaders
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from backend.kernel.errors import Refusal
from backend.postgresql.planned import planned_once
from backend.web.models import KeptAnswer
from backend.web.policy import Member

if TYPE_CHECKING:  # the views import what asks for their permission by name
    from rest_framework.views import APIView

HEADER = "Idempotency-Key"
IN_META = HttpHeaders.to_wsgi_name(HEADER)
KEY_MAX = 100
FOUND = "kept_answer"  # on a request, by ``found``
ROUTE_MAX = 200
# As the desk, for its caller and nobody else: nothing more is told to a call that is answered so.
KEPT = "SELECT route, body_sha256, status, answer FROM web_kept_answer_of(%(actor)s, %(key)s)"
NOTHING, JSON = "null", "application/json"  # kept of an answer without content; of any other
View = Callable[..., Response]
Kept = Callable[..., HttpResponseBase]
Row = tuple[str, str, int, str]


class KeyMissing(Refusal):
    """A POST that changes money or status needs a key (缺少幂等键)."""

    code = "idempotency_key_missing"
    status = 400


class KeyTaken(Refusal):
    """The key was used for another request (幂等键已用于其他请求)."""

    code = "idempotency_key_taken"
    status = 409


class KeyBusy(Refusal):
    """The same request is being worked on now (同一请求正在处理)."""

    code = "idempotency_key_busy"
    status = 409


def idempotent(view: View) -> Kept:
    """Let a view method run once per key: effect and kept answer are one transaction.

    Refusals are neither kept nor leave anything behind: whoever mends the cause must be able to
    try again.
    """

    @wraps(view)
    def wrapped(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = _asked(request)
        again = _answered(asked, vars(request._request).get(FOUND))
        if again is not None:
            return again
        with transaction.atomic():
            _require_free(asked)
            again = _answered(asked, _row(asked.actor, asked.key))  # somebody was first meanwhile
            if again is not None:
                return again
            response = view(self, request, *args, **kwargs)
            if response.status_code < 300:
                _keep(asked, response)
            else:
                transaction.set_rollback(True)
        return response

    vars(wrapped)["needs_key"] = True  # the schema and a test ask
    return wrapped


def key_sought(request: Request, view: "APIView") -> str:
    """The key under which a call of somebody who is known may have been answered before; empty for
    a call that has none."""
    handler = getattr(view, (request.method or "").lower(), None)
    known = bool(request.user and request.user.is_authenticated)
    return _key_of(request) if known and hasattr(handler, "needs_key") else ""


def found(request: Request, row: Row) -> None:
    """Note what is kept under the key of a call. It stays as it is, so it needs no lock."""
    vars(request._request)[FOUND] = row


def is_answered(request: Request) -> bool:
    """Whether an answer was found under the key of a call: then it looks at nothing else."""
    return FOUND in vars(request._request)


@dataclass(frozen=True)
class _Asked:
    """A request under a key; another one under the same is refused."""

    actor: str
    key: str
    route: str
    body: str


def _asked(request: Request) -> _Asked:
    key = _key_of(request)
    if not key:
        raise KeyMissing(f"请求须带 {HEADER} 头（1 至 {KEY_MAX} 个可见字符）。")
    return _Asked(
        actor=cast(Member, request.user).actor,
        key=key,
        route=f"{request.method} {request.path}"[:ROUTE_MAX],
        body=_digest(request),
    )


def _key_of(request: Request) -> str:
    """The key of a call; empty for none, and for one that cannot be."""
    key: str = request.META.get(IN_META, "")
    return key if len(key) <= KEY_MAX and key.isascii() and key.isprintable() else ""


def _digest(request: Request) -> str:
    """Digest path, fields and files by content: a repeated upload has another boundary.

    Keyed by this host's secret, for a body may hold a password, and a plain digest could be tried.
    """
    fields: Any = request.data
    if isinstance(fields, QueryDict):
        fields = {name: fields.getlist(name) for name in fields if name not in request.FILES}
    files = {name: _file_digest(file) for name, file in request.FILES.items()}
    content = [request.get_full_path(), fields, files]
    text = json.dumps(content, cls=JSONEncoder, sort_keys=True)
    return salted_hmac("backend.web.idempotency", text, algorithm="sha256").hexdigest()


def _file_digest(file: "UploadedFile[bytes]") -> str:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _require_free(asked: _Asked) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{asked.actor}\n{asked.key}"],
        )
        (free,) = cursor.fetchone()
    if not free:
        raise KeyBusy("同一请求正在处理，请稍后再看结果。")


def _row(actor: str, key: str) -> Row | None:
    """What is kept under the caller's key."""
    with planned_once() as cursor:
        cursor.execute(KEPT, {"actor": actor, "key": key})
        row: Row | None = cursor.fetchone()
    return row


def _answered(asked: _Asked, kept: Row | None) -> HttpResponseBase | None:
    """The answer that was given before, if there was one, word for word as it is kept."""
    if kept is None:
        return None
    route, body, status, answer = kept
    if (route, body) != (asked.route, asked.body):
        raise KeyTaken("这个幂等键已用于内容不同的请求。")
    headers = {"Idempotent-Replayed": "true"}
    if answer == NOTHING:
        return Response(status=status, headers=headers)
    return HttpResponse(answer, status=status, content_type=JSON, headers=headers)


def _keep(asked: _Asked, response: Response) -> None:
    KeptAnswer.objects.create(
        actor=asked.actor,
        key=asked.key,
        route=asked.route,
        body_sha256=asked.body,
        status=response.status_code,
        answer=Value(json.loads(json.dumps(response.data, cls=JSONEncoder)), JSONField()),
    )
