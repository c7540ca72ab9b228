"""A small CSV as one desk writes it (窗口写的文件): read whole, or refused whole with its line."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from backend.kernel.errors import Refusal

Damaged = Callable[[int, str], Refusal]


def rows_of(
    *, content: bytes, columns: Sequence[str], damaged: Damaged
) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its line; the header is ``columns``. ``damaged`` makes the refusal of a
    line for a reason.

    Raises:
        what ``damaged`` gives.
    """
    reader = csv.reader(io.StringIO(_text(content, damaged), newline=""), strict=True)
    try:
        if next(reader) != list(columns):
            raise damaged(1, f"表头应为 {','.join(columns)}。")
        for fields in reader:
            if len(fields) != len(columns):
                reason = f"应有{len(columns)}列，现在是{len(fields)}列。"
                raise damaged(reader.line_num, reason)
            yield reader.line_num, fields
    except csv.Error:
        raise damaged(reader.line_num, "引号不成对或列不完整。") from None


def _text(content: bytes, damaged: Damaged) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise damaged(line, "不是有效的 UTF-8 文字。") from None
    for sign, reason in (("\ufeff", "文件不能带 BOM。"), ("\r", "换行必须是 LF。")):
        if sign in text:
            raise damaged(text.count("\n", 0, text.index(sign)) + 1, reason)
    if not text.endswith("\n"):
        raise damaged(text.count("\n") + 1, "文件不完整，最后一行没有换行。")
    return text
