"""What lies in a bank's folder is taken in, or told once and set aside."""

import os
import re
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.audit.models import Act
from backend.city import exchange
from backend.jobs.models import Job
from backend.jobs.runner import run_waiting
from payments.bank_folders import bank_folder, set_aside
from payments.models import Batch, ReturnFile
from tests.payments import payment_builders as pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def batch() -> Batch:
    return pay.sent()


def lay_down(content: bytes, *, name: str = "HP340800NSB00000001_01.txt") -> Path:
    """Let the bank put a file into its folder."""
    path = bank_folder(bank="NSB", name="returns") / name
    path.write_bytes(content)
    return path


def answer(batch: Batch) -> bytes:
    """All paid."""
    return pay.return_bytes(batch=batch, said=[pay.Said(line) for line in pay.lines_of(batch)])


def damaged(batch: Batch) -> bytes:
    return answer(batch).replace(b"200.00", b"200.01", 1)


def took_in() -> list[str]:
    """Read the folders once; what was told."""
    told: list[str] = []
    ordered = exchange.order_returns(quiet_seconds=0, tell=told.append)
    run_waiting(keys=[found.key for found in ordered])
    exchange.tell_taken_in(ordered=ordered, tell=told.append)
    return told


def names(folder: str) -> list[str]:
    return sorted(path.name for path in bank_folder(bank="NSB", name=folder).iterdir())


def test_an_accepted_file_stays_and_is_told_once(batch: Batch) -> None:
    path = lay_down(answer(batch))

    assert took_in() == [f"  回盘 {path.name}：1 笔"]
    assert took_in() == []
    assert names("returns") == [path.name]


def test_a_refused_file_is_told_once_and_set_aside(batch: Batch) -> None:
    path = lay_down(damaged(batch))
    path.chmod(0o640)

    (told,) = took_in()

    assert told.startswith(f"  拒收 {path.name}：")
    assert took_in() == []
    assert (names("returns"), names("refused")) == ([], [path.name])
    kept = bank_folder(bank="NSB", name="refused") / path.name
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (damaged(batch), 0o640)


def test_the_same_bytes_again_are_refused_with_the_day_of_the_first_time(batch: Batch) -> None:
    lay_down(damaged(batch))
    took_in()
    acts = Act.objects.count()
    lay_down(damaged(batch), name="again.txt")

    (told,) = took_in()

    first = ReturnFile.objects.get()
    assert told.startswith("  拒收 again.txt：与 20")
    assert f"拒收的 {first.name} 是同一份文件" in told
    assert told.endswith(first.detail)
    assert Act.objects.count() == acts


def test_a_refused_file_overwrites_no_other(batch: Batch) -> None:
    for content in (damaged(batch), b"", damaged(batch)):
        path = lay_down(content)
        took_in()

    assert names("refused") == [path.name, f"{path.name}.2", f"{path.name}.3"]


def test_a_move_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    path = lay_down(b"x")
    (bank_folder(bank="NSB", name="refused") / path.name).hardlink_to(path)

    assert set_aside(bank="NSB", path=path).name == path.name
    assert (names("returns"), names("refused")) == ([], [path.name])


def test_a_file_of_which_more_comes_is_left_where_it_is(batch: Batch) -> None:
    whole = answer(batch)
    path = lay_down(whole[:-9])
    told: list[str] = []
    ordered = exchange.order_returns(quiet_seconds=0, tell=told.append)
    run_waiting(keys=[found.key for found in ordered])

    path.write_bytes(whole)
    exchange.tell_taken_in(ordered=ordered, tell=told.append)

    assert (told, names("refused")) == ([], [])
    assert took_in() == [f"  回盘 {path.name}：1 笔"]


def test_a_file_that_is_gone_when_its_job_begins_is_nothing(batch: Batch) -> None:
    path = lay_down(answer(batch))
    ordered = exchange.order_returns(quiet_seconds=0, tell=print)
    path.unlink()

    assert run_waiting(keys=[found.key for found in ordered]) == 1
    assert not ReturnFile.objects.exists()


def test_a_file_that_comes_too_early_gets_no_job_until_the_part_before_it_is_in(
    batch: Batch,
) -> None:
    later = [pay.Said(pay.lines_of(batch)[0])]
    lay_down(pay.return_bytes(batch=batch, said=later, part=2), name="part-2.txt")
    assert exchange.order_returns(quiet_seconds=0, tell=print) == []

    lay_down(answer(batch), name="part-1.txt")
    assert took_in() == ["  回盘 part-1.txt：1 笔"]
    assert took_in() == ["  回盘 part-2.txt：1 笔"]


def test_what_was_taken_in_under_another_name_is_set_aside(batch: Batch) -> None:
    first = lay_down(answer(batch))
    took_in()
    lay_down(answer(batch), name="copy.txt")

    assert took_in() == [f"  拒收 copy.txt：与已导入的 {first.name} 内容相同。"]
    assert names("refused") == ["copy.txt"]


def test_another_file_in_the_place_of_an_accepted_one_is_told(batch: Batch) -> None:
    path = lay_down(answer(batch))
    took_in()
    lay_down(answer(batch)[:-1])

    (told,) = took_in()

    assert told.startswith(f"  拒收 {path.name}：")
    assert ReturnFile.objects.filter(accepted=False).count() == 1


def test_an_accepted_file_altered_in_place_is_refused_and_set_aside(batch: Batch) -> None:
    path = lay_down(answer(batch))
    took_in()
    lay_down(damaged(batch))

    (told,) = took_in()

    refused = ReturnFile.objects.get(accepted=False)
    assert refused.size == ReturnFile.objects.get(accepted=True).size
    assert (refused.line, told) == (1, f"  拒收 {path.name}：{refused.detail}")
    assert (names("returns"), names("refused")) == ([], [path.name])


def test_an_accepted_file_is_hashed_once_however_often_it_is_seen(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(answer(batch))
    took_in()
    assert took_in() == []
    monkeypatch.setattr(exchange, "sha256_of", lambda _: "read again")

    assert took_in() == []


def test_the_largest_file_is_read_first(batch: Batch) -> None:
    small = lay_down(answer(batch), name="HP340800NSB00000001_01.txt")
    large = lay_down(damaged(batch) + b"\r\n" * 100, name="HP340800NSB00000001_02.txt")

    ordered = exchange.order_returns(quiet_seconds=0, tell=print)

    assert [found.path for found in ordered] == [large, small]
    jobs = Job.objects.filter(kind="payments.receive_return").order_by("id")
    assert [job.arguments["name"] for job in jobs] == [large.name, small.name]


def test_a_file_named_in_another_encoding_is_named_in_ours_and_read(batch: Batch) -> None:
    folder = bank_folder(bank="NSB", name="returns")
    Path(os.fsdecode(os.fsencode(folder) + "/回盘.txt".encode("gb18030"))).write_bytes(
        answer(batch)
    )

    assert took_in() == []
    assert names("returns") == ["回盘.txt"]
    assert took_in() == ["  回盘 回盘.txt：1 笔"]


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_read(batch: Batch) -> None:
    unreadable = bank_folder(bank="NSB", name="returns") / "A.txt"
    unreadable.symlink_to("/proc/self/mem")  # reads by nobody, not even root
    path = lay_down(answer(batch))

    told = took_in()

    assert told[-1] == f"  回盘 {path.name}：1 笔"
    assert "A.txt 读不了" in told[0]
    assert not re.search("[a-z]{3}", told[0].replace("A.txt", ""))  # nothing but Chinese
