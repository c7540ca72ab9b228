"""What a relation brought is told anew by a case that names the first (关系转入更正)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Sum

from backend.cases.corrections import ObjectionUnnamed
from backend.cases.models import Case
from insurance.accounts.arrivals import taken_of
from insurance.accounts.entries import balance
from insurance.accounts.entry_steps import steps_of_entry
from insurance.accounts.invariants import broken_promises
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    EntryKind,
    Transfer,
    TransferCorrection,
)
from insurance.accounts.places_brought import brought as places
from insurance.accounts.sent_away import RelationElsewhere, brought_years, require_here
from insurance.accounts.transfer_correcting import (
    AccountSpent,
    NothingChanged,
    TransferInReplaced,
    TransferInUnknown,
)
from insurance.accounts.transfers import TransferInvalid
from insurance.policy.recompute import first_wrong
from payments.ledger.fund_papers import entry_of
from tests import builders
from tests.insurance.accounts import account_builders as of
from tests.insurance.accounts.transfer_builders import (
    BASES,
    HEFEI,
    arrived,
    at_the_letter,
    last_step,
    receive,
    send,
)
from tests.insurance.issuing.objected import objected, put_on_record

pytestmark = pytest.mark.django_db
FOUND = {"error": "信息表录错", "error_evidence": "信息表原件 演示9号"}
WRONG = [{"part": "PERSON", "fen": 500_000}, {"part": "EMPLOYER", "fen": 30_000}]
RIGHT = [{"part": "PERSON", "fen": 450_000}, {"part": "EMPLOYER", "fen": 90_000}]


def came(other: str = HEFEI, **changes: Any) -> tuple[Transfer, Case]:
    transfer = at_the_letter(direction=Direction.IN, other=other)
    case = last_step(transfer, **{"amounts": WRONG, **changes})
    receive(case)
    return transfer, case


def told_anew(transfer: Transfer, case: Case, **changes: Any) -> Case:
    given = {"amounts": RIGHT, "corrects": case.pk, **FOUND, **changes}
    again = last_step(transfer, **given)
    receive(again)
    return again


def held() -> int:
    return balance(person_id=builders.wang().pk, scheme="110")


def years() -> dict[int, int]:
    found = brought_years(person_id=builders.wang().pk, scheme="110")
    return {year: one.months for year, one in found.items()}


def broken() -> list[str]:
    return [row.promise for row in broken_promises() if "转" in row.promise]


def test_the_account_holds_what_the_right_sheet_says() -> None:
    transfer, case = came()

    again = told_anew(transfer, case)

    by_part = AccountEntry.objects.values("part").order_by("part").annotate(all=Sum("fen"))
    assert list(by_part.values_list("part", "all")) == [("EMPLOYER", 90_000), ("PERSON", 450_000)]
    row = TransferCorrection.objects.get()
    assert (row.corrects, row.case_id, row.fen) == (case.pk, again.pk, 540_000)
    assert broken() == []


def test_every_entry_says_how_it_came_about() -> None:
    transfer, case = came()
    told_anew(transfer, case)

    for entry in AccountEntry.objects.all():
        steps = steps_of_entry(entry=entry)
        assert first_wrong(steps=steps) is None
        if entry.n:
            assert steps[-1].result == f"{entry.fen / 100:.2f}"


def test_an_objection_is_answered_by_the_sheet_told_anew() -> None:
    transfer, case = came()
    put_on_record(case)
    objection = objected(to=case.pk, of=builders.wang().pk)
    asked = {"amounts": RIGHT, "corrects": case.pk, "objection": objection.pk}

    with pytest.raises(ObjectionUnnamed):
        receive(last_step(transfer, amounts=RIGHT, corrects=case.pk))
    receive(last_step(transfer, **asked))

    assert held() == 540_000
    assert f"业务件 {objection.pk}" in TransferCorrection.objects.get().ground


def test_its_years_and_places_are_those_of_the_new_sheet() -> None:
    transfer, case = came()
    assert years() == {2025: 12, 2026: 10}
    other = [{"region": "330200", "months": 24, "until": "2018-12"}]

    told_anew(transfer, case, bases=[{**BASES[0], "months": 11}], places=other)

    assert years() == {2025: 11}
    (place,) = places(person_id=builders.wang().pk, scheme="110")
    assert (place.region, place.months) == ("330200", 24)


def test_what_is_taken_of_the_arrival_is_what_the_new_sheet_takes() -> None:
    paper = arrived("10000.00")
    transfer, case = came("330100", paper=paper, pooled_fen=470_000)

    with pytest.raises(TransferInvalid, match="不足"):
        told_anew(transfer, case, paper=paper, pooled_fen=460_001)
    told_anew(transfer, case, paper=paper, pooled_fen=450_000)

    entry = entry_of(case_id=paper)
    assert entry is not None
    assert taken_of(entry=entry) == "已有 9900.00 元转入个人账户或统筹基金"
    assert broken() == []


def test_what_should_not_have_come_is_withdrawn_and_its_paper_free() -> None:
    paper = arrived("10000.00")
    transfer, case = came("330100", paper=paper, pooled_fen=470_000)

    told_anew(transfer, case, withdrawn=True)

    entry = entry_of(case_id=paper)
    assert entry is not None
    assert (held(), years(), taken_of(entry=entry)) == (0, {}, "")
    assert broken() == []


def test_a_withdrawal_that_was_wrong_is_corrected_too() -> None:
    transfer, case = came()
    gone = told_anew(transfer, case, withdrawn=True)

    told_anew(transfer, gone)

    assert (held(), years()) == (540_000, {2025: 12, 2026: 10})
    assert broken() == []


def test_the_last_that_counts_is_corrected() -> None:
    transfer, case = came()
    told_anew(transfer, case)

    with pytest.raises(TransferInReplaced):
        told_anew(transfer, case, amounts=WRONG)


def test_only_what_brought_this_relation() -> None:
    transfer, _ = came()
    other = builders.case(kind="TRANSFER_IN", content={"scheme": "110"})

    with pytest.raises(TransferInUnknown):
        told_anew(transfer, other)


def test_the_same_sheet_changes_nothing() -> None:
    transfer, case = came()

    with pytest.raises(NothingChanged):
        told_anew(transfer, case, amounts=WRONG)


def test_no_account_falls_below_nothing() -> None:
    transfer, case = came()
    of.entry(person_id=builders.wang().pk, month="2026-11", kind=EntryKind.LUMP_SUM, fen=-400_000)

    with pytest.raises(AccountSpent, match="先办追回"):
        told_anew(transfer, case, withdrawn=True)


def test_a_relation_that_went_on_is_told_anew_no_more() -> None:
    transfer, case = came()
    send(last_step(at_the_letter(other=HEFEI, certificate="PZ-9"), document_no="XX-9"))

    with pytest.raises(RelationElsewhere, match="随同转出"):
        told_anew(transfer, case)


def test_who_never_came_back_is_elsewhere_still() -> None:
    of.entry(person_id=builders.wang().pk, month="2026-01", fen=1_000_000)
    send(last_step(at_the_letter(other=HEFEI, certificate="PZ-8"), document_no="XX-8"))
    transfer, case = came()
    require_here(person_id=builders.wang().pk, scheme="110")

    told_anew(transfer, case, withdrawn=True)

    with pytest.raises(RelationElsewhere):
        require_here(person_id=builders.wang().pk, scheme="110")


def test_a_correction_names_the_case_that_counts_also_by_sql() -> None:
    transfer, case = came()

    with pytest.raises(IntegrityError, match="as it counts"):
        TransferCorrection.objects.create(
            transfer=transfer,
            corrects=case.pk + 1,
            case_id=1,
            withdrawn=True,
            fen=0,
            pooled_fen=0,
            ground="演示",
        )


def test_what_was_undone_without_a_correction_is_found() -> None:
    _, case = came()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_accountentry (person_id, scheme, kind, part, for_month, "
            "arrival_month, fen, source, source_id, n) SELECT person_id, scheme, kind, part, "
            "for_month, arrival_month, -fen, source, source_id, 1 FROM accounts_accountentry "
            "WHERE source_id = %s",
            [case.pk],
        )

    assert broken() == ["个人账户:转入等于其环节上的金额,跨省的有到账凭证,不超过到账金额"]
