"""Contributions on which a benefit rests are not given back (退费前核查待遇)."""

from collections.abc import Sequence

from backend.cases.models import Case, CaseState
from backend.kernel.months import Month, MonthRange
from backend.people.models import Alias
from backend.people.queries import canonical_id
from insurance.benefits.drawn import never_was
from insurance.benefits.models import Claim, Entitlement

# Cases by which a benefit is claimed or awarded: while one waits, its months stay as they are.
CLAIMS = (
    *("ACCOUNT_LUMP_SUM", "ACCOUNT_INHERITANCE", "TRANSFER_OUT"),
    *("PENSION_AWARD", "RESIDENT_AWARD", "PENSION_SWITCH"),
    "SURVIVOR_GRANT",
    "UNEMPLOYMENT_CLAIM",
)
WAITING = (CaseState.RECEIVED, CaseState.REVIEWED)


def rests_on(*, person_id: int, scheme: str, months: MonthRange) -> Sequence[str]:
    """Say which benefit of a person rests on these months of a scheme; nothing when none does.

    A pension rests on all months before it began, also when it ended meanwhile; one that never was
    rests on none.
    """
    person = canonical_id(party_id=person_id)
    merged = Alias.objects.filter(survivor=person).values_list("party_id", flat=True)
    persons = [person, *merged]
    sentences = [
        f"此人自 {Month.of(row.start_month)} 起享受险种 {scheme} 的待遇，以这些月份的缴费为依据。"
        for row in Entitlement.objects.filter(person__in=persons, scheme=scheme)
        if months.start < Month.of(row.start_month) and not never_was(of=row)
    ]
    sentences += [
        f"此人已于 {claim.event_date} 核定{claim.get_kind_display()}，以这些月份的缴费为依据。"
        for claim in Claim.objects.filter(
            person__in=persons, scheme=scheme, superseded_at__isnull=True
        )
        if months.start <= Month.of(claim.event_date)
    ]
    claims = Case.objects.filter(
        kind__in=CLAIMS, state__in=WAITING, party__in=persons, content__scheme=scheme
    )
    return [
        *sentences,
        *(f"业务件 {case.pk} 正在办理，以这些月份的缴费为依据。" for case in claims.order_by("pk")),
    ]
