"""What somebody drew of a scheme, and what of it still bars another award (已享受的待遇).

A pension bars another for good, also when it is stopped; one that is stopped from its first month
on never was. An allowance for illness (病残津贴) that a decision ended bars nothing afterwards: who
can work again retires later as others do.
"""

from django.db.models import QuerySet

from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.benefits.life.models import LifeEvent
from insurance.benefits.models import Entitlement, Stop


def draws(*, person_id: int, scheme: str) -> bool:
    """Whether a person draws a pension of a scheme, or drew one; what never was is none, nor is an
    allowance for illness that a decision ended."""
    drawn = Entitlement.objects.filter(person__in=family_of(party_id=person_id), scheme=scheme)
    return any(
        not never_was(of=one) and not (_is_allowance(one) and ended_from(of=one)) for one in drawn
    )


def bars(*, person_id: int, scheme: str, first: Month) -> bool:
    """Whether what a person drew of a scheme lets nothing be awarded from a month on."""
    drawn = Entitlement.objects.filter(person__in=family_of(party_id=person_id), scheme=scheme)
    return any(_bars(one, first) for one in drawn)


def allowance_drawn(*, person_id: int) -> Entitlement | None:
    """The allowance for illness that no decision ended, also when it is a pension by now."""
    return next(
        (one for one in allowances(person_id=person_id) if ended_from(of=one) is None), None
    )


def allowances(*, person_id: int) -> list[Entitlement]:
    """The allowances for illness that a person draws or drew."""
    drawn = Entitlement.objects.select_related("book__agency").filter(
        person__in=family_of(party_id=person_id), item_ordinal__isnull=False
    )
    return [one for one in drawn.order_by("start_month") if not never_was(of=one)]


def ended_from(*, of: Entitlement) -> Month | None:
    """The month from which a decision ended an entitlement for good; none: it goes on."""
    ends = decided_stops().filter(entitlement=of, valid__endswith__isnull=True)
    first = min((one.valid.lower for one in ends), default=None)
    return Month.of(first) if first else None


def never_was(*, of: Entitlement) -> bool:
    """Whether a decision ended an entitlement from its first month on."""
    ended = ended_from(of=of)
    return ended is not None and ended <= Month.of(of.start_month)


def decided_stops() -> QuerySet[Stop]:
    """Those that end a benefit; what follows from prison or absence ends with it."""
    of_events = LifeEvent.objects.values("case_id")
    return Stop.objects.filter(superseded_at__isnull=True).exclude(case_id__in=of_events)


def _bars(drawn: Entitlement, first: Month) -> bool:
    if Month.of(drawn.start_month) == first:  # that one is corrected, or its stop withdrawn
        return True
    if never_was(of=drawn):
        return False
    ended = ended_from(of=drawn)
    return not (_is_allowance(drawn) and ended is not None and ended <= first)


def _is_allowance(drawn: Entitlement) -> bool:
    return drawn.item_ordinal is not None and drawn.item_until is None
