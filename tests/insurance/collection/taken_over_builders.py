"""A company whose arrears were taken over, and cases that put them right (接管应缴更正样例)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import LazySettings

from backend.access.models import Agency
from backend.cases.models import Case
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.collection import invariants, match_invariants
from insurance.collection.cases import taken_over_case
from insurance.collection.cases.taken_over_weight import COUNT
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillLine, LinePart
from tests import builders
from tests.insurance.collection import case_builders as cases
from tests.insurance.collection import match_city as city
from tests.insurance.collection.arrears_files import TOTALS, insured, li_row, take, write
from tests.insurance.collection.match_city import Came

KIND = "COLLECTION_TAKEN_OVER"
OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
NOVEMBER_30 = date(2026, 11, 30)
NOBODY = {"id_kind": "", "id_number": "", "account": ""}


def company_of(settings: LazySettings, folder: Path) -> int:
    """Where Li works, whom the two agencies of the city insure."""
    settings.VAR_DIR = folder / "var"
    builders.agency()
    Agency.objects.create(code="34080002", name="演示市医保局", region="340800", kind="MEDICAL")
    payer: int = insured().pk
    return payer


def estimated(folder: Path) -> None:
    """The old system had estimated the company's October at 1,500 yuan."""
    row = li_row(part="ESTIMATE", amount="1500.00", **NOBODY)
    take(write(folder, [row], totals=[{**TOTALS[0], "payers": 1, "rows": 1, "fen": 1_500_00}]))


def key_of(part: LinePart, *, scheme: str = "110", payer_id: int = 0) -> int:
    """The number of an amount that was taken over."""
    keys = BillLine.objects.filter(part=part, scheme=scheme, month=OCTOBER.first_day)
    if payer_id:
        keys = keys.filter(payer_id=payer_id)
    return keys.values_list("id", flat=True).order_by("id")[0]


def fallen(lines: Sequence[tuple[int, str]]) -> str:
    """By how much they fall together."""
    owed = dict.fromkeys((key for key, _ in lines), 0)
    for key, fen in BillLine.objects.filter(key_id__in=owed).values_list("key_id", "fen"):
        owed[key] += fen
    return str(Money(sum(owed.values()) - sum(Money.yuan(amount).fen for _, amount in lines)))


def whole(party_id: int, amount: str) -> str:
    """What falls of a payer with this amount, earlier cases counted in."""
    known = Case.objects.filter(kind=KIND, party=party_id, state__in=COUNT)
    amounts = [amount, *known.values_list("content__amount", flat=True)]
    return str(Money(sum(Money.yuan(one).fen for one in amounts)))


def case_of(party_id: int, *lines: tuple[int, str], **changes: Any) -> Case:
    """What is rightly open of October."""
    content = {
        "amount": (amount := fallen(lines)), "whole": whole(party_id, amount),
        "scheme": "110", "month": "2026-10", "reason": "九月已离职",
        "document": "离职证明 演示1号",
        "lines": [{"key": key, "amount": amount} for key, amount in lines],
    }  # fmt: skip
    return cases.decided(kind=KIND, party_id=party_id, content={**content, **changes})


def decide(party_id: int, *lines: tuple[int, str], **changes: Any) -> Case:
    """Decided and acted upon."""
    case = case_of(party_id, *lines, **changes)
    taken_over_case.decide(case, blockers=())
    return case


def both_parts(payer_id: int, own: str, employers: str) -> list[tuple[int, str]]:
    """What is open of Li's October, his own and the employer's."""
    return [
        (key_of(LinePart.PERSON, payer_id=payer_id), own),
        (key_of(LinePart.EMPLOYER, payer_id=payer_id), employers),
    ]


def pays(payer_id: int, fen: int, on: date = date(2026, 11, 10)) -> None:
    """October is paid for, in part or in whole."""
    file = city.write_file(receipts=[Came(payer_id, "110", fen, on, month=OCTOBER)])
    work_off(file_id=file.pk, period=NOVEMBER, today=NOVEMBER_30)


def proved() -> bool:
    """Whether all promises hold."""
    return invariants.broken_promises() + match_invariants.broken_promises() == []
