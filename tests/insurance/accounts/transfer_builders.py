"""Wang's relation on its way (关系转移样例): begun, at the letter, at its last step."""

from datetime import UTC, date, datetime
from typing import Any

from backend.cases.models import Case
from insurance.accounts import transfer_money, transfers
from insurance.accounts.models import (
    Direction,
    Transfer,
    TransferStage,
)
from insurance.enrolment.models import Enrolment
from payments.ledger import fund_papers
from payments.ledger.books import ensure_books
from tests import builders
from tests.insurance.enrolment import enrolment_builders as enrolled

HANGZHOU, HEFEI = "330100", "340100"
OCTOBER_9 = date(2026, 10, 9)
TODAY = date(2026, 11, 5)
BASES: list[dict[str, object]] = [
    {"year": 2025, "months": 12, "amount": "60000.00"},
    {"year": 2026, "months": 10, "amount": "50000.05"},
]
PLACES = [{"region": HANGZHOU, "months": 60, "until": "2019-12"}]
NOON = datetime(2026, 11, 5, 4, tzinfo=UTC)
POOLED = 1_320_001  # 12 % of 110,000.05: 13200.006


def begun(
    *, direction: Direction = Direction.OUT, other: str = HANGZHOU, certificate: str = "PZ-1"
) -> Transfer:
    insured()
    return transfers.begin(
        person_id=builders.wang().pk,
        scheme="110",
        direction=direction,
        own_region="340800",
        other_region=other,
        other_agency="演示市社保中心",
        certificate_no=certificate,
        on=OCTOBER_9,
        today=TODAY,
    )


def insured() -> None:
    """Wang was insured here, up to October."""
    if not Enrolment.objects.filter(person=builders.wang().pk).exists():
        enrolled.enrolment(
            person_id=builders.wang().pk,
            scheme="110",
            valid=enrolled.months("2020-01", "2026-11"),
        )


def arrived(
    amount: str = "100000.00", *, document: str = "银行回单 演示1号", **changes: object
) -> int:
    """The paper of a remittance that came into 收入户; its case."""
    books = {book.scheme: book for book in ensure_books(agency=builders.agency(), on=TODAY)}
    content: dict[str, object] = {
        "paper": "TRANSFER_RECEIVED",
        "book": books["110"].pk,
        "day": "2026-11-03",
        "amount": amount,
        "document": document,
    }
    case = builders.case(kind="FUND_PAPER", content=content | changes)
    case.decided_at = NOON
    fund_papers.decide(case)
    return case.pk


def send(case: Case) -> int:
    return transfer_money.send(case, draws=lambda **_: False, known_base=nothing_billed)


def nothing_billed(**_: object) -> tuple[int, int]:
    """Of a year before this house billed anybody."""
    return 0, 0


def receive(case: Case) -> int:
    return transfer_money.receive(case, known_months=nothing_billed)


def at_the_letter(
    *, direction: Direction = Direction.OUT, other: str = HANGZHOU, certificate: str = "PZ-1"
) -> Transfer:
    transfer = begun(direction=direction, other=other, certificate=certificate)
    for stage, day in ((TransferStage.APPLICATION, 12), (TransferStage.LETTER, 20)):
        transfers.go_on(
            transfer_id=transfer.pk,
            stage=stage,
            on=date(2026, 10, day),
            document_no="LX-1",
            today=TODAY,
        )
    return transfer


def last_step(transfer: Transfer, **changes: Any) -> Case:
    content = {
        "transfer": transfer.pk,
        "scheme": "110",
        "month": "2026-11",
        "on": "2026-11-02",
        "document_no": "XX-1",
        "bases": BASES,
        "places": PLACES,
    }
    case = builders.case(kind=f"TRANSFER_{transfer.direction}", content=content | changes)
    case.decided_at = NOON
    return case
