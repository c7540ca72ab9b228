"""People are called from a list, and what they say comes back in a file: a no opens a case."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.access.models import Staff
from backend.audit.models import Act
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Case
from backend.notices.call_backs import HEADER as ANSWERS_HEADER
from backend.notices.call_backs import (
    LIST_HEADER,
    CallBacksDamaged,
    TakenIn,
    take_answers,
    write_call_back_list,
)
from backend.notices.models import CallBackFile, Notice, NoticeStep, StepState
from payments import accounts
from payments.account_changes import let_count
from payments.account_models import AccountChange, ChangeState
from tests import builders
from tests.at_once import at_once
from tests.backend.notices.notice_builders import (
    ADDRESS,
    LANDLINE,
    MOBILE,
    OTHER_MOBILE,
    reach,
    state_of,
    told,
)
from tests.builders import TODAY, Member
from tests.payments import payment_builders as pay

HEADER = "ref,answer,note\n"
db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def caller() -> Member:
    return builders.member(role="CLERK")


def called(**content: object) -> Notice:
    """Wang is to be called about a change of her account that cools."""
    reach(builders.wang(), **(content or {"phone": MOBILE}))
    pay.account(builders.wang())
    case = accounts.propose(
        staff=builders.member(role="CLERK").staff,
        payee_id=builders.wang().pk,
        bank="NSB",
        account_no=pay.OTHER_ACCOUNT,
        holder_name="王秀英",
        from_date=TODAY,
        evidence="新卡(演示)",
        today=TODAY,
    )
    pay.decided(case)
    return Notice.objects.filter(channel="CALL_BACK").order_by("pk")[0]


def take(caller: Member, content: str | bytes) -> TakenIn:
    raw = content if isinstance(content, bytes) else content.encode()
    return take_answers(content=raw, caller=caller.staff, today=TODAY)


def listed(var: Path) -> list[dict[str, str]]:
    write_call_back_list()
    path = var / "notices" / "call-backs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@db
def test_the_list_says_whom_to_call_at_which_number_and_about_what(var: Path) -> None:
    notice = called()

    (row,) = listed(var)

    assert (row["ref"], row["name"], row["phone"]) == (str(notice.pk), "王秀英", MOBILE)
    assert (row["agency"], row["former"]) == ("34080001", "NO")
    assert "尾号0025" in row["text"]
    assert (var / "notices" / "call-backs.csv").stat().st_mode & 0o077 == 0
    assert pay.OTHER_ACCOUNT not in row["text"]


def test_the_samples_are_a_list_and_its_answers() -> None:
    samples = Path(__file__).parents[3] / "docs" / "formats" / "samples"
    lines = [
        (samples / name).read_text(encoding="utf-8").splitlines()
        for name in ("call-backs.csv", "call-back-answers.csv")
    ]

    assert [tuple(one[0].split(",")) for one in lines] == [LIST_HEADER, ANSWERS_HEADER]
    assert [one[1].split(",")[0] for one in lines] == ["31", "31"]


@db
def test_nobody_to_call_makes_no_list(var: Path) -> None:
    assert write_call_back_list() == 0
    assert not (var / "notices").exists()


@db
def test_a_yes_takes_the_call_off_the_list(var: Path, caller: Member) -> None:
    notice = called()
    assert len(listed(var)) == 1

    taken = take(caller, f"{HEADER}{notice.pk},YES,本人办理(演示)\n")

    assert taken == TakenIn(1, ())
    assert state_of(notice) is StepState.CONFIRMED
    assert listed(var) == []


@db
def test_who_is_not_reached_stays_on_the_list(var: Path, caller: Member) -> None:
    notice = called()

    take(caller, f"{HEADER}{notice.pk},NOT_REACHED,第一次\n")
    take(caller, f"{HEADER}{notice.pk},NOT_REACHED,第二次\n")

    assert [row["ref"] for row in listed(var)] == [str(notice.pk)]
    assert notice.steps.filter(state=StepState.FAILED).count() == 2


@db
def test_a_no_opens_a_case_at_once_and_stops_what_cools(caller: Member) -> None:
    notice = called()

    (dispute,) = take(caller, f"{HEADER}{notice.pk},NO,从来没有去过窗口(演示)\n").disputes

    case = Case.objects.get(pk=dispute)
    assert (case.kind, case.party_id, case.content["change"]) == (
        "CHANGE_DISPUTE",
        builders.wang().pk,
        notice.case_id,
    )
    assert let_count(today=TODAY + timedelta(days=60)) == 0
    assert AccountChange.objects.get(pk=notice.case_id).state == ChangeState.COOLING
    assert Act.objects.get(name="notices.called_back").details["denied"] == [notice.pk]


@db
def test_two_who_say_no_of_one_change_open_one_case(caller: Member) -> None:
    reach(builders.wang(), phone=LANDLINE)
    called(phone=MOBILE)
    refs = Notice.objects.filter(channel="CALL_BACK").values_list("pk", flat=True)

    taken = take(caller, HEADER + "".join(f"{ref},NO,\n" for ref in refs))

    assert (len(refs), taken.answered, len(taken.disputes)) == (2, 2, 1)


@db
def test_who_said_yes_may_still_say_no(caller: Member) -> None:
    notice = called()
    take(caller, f"{HEADER}{notice.pk},YES,\n")

    assert take(caller, f"{HEADER}{notice.pk},NO,想起来不是本人\n").disputes
    with pytest.raises(CallBacksDamaged):
        take(caller, f"{HEADER}{notice.pk},YES,又说是本人\n")


@db
def test_the_same_file_again_changes_nothing(caller: Member) -> None:
    content = f"{HEADER}{called().pk},NO,\n"
    take(caller, content)

    assert take(caller, content) == TakenIn(0, ())
    assert (CallBackFile.objects.count(), Case.objects.filter(kind="CHANGE_DISPUTE").count()) == (
        1,
        1,
    )


@db
def test_who_had_a_hand_in_the_case_does_not_call(caller: Member) -> None:
    notice = called()
    receiver = notice.case.received_by
    assert receiver is not None
    maker = Member(Staff.objects.get(person_id=receiver), role="CLERK", key=caller.key)

    with pytest.raises(CallBacksDamaged, match="您办理过"):
        take(maker, f"{HEADER}{notice.pk},YES,\n")


@db
def test_whom_a_call_does_not_reach_gets_a_letter(caller: Member) -> None:
    notice = called(phone=MOBILE, address=ADDRESS)
    content = f"{HEADER}{notice.pk},NOT_REACHED,\n"

    take(caller, content)
    take(caller, content.replace(",\n", ",再次\n"))

    (letter,) = Notice.objects.filter(channel="LETTER")
    assert (letter.address, letter.text, state_of(letter)) == (
        ADDRESS,
        notice.text,
        StepState.QUEUED,
    )
    assert Act.objects.filter(name="notices.called_back").order_by("pk")[0].rows == 1 + 1 + 2


@db
def test_only_a_clerk_calls() -> None:
    with pytest.raises(StepNotAllowed):
        take(builders.member(role="CASHIER"), HEADER)


@db
@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("{ref},YES,\n{ref},NO,\n", 3),
        ("{ref},YES,\n0,NO,\n", 3),
        ("{ref},YES,\n9999999,NO,\n", 3),
        ("{ref},YES,\n{sms},NO,\n", 3),
        ("{ref},yes,\n", 2),
        ("{ref},YES\n", 2),
        ("{ref},YES," + "长" * 101 + "\n", 2),
        ("{ref},YES,\x07\n", 2),
        ("{ref},YES,", 2),
        ('{ref},YES,"\n', 2),
        ("{ref},YES,\r\n", 2),
    ],
)
def test_a_damaged_file_is_refused_whole_with_its_line(
    caller: Member, rows: str, line: int
) -> None:
    ref = called().pk
    sms = Notice.objects.get(channel="SMS").pk

    with pytest.raises(CallBacksDamaged) as refused:
        take(caller, HEADER + rows.format(ref=ref, sms=sms))

    assert refused.value.facts["line"] == line
    assert not NoticeStep.objects.filter(state__gt=StepState.QUEUED).exists()
    assert not Case.objects.filter(kind="CHANGE_DISPUTE").exists()


@db
@pytest.mark.parametrize("content", ["", "ref,answer\n", "\ufeff" + HEADER, b"\xff" + b"\n"])
def test_what_is_no_file_of_answers_is_refused(caller: Member, content: str | bytes) -> None:
    with pytest.raises(CallBacksDamaged) as refused:
        take(caller, content)

    assert refused.value.facts["line"] == 1


def test_one_file_at_once_from_two_sides_counts_once(own_database: object) -> None:
    caller = builders.member(role="CLERK")
    content = f"{HEADER}{called().pk},NO,\n".encode()

    def call() -> TakenIn:
        return take_answers(content=content, caller=caller.staff, today=TODAY)

    done = at_once(*[call] * 3)

    assert sorted(one.answered for one in done) == [0, 0, 1]
    assert Case.objects.filter(kind="CHANGE_DISPUTE").count() == 1


@db
def test_a_former_number_is_called_as_such(var: Path) -> None:
    reach(builders.wang(), phone=MOBILE)
    reach(builders.wang(), phone=OTHER_MOBILE)
    told(builders.wang(), call_back=True)

    found = {row["phone"]: row["former"] for row in listed(var)}

    assert found == {MOBILE: "YES", OTHER_MOBILE: "NO"}
