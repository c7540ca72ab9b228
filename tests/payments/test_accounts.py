"""Payees' accounts: what no bank file could carry is refused at the desk, not on pay day."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction

from backend.cases.content import ContentInvalid
from backend.cases.decide import SamePerson, decide
from backend.cases.kinds import StepNotAllowed
from backend.cases.models import Case
from backend.cases.own_matter import OwnMatter
from backend.people.models import Person
from payments import accounts
from payments.account import AccountInvalid, checked_account
from payments.models import AccountBlock, PayeeAccount
from tests import builders
from tests.builders import NOW, TODAY, Member
from tests.payments import payment_builders as pay
from tests.payments.check_builders import bank_says

OLD, NEW = "9900011000000000017", "9900021000000000025"


def proposed(clerk: Member, **changes: Any) -> Case:
    facts: dict[str, Any] = {
        "staff": clerk.staff,
        "payee_id": builders.wang().pk,
        "bank": "CSB",
        "account_no": NEW,
        "holder_name": "王秀英",
        "from_date": TODAY,
        "evidence": "本人持身份证到窗口(演示)",
        "today": TODAY,
        **changes,
    }
    return accounts.propose(**facts)


def confirmed(clerk: Member, **changes: Any) -> Case:
    """A proposal of which the bank says that it is the payee's own card."""
    case = proposed(clerk, **changes)
    bank_says()
    return case


def decided(case: Case, *, approve: bool = True, by: Member | None = None) -> None:
    reviewer = by or builders.member(role="REVIEWER")
    decide(
        case_id=case.pk,
        approve=approve,
        reason="核对无误",
        key=reviewer.key,
        role="REVIEWER",
        now=NOW,
        acts={"ACCOUNT_CHANGE": accounts.change},
    )


def in_force(day: date) -> list[str]:
    rows = PayeeAccount.objects.filter(
        payee=builders.wang().pk, superseded_at__isnull=True, valid__contains=day
    )
    return [row.account_no for row in rows]


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def clerk() -> Member:
    return builders.member(role="CLERK")


@pytest.mark.django_db
def test_a_proposal_changes_nothing_yet(clerk: Member) -> None:
    proposed(clerk)

    assert in_force(TODAY) == []


@pytest.mark.django_db
def test_the_second_person_changes_the_account_from_its_day(clerk: Member) -> None:
    decided(proposed(clerk, account_no=OLD, bank="NSB", from_date=date(2026, 1, 1)))

    decided(confirmed(clerk))

    assert in_force(date(2026, 11, 4)) == [OLD]
    assert in_force(TODAY) == [NEW]


@pytest.mark.django_db
def test_what_was_to_begin_later_is_dropped(clerk: Member) -> None:
    decided(proposed(clerk, account_no=OLD, from_date=date(2027, 1, 1)))

    decided(confirmed(clerk))

    assert in_force(date(2027, 1, 1)) == [NEW]


@pytest.mark.django_db
def test_a_change_on_the_first_day_leaves_no_empty_row(clerk: Member) -> None:
    decided(proposed(clerk, account_no=OLD))
    decided(confirmed(clerk))

    assert in_force(TODAY) == [NEW]
    assert PayeeAccount.objects.count() == 2


@pytest.mark.django_db
def test_a_refused_proposal_changes_nothing(clerk: Member) -> None:
    decided(proposed(clerk), approve=False)

    assert in_force(TODAY) == []


@pytest.mark.django_db
def test_who_proposed_does_not_decide(clerk: Member) -> None:
    case = proposed(clerk)

    with pytest.raises(SamePerson):
        decided(case, by=clerk)


@pytest.mark.django_db
def test_nobody_proposes_his_own_account_for_another(clerk: Member) -> None:
    own = Person.objects.get(pk=clerk.staff.person_id)
    pay.account(own, bank="CSB", account_no=NEW)

    with pytest.raises(OwnMatter, match="本人的收款账户"):
        proposed(clerk)


@pytest.mark.django_db
def test_nor_decides_it(clerk: Member) -> None:
    case, reviewer = proposed(clerk), builders.member(role="REVIEWER")
    own = Person.objects.get(pk=reviewer.staff.person_id)
    pay.account(own, bank="CSB", account_no=NEW)

    with pytest.raises(OwnMatter):
        decided(case, by=reviewer)


@pytest.mark.django_db
def test_only_a_clerk_proposes() -> None:
    with pytest.raises(StepNotAllowed):
        proposed(builders.member(role="REVIEWER"))


