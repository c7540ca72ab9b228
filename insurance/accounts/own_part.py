"""What of a mixed account can be whose (本人与他人资金): bounds of the own contributions' share.

The principal of each source is known, the interest is not told apart; what was paid out took from
both. So the own part is at least the own principal less all that left, and at most what the account
holds without the others' principal, less all that left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum

from insurance.accounts.models import AccountEntry, EntryKind, Part

OTHERS = (Part.EMPLOYER, Part.SUBSIDY, Part.COLLECTIVE)
STAYS = (
    *(EntryKind.OPENING, EntryKind.CREDIT, EntryKind.TRANSFER_IN),
    *(EntryKind.INTEREST, EntryKind.TRUE_UP, EntryKind.MADE_UP),
)


@dataclass(frozen=True)
class Known:
    """What is known of an account's sources, in fen."""

    own: int  # principal
    others: int  # principal
    left: int  # of whichever source

    @property
    def least(self) -> int:
        """The own part is not less."""
        return max(0, self.own - self.left)

    def most(self, *, holding: int) -> int:
        """The own part is not more, while the account holds so much."""
        return max(0, holding - max(0, self.others - self.left))


def known_parts(*, person_ids: Sequence[int], scheme: str) -> Known:
    """Give what is known of the sources of all accounts of a person."""
    sums = AccountEntry.objects.filter(person__in=person_ids, scheme=scheme).aggregate(
        own=Sum("fen", filter=Q(part=Part.PERSON)),
        others=Sum("fen", filter=Q(part__in=OTHERS)),
        left=Sum("fen", filter=Q(part=Part.WHOLE) & ~Q(kind__in=STAYS)),
    )
    return Known(sums["own"] or 0, sums["others"] or 0, -(sums["left"] or 0))
