"""What the stories of collection are told with (征缴故事): files of the tax bureau, bills, sums."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from backend.access.models import Agency
from backend.cases.models import Case
from backend.city import baseline_invariants as baselines_signed
from backend.city.promises import broken_promises
from backend.kernel.months import Month
from insurance.accounts.models import AccountEntry
from insurance.benefits.baseline import invariants as baseline_invariants
from insurance.collection.bills import monthly_bills
from insurance.collection.matching.work_off import work_off
from insurance.collection.models import BillRun
from insurance.collection.tax import refunded_in
from insurance.collection.tax.receipts_in import take_receipts
from insurance.collection.tax.refunds_out import write_refunds
from insurance.collection.tax.tax_folders import tax_folder
from payments.ledger.invariants import Broken
from payments.ledger.models import MemoEntry, MemoKind, Posting
from tests import builders
from tests.builders import PASSWORD
from tests.insurance.collection.bill_builders import compute
from tests.insurance.collection.tax_builders import receipt, write

MEDICAL = "34080002"


def broken(*words: str) -> list[Broken]:
    """Broken promises that say one of these words; a story's people stand in no signed baseline."""
    taken_over = [*baseline_invariants.promises(), *baselines_signed.promises()]
    return [
        one
        for one in broken_promises()
        if any(word in one.promise for word in words) and one.promise not in taken_over
    ]


def open_agencies() -> None:
    """The agencies of pension and of medical insurance."""
    builders.agency()
    Agency.objects.create(code=MEDICAL, name="演示市医保局", region="340800", kind="MEDICAL")


def bill(*, period: Month, today: date) -> int:
    """Bill a month as known on a day; what its runs wrote, in fen."""
    runs = [compute(run) for run in monthly_bills.open_bills(period=period, today=today)]
    return sum(written(run) for run in runs)


def written(run: BillRun) -> int:
    """What the lines of a run add up to."""
    return int((run.summary or {})["fen"])


@dataclass
class TaxBureau:
    """Tells what came in, a file at a time."""

    folder: Path
    serial: int = field(default=0)

    def tells(self, *, period: Month, today: date, rows: list[dict[str, str]]) -> None:
        """A file of receipts comes in and is worked off at once."""
        self.serial += 1
        lines = [receipt(tax_no=f"YS{self.serial:04d}{n:04d}", **row) for n, row in enumerate(rows)]
        path = write(self.folder, lines, serial=self.serial, period=str(period))
        file = take_receipts(path=path, today=today)
        assert file.accepted, file.detail
        work_off(file_id=file.pk, period=period, today=today)

    def pays_back(self, *, period: Month, today: date) -> None:
        """What is to go back is listed for the treasury, which pays it and says so."""
        listed = write_refunds(period=period, folder=tax_folder(name="inbox"))
        assert listed is not None
        with (tax_folder(name="inbox") / listed.name).open(encoding="utf-8", newline="") as file:
            asked = list(csv.DictReader(file))
        lines = [
            f"{row['refund_no']},PAID,TK{n:06d},{row['amount']},{period.last_day},"
            for n, row in enumerate(asked)
        ]
        path = write(
            self.folder, lines, header=refunded_in.HEADER, wanted=refunded_in.FORMAT,
            stem="refunded", period=str(period),
        )  # fmt: skip
        told = refunded_in.take_refunded(path=path, today=today)
        assert told.accepted, told.detail


def account_of(*, person_id: int, scheme: str) -> int:
    """What stands in a personal account."""
    rows = AccountEntry.objects.filter(person=person_id, scheme=scheme)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def arrears_in_memo(*, payer_id: int) -> int:
    """What the memo register says an employer is behind with."""
    rows = MemoEntry.objects.filter(party=payer_id, kind=MemoKind.ARREARS)
    return int(rows.aggregate(fen=Sum("fen"))["fen"] or 0)


def income(*, scheme: str, code: str = "4001") -> int:
    """Income of a fund by account."""
    rows = Posting.objects.filter(account__code=code, account__book__scheme=scheme)
    sums = rows.aggregate(cr=Sum("cr_fen"), dr=Sum("dr_fen"))
    return int((sums["cr"] or 0) - (sums["dr"] or 0))


def decided_at_api(
    *,
    kind: str,
    party_id: int,
    content: Mapping[str, object],
    hands: tuple[str, ...] = ("CLERK", "REVIEWER", "APPROVER"),
) -> Case:
    """A case received, reviewed – where three do it – and decided, each at the API."""
    case_id = received_at_api(kind=kind, party_id=party_id, content=content, role=hands[0])
    return signed_at_api(case_id=case_id, hands=hands[1:])


def received_at_api(
    *, kind: str, party_id: int, content: Mapping[str, object], role: str = "CLERK"
) -> int:
    """A case received at the API; its number."""
    clerk = Client()
    clerk.force_login(builders.member(role=role).staff)
    body = {"kind": kind, "party": party_id, "content": content}
    return int(_posted(clerk, "receive", body)["id"])


def signed_at_api(
    *,
    case_id: int,
    hands: tuple[str, ...] = ("REVIEWER", "APPROVER"),
    note: str = "",
    reason: str = "",
) -> Case:
    """A case that was received, reviewed – where two sign – and decided at the API."""
    for role in hands[:-1]:
        _signed(f"{case_id}/review", role=role, username=f"fuhe{case_id}", note=note)
    decision = {"cases": [case_id], "approve": True, "reason": reason}
    _signed("decide", role=hands[-1], username=f"shenpi{case_id}", **decision)
    return Case.objects.get(pk=case_id)


def _signed(path: str, *, role: str, username: str, **body: object) -> None:
    client = Client()
    of = builders.person(name="汪明霞")
    client.force_login(builders.staff_with_password(role=role, username=username, of=of))
    proof = {"role": role, "password": PASSWORD, "code": builders.code(now=timezone.now())}
    _posted(client, path, {**proof, **body})


def _posted(client: Client, path: str, body: dict[str, object]) -> Any:
    answer = client.post(
        f"/api/v1/cases/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert answer.status_code in (200, 201), answer.json()
    return answer.json()
