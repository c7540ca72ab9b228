"""One village in 2026: a roll, two who pay, and what others pay for them.

Chen chose 1,000 yuan; the village adds 100, the government 80. Zhao lives on subsistence and chose
500: 200 are paid on his behalf, 60 come as subsidy, 300 are his own.
"""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.kernel.months import Month
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.collection.debts.gap_queries import gaps_of
from insurance.collection.models import Suspense
from insurance.collection.rules.gaps import GapState
from insurance.enrolment.files import take_file
from tests import builders
from tests.flows import stories
from tests.flows.stories import TaxBureau, account_of, bill, broken, income
from tests.insurance.collection.debt_city import arrears_of
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import number_of, roll_row, write_roll

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
TO_THE_VILLAGE = {"payer": of.VILLAGE, "scheme": "170", "month": "2026-01"}


def paid(*, amount: str, arrived: str, **more: str) -> dict[str, str]:
    """A receipt of the village for the year."""
    return {**TO_THE_VILLAGE, "amount": amount, "arrived": arrived, **more}


@pytest.mark.django_db
def test_the_story_of_a_village(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    stories.open_agencies()
    tax = TaxBureau(tmp_path)
    village, chen, zhao = of.village().pk, builders.chen().pk, builders.zhao().pk

    # The village hands its roll in, and the year is billed: each part by itself.
    rows = [
        roll_row(year="2026", collective="100.00"),
        roll_row(
            year="2026", number=number_of(zhao), name="赵志强", level="500.00", group="SUBSISTENCE"
        ),
    ]
    roll = write_roll(tmp_path, rows)
    assert take_file(
        path=roll, today=date(2026, 11, 3), refused=[], blockers=(), pensions=pensions_drawn
    ).accepted
    assert bill(period=NOVEMBER, today=date(2026, 11, 5)) == (1180 + 560) * 100

    # Chen pays; the village, the finance bureau and the subsidy come, each under its name.
    rows_in = [
        paid(amount="1000.00", arrived="2026-11-10", person=number_of(chen), part="PERSON"),
        paid(amount="100.00", arrived="2026-11-12", part="COLLECTIVE"),
        paid(amount="200.00", arrived="2026-11-20", channel="FISCAL", part="ON_BEHALF"),
        paid(amount="140.00", arrived="2026-11-20", channel="FISCAL", part="SUBSIDY"),
    ]
    tax.tells(period=NOVEMBER, today=date(2026, 11, 30), rows=rows_in)
    assert not Suspense.objects.exists()
    assert account_of(person_id=chen, scheme="170") == 1180_00
    assert account_of(person_id=zhao, scheme="170") == 260_00
    assert income(scheme="170") == 1200_00
    assert income(scheme="170", code="4101") == 140_00
    assert income(scheme="170", code="4102") == 100_00

    # What Zhao leaves open is a gap, never an arrear; it may be filled to the end of the year.
    (gap,) = gaps_of(person_id=zhao, today=date(2026, 11, 30))["170"]
    assert (gap.fen, gap.pay_by, gap.state) == (300_00, date(2026, 12, 31), GapState.OPEN)
    (lost,) = gaps_of(person_id=zhao, today=date(2027, 1, 1))["170"]
    assert lost.state is GapState.CLOSED
    assert arrears_of(payer_id=village, today=date(2027, 1, 1)) == 0

    # He fills it in December.
    his = paid(amount="300.00", arrived="2026-12-20", person=number_of(zhao), part="PERSON")
    tax.tells(period=DECEMBER, today=date(2026, 12, 31), rows=[his])
    assert gaps_of(person_id=zhao, today=date(2026, 12, 31)) == {}
    assert account_of(person_id=zhao, scheme="170") == 560_00
    assert broken("") == []
