"""The file of an export (导出文件): CSV for Excel, each row marked with whose it is."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

BOM = "\ufeff"  # or Excel takes UTF-8 for GBK
# A cell that begins so is a formula to Excel (ASVS 1.2.10).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARKS = ("导出编号", "导出人", "导出时间")


def write_sheet(
    *,
    to: TextIO,
    head: Sequence[str],
    columns: Mapping[str, str],
    rows: Iterator[Mapping[str, Any]],
    marks: Sequence[str],
) -> int:
    """Write ``head`` (who, when, why), the headings, the rows with ``marks`` behind each, and how
    many they were; give that number."""
    to.write(BOM)
    sheet = csv.writer(to)
    for line in head:
        sheet.writerow([safe(line)])
    sheet.writerow([*columns.values(), *MARKS])
    count = 0
    for row in rows:
        sheet.writerow([*(safe(_text(row[field])) for field in columns), *marks])
        count += 1
    sheet.writerow([f"合计 {count} 行"])
    return count


def safe(text: str) -> str:
    """A cell that Excel takes for text; a plain number stays one."""
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value) if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdecimal() and text[0] == "-"
