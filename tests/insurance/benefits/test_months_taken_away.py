"""Months on which a pension or a claim rests are not taken away, at the desk or by two persons."""

import uuid
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from backend.cases import acts
from backend.cases.models import Case
from backend.kernel.months import Month
from backend.people.models import Death
from insurance.benefits.pensions_drawn import pensions_drawn
from insurance.benefits.refund_check import rests_on
from insurance.enrolment.files import take_file
from insurance.enrolment.leave import leave
from insurance.enrolment.models import Enrolment, Kind, RollEntry, Source
from insurance.enrolment.rests import MonthsRestedOn
from tests import builders
from tests.insurance.benefits import month_builders as month
from tests.insurance.collection import case_builders as cases
from tests.insurance.enrolment import enrolment_builders as of
from tests.insurance.enrolment.feed_files import roster_row, write

pytestmark = pytest.mark.django_db


def employed_until(pension: Month) -> Enrolment:
    """Li draws a pension since a month, and the employer never told that Li left."""
    li = builders.li()
    month.entitlement(of=li, scheme="110", start=pension, paid_through=None)
    return of.enrolment(person_id=li.pk, valid=of.months("2020-01"))


def corrected(row: Enrolment, first: str | None, last: str | None) -> Case:
    content = {"enrolment": row.pk, "from_month": first, "last_month": last, "reason": "录错"}
    return cases.decided(kind="ENROLMENT_CORRECTION", party_id=row.person_id, content=content)


def on_the_roll(**changes: object) -> Case:
    """Wang draws a pension since 2020, and stood on the roll of 2019 by mistake, says a case."""
    wang = month.entitlement().person_id
    place, year = of.village().pk, of.months("2019-01", "2020-01")
    of.enrolment(person_id=wang, scheme="170", kind=Kind.RESIDENT, payer_id=place, valid=year)
    entry = RollEntry.objects.create(
        person_id=wang,
        scheme="170",
        village_id=place,
        chosen_fen=20_000,
        subsidised=True,
        valid=year,
        source=Source.DESK,
    )
    content = {
        "entry": entry.pk, "keep": False, "level": None, "collective": "0.00",
        "subsidised": False, "groups": None, "reason": "录错",
    }  # fmt: skip
    return cases.decided(kind="ENROLMENT_ROLL", party_id=wang, content={**content, **changes})


def refused(case: Case, why: str) -> None:
    """Neither its receipt nor its decision goes through; nothing is written."""
    for step in (f"{case.kind}.RECEIVED", case.kind):
        with pytest.raises(MonthsRestedOn, match=why):
            acts.registered()[step](case)
    for model in (Enrolment, RollEntry):
        assert not model.objects.filter(superseded_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("first", "last"), [(None, None), ("2020-02", None), ("2020-01", "2026-08")]
)
def test_two_persons_take_no_month_away_on_which_a_pension_rests(
    first: str | None, last: str | None
) -> None:
    row = employed_until(Month(2026, 10))

    refused(corrected(row, first, last), "自 2026-10 起享受险种 110 的待遇")


def test_two_persons_take_away_what_came_after_it_began() -> None:
    case = corrected(employed_until(Month(2026, 10)), "2020-01", "2026-09")

    for step in (f"{case.kind}.RECEIVED", case.kind):
        acts.registered()[step](case)

    assert Enrolment.objects.get(superseded_at=None).valid == of.months("2020-01", "2026-10")


def test_nobody_leaves_the_roll_of_a_year_on_which_a_pension_rests() -> None:
    refused(on_the_roll(), "自 2020-01 起享受险种 170 的待遇")


def test_another_level_takes_no_month_away() -> None:
    acts.registered()["ENROLMENT_ROLL"](on_the_roll(keep=True, level="500.00", subsidised=True))

    assert RollEntry.objects.get(superseded_at=None).chosen_fen == 50_000


def test_months_stay_while_a_claim_on_them_is_decided() -> None:
    row = of.enrolment(valid=of.months("2026-01"))
    claim = builders.case(kind="ACCOUNT_LUMP_SUM", party=builders.li(), content={"scheme": "110"})

    refused(corrected(row, "2026-02", None), f"业务件 {claim.pk} 正在办理")


def test_one_clerk_takes_no_such_month_away_either(client: Client) -> None:
    client.force_login(builders.member(role="CLERK").staff)
    now = Month.of(timezone.localdate())
    row = employed_until(now.next)

    seen = client.get(f"/api/v1/enrolments/{row.pk}/")["ETag"]
    answer = client.post(
        f"/api/v1/enrolments/{row.pk}/correct",
        {"from_month": "2020-01", "last_month": str(now.plus(-2)), "reason": "录错"},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex, "If-Match": seen},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "enrolment_months_rested_on")


def heirs_claim() -> Enrolment:
    """Li died on 15 September, the heirs' claim waits, and the employer told nobody."""
    li = builders.li()
    Death.objects.create(
        person_id=li.pk, death_date=date(2026, 9, 15), source="OFFICE", confirmed=True
    )
    builders.case(kind="SURVIVOR_GRANT", party=li, content={"scheme": "110"})
    return of.enrolment(valid=of.months("2020-01"))


def leaves(row: Enrolment, last_month: Month) -> list[Enrolment]:
    return leave(
        person_id=row.person_id,
        schemes=["110"],
        payer_id=row.payer_id,
        last_month=last_month,
        today=date(2026, 12, 10),
        blockers=(rests_on,),
    )


@pytest.mark.parametrize(("last_month", "line"), [("2026-08", 2), ("2026-09", None)])
def test_a_roster_takes_no_month_away_on_which_a_claim_rests(
    tmp_path: Path, last_month: str, line: int | None
) -> None:
    heirs_claim()
    of.employer()
    path = write(tmp_path, [roster_row(change="LEAVE", schemes="110", month=last_month)])

    file = take_file(
        path=path, today=date(2026, 11, 10), refused=[], blockers=(rests_on,),
        pensions=pensions_drawn,
    )  # fmt: skip

    assert (file.accepted, file.line) == (line is None, line)
    assert line is None or "正在办理" in file.detail


def test_who_died_leaves_with_the_month_of_death_while_the_heirs_claim_waits() -> None:
    (left,) = leaves(heirs_claim(), Month(2026, 9))

    assert left.valid == of.months("2020-01", "2026-10")


def test_the_month_of_death_itself_stays_while_the_heirs_claim_waits() -> None:
    row = heirs_claim()

    with pytest.raises(MonthsRestedOn, match="正在办理"):
        leaves(row, Month(2026, 8))
