"""Where a line key stands (款项的来龙去脉): what is owed under it, what paid it, and by what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet

from backend.people.queries import family_of
from insurance.collection.models import Allocation, BillLine, MatchKind, Receipt

PAYERS = """
SELECT DISTINCT x.payer FROM enrolment_enrolment e
LEFT JOIN people_alias a ON a.party_id = e.payer_id
CROSS JOIN LATERAL (VALUES (e.payer_id), (a.survivor_id)) x (payer)
WHERE e.person_id = ANY (%(persons)s) AND x.payer IS NOT NULL
"""


@dataclass(frozen=True)
class Paid:
    """An allocation with what it rests on."""

    match_id: int
    kind: str
    matched_on: date
    case_id: int | None
    receipt_id: int | None  # None: a credit or a refund
    tax_no: str
    arrived: date | None
    fen: int
    account_fen: int

    @property
    def kind_label(self) -> str:
        """What a clerk calls the match."""
        return str(MatchKind(self.kind).label)


@dataclass(frozen=True)
class KeyStanding:
    """A line key: the sum of its lines, the sum of its allocations."""

    key_id: int
    lines: Sequence[BillLine]
    allocations: Sequence[Paid]

    @property
    def owed_fen(self) -> int:
        """What is owed."""
        return sum(line.fen for line in self.lines)

    @property
    def matched_fen(self) -> int:
        """What paid it."""
        return sum(one.fen for one in self.allocations)

    @property
    def open_fen(self) -> int:
        """What is open; below zero where more was paid than is owed."""
        return self.owed_fen - self.matched_fen

    @property
    def account_fen(self) -> int:
        """What of it the personal account gained."""
        return sum(one.account_fen for one in self.allocations)


def standing_of(*, key_id: int) -> KeyStanding | None:
    """Give a key with all its lines and allocations, oldest first; None where there is none."""
    first = BillLine.objects.filter(pk=key_id, key_id=key_id).first()
    if first is None:
        return None
    differences = BillLine.objects.filter(key_id=key_id).exclude(pk=key_id).order_by("pk")
    rows = Allocation.objects.filter(key_id=key_id).select_related("match").order_by("match_id")
    return KeyStanding(key_id, [first, *differences], _paid(list(rows)))


def lines_under(*, keys: QuerySet[BillLine]) -> Q:
    """Narrow lines to those of these keys, given as their first lines, and their differences.

    Keys are found first and all at once: a list that is cut into pages would else be looked for
    from its end, line by line of everybody.
    """
    first = keys.filter(key_id=F("pk")).values("pk")
    differences = BillLine.objects.filter(
        ~Q(key_id=F("pk")), _IsAnyOf(F("key_id"), ArraySubquery(first))
    )
    found = first.union(differences.values("pk"), all=True)
    return Q(_IsAnyOf(F("pk"), ArraySubquery(found)))


class _IsAnyOf(Func):
    """``number = ANY (ARRAY(SELECT …))``: the array is found before lines are looked for."""

    template, arg_joiner = "%(expressions)s)", " = ANY ("
    output_field = BooleanField()


def payers_of(*, person_id: int) -> tuple[list[int], list[int]]:
    """Give through whom a person was ever insured, itself too, and all entries of the person."""
    persons = family_of(party_id=person_id)
    with connection.cursor() as cursor:
        cursor.execute(PAYERS, {"persons": persons})
        payers = {payer for (payer,) in cursor.fetchall()}
    return sorted(payers.union(persons)), persons


def _paid(rows: list[Allocation]) -> list[Paid]:
    by_receipt = {row.funds_id for row in rows if row.match.pays_by_receipts}
    receipts = Receipt.objects.in_bulk(by_receipt)
    return [_one(row, receipts.get(row.funds_id)) for row in rows]


def _one(row: Allocation, named: Receipt | None) -> Paid:
    receipt = named if row.match.pays_by_receipts else None
    return Paid(
        match_id=row.match_id,
        kind=row.match.kind,
        matched_on=row.match.matched_on,
        case_id=row.match.case_id,
        receipt_id=receipt.pk if receipt else None,
        tax_no=receipt.tax_no if receipt else "",
        arrived=receipt.arrived if receipt else None,
        fen=row.fen,
        account_fen=row.account_fen,
    )
