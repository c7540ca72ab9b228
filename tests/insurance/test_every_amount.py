"""Every kind of amount that the system writes says how it came about, and reckons to the fen.

A kind that is new in the code fails here until it has a story with steps.
"""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings

from backend.city import memo_invariants
from backend.kernel.money import Money
from backend.people.queries import canonical_id
from insurance.accounts.models import EntryKind
from insurance.benefits.claims.models import Claim, ClaimKind
from insurance.benefits.claims.print_sheet import steps_of_claim
from insurance.benefits.models import DueKind
from insurance.benefits.monthly_run import MEMO_SOURCE
from insurance.benefits.recovery.months_paid import months_paid, others_put_down
from insurance.benefits.recovery.reckoning import BACK, OTHERS, Asked, notice_steps
from insurance.benefits.recovery.standing import CAME_BACK, came_back
from insurance.policy.recompute import first_wrong
from payments.ledger import memo
from payments.ledger.models import MemoEntry
from tests import builders
from tests.insurance.amount_stories import (
    CLAIMS,
    DUE_TABLES,
    DUES,
    ENTRIES,
    NOT_BY_CASES,
    Story,
    refund_to_an_employer,
)
from tests.insurance.benefits.recovery import recovery_builders as recovery

STORIES = (*DUES.values(), *CLAIMS.values(), *ENTRIES.values(), refund_to_an_employer)


@pytest.fixture(autouse=True)
def _var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.mark.django_db
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_an_amount_comes_out_of_its_printed_steps_alone(story: Story) -> None:
    told = story()

    assert told.steps
    assert first_wrong(steps=told.steps) is None
    assert str(Money(told.fen)) in {step.result for step in told.steps}
    assert all(step.name and step.sentence.endswith("。") for step in told.steps)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [ClaimKind.SURVIVOR, ClaimKind.INHERITED])
def test_each_share_of_a_claim_comes_out_of_its_steps(kind: ClaimKind) -> None:
    CLAIMS[kind]()
    claim = Claim.objects.get()

    steps = steps_of_claim(claim=claim)

    shares = [str(Money(share.fen)) for share in claim.claimshare_set.order_by("pk")]
    assert first_wrong(steps=steps) is None
    assert [step.result for step in steps[-len(shares) :]] == shares


def test_every_kind_of_due_has_its_story() -> None:
    assert set(DUES) == set(DueKind)


def test_every_kind_of_claim_has_its_story() -> None:
    assert set(CLAIMS) == set(ClaimKind)


def test_every_kind_of_entry_has_its_story_or_rests_on_what_has() -> None:
    assert not set(ENTRIES) & set(NOT_BY_CASES)
    assert set(ENTRIES) | set(NOT_BY_CASES) == set(EntryKind)


def test_whatever_is_paid_under_a_number_has_its_story() -> None:
    numbered = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label != "payments"
        and any(field.name == "due_ref" for field in model._meta.local_concrete_fields)
    }

    assert numbered == set(DUE_TABLES)
    assert all(stories and set(stories) <= set(STORIES) for stories in DUE_TABLES.values())


def test_every_source_of_the_memo_register_is_told_by_a_notice() -> None:
    assert {MEMO_SOURCE, *OTHERS, *CAME_BACK} == set(memo_invariants.SOURCES)


@pytest.mark.django_db
@pytest.mark.parametrize("source", sorted({*OTHERS, *CAME_BACK}))
def test_what_the_register_holds_of_a_party_is_told_by_its_source(source: str) -> None:
    """Of a month by the month; what came back together; all else by where it comes from."""
    wang = recovery.overpaid()
    book, party = wang.book, canonical_id(party_id=builders.wang().pk)
    fen = -1_000 if source in CAME_BACK else 1_000
    MemoEntry.objects.create(
        book=book, kind="OVERPAID", party_id=party, source=source, source_id="演示", fen=fen
    )
    owed = memo.outstanding(book=book, party_id=party)

    steps = notice_steps(
        asked=Asked(
            months=months_paid(book_id=book.pk, party_id=party),
            owed_fen=owed,
            back_fen=came_back(book_id=book.pk, debtor_id=party),
            elsewhere_fen=0,
            fen=owed,
            others=others_put_down(book_id=book.pk, party_id=party),
        )
    )

    assert first_wrong(steps=steps) is None
    named = {name: text for step in steps for name, text in step.inputs}
    assert named[OTHERS.get(source, BACK)] == "10.00"
    assert steps[-1].result == str(Money(recovery.OWED_FEN + fen))
