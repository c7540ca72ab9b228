"""The sample of docs/formats/exports.md is what an export writes (导出文件样例)."""

import io

from backend.cluster import CHECKOUT
from backend.exports.lists import exported_lists
from backend.exports.sheet import write_sheet

SAMPLE = CHECKOUT / "docs/formats/samples/export-41.csv"
HEAD = (
    "对账差异清单，导出编号 41，finance1 于 2026-11-20 09:30 导出。",
    "用途：核对十一月差异。筛选条件：open=true。",
    "姓名、号码已脱敏；仅限上述用途，用毕销毁，不得转发。",
)
ROW = {
    "id": 7,
    "batch": 3,
    "kind_label": "金额不符",
    "ref": "1000023-1",
    "instructed_amount": "251.50",
    "bank_amount": "251.05",
    "bank_name": "王**",
    "reason": "=演示",
    "opened_at": "2026-11-18T10:00:00+08:00",
    "decision": "",
    "closed_at": None,
}


def test_the_sample_is_what_is_written() -> None:
    to = io.StringIO(newline="")

    write_sheet(
        to=to,
        head=HEAD,
        columns=exported_lists()["discrepancy-list"].columns,
        rows=iter([ROW]),
        marks=("41", "finance1", "2026-11-20 09:30"),
    )

    assert to.getvalue().encode() == SAMPLE.read_bytes()
