"""One employer from July to October 2026: join, declare, pay too little, catch up, leave, refund.

Li earns 6,000 yuan: 480.00 of his own and 960.00 of the employer a month. Zhao earns 4,000, below
the floor: 344.88 and 689.76 on last year's 4,311, 348.32 and 696.64 on the 4,354 of 2026.
"""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.kernel.identity import IdKind, Sex
from backend.kernel.money import Money
from backend.kernel.months import Month, MonthRange
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.collection.debts.arrears import register_arrears
from insurance.collection.debts.deregistration import deregister_employer
from insurance.collection.debts.late_fees import charge_late_fees
from insurance.collection.models import (
    BillLine,
    LinePart,
    Match,
    MatchKind,
)
from insurance.enrolment.correct import correct
from insurance.enrolment.deregister import EmployerOwes
from insurance.enrolment.join import join
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, Kind
from insurance.enrolment.wage_declaration import take_wages
from insurance.enrolment.wage_layout import WageHead
from insurance.enrolment.wage_template import WageLine
from tests import builders
from tests.flows import stories
from tests.flows.stories import TaxBureau, account_of, arrears_in_memo, bill, income
from tests.insurance.collection.bill_builders import topped_up
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.wage_builders import LI_NUMBER, declaration

JULY, AUGUST, SEPTEMBER, OCTOBER = (Month(2026, month) for month in (7, 8, 9, 10))
NOTICE = "皖人社秘〔2026〕113号"
A_MONTH = 480_00 + 960_00 + 344_88 + 689_76
TOP_UP = 2 * (3_44 + 6_88)
AUGUST_OF_ZHAO = 348_32 + 696_64
FIRM = WageHead(employer_name="安庆演示机械有限公司", credit_code=of.credit_code(), year=2026)
ZHAO_NUMBER = builders.id_number(birth_date=date(1979, 2, 28), sex=Sex.MALE, serial=303)
DECLARED = (  # what they earned in 2025, in the months in which they earned it
    WageLine("李建国", IdKind.CITIZEN, LI_NUMBER, 72_000_00, 12, True),
    WageLine("赵志强", IdKind.CITIZEN, ZHAO_NUMBER, 24_000_00, 6, True),
)


