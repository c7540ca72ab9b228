"""That an employer has not declared is noted, and lifted, by one person and decided by another."""

from typing import Any

import pytest

from backend.cases.content import ContentInvalid, ProposalWaits
from backend.cases.models import Case
from insurance.collection.bills.undeclared_employers import AlreadyUndeclared, NotUndeclared
from insurance.collection.cases.undeclared_case import check, decide
from insurance.collection.models import Undeclared
from insurance.enrolment.assess import PayerUnknown
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


def asked(*, party_id: int = 0, **changes: object) -> Case:
    content = {"change": "NOTE", "month": "2026-11", "reason": "限期补报通知 演示1号"}
    return cases.decided(
        kind="COLLECTION_UNDECLARED",
        party_id=party_id or of.employer().pk,
        content={**content, **changes},
    )


def test_it_is_noted_and_lifted() -> None:
    assert check(asked()) == 0
    decide(asked())
    assert Undeclared.objects.get().valid == of.months("2026-11")

    decide(asked(change="LIFT", month="2026-12"))

    kept = Undeclared.objects.get(superseded_at__isnull=True)
    assert kept.valid == of.months("2026-11", "2026-12")


def test_what_is_noted_is_not_noted_again_nor_lifted_twice() -> None:
    decide(asked())

    with pytest.raises(AlreadyUndeclared):
        decide(asked())
    decide(asked(change="LIFT"))
    with pytest.raises(NotUndeclared):
        decide(asked(change="LIFT"))


def test_only_employers_declare() -> None:
    with pytest.raises(PayerUnknown):
        decide(asked(party_id=builders.li().pk))


@pytest.mark.parametrize("changes", [{"change": "X"}, {"reason": ""}])
def test_a_case_that_says_too_little_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ContentInvalid):
        check(asked(**changes))


def test_one_proposal_waits_at_a_time() -> None:
    check(asked())
    assert check(asked(party_id=of.employer(serial=2).pk)) == 0

    with pytest.raises(ProposalWaits):
        check(asked())
