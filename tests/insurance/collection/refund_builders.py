"""Refunds that are owed (退库样例): a month paid and taken back, a suspense; answers of 国库."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from backend.access.models import Agency
from backend.cases.decide import decide_many, review
from backend.cases.models import Case
from backend.kernel.money import Money
from insurance.collection import match_invariants, refund_invariants
from insurance.collection.cases import refund, suspense, treasury_refund
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import (
    RefundAdvance,
    RefundAnswer,
    RefundState,
    Suspense,
    TaxFile,
    TreasuryRefund,
)
from insurance.collection.tax.refunded_in import FORMAT, HEADER, take_refunded
from insurance.collection.tax.refunds_out import write_refunds
from insurance.collection.tax.tax_folders import tax_folder
from payments.ledger.models import Posting
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection import tax_builders
from tests.insurance.collection.debt_city import write_bills
from tests.insurance.collection.match_city import Came, P

REFUND = "COLLECTION_REFUND"
PAYER, LI = city.FIRST_PAYER, city.FIRST_PERSON
UNKNOWN = Came(None, "110", 100_00, date(2026, 11, 20), month=city.NOV)
LAST_DAY, LATER = date(2026, 11, 30), date(2026, 12, 31)


def world() -> None:
    """Payers, persons, the agencies that keep the books."""
    city.write_parties(payers=2)
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")


def owed_for_months() -> list[TreasuryRefund]:
    """Li's November was paid and is not owed any more; it is decided that it goes back."""
    own = city.owing(
        payer_id=PAYER, person_id=LI, scheme="110", month=city.NOV, part=P.PERSON, fen=80_00,
        account_fen=80_00,
    )  # fmt: skip
    of_employer = replace(own, key_id=own.key_id + 500, part=P.EMPLOYER, fen=160_00, account_fen=0)
    run = city.open_run()
    city.write_lines(run=run, lines=[own, of_employer])
    write_bills(run, [(own, 240_00, LAST_DAY)])
    arrive(Came(PAYER, "110", 240_00, date(2026, 11, 20), month=city.NOV))
    changes = [(own, -80_00, -80_00), (of_employer, -160_00, 0)]
    run = city.open_run()
    city.write_differences(run=run, changes=changes)
    write_bills(run, [(own, -240_00, LAST_DAY)])
    give_back(
        {
            "payer": PAYER, "person": LI, "scheme": "110", "from_month": "2026-11",
            "last_month": "2026-11", "amount": "240.00", "reason": "WRONGLY_ENROLLED",
            "evidence": "退费申请 演示1号",
        }
    )  # fmt: skip
    return list(TreasuryRefund.objects.order_by("pk"))


def give_back(content: Mapping[str, Any]) -> Case:
    """It is decided that it goes back, what went back to its payer before counted in."""
    before = TreasuryRefund.objects.filter(match__isnull=False, payer_id=content["payer"])
    stands = before.exclude(state=RefundState.WITHDRAWN).values_list("fen", flat=True)
    whole = Money(Money.yuan(content["amount"]).fen + sum(stands))
    case = cases.decided(
        kind=REFUND,
        party_id=content["person"],
        content={**content, **builders.minutes(), "whole": str(whole)},
    )
    return approve(case)


def approve(*refunds: Case) -> Case:
    """By two signatures, as it is done: all at once, or none; gives the last."""
    reviewer, approver = (builders.member(role=role) for role in ("REVIEWER", "APPROVER"))
    for one in refunds:
        review(case_id=one.pk, key=reviewer.key, role=reviewer.role, now=cases.DECIDED_AT)
    return decide_many(
        case_ids=[one.pk for one in refunds], approve=True, reason="", key=approver.key,
        role=approver.role, now=cases.DECIDED_AT,
        acts={REFUND: partial(refund.decide, blockers=())},
    )[-1]  # fmt: skip


def owed_of_suspense(came: Came = UNKNOWN) -> TreasuryRefund:
    """Money of nobody came in; it is decided that it goes back."""
    arrive(came)
    row = Suspense.objects.get(closed_at__isnull=True)
    return given_back(row)


def given_back(row: Suspense, *, evidence: str = "来函 演示1号") -> TreasuryRefund:
    """It is decided that a suspense goes back whole."""
    content = {
        "suspense": row.pk, "decision": "REFUND", "amount": str(Money(row.fen)),
        "evidence": evidence,
    }  # fmt: skip
    suspense.decide(cases.decided(kind="COLLECTION_SUSPENSE", party_id=PAYER, content=content))
    return TreasuryRefund.objects.get(suspense=row)


def arrive(came: Came) -> None:
    """A file with one receipt is worked off."""
    file = city.write_file(receipts=[came])
    work_off(file_id=file.pk, period=city.NOV, today=date(2026, 11, 25))


def listed() -> TaxFile | None:
    """The list goes to the treasury."""
    return write_refunds(period=city.NOV.next, folder=tax_folder(name="inbox"))


def answer(
    number: str,
    *,
    outcome: str = "PAID",
    amount: str = "100.00",
    document: str = "TK1",
    day: str = "2026-12-20",
    reason: str = "",
) -> str:
    """A line of the treasury's answer."""
    return ",".join((number, outcome, document, amount, day, reason))


def told(folder: Path, *rows: str, serial: int = 1, today: date = LATER) -> TaxFile:
    """The treasury's file comes in."""
    path = tax_builders.write(
        folder, rows, header=HEADER, wanted=FORMAT, stem="refunded", serial=serial, period="2026-12"
    )
    return take_refunded(path=path, today=today)


def proposal(decision: str, owed: Sequence[TreasuryRefund], /, **changes: object) -> Case:
    """What finance says of refunds; of paid ones by which paper."""
    rows: list[dict[str, object]] = [{"refund": one.pk} for one in owed]
    content: dict[str, object] = {
        "decision": decision,
        "refunds": rows,
        "evidence": "国库来函 演示1号",
    }
    if decision in ("PAID", "REFUSED"):
        content["day"] = "2026-12-01"
    if decision == "PAID":
        content["document"] = "TK20261201-1"
        for row, one in zip(rows, owed, strict=True):
            row["amount"] = f"{one.fen // 100}.{one.fen % 100:02d}"
    return cases.decided(
        kind="COLLECTION_TREASURY_REFUND", party_id=PAYER, content={**content, **changes}
    )


def entry(answer: RefundAnswer, **more: str) -> dict[str, object]:
    """What finance says of an answer that is to be booked."""
    return {"answer": answer.pk, "amount": f"{answer.fen // 100}.{answer.fen % 100:02d}", **more}


def use(advance: RefundAdvance, refund: TreasuryRefund, amount: str) -> dict[str, object]:
    """What finance says of an advance that is to count to a refund."""
    total = str(Money(advance.fen))
    return {"advance": advance.pk, "refund": refund.pk, "amount": amount, "total": total}


def decide(decision: str, owed: Sequence[TreasuryRefund], **changes: object) -> Case:
    """It is proposed and decided; signatures are tried elsewhere."""
    case = proposal(decision, owed, **changes)
    treasury_refund.decide(case)
    return case


def balances() -> Counter[str]:
    """Debit less credit by account of the ledger."""
    found: Counter[str] = Counter()
    for one in Posting.objects.select_related("account"):
        found[one.account.code] += one.dr_fen - one.cr_fen
    return Counter({code: fen for code, fen in found.items() if fen})


def proved() -> bool:
    """Every promise about money holds."""
    return refund_invariants.broken_promises() + match_invariants.broken_promises() == []
