"""The month that follows from the day a case tells (业务件的起始月), kept with its step."""

from datetime import date

from backend.cases.models import Case
from backend.deployment import is_demo
from insurance.benefits.effective_month import Effective, effective_month, require_month
from insurance.benefits.models import EffectiveMonth
from insurance.policy import parameters as policy
from insurance.policy.kept_steps import kept, read

KEY = "benefits.effective_month"


def effective_by(
    *, event: str, label: str, day: date, region: str, key: str = KEY, any_standing: bool = False
) -> Effective:
    """Say from which month on an event of a day counts; ``any_standing``: where nothing is decided
    by it.

    Raises:
        NotConfigured, NotVerified.
    """
    tree = policy.load()
    found = (
        tree.resolve_any(key, region, day)
        if any_standing
        else tree.resolve(key, region, day, is_demo())
    )
    return effective_month(label=label, day=day, after=found.part(event), version=tree.version)


def effective_of(
    case: Case, *, event: str, label: str, day: date, key: str = KEY, any_standing: bool = False
) -> Effective:
    """Say it of a case; its ``from_month``, where it writes one, must be that month.

    Raises:
        EffectiveMonthDiffers, MonthInvalid; NotConfigured, NotVerified.
    """
    found = effective_by(
        event=event,
        label=label,
        day=day,
        region=case.agency.region,
        key=key,
        any_standing=any_standing,
    )
    require_month(written=case.content.get("from_month"), effective=found)
    return found


def keep(case: Case, effective: Effective) -> int:
    """Put down, once, why what a case holds or decides counts from its month; rows written."""
    _, created = EffectiveMonth.objects.get_or_create(
        case_id=case.pk,
        defaults={
            "label": effective.label,
            "event_date": effective.day,
            "month": effective.month.first_day,
            "steps": kept(steps=(effective.step,)),
        },
    )
    return int(created)


def said_of(*, case_id: int) -> str:
    """Say why a case counts from its month, with the document or parameter; empty where none is
    kept."""
    row = EffectiveMonth.objects.filter(pk=case_id).first()
    if row is None:
        return ""
    (step,) = read(rows=row.steps)
    return f"{step.sentence}依据：{step.article}。"
