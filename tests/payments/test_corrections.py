"""A correction file makes one case a row; twice changes nothing; a damaged one is refused whole."""

from datetime import date, timedelta

import pytest

from backend.cases.decide import decide_many
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Case
from payments import accounts
from payments.accounts import Imported, receive_corrections
from payments.corrections import CorrectionsDamaged
from payments.ledger.models import Book
from payments.models import Attempt, Batch, Outcome, PayeeAccount, ReturnFile
from tests import builders
from tests.builders import NOW, TODAY, Member

pytestmark = pytest.mark.django_db
HEADER = "ref,bank,account_no,holder_name,evidence\n"
WANG = "2000001-1,NSB,9900011000000000017,王秀英,本人到窗口(演示)\n"
LI = "2000002-1,CSB,9900021000000000025,李建国,本人到窗口(演示)\n"
STANDING, PAID, RETURNED = "2000003-1", 8, 9


@pytest.fixture
def clerk() -> Member:
    """A clerk on the day when the bank returned Wang's and Li's money and paid Zhao's."""
    book = Book.objects.create(
        agency=builders.agency(), scheme="170", pool_region="340800", name="演示账套"
    )
    batch = Batch.objects.create(
        no="34080001-170-202611-NSB-1",
        book=book,
        bank="NSB",
        kind="REGULAR",
        period=date(2026, 11, 1),
        pay_date=date(2026, 11, 15),
    )
    file = ReturnFile.objects.create(
        bank="NSB", name="HP1", size=1, sha256="0" * 64, accepted=True, batch=batch, part=1
    )
    people = (builders.wang(), builders.li(), builders.zhao())
    states = (RETURNED, RETURNED, PAID)
    for due_ref, (person, state) in enumerate(zip(people, states, strict=True), start=2_000_001):
        Attempt.objects.create(
            due_ref=due_ref,
            n=1,
            batch_id=batch.pk,
            chunk=0,
            payee_id=person.pk,
            fen=100,
            parts=[100],
            account_no="9900011999000000019",
            holder_name="演示",
        )
        Outcome.objects.create(due_ref=due_ref, n=1, state=state, fen=100, return_file_id=file.pk)
    return builders.member(role="CLERK")


def load(clerk: Member, content: str | bytes, *, today: date = TODAY) -> Imported:
    raw = content if isinstance(content, bytes) else content.encode()
    return receive_corrections(content=raw, received_by=clerk.staff, today=today)


def test_each_row_becomes_a_case_of_its_payee(clerk: Member) -> None:
    imported = load(clerk, HEADER + WANG + LI)

    cases = {case.pk: case for case in Case.objects.all()}
    assert imported.new == 2
    assert [cases[pk].party_id for pk in imported.case_ids] == [
        builders.wang().pk,
        builders.li().pk,
    ]
    assert cases[imported.case_ids[0]].content["from_date"] == "2026-11-05"


def test_the_same_file_again_changes_nothing(clerk: Member) -> None:
    first = load(clerk, HEADER + WANG + LI)

    again = load(clerk, HEADER + WANG + LI, today=TODAY + timedelta(days=1))

    assert (again.new, again.case_ids) == (0, first.case_ids)
    assert Case.objects.count() == 2


def test_a_longer_file_adds_only_what_is_new(clerk: Member) -> None:
    load(clerk, HEADER + WANG)

    assert load(clerk, HEADER + WANG + LI).new == 1


def test_nobody_hands_in_a_row_of_his_own(clerk: Member) -> None:
    wang = builders.member(role="CLERK", of=builders.wang())

    with pytest.raises(CorrectionsDamaged, match="您本人"):
        load(wang, HEADER + WANG + LI)
    assert not Case.objects.exists()


def test_decided_corrections_are_the_payees_accounts(clerk: Member) -> None:
    imported = load(clerk, HEADER + WANG + LI)
    reviewer = builders.member(role="REVIEWER")

    decide_many(
        case_ids=imported.case_ids,
        approve=True,
        reason="",
        key=reviewer.key,
        role="REVIEWER",
        now=NOW,
        acts={"ACCOUNT_CHANGE": accounts.change},
    )

    current = PayeeAccount.objects.filter(superseded_at__isnull=True, valid__contains=TODAY)
    assert {row.account_no for row in current} == {"9900011000000000017", "9900021000000000025"}
    assert load(clerk, HEADER + WANG + LI).new == 0


def test_a_second_correction_waits_for_the_first(clerk: Member) -> None:
    load(clerk, HEADER + WANG)

    with pytest.raises(CorrectionsDamaged) as refused:
        load(clerk, HEADER + LI + WANG.replace("0017", "0033"))

    assert refused.value.facts["line"] == 3
    assert Case.objects.count() == 1


def test_only_a_clerk_imports(clerk: Member) -> None:
    with pytest.raises(StepNotAllowed):
        load(builders.member(role="CASHIER"), HEADER + WANG)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("ref,bank\n", 1),
        (HEADER + WANG + LI[:-1], 3),
        (HEADER + WANG + LI[:20], 3),
        (HEADER + WANG + LI.replace(",CSB", ""), 3),
        (HEADER + WANG + WANG, 3),
        (HEADER + WANG + LI.replace("2000002-1", "2000002"), 3),
        (HEADER + WANG + LI.replace("2000002-1", "２０００００２-1"), 3),
        (HEADER + WANG + LI.replace("2000002-1", "2999999-1"), 3),
        (HEADER + WANG + LI.replace("2000002-1", "2000002-2"), 3),
        (HEADER + WANG + LI.replace("2000002-1", STANDING), 3),
        (HEADER + WANG + LI.replace("CSB", "XYZ"), 3),
        (HEADER + WANG + LI.replace("990002", "99000X"), 3),
        (HEADER + WANG + LI.replace("李建国", ""), 3),
        (HEADER + WANG + LI.replace("李建国", "李|国"), 3),
        (HEADER + WANG + LI.replace("本人到窗口(演示)", ""), 3),
        (HEADER + WANG + LI.replace("李建国", '"李建国'), 3),
        (HEADER + WANG + LI.replace("\n", "\r\n"), 3),
        ("\ufeff" + HEADER + WANG, 1),
        ((HEADER + WANG + LI).encode("gb18030"), 2),
        ((HEADER + WANG).encode() + b"\xff\n", 3),
    ],
)
def test_a_damaged_file_is_refused_whole_with_its_line(
    clerk: Member, content: str | bytes, line: int
) -> None:
    with pytest.raises(CorrectionsDamaged) as refused:
        load(clerk, content)

    assert refused.value.facts["line"] == line
    assert refused.value.facts["reason"]
    assert not Case.objects.exists()


def test_an_empty_list_is_no_damage(clerk: Member) -> None:
    assert load(clerk, HEADER) == Imported((), 0)
