"""Zhao loses his job and draws, and the fund insures him; he works again: what was too much comes
back."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from backend.cases import acts
from backend.cases.models import Case
from backend.cases.receive import receive_case
from backend.city.fund_steps import list_by_fund
from backend.city.promises import broken_promises
from backend.kernel.months import Month
from insurance.accounts.entries import balance
from insurance.benefits.models import Due
from insurance.collection.models import FundList
from insurance.unemployment.models import Claim, Registration
from insurance.unemployment.sweep import sweep
from tests import builders, funds
from tests.flows import stories
from tests.insurance.benefits import month_builders as m
from tests.insurance.benefits.month_builders import DECEMBER, JANUARY, NOVEMBER
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.unemployment import claim_builders as z
from tests.insurance.unemployment import contribution_builders as c

MONTHLY = 173_700


def fund_pays(period: Month, day: str) -> FundList:
    """The list of a sealed month: three people pay it, two of the medical bureau receive it."""
    (made,) = list_by_fund(period=period, tell=print)
    content = {"list": made.pk, "day": day, "document": "演示付款1号"}
    on = m.now(JANUARY.next)
    funds.fund(made.book_id, c.MEDICAL + c.PENSION)
    z.through_hands(kind="FUND_CONTRIBUTIONS", content=content, on=on)
    medical = c.medical()
    case = receive_case(
        kind="FUND_CONTRIBUTIONS_RECEIVED",
        agency=medical,
        party_id=builders.zhao().pk,
        content={"payment": c.under_way(made).pk, "day": day, "document": "演示到账1号"},
        received_by=builders.person(name="操慧敏").pk,
        acts=acts.registered(),
    )
    z.decided(case, on=on, roles=("REVIEWER",), at=medical)
    return made


@pytest.mark.django_db
def test_the_story_of_a_man_out_of_work(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    stories.open_agencies()
    m.office()
    zhao = builders.zhao()
    m.account(of=zhao.pk)

    # Laid off on the third of November he registers, and is awarded 14 months.
    z.out_of_work()
    z.through_hands(kind="UNEMPLOYMENT_CLAIM", content=z.claim_content())
    claim = Claim.objects.get()
    assert (claim.granted_months, claim.monthly_fen) == (14, MONTHLY)

    # November is paid; his employer still insured him, so the fund begins with December.
    m.sealed(NOVEMBER)
    assert list_by_fund(period=NOVEMBER, tell=print) == []
    m.sealed(DECEMBER)
    assert c.lines(fund_pays(DECEMBER, "2026-12-15")) == [
        ("310", "2026-12", c.MEDICAL, c.TO_MEDICAL)
    ]
    assert balance(person_id=zhao.pk, scheme="310") == c.TO_MEDICAL

    # In January it is known that a new employer has insured him since December.
    second = of.employer(serial=2).pk
    for scheme in z.SCHEMES:
        of.enrolment(person_id=zhao.pk, scheme=scheme, payer_id=second, valid=of.months("2026-12"))
    assert sweep(period=JANUARY).held == 1
    stop = Case.objects.get(kind="UNEMPLOYMENT_STOP")
    z.decided(stop, roles=("REVIEWER",))
    m.sealed(JANUARY)
    assert Registration.objects.get(superseded_at=None).end_reason == "REEMPLOYED"
    assert set(Due.objects.values_list("for_month", flat=True)) == {
        NOVEMBER.first_day,
        DECEMBER.first_day,
    }

    # What the fund paid for December comes back, out of the account too.
    assert c.lines(fund_pays(JANUARY, "2027-01-15")) == [
        ("310", "2026-12", -c.MEDICAL, -c.TO_MEDICAL)
    ]
    assert balance(person_id=zhao.pk, scheme="310") == 0
    assert stories.income(scheme="310") == 0
    ours = [one for one in broken_promises() if "失业" in one.promise or "代缴" in one.promise]
    assert ours == []