@pytest.mark.django_db
def test_another_holder_is_told_to_the_second_person(clerk: Member) -> None:
    own = proposed(clerk)
    decided(own, approve=False)

    assert own.content["holder_is_payee"] is True
    assert proposed(clerk, holder_name="王小明").content["holder_is_payee"] is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"holder_name": "王小明"},
        {"holder_is_payee": False},
        {"holder_is_payee": None},
        {"evidence": " "},
        {"evidence": None},
        {"from_date": "20261105x"},
        {"account_no": None},
    ],
)
@pytest.mark.parametrize("act", [accounts.check, accounts.change])
def test_a_change_says_whose_account_it_is_and_on_what_evidence(
    act: Callable[[Case], int], said: dict[str, object]
) -> None:
    content = {
        "bank": "CSB",
        "account_no": NEW,
        "holder_name": "王秀英",
        "from_date": TODAY.isoformat(),
        "evidence": "本人持身份证到窗口(演示)",
        "holder_is_payee": True,
    }
    assert accounts.check(builders.case(content=content)) == 0

    with pytest.raises((AccountInvalid, ContentInvalid)):
        act(builders.case(content=content | said))
    assert in_force(TODAY) == []


@pytest.mark.django_db
def test_what_the_bank_refused_stays_refused_until_the_change(clerk: Member) -> None:
    decided(proposed(clerk, account_no=OLD, bank="NSB"))
    refused = PayeeAccount.objects.get(account_no=OLD)
    AccountBlock.objects.create(account=refused, reason="CLOSED", due_ref=1, n=1)

    decided(confirmed(clerk, from_date=date(2027, 2, 1)))
    decided(confirmed(clerk, from_date=date(2027, 1, 1)))

    current = PayeeAccount.objects.filter(superseded_at=None).order_by("valid")
    assert [
        (row.account_no, AccountBlock.objects.filter(account=row).exists()) for row in current
    ] == [
        (OLD, True),
        (NEW, False),
    ]


@pytest.mark.django_db
def test_an_account_that_is_confirmed_is_not_refused_from_its_day_on(clerk: Member) -> None:
    decided(proposed(clerk))
    AccountBlock.objects.create(account=PayeeAccount.objects.get(), reason="X", due_ref=1, n=1)

    decided(proposed(clerk, evidence="银行确认账户正常(演示)"))
    decided(confirmed(clerk, account_no=OLD, from_date=date(2027, 1, 1)))

    blocked = AccountBlock.objects.filter(account__superseded_at=None)
    assert not blocked.exists()


@pytest.mark.django_db
def test_an_account_is_only_ever_superseded(clerk: Member) -> None:
    decided(proposed(clerk))

    with pytest.raises(DatabaseError), transaction.atomic():
        PayeeAccount.objects.update(account_no=OLD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bank": "XYZ"}, "bank"),
        ({"bank": None}, "bank"),
        ({"account_no": ""}, "account_no"),
        ({"account_no": "６２２２０２１３０７"}, "account_no"),
        ({"account_no": "6222 0213"}, "account_no"),
        ({"account_no": "9" * 33}, "account_no"),
        ({"holder_name": ""}, "holder_name"),
        ({"holder_name": "王|英"}, "holder_name"),
        ({"holder_name": "王\t英"}, "holder_name"),
        ({"holder_name": "王\ue000"}, "holder_name"),
        ({"holder_name": "王\u2028英"}, "holder_name"),
        ({"holder_name": " \u3000"}, "holder_name"),
        ({"holder_name": "王\ud842"}, "holder_name"),
        ({"holder_name": "名" * 61}, "holder_name"),
        ({"holder_name": "\U00020bb7" * 31}, "holder_name"),
    ],
)
def test_what_a_bank_file_cannot_carry_is_refused(change: dict[str, object], field: str) -> None:
    facts: dict[str, Any] = {"bank": "NSB", "account_no": OLD, "holder_name": "王秀英"}
    today: dict[str, Any] = {"on": builders.TODAY, "demo": True}

    with pytest.raises(AccountInvalid) as refused:
        checked_account(**{**facts, **change}, **today)

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    "name",
    ["名" * 60, "\U00020bb7" * 30, "王\U0003106c\U00031350", "艾力・买买提", "ＭＡＲＩＡ GARCIA"],
)
def test_a_rare_or_foreign_name_that_fits_is_taken(name: str) -> None:
    taken = checked_account(
        bank="CSB", account_no="9" * 32, holder_name=name, on=builders.TODAY, demo=True
    )

    assert taken.holder_name == name


def test_a_live_database_takes_no_account_at_a_bank_of_an_invented_layout() -> None:
    with pytest.raises(AccountInvalid, match="正式库不能使用") as refused:
        checked_account(
            bank="NSB", account_no=OLD, holder_name="王秀英", on=builders.TODAY, demo=False
        )

    assert refused.value.facts["field"] == "bank"
