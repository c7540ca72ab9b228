"""Who died in prison leaves the own contributions with their interest only (服刑期间死亡的账户)."""

from datetime import UTC, date, datetime

import pytest

from backend.cases.models import Case
from backend.people.models import Death
from insurance.accounts.models import AccountEntry, Outgoing, Part
from insurance.benefits.inheriting import NotOwnMoney, inherit
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits.life import life_builders as life

pytestmark = pytest.mark.django_db


def inheritance(scheme: str = "110") -> Case:
    """Wang died in June; Li inherits."""
    Death.objects.create(
        person_id=builders.wang().pk, death_date=date(2026, 6, 20), source="POLICE",
        confirmed=True, evidence="演示", case_id=1,
    )  # fmt: skip
    content = {
        "scheme": scheme,
        "month": "2026-07",
        "heirs": [{"payee": builders.li().pk, "weight": 1}],
    }
    case: Case = builders.case(kind="ACCOUNT_INHERITANCE", content=content)
    case.decided_at = datetime(2026, 9, 15, tzinfo=UTC)
    return case


def paid_in(*, part: Part = Part.PERSON, scheme: str = "110") -> None:
    entry = accounts.entry(
        person_id=builders.wang().pk, month="2026-01", fen=1_000_000, scheme=scheme
    )
    if part is not Part.PERSON:
        AccountEntry.objects.create(
            person_id=entry.person_id, scheme=scheme, kind="OPENING", part=part,
            for_month=date(2005, 12, 1), arrival_month=date(2026, 1, 1), fen=5_000,
            source="BASELINE", source_id=1,
        )  # fmt: skip


def test_own_contributions_of_a_prisoner_are_inherited_with_their_interest() -> None:
    paid_in()
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance())

    assert Outgoing.objects.get().fen == 1_007_500


def test_other_money_in_a_prisoners_account_is_not_inherited_unseen() -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened("SENTENCED", "2026-03-20")

    with pytest.raises(NotOwnMoney):
        inherit(inheritance())

    assert not Outgoing.objects.exists()


@pytest.mark.parametrize("form", ["PROBATION", "DETAINED"])
def test_of_others_the_whole_account_is_inherited(form: str) -> None:
    paid_in(part=Part.EMPLOYER)
    life.happened(form, "2026-03-20")

    inherit(inheritance())

    assert Outgoing.objects.get().fen > 1_007_500


def test_a_residents_account_is_inherited_whole() -> None:
    paid_in(part=Part.SUBSIDY, scheme="170")
    life.happened("SENTENCED", "2026-03-20")

    inherit(inheritance("170"))

    assert Outgoing.objects.get().fen > 1_007_500
