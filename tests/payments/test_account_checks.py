"""Banks are asked about proposed accounts by a file, once, and answer by a file, whole."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.audit.models import Act
from backend.cases.models import Case
from backend.city.account_steps import confirm_accounts
from backend.feeds.lines import FileDamaged
from backend.people import queries
from payments import invariants
from payments.account_answers import KEPT, AnswerInvalid, take_answer
from payments.account_checks import OUT, ask_banks
from payments.account_models import (
    AccountAnswer,
    AccountAnswerFile,
    AccountCheck,
    AccountCheckFile,
)
from payments.bank_folders import bank_folder
from tests import builders
from tests.payments import payment_builders as pay
from tests.payments.check_builders import answer_rows, bank_says, laid
from tests.payments.forgeries import named

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def asking(
    person: Any, *, bank: str = "NSB", account_no: str = pay.ACCOUNT, own: bool = True
) -> Case:
    content = {
        "bank": bank,
        "account_no": account_no,
        "holder_name": "王秀英",
        "from_date": "2026-11-05",
        "evidence": "新卡(演示)",
        "holder_is_payee": own,
    }
    return builders.case(party=person, content=content)


def two_asked() -> AccountCheckFile:
    asking(builders.wang())
    asking(builders.li(), account_no=pay.OTHER_ACCOUNT)
    (file,) = ask_banks()
    return file


def matched(file: AccountCheckFile) -> list[tuple[object, ...]]:
    return answer_rows(file, result="MATCHED", own_card=True)


def test_each_bank_is_asked_about_its_own_accounts() -> None:
    first = asking(builders.wang())
    asking(builders.li(), bank="CSB")

    files = {file.bank: file for file in ask_banks()}

    number = queries.sights(party_ids=[first.party_id], on=builders.TODAY)[first.party_id].number
    path = bank_folder(bank="NSB", name=OUT) / "checks-000001.csv"
    assert path.read_text() == (
        f"ref,account_no,holder_name,id_number\n{first.pk},{pay.ACCOUNT},王秀英,{number}\n"
    )
    assert sha256(path.read_bytes()).hexdigest() == files["NSB"].sha256
    assert sorted(files) == ["CSB", "NSB"]


def test_of_another_holder_no_number_is_known() -> None:
    case = asking(builders.wang(), own=False)

    ask_banks()

    path = bank_folder(bank="NSB", name=OUT) / "checks-000001.csv"
    assert path.read_text().splitlines()[1] == f"{case.pk},{pay.ACCOUNT},王秀英,"


def test_nobody_is_asked_about_twice() -> None:
    two_asked()

    assert ask_banks() == []
    asking(builders.zhao(), account_no="9900011000000000033")
    (later,) = ask_banks()
    assert (later.serial, later.row_count) == (2, 1)


def test_a_file_that_was_lost_on_its_way_is_written_again() -> None:
    file = two_asked()
    folder = bank_folder(bank="NSB", name=OUT)
    for path in folder.iterdir():
        path.unlink()

    ask_banks()

    assert sha256((folder / "checks-000001.csv").read_bytes()).hexdigest() == file.sha256
    assert json.loads((folder / "checks-000001.json").read_text())["serial"] == 1


def test_the_answer_says_of_each_what_the_bank_found() -> None:
    file = two_asked()
    first, second = answer_rows(file, result="MATCHED", own_card=True)

    take_answer(path=laid(file, [first, (*second[:2], "NAME_DIFFERS", "NO")]))

    said = AccountAnswer.objects.order_by("pk").values_list("result", "own_card")
    assert list(said) == [("MATCHED", True), ("NAME_DIFFERS", False)]


def test_the_same_answer_again_changes_nothing() -> None:
    file = two_asked()
    path = laid(file, matched(file))

    assert take_answer(path=path).new
    assert not take_answer(path=path).new
    assert AccountAnswerFile.objects.count() == 1


def test_what_was_answered_is_not_answered_otherwise() -> None:
    file = two_asked()
    take_answer(path=laid(file, matched(file)))

    other = laid(file, answer_rows(file, result="NO_ACCOUNT", own_card=False))
    told: list[str] = []
    confirm_accounts(quiet_seconds=0, tell=told.append)

    assert "不同的回复" in told[0]
    assert not other.exists()
    assert set(AccountAnswer.objects.values_list("result", flat=True)) == {"MATCHED"}
    act = Act.objects.get(name="payments.account_answer_differs")
    assert (act.subject_id, act.details["sha256"]) == (
        str(file.pk),
        AccountAnswerFile.objects.get().sha256,
    )
    assert act.digest != act.details["sha256"]


def test_an_answer_in_the_folder_of_another_bank_is_refused() -> None:
    file = two_asked()
    path = laid(file, matched(file))

    with pytest.raises(AnswerInvalid, match="CSB 的文件夹"):
        take_answer(path=path, bank="CSB")
    assert not AccountAnswer.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"format": "yikatong-account-checked/1"},
        {"bank": "XYZ"},
        {"bank": "NSB\0"},
        {"bank": None},
        {"serial": 2},
        {"serial": "1"},
        {"serial": True},
        {"asked_sha256": "0" * 64},
        {"rows": 1},
        {"rows": 3},
        {"sha256": "0" * 64},
        {"sha256": None},
        {"more": 1},
    ],
)
def test_a_description_of_another_file_is_refused(said: dict[str, object]) -> None:
    file = two_asked()

    with pytest.raises((AnswerInvalid, FileDamaged)):
        take_answer(path=laid(file, matched(file), **said))
    assert not AccountAnswer.objects.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda rows: rows[::-1],
        lambda rows: [rows[0], (rows[1][0], pay.ACCOUNT, *rows[1][2:])],
        lambda rows: [rows[0], (*rows[1][:2], "FINE", "YES")],
        lambda rows: [rows[0], (*rows[1][:2], "MATCHED", "yes")],
        lambda rows: [rows[0], rows[1][:3]],
        lambda rows: [rows[0], ("", *rows[1][1:])],
        lambda rows: [rows[0], rows[0]],
    ],
)
def test_an_answer_that_is_not_row_by_row_what_was_asked_is_refused_whole(damage: Any) -> None:
    file = two_asked()

    with pytest.raises((AnswerInvalid, FileDamaged)) as refused:
        take_answer(path=laid(file, damage(matched(file))))
    assert refused.value.facts["line"] in (2, 3)
    assert not AccountAnswer.objects.exists()


def test_more_or_fewer_rows_than_were_asked_are_refused() -> None:
    file = two_asked()
    rows = matched(file)

    for other in (rows[:1], [*rows, rows[1]]):
        with pytest.raises((AnswerInvalid, FileDamaged)):
            take_answer(path=laid(file, other, rows=2))


def test_a_missing_file_is_refused() -> None:
    file = two_asked()
    path = laid(file, matched(file))
    path.with_suffix(".csv").unlink()

    with pytest.raises(FileDamaged):
        take_answer(path=path)
    with pytest.raises(AnswerInvalid):
        take_answer(path=path.with_name("checked-000009.json"))


def test_what_the_bank_said_is_only_added_to() -> None:
    two_asked()
    bank_says()
    AccountAnswerFile.objects.count()

    for model, change in (
        (AccountCheckFile, {"serial": 9}),
        (AccountCheck, {"file": 9}),
        (AccountAnswer, {"result": "MATCHED"}),
        (AccountAnswerFile, {"name": "x"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**change)


def test_an_answer_that_is_not_the_bank_s_is_named() -> None:
    file = two_asked()
    assert named(invariants.CHECKED) == []
    take_answer(path=laid(file, matched(file)))
    assert named(invariants.CHECKED) == []

    kept = bank_folder(bank="NSB", name=KEPT) / AccountAnswerFile.objects.get().sha256
    kept.write_bytes(kept.read_bytes().replace(b"MATCHED", b"UNUSABLE"))

    assert named(invariants.CHECKED) == ["checked-000001.csv"]


def test_an_account_under_a_change_that_cools_is_named() -> None:
    pay.account(builders.wang())
    case = pay.decided(asking(builders.wang(), account_no=pay.OTHER_ACCOUNT))
    assert named(invariants.COOLED) == []

    forged = pay.account(builders.li(), account_no=pay.OTHER_ACCOUNT)
    type(forged).objects.filter(pk=forged.pk).update(superseded_at=builders.NOW)
    again = type(forged).objects.create(
        payee_id=builders.li().pk,
        bank="NSB",
        account_no=pay.OTHER_ACCOUNT,
        holder_name="王秀英",
        valid=forged.valid,
        case_id=case.pk,
    )

    assert named(invariants.COOLED) == [f"账户 {again.pk}"]
