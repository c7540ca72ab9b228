"""What the papers of a personal archive come to (档案认定的规则). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange


class BirthRecordsDisagree(Refusal):
    """Two papers of one day give two birth months (同日记载的出生年月不一致)."""

    code = "archive_birth_records_disagree"


class PeriodsOverlap(Refusal):
    """No month counts twice (期间重叠)."""

    code = "archive_periods_overlap"


@dataclass(frozen=True)
class BirthRecord:
    """What a paper of the archive says of the birth month, and since when it says so."""

    paper: str
    recorded_on: date
    birth_month: Month


def recognised_birth(*, records: Sequence[BirthRecord], id_month: Month) -> Month:
    """Where ID card and archive differ, what the archive recorded first prevails.

    劳社部发〔1999〕8号: 本人身份证与档案记载的出生时间不一致时，以本人档案最先记载的出生时间为准。
    Without any paper it is the month of the ID card.

    Raises:
        BirthRecordsDisagree.
    """
    if not records:
        return id_month
    earliest = min(record.recorded_on for record in records)
    found = {record.birth_month for record in records if record.recorded_on == earliest}
    if len(found) > 1:
        said = "、".join(str(month) for month in sorted(found, key=lambda month: month.index))
        raise BirthRecordsDisagree(f"{earliest} 的记载有 {said}，须先查明哪一份为准。")
    return found.pop()


def months_of(*, periods: Sequence[MonthRange]) -> int:
    """Count the months of some periods.

    Raises:
        PeriodsOverlap.
    """
    ordered = sorted(periods, key=lambda period: period.start.index)
    for one, following in pairwise(ordered):
        if one.overlaps(following):
            raise PeriodsOverlap(f"{following.start} 起的期间与前一期间重叠。")
    return sum(1 for period in ordered for _ in period.months())
