"""What an employer declared and paid twice goes back (多缴退库, 演示), as the demo staff see to it.

The comparison finds who was declared twice; where just that waits as overpaid, the finding is
decided and the money is to go back. The list to the treasury and its answer follow by themselves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from backend.cases.authority import Weight, authority
from backend.cases.kinds import CASE
from backend.cases.models import Case, CaseState
from backend.cases.weights import DECIDE
from backend.city.demo_staff import DemoOffice
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection.models import Finding, FindingKind, Suspense, SuspenseReason

FINDING, SUSPENSE = "COLLECTION_FINDING", "COLLECTION_SUSPENSE"
PAPER = "单位退费申请和更正申报 演示1号"
REFUND_AT_TAX = {"decision": "REFUND_AT_TAX", "follow_up": PAPER}
REFUND = {"decision": "REFUND", "evidence": PAPER}
MINUTES = {
    "minutes": "局长办公会纪要 演示1号",
    "minutes_document": "会议纪要扫描件 演示1号",
    "participants": [{"participant": name} for name in ("方永庆", "江守义", "查明德")],
}
Of = tuple[int | None, str, date | None]  # payer, scheme, month


@dataclass(frozen=True)
class Proposal:
    """A case about one row of a worklist: its name in the content, its number, what is said."""

    name: str
    number: int
    party: int
    content: Mapping[str, object]


def give_back(*, office: DemoOffice, period: Month, day: date) -> int:
    """Let what was paid twice in a period go back; how many refunds were decided.

    What an interrupted call proposed is only decided, what somebody else proposed is left to him;
    where there is nothing, nobody logs in.
    """
    paid = paid_twice(period=period)
    if not paid:
        return 0
    of_findings = [
        Proposal("finding", finding.pk, payer_of(suspense), REFUND_AT_TAX)
        for suspense, findings in paid
        for finding in findings
    ]
    refunds = [
        Proposal("suspense", suspense.pk, payer_of(suspense), refund_of(suspense, day=day))
        for suspense, _ in paid
    ]
    _propose(office, "CLERK", FINDING, of_findings, day)
    _propose(office, "FINANCE", SUSPENSE, refunds, day)
    given_back = proposed(kind=SUSPENSE, proposals=refunds)
    _decide(office, "REVIEWER", proposed(kind=FINDING, proposals=of_findings))
    _decide(office, "APPROVER", given_back)
    return len(given_back)


def paid_twice(*, period: Month) -> list[tuple[Suspense, list[Finding]]]:
    """Give what waits as overpaid and is just what was declared twice, to the fen; and by whom."""
    declared: dict[Of, list[Finding]] = defaultdict(list)
    for finding in Finding.objects.filter(
        period=period.first_day, kind=FindingKind.DUPLICATE, closed_at=None
    ).order_by("pk"):
        declared[finding.payer_id, finding.scheme, finding.month].append(finding)
    waiting = Suspense.objects.filter(reason=SuspenseReason.OVERPAID, closed_at=None)
    found = [
        (one, declared.get((one.receipt.payer_id, one.receipt.scheme, one.receipt.month), []))
        for one in waiting.select_related("receipt").order_by("pk")
    ]
    return [
        (one, findings)
        for one, findings in found
        if findings and one.fen == sum(finding.declared_fen for finding in findings)
    ]


def refund_of(suspense: Suspense, *, day: date) -> dict[str, object]:
    """What a case says that lets all of a suspense go back; with minutes where the table asks."""
    asked: dict[str, object] = {**REFUND, "amount": str(Money(suspense.fen))}
    who = authority(
        subject_kind=CASE,
        case_kind=SUSPENSE,
        step=DECIDE,
        on=day,
        weight=Weight(fen=suspense.fen, about=REFUND["decision"]),
        demo=True,
    )
    return asked | {**MINUTES, "minutes_on": day.isoformat()} if who.collective else asked


def payer_of(suspense: Suspense) -> int:
    """The employer that paid it."""
    assert suspense.receipt.payer_id is not None  # a finding names it
    return suspense.receipt.payer_id


def proposed(*, kind: str, proposals: Collection[Proposal]) -> list[int]:
    """Give the cases that wait and say just what is proposed."""
    wanted = [{one.name: one.number, **one.content} for one in proposals]
    return [
        case.pk
        for case in _waiting(kind)
        if any(one.items() <= case.content.items() for one in wanted)
    ]


def _waiting(kind: str) -> QuerySet[Case]:
    return Case.objects.filter(kind=kind, state=CaseState.RECEIVED).order_by("pk")


def _propose(
    office: DemoOffice, role: str, kind: str, proposals: Iterable[Proposal], day: date
) -> None:
    """Hand in a case for each, unless one waits already."""
    member = office.member(role)
    waiting = [case.content for case in _waiting(kind)]
    for one in proposals:
        if one.number in (content.get(one.name) for content in waiting):
            continue
        content = {one.name: one.number, **one.content, "received_date": day.isoformat()}
        body = {"kind": kind, "party": one.party, "content": content}
        member.post("/api/v1/cases/receive", body)


def _decide(office: DemoOffice, role: str, case_ids: Sequence[int]) -> None:
    """Somebody of the role decides these, and nothing else that waits."""
    if not case_ids:
        return
    answer = {"cases": case_ids, "approve": True, "reason": "", "role": role}
    office.member(role).signed_post("/api/v1/cases/decide", answer)
