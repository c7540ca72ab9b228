"""Read the wage declaration of a stranger (缴费工资申报文件) in a process of its own.

    python -m insurance.enrolment.wage_file < declaration.xlsx

is that process: it answers in JSON, either the head and the columns, or the faults.
"""

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

from backend.kernel.identity import IdKind
from backend.uploads.limited import Limits, ReadingError, answer, read_limited
from backend.uploads.refused import Fault, SheetRefused, refused
from insurance.enrolment.wage_layout import WageHead, WageRows, WageSheet
from insurance.enrolment.wage_sheet import read_wages

LIMITS = Limits(memory_bytes=512 * 1024 * 1024, seconds=60, answer_bytes=96 * 1024 * 1024)
MODULE = "insurance.enrolment.wage_file"


def read_wage_file(*, path: Path) -> WageSheet:
    """Read a declaration within 512 MB and a minute, whatever it holds.

    Raises:
        SheetRefused: with up to a hundred faults, each with its place.
    """
    try:
        said = json.loads(read_limited(module=MODULE, file=path, limits=LIMITS))
    except ReadingError as ended:
        if ended.why == "BROKEN":
            raise refused("broken_file", "文件的内部结构不正常，无法读取。") from ended
        raise refused("too_demanding", "文件在规定的时间和内存内读不完，请减少内容。") from ended
    if "faults" in said:
        raise SheetRefused([Fault(*fault) for fault in said["faults"]], count=said["count"])
    return _from_json(said)


def _read_to_json(file: BinaryIO) -> bytes:
    try:
        said = _to_json(read_wages(file=file))
    except SheetRefused as refusal:
        said = {"faults": list(map(astuple, refusal.faults)), "count": refusal.count}
    return json.dumps(said, ensure_ascii=False).encode()


def _to_json(sheet: WageSheet) -> dict[str, Any]:
    columns = {**vars(sheet.rows), "id_kinds": [kind.name for kind in sheet.rows.id_kinds]}
    return {"head": vars(sheet.head), "columns": columns}


def _from_json(said: dict[str, Any]) -> WageSheet:
    columns = said["columns"]
    kinds = [IdKind[name] for name in columns.pop("id_kinds")]
    return WageSheet(head=WageHead(**said["head"]), rows=WageRows(id_kinds=kinds, **columns))


if __name__ == "__main__":
    answer(read=_read_to_json, limits=LIMITS)
