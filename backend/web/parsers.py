"""Read bodies (请求内容): JSON of at most 10 MB, 32 deep, no floats, no characters SQL cannot keep;
uploads of at most 512 MB, which go to disk and not into memory."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.parsers import JSONParser, MultiPartParser

from backend.kernel.errors import Refusal

BODY_BYTES_MAX = 10 * 1024 * 1024
UPLOAD_BYTES_MAX = 512 * 1024 * 1024  # a return file of a million lines is a quarter of it
DEPTH_MAX = 32


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
    try:
        value = json.loads(content, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BodyUnreadable("请求内容不是有效的 JSON（UTF-8）。") from error
    _require_plain(value)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _require_plain(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise BodyUnreadable(f"请求内容的嵌套超过 {DEPTH_MAX} 层。")
        if isinstance(item, str):
            _require_storable(item)
        elif isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]


def _require_storable(text: str) -> None:
    # NUL and lone surrogates pass as JSON, and no database keeps them.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BodyUnreadable("请求内容含有不能保存的字符。")
