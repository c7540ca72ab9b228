"""Edit what you saw (并发修改): ETag and If-Match; a clash answers 412 with the difference."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from backend.kernel.errors import Refusal

IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", required=True, description="所见版本的 ETag；已被他人修改的答 412"
)


class MatchMissing(Refusal):
    """An edit must say which version it changes (缺少 If-Match)."""

    code = "if_match_missing"
    status = 428


class Changed(Refusal):
    """Somebody changed the record since it was read (记录已被他人修改)."""

    code = "record_changed"
    status = 412


def etag_of(shown: Mapping[str, Any]) -> str:
    """The tag of a record as the caller sees it."""
    text = json.dumps(shown, cls=JSONEncoder, sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(shown: Mapping[str, Any], *, status: int = 200) -> Response:
    """Answer with a record and its tag."""
    return Response(shown, status=status, headers={"ETag": etag_of(shown)})


def require_match(*, request: Request, of: str, read: Callable[[], Mapping[str, Any]]) -> None:
    """Refuse an edit of another version than the present one.

    ``of`` names the record, ``read`` gives it as the caller would see it now. Edits of one record
    wait for each other until their transactions end: of two at once one finds what the other did.

    Raises:
        MatchMissing: without If-Match.
        Changed: with ``current``, the record as it stands, and ``difference``: for each field
            sent, what was wanted and what stands there.
    """
    header = request.headers.get("If-Match", "")
    if not header:
        raise MatchMissing("请求须带 If-Match 头，注明所修改的版本。")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [of])
    shown = read()
    if etag_of(shown) in parse_etags(header):
        return
    wanted = request.data if isinstance(request.data, Mapping) else {}
    difference = {
        field: {"yours": value, "current": shown[field]}
        for field, value in wanted.items()
        if field in shown and shown[field] != value
    }
    raise Changed(
        "记录已被他人修改，请核对后重新提交。",
        difference=difference,
        current=shown,
        etag=etag_of(shown),
    )
