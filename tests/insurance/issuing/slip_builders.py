"""Slips of Zhao's application as they would be printed: all invented (演示)."""

from dataclasses import replace
from datetime import date

from backend.papers.paper import Mark, Paper
from insurance.issuing import slips
from insurance.issuing.issued import Hand, Issued
from insurance.issuing.slips import (
    Applicant,
    CorrectionNotice,
    Declined,
    DeliveryRecord,
    Due,
    Handed,
    Receipt,
)
from tests.insurance.benefits.paper_builders import ZHAO, issued

FILED, ASKED, ON = date(2026, 11, 5), date(2026, 11, 6), date(2026, 11, 10)
AGENT = "李建国（委托，代办登记12）"


def applicant(*, agent: str = AGENT) -> Applicant:
    return Applicant(
        person_name=ZHAO.name,
        id_number=ZHAO.id_number,
        case=4711,
        applied="失业保险金申领",
        filed_on=FILED,
        agent=agent,
    )


def receipt(*, due: Due | None = None) -> Receipt:
    return Receipt(
        applicant=applicant(),
        accepted_on=ON,
        materials=(
            Handed("居民身份证", "原件", 1),
            Handed("终止劳动合同证明", "复印件", 2),
        ),
        due=due or Due(10, date(2026, 11, 20), "社会保险经办条例（国务院令第765号）第二十四条"),
    )


def correction() -> CorrectionNotice:
    return CorrectionNotice(
        applicant=applicant(),
        missing=(
            ("终止劳动合同证明", "核实失业原因是否为非本人意愿"),
            ("居民身份证", "复印件看不清号码"),
        ),
        asked_on=ASKED,
        answer_by=date(2026, 11, 13),
    )


def declined(*, of_objection: bool = False) -> Declined:
    return Declined(
        applicant=applicant(),
        reason="您参加的是城乡居民基本养老保险，没有参加失业保险，不属于失业保险金的申领范围。",
        correction="2026年11月6日一次告知补正，期限到2026年11月13日，逾期没有补正。",
        of_objection=of_objection,
    )


def record() -> DeliveryRecord:
    return DeliveryRecord(
        addressee=ZHAO.name,
        person_name=ZHAO.name,
        id_number=ZHAO.id_number,
        paper_title="不予受理决定书",
        paper_number="34080001-BYSL-2026-000001",
        paper_on=ON,
        case=4711,
        agent=AGENT,
    )


def taken(number: str, *marks: Mark, on: date = ON) -> Issued:
    """Of a stage, with the one hand that took it."""
    by = Hand("李经办", on)
    return replace(issued(number=number, marks=(*marks, Mark.DEMO)), on=on, maker=by, checker=None)


def samples() -> dict[str, Paper]:
    """One of each, by the name of its file."""
    return {
        "acceptance-receipt": slips.receipt(
            said=receipt(), issued=taken("34080001-SLHZ-2026-000001", Mark.UNVERIFIED)
        ),
        "correction-notice": slips.correction_notice(
            said=correction(), issued=taken("34080001-BZGZ-2026-000001", on=ASKED)
        ),
        "not-accepted": slips.declined_notice(
            said=declined(), issued=issued(number="34080001-BYSL-2026-000001", marks=(Mark.DEMO,))
        ),
        "delivery-record": slips.delivery_record(
            said=record(), issued=taken("34080001-SDHZ-2026-000001")
        ),
    }
