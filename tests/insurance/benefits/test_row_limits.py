"""A bank that takes few lines in a file gets its month in more batches (银行的笔数上限)."""

from typing import Any

import pytest

from insurance.benefits import monthly_run
from payments.models import Batch, BatchState
from tests import builders
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db


def test_batches_are_planned_by_what_each_bank_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def planned(*, bank: str, most: int, **_: Any) -> int:
        return 2 if bank == "NSB" else most

    monkeypatch.setattr(monthly_run, "lines_per_file", planned)
    for person in (builders.wang(), builders.li(), builders.zhao(), builders.chen()):
        m.entitlement(of=person)
    for _ in range(3):
        other = m.entitlement(of=builders.person(), with_account=False)
        m.account(of=other.person_id, bank="CSB")

    m.sealed()

    batches = Batch.objects.exclude(state=BatchState.EMPTY).order_by("bank", "ordinal")
    assert [(b.bank, b.line_count) for b in batches] == [("CSB", 3), ("NSB", 2), ("NSB", 2)]