@pytest.mark.django_db
def test_the_story_of_an_employer(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    stories.open_agencies()
    tax = TaxBureau(tmp_path)
    company = of.employer(name=FIRM.employer_name).pk
    li, zhao = builders.li().pk, builders.zhao().pk

    # Both join in July on 4,000 yuan; the year's declaration says 6,000 of Li.
    for person in (li, zhao):
        join(
            person_id=person, kind=Kind.EMPLOYED, schemes=["110"], payer_id=company, month=JULY,
            today=date(2026, 7, 1), wage_fen=400_000, pensions=pensions_drawn,
        )  # fmt: skip
    sheet = tmp_path / "wages.xlsx"
    sheet.write_bytes(declaration(*DECLARED, head=FIRM))
    assert take_wages(path=sheet, today=date(2026, 7, 3), refused=[]).accepted

    # July is billed on last year's bounds, and paid too little: the persons' shares come first.
    assert bill(period=JULY, today=date(2026, 7, 5)) == A_MONTH
    rows = [{"month": "2026-07", "amount": "2000.00", "arrived": "2026-07-20"}]
    tax.tells(period=JULY, today=date(2026, 7, 31), rows=rows)
    assert account_of(person_id=li, scheme="110") == 480_00
    assert account_of(person_id=zhao, scheme="110") == 344_88
    register_arrears(period=JULY, today=date(2026, 7, 31))
    assert arrears_in_memo(payer_id=company) == A_MONTH - 2000_00 == 474_64

    # With arrears nobody is deregistered.
    with pytest.raises(EmployerOwes, match=r"474\.64"):
        deregister_employer(
            payer_id=company, from_month=AUGUST, evidence="注销通知书", today=date(2026, 7, 31)
        )

    # In August it pays both; the 26 days from 26 July to 20 August cost 0.05 % each.
    assert bill(period=AUGUST, today=date(2026, 8, 5)) == A_MONTH
    rows = [{"month": "", "amount": "2949.28", "arrived": "2026-08-20"}]
    tax.tells(period=AUGUST, today=date(2026, 8, 31), rows=rows)
    charge_late_fees(period=AUGUST, today=date(2026, 8, 31))
    fee = BillLine.objects.get(part=LinePart.LATE_FEE)
    assert (fee.person_id, fee.fen) == (None, 6_17)
    register_arrears(period=AUGUST, today=date(2026, 8, 31))
    assert arrears_in_memo(payer_id=company) == 0  # the fee has a day of its own
    assert arrears_of(payer_id=company, today=date(2026, 8, 31)) == 6_17

    # Zhao leaves with August. The bounds of 2026 were published on 27 August.
    leave(
        blockers=(), person_id=zhao, schemes=["110"], payer_id=company, last_month=AUGUST,
        today=date(2026, 9, 1),
    )  # fmt: skip
    assert bill(period=SEPTEMBER, today=date(2026, 9, 5)) == 480_00 + 960_00
    published = {
        "bills": "MONTHLY", "period": "2026-09", "from_month": "2026-07", "last_month": "2026-08",
        "document": NOTICE,
    }  # fmt: skip
    for wanted in (TOP_UP, 0):  # asked for a second time it finds nothing
        case = stories.decided_at_api(kind="COLLECTION_TOP_UP", party_id=company, content=published)
        top_up = topped_up(case)
        assert stories.written(top_up) == wanted

    # All is paid, the late fee by itself: nothing is in arrears, all of it is posted.
    rows = [
        {"month": "", "amount": "1460.64", "arrived": "2026-09-20"},
        {"month": "2026-07", "item": "LATE_FEE", "amount": "6.17", "arrived": "2026-09-20"},
    ]
    tax.tells(period=SEPTEMBER, today=date(2026, 9, 30), rows=rows)
    register_arrears(period=SEPTEMBER, today=date(2026, 9, 30))
    assert arrears_in_memo(payer_id=company) == 0
    paid = 2 * A_MONTH + TOP_UP + 1440_00
    assert (income(scheme="110"), income(scheme="110", code="4501")) == (paid, 6_17)
    assert account_of(person_id=zhao, scheme="110") == 2 * 348_32

    # Zhao had left in July already: August is billed again, down to nothing, and given back.
    wrong = Enrolment.objects.get(person=zhao, superseded_at=None)
    correct(
        enrolment_id=wrong.pk, months=MonthRange(JULY, AUGUST),
        blockers=(), reason="八月已离职，误报在职", today=date(2026, 10, 1),
    )  # fmt: skip
    assert bill(period=OCTOBER, today=date(2026, 10, 5)) == 1440_00 - AUGUST_OF_ZHAO
    asked = {
        "payer": company, "person": zhao, "scheme": "110", "from_month": "2026-08",
        "last_month": "2026-08", "amount": str(Money(AUGUST_OF_ZHAO)), "reason": "WRONGLY_ENROLLED",
        "whole": str(Money(AUGUST_OF_ZHAO)), "evidence": "离职证明",
        "received_date": "2026-12-01",
    }  # fmt: skip
    case = stories.decided_at_api(kind="COLLECTION_REFUND", party_id=zhao, content=asked)
    assert Match.objects.get(kind=MatchKind.REFUND).case_id == case.pk
    assert account_of(person_id=zhao, scheme="110") == 348_32
    assert income(scheme="110") == paid

    # The money goes back through the treasury: a list to it, its answer, the voucher in red.
    tax.pays_back(period=Month(2026, 12), today=date(2026, 12, 31))
    assert income(scheme="110") == paid - AUGUST_OF_ZHAO
    assert stories.broken("") == []
