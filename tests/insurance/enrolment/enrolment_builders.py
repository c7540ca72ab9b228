"""Builders for enrolments (参保样例): Li works at an invented company, Chen lives in a village."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange as SqlRange

from backend.kernel.months import Month
from backend.people import register
from backend.people.models import Organisation, PartyKind
from backend.people.supersede import close
from insurance.enrolment.models import Enrolment, Kind, Source, Wage, WageSource
from insurance.enrolment.pensioners import Drawn
from tests import builders
from tests.builders import credit_code as credit_code
from tests.builders import employer as employer

NOV = Month(2026, 11)
VILLAGE = "340802001201"


def nobody_draws(*, persons: Collection[int]) -> Sequence[Drawn]:
    """Nobody draws a pension."""
    return ()


def village(*, district: str = VILLAGE) -> Organisation:
    """An invented village, once for each code."""
    known = Organisation.objects.filter(district=district).first()
    return known or register.register_organisation(
        name="迎江区演示村", kind=PartyKind.VILLAGE, code="", district=district,
        since=date(2000, 1, 1),
    )  # fmt: skip


def months(start: str, end: str = "") -> SqlRange:
    """Whole months from ``start`` up to, but without, ``end``."""
    return SqlRange(Month.parse(start).first_day, Month.parse(end).first_day if end else None)


def enrolment(
    *,
    person_id: int = 0,
    scheme: str = "110",
    kind: Kind = Kind.EMPLOYED,
    payer_id: int | None = None,
    valid: SqlRange | None = None,
    district: str = "340802",
) -> Enrolment:
    """Li is insured at the company since January 2020, straight into the table."""
    if payer_id is None and kind is not Kind.FLEXIBLE:
        payer_id = (employer() if kind is Kind.EMPLOYED else village()).pk
    return Enrolment.objects.create(
        person_id=person_id or builders.li().pk,
        scheme=scheme,
        kind=kind,
        payer_id=payer_id,
        district=district,
        valid=valid or months("2020-01"),
        source=Source.DESK,
    )


def by_roster(row: Enrolment) -> Enrolment:
    """The same, as a roster told it."""
    closed_at = close(row)
    return Enrolment.objects.create(
        person_id=row.person_id,
        scheme=row.scheme,
        kind=row.kind,
        payer_id=row.payer_id,
        district=row.district,
        valid=row.valid,
        source=Source.ROSTER,
        source_id=1,
        recorded_at=closed_at,
    )


def wage(
    *, person_id: int = 0, payer_id: int = 0, fen: int = 600_000, valid: SqlRange | None = None
) -> Wage:
    """Li earns 6,000 yuan at the company."""
    return Wage.objects.create(
        person_id=person_id or builders.li().pk,
        payer_id=payer_id or employer().pk,
        monthly_fen=fen,
        wage_source=WageSource.DECLARED,
        valid=valid or months("2020-01"),
        source=Source.DESK,
    )
