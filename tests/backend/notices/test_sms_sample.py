"""The sample of docs/formats/sms.md is what the gateway of a demonstration writes (短信样例)."""

from datetime import date
from pathlib import Path

from backend.cluster import CHECKOUT
from backend.notices.gateway import FileGateway
from backend.notices.text import Matter, text_of

SAMPLE = CHECKOUT / "docs/formats/samples/sms-128.txt"
MATTER = Matter(
    agency="演示市社会保险事业管理中心",
    label="收款账户变更",
    case_id=5021,
    decided_on=date(2026, 11, 5),
)


def test_the_sample_is_what_is_written(tmp_path: Path) -> None:
    FileGateway(tmp_path).send(
        ref=128, number="13900000001", text=text_of(matter=MATTER, demo=True)
    )

    (written,) = tmp_path.iterdir()
    assert written.name == "128.txt"
    assert written.read_bytes() == SAMPLE.read_bytes()


def test_the_same_message_again_is_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        FileGateway(tmp_path).send(ref=128, number="13900000001", text="演示")

    assert len(list(tmp_path.iterdir())) == 1
