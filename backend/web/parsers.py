"""Read bodies (请求内容): JSON in UTF-8, at most 10 MB, 200,000 parts, 32 deep, each name once, no
floats, no characters SQL cannot keep; uploads of at most 512 MB, which go to disk and not into
memory."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.parsers import JSONParser, MultiPartParser

from backend.kernel.errors import Refusal

BODY_BYTES_MAX = 10 * 1024 * 1024
UPLOAD_BYTES_MAX = 512 * 1024 * 1024  # a return file of a million lines is a quarter of it
DEPTH_MAX = 32
PARTS_MAX = 200_000  # ten megabytes of [[],[],[] would be a gigabyte in memory


class BodyTooLarge(Refusal):
    """The body is larger than any form of ours (请求内容过大)."""

    code = "body_too_large"
    status = 413


class BodyUnreadable(Refusal):
    """The body is not the JSON that we take (请求内容无法读取)."""

    code = "body_unreadable"
    status = 400


class StrictJson(JSONParser):
    """The parser of every view that takes JSON."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read no more than is allowed, whatever the header says of the length."""
        content: bytes = stream.read(BODY_BYTES_MAX + 1)
        if len(content) > BODY_BYTES_MAX:
            raise BodyTooLarge(f"请求内容超过 {BODY_BYTES_MAX // 1024 // 1024} MB。")
        return read_json(content)


class Upload(MultiPartParser):
    """The parser of every view that takes a file; what is large waits in a file of its own."""

    bytes_max = UPLOAD_BYTES_MAX


class SmallUpload(Upload):
    """A file that is read as one text, as one hall writes it."""

    bytes_max = BODY_BYTES_MAX


def read_json(content: bytes) -> Any:
    """Parse a body; numbers with a point are Decimal."""
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > PARTS_MAX:
        raise BodyTooLarge(f"请求内容超过 {PARTS_MAX} 项。")
    try:
        value = json.loads(
            content.decode(),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_each_once,
        )
    except (ValueError, RecursionError) as error:
        raise BodyUnreadable("请求内容不是有效的 JSON（UTF-8）。") from error
    _require_plain(value)
    return value


def is_storable(text: str) -> bool:
    """NUL and lone surrogates pass as JSON, and no database keeps them."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):  # which of both was meant?
        raise BodyUnreadable("请求内容中有重名的栏目。")
    return held


def _require_plain(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise BodyUnreadable(f"请求内容的嵌套超过 {DEPTH_MAX} 层。")
        if isinstance(item, str) and not is_storable(item):
            raise BodyUnreadable("请求内容含有不能保存的字符。")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
