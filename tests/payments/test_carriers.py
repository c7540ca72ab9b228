"""A batch goes to a bank of each carrier, and what it answers is typed as any bank's is."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from payments.bank_files import prepare_file
from payments.bank_folders import bank_folder
from payments.banks import profile as profiles
from payments.banks.profile import FOLDER
from payments.banks.write import NotWritable
from payments.batch_profiles import lines_per_file
from payments.comparison import compare
from payments.models import BankFile, Batch, BatchState, Discrepancy, Outcome, OutcomeState
from payments.returns import receive_return
from tests.payments import bank_builders as bank
from tests.payments.banks.carrier_builders import Told, answer, cut_by_hand
from tests.payments.test_batch_profiles import forget

pytestmark = pytest.mark.django_db
NEW = ("FSB", "XSB")


@pytest.fixture(autouse=True)
def all_in_force(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """As if it were 2027: every bank's layout is in force."""
    settings.VAR_DIR = tmp_path
    folder = tmp_path / "profiles"
    folder.mkdir()
    for path in FOLDER.glob("*.toml"):
        text = path.read_text(encoding="utf-8").replace("from = 2027-01-01", "from = 2015-01-01")
        (folder / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(profiles, "FOLDER", folder)
    forget()
    yield
    forget()


def answered(batch: Batch, lines: list[bank.Line], codes: list[str], *, part: int = 1) -> bytes:
    own = bank.profile(batch.bank)
    told = [
        Told(x.ref, x.account, x.name, x.fen, code) for x, code in zip(lines, codes, strict=True)
    ]
    serial = BankFile.objects.get(batch=batch).serial
    said = {"serial": own.number_text("serial", serial), "batch_no": batch.no}
    return answer(own, told, **said, part=own.number_text("part", part))


def hand_in(batch: Batch, folder: Path, content: bytes) -> str:
    """The code of the refusal, nothing when it was taken in."""
    path = bank.put(folder, content, name="answer")
    return receive_return(bank=batch.bank, path=path).code


@pytest.mark.parametrize("code", NEW)
def test_a_file_says_what_was_signed_and_its_answer_is_typed(code: str, tmp_path: Path) -> None:
    lines = bank.lines(4)
    batch = bank.sent(by=bank.office(), bank=code, of=lines)
    own = bank.profile(code)
    sent = (bank_folder(bank=code, name="inbox") / batch.bankfile.name).read_bytes()
    (refused, why), *_ = own.reasons.items()
    codes = [own.paid_codes[0], refused, own.unknown_codes[0], own.paid_codes[0]]

    taken = hand_in(batch, tmp_path, answered(batch, lines, codes))

    assert [line["name"] for line in cut_by_hand(own, sent)] == [line.name for line in lines]
    assert hashlib.sha256(sent).hexdigest() == batch.bankfile.sha256
    assert taken == ""
    states = Outcome.objects.order_by("due_ref").values_list("state", "reason")
    assert list(states) == [
        (OutcomeState.PAID, ""),
        (OutcomeState.RETURNED, why),
        (OutcomeState.UNKNOWN, ""),
        (OutcomeState.PAID, ""),
    ]
    batch.refresh_from_db()
    assert batch.state == BatchState.RETURNED


@pytest.mark.parametrize("code", NEW)
def test_the_banks_own_line_is_laid_beside_ours_whatever_carries_it(
    code: str, tmp_path: Path
) -> None:
    lines = bank.lines(3)
    batch = bank.sent(by=bank.office(), bank=code, of=lines)
    own = bank.profile(code)
    hand_in(
        batch, tmp_path, answered(batch, lines, [*own.paid_codes[:1] * 2, own.unknown_codes[0]])
    )

    found = compare(row=Discrepancy.objects.get(kind="UNKNOWN"))

    (raw,) = found.raw
    said = {piece.field: piece.text for piece in raw.pieces}
    assert (said["ref"], said["code"]) == (lines[2].ref, own.unknown_codes[0])
    assert (found.bank.holder, said["name"]) == (found.business.holder, found.business.holder)
    assert lines[2].account not in str(said)


@pytest.mark.parametrize("code", NEW)
def test_another_banks_answer_is_called_so(code: str, tmp_path: Path) -> None:
    lines = bank.lines(2)
    batch = bank.sent(by=bank.office(), bank=code, of=lines)
    content = answered(batch, lines, list(bank.profile(code).paid_codes) * 2)

    assert receive_return(bank="NSB", path=bank.put(tmp_path, content)).code == "other_bank"
    assert hand_in(batch, tmp_path, content) == ""


def test_more_lines_than_a_bank_takes_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (profiles.FOLDER / "fsb.toml").read_text(encoding="utf-8")
    few = text.replace("max_rows = 50000", "max_rows = 3")
    (profiles.FOLDER / "fsb.toml").write_text(few, encoding="utf-8")
    forget()
    batch = bank.approved(by=bank.office(), bank="FSB", of=bank.lines(4))

    with pytest.raises(NotWritable, match="4笔，示例储蓄银行"):
        prepare_file(batch_id=batch.id)


def test_a_month_is_planned_below_what_a_bank_takes() -> None:
    planned = {
        code: lines_per_file(bank=code, today=bank.PAY_DATE, most=50_000) for code in ("NSB", *NEW)
    }

    assert planned == {"NSB": 50_000, "FSB": 40_000, "XSB": 16_000}
