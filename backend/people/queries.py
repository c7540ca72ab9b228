"""Find persons and organisations (人员与单位查询): by number, by name, as known, merged or not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import connection
from django.db.models import Q, QuerySet

from backend.kernel.identity import IdKind, IdNumberInvalid, identifier
from backend.kernel.names import search_form
from backend.people.identity_change import DOUBLE_CHANGE_WITHIN
from backend.people.models import Alias, Dated, Party, PartyIdentifier, PartyName
from backend.people.register import CREDIT_CODE

D = TypeVar("D", bound=Dated)

DOUBLE_CHANGES_BACK = timedelta(days=730)
DOUBLE_CHANGES_SQL = """
SELECT n.party_id, max(n.superseded_at), max(i.superseded_at)
FROM people_partyname n
JOIN people_partyidentifier i ON i.party_id = n.party_id AND i.superseded_at IS NOT NULL
    AND i.superseded_at BETWEEN n.superseded_at - %(within)s::interval
        AND n.superseded_at + %(within)s::interval
WHERE n.superseded_at IS NOT NULL
    AND greatest(n.superseded_at, i.superseded_at) >= %(since)s::timestamptz
    AND (%(party_id)s::bigint IS NULL OR n.party_id = %(party_id)s)
GROUP BY n.party_id ORDER BY n.party_id
"""


@dataclass(frozen=True)
class Sight:
    """How a party is shown on a day (当日姓名与证件)."""

    party_id: int
    name: str
    number_kind: str
    number: str


@dataclass(frozen=True)
class DoubleChange:
    """Name and number of one person both changed within a year (双改)."""

    party_id: int
    name_changed_at: datetime
    number_changed_at: datetime


def canonical_id(*, party_id: int) -> int:
    """Give the party as which this one lives on, or itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT canonical_id FROM people_canonical WHERE party_id = %s", [party_id])
        row = cursor.fetchone()
    return int(row[0]) if row else party_id


def family_of(*, party_id: int) -> list[int]:
    """Give the party as which this one lives on, first, and all that live on as it."""
    survivor = canonical_id(party_id=party_id)
    merged = Alias.objects.filter(survivor=survivor).order_by("party_id")
    return [survivor, *merged.values_list("party_id", flat=True)]


def entries_of(*, party_ids: Collection[int]) -> dict[int, int]:
    """Give every entry of each of these persons, with the one of ``party_ids`` that it is."""
    merged = dict(Alias.objects.filter(party__in=party_ids).values_list("party_id", "survivor_id"))
    named = {merged.get(party_id, party_id): party_id for party_id in party_ids}
    others = Alias.objects.filter(survivor__in=named).values_list("party_id", "survivor_id")
    entries = {**named, **{party_id: named[survivor] for party_id, survivor in others}}
    return {**entries, **{party_id: party_id for party_id in party_ids}}


def party_by_number(*, number: str, kind: str = "") -> int | None:
    """Find whose number it is, or ever was; 15 and 18 digits are one number.

    Without ``kind`` every kind of paper is tried. A merged party gives its survivor.
    """
    wanted = Q(pk__in=[])
    for paper_kind, spelling in _spellings(number, kind):
        wanted |= Q(kind=paper_kind, number=spelling)
    found = PartyIdentifier.objects.filter(wanted, superseded_at__isnull=True).first()
    return canonical_id(party_id=found.party_id) if found else None


def parties_by_name(*, name: str) -> QuerySet[Party]:
    """Find who has, or had, this name; width, case, dots and blanks aside."""
    named = PartyName.objects.filter(search_name=search_form(name), superseded_at__isnull=True)
    return Party.objects.filter(pk__in=named.values("party_id"))


def sights(*, party_ids: Collection[int], on: date) -> dict[int, Sight]:
    """Give name and number in force on a day for many parties (a citizen ID before others)."""
    names = dict(
        PartyName.objects.filter(
            party__in=party_ids, superseded_at__isnull=True, valid__contains=on
        ).values_list("party_id", "name")
    )
    papers: dict[int, tuple[str, str]] = {}
    numbers = PartyIdentifier.objects.filter(
        party__in=party_ids, superseded_at__isnull=True, valid__contains=on
    )
    for party_id, kind, number in numbers.values_list("party_id", "kind", "number"):
        if party_id not in papers or kind == IdKind.CITIZEN.value:
            papers[party_id] = (kind, number)
    return {
        party_id: Sight(party_id, names.get(party_id, ""), *papers.get(party_id, ("", "")))
        for party_id in party_ids
    }


def name_history(*, party_id: int) -> list[PartyName]:
    """Give every name ever known, also superseded ones, in the order of recording."""
    return _history(PartyName.objects.all(), party_id)


def number_history(*, party_id: int) -> list[PartyIdentifier]:
    """Give every number ever known, also superseded ones, in the order of recording."""
    return _history(PartyIdentifier.objects.all(), party_id)


def double_changes(*, now: datetime, party_id: int | None = None) -> list[DoubleChange]:
    """List persons whose name and number were both changed within a year of each other (双改), the
    later not long before ``now``.

    Counted is when the changes were recorded: the day written on them is the applicant's word.
    """
    values: dict[str, str | int | None] = {
        "within": f"{DOUBLE_CHANGE_WITHIN.days} days",
        "since": (now - DOUBLE_CHANGES_BACK).isoformat(),
        "party_id": party_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE_CHANGES_SQL, values)
        return [DoubleChange(*row) for row in cursor.fetchall()]


def is_double_changed(*, party_id: int, now: datetime) -> bool:
    """Tell whether the person was doubly changed within the last two years."""
    return bool(double_changes(now=now, party_id=party_id))


def _history(facts: QuerySet[D], party_id: int) -> list[D]:
    """Read current and past rows apart: each has an index of its own."""
    rows = facts.filter(party=party_id)
    found = [*rows.filter(superseded_at__isnull=True), *rows.filter(superseded_at__isnull=False)]
    return sorted(found, key=lambda row: (row.recorded_at, row.pk))


def _spellings(number: str, kind: str) -> list[tuple[str, str]]:
    """Give the number in its one spelling under each kind of paper that it can be."""
    found = []
    for paper in IdKind:
        try:
            found.append((paper.value, identifier(paper, number).number))
        except IdNumberInvalid:
            continue
    found.append((CREDIT_CODE, number.strip().upper()))
    return [(paper, spelling) for paper, spelling in found if kind in ("", paper)]
