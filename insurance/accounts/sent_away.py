"""What went away with a relation (已转出的关系): at an award here it counts no more.

The whole relation moves, with all months up to the transfer (国办发〔2009〕66号); its last place
awards the pension. Who came back brings the months by the papers of the other place.
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.models import Direction, Transfer, TransferStage, TransferStep


class RelationElsewhere(Refusal):
    """The relation was moved to another place and did not come back (关系已转出)."""

    code = "transfer_relation_elsewhere"


class SheetTaken(Refusal):
    """A sheet of transfer that brought its account already (信息表已转入)."""

    code = "transfer_sheet_taken"


class BasesSentAway(Refusal):
    """A year's bases went away with an earlier transfer (该年缴费基数已转出)."""

    code = "transfer_bases_sent_away"


@dataclass(frozen=True)
class SentYear:
    """What went away of a year (年度已转出基数): the fen of its bases, last by which step."""

    year: int
    fen: int
    last: TransferStep


def counts_since(*, person_id: int, scheme: str, since: Month) -> Month:
    """Give from when on months paid here count: ``since``, or the month of the last transfer."""
    out = _last(person_id, scheme, (Direction.OUT,))
    return since if out is None else max(since, Month.of(out.done_on))


def require_here(*, person_id: int, scheme: str) -> None:
    """Let nobody be awarded a pension here whose relation is at another place.

    Raises:
        RelationElsewhere.
    """
    last = _last(person_id, scheme, (Direction.OUT, Direction.IN))
    if last is not None and last.transfer.direction == Direction.OUT:
        raise RelationElsewhere(
            f"此人的关系已于 {last.done_on} 转到{last.transfer.other_agency}，"
            "转回以后才能在本地核定。",
            transfer=last.transfer_id,
        )


def brought_since(*, person_id: int, scheme: str) -> QuerySet[TransferStep]:
    """Finished transfers that brought the relation here since it last went away."""
    out = _last(person_id, scheme, (Direction.OUT,))
    steps = _finished(person_id, scheme, (Direction.IN,))
    return steps.filter(recorded_at__gt=out.recorded_at) if out else steps


def sent_years(*, person_id: int, scheme: str) -> dict[int, SentYear]:
    """Give the years whose bases went away since the last transfer in: who came back by one brought
    all of them again."""
    came = _last(person_id, scheme, (Direction.IN,))
    steps = _finished(person_id, scheme, (Direction.OUT,))
    found: dict[int, SentYear] = {}
    for step in steps.filter(recorded_at__gt=came.recorded_at) if came else steps:
        for year, fen in bases_of(case=Case.objects.get(pk=step.case_id or 0)).items():
            before = found[year].fen if year in found else 0
            found[year] = SentYear(year=year, fen=before + fen, last=step)
    return found


def require_some_stayed(*, sent: SentYear) -> Month:
    """Give the month from which on a year stayed here: that of the transfer, of its own year.

    Raises:
        BasesSentAway: the year was over, and is gone.
    """
    if sent.year < sent.last.done_on.year:
        raise _sent_away(sent, "不能再转。")
    return Month.of(sent.last.done_on)


def require_no_more(*, sent: SentYear, fen: int, stayed_fen: int) -> None:
    """Let no more of a year go than stayed here, in fen.

    Raises:
        BasesSentAway.
    """
    if fen > stayed_fen:
        rest = f"此后在本地缴费的基数合计 {Money(stayed_fen)} 元，不能多转。"
        raise _sent_away(sent, rest if stayed_fen else "不能再转。")


def _sent_away(sent: SentYear, rest: str) -> BasesSentAway:
    went, place = sent.last.done_on, sent.last.transfer.other_agency
    return BasesSentAway(
        f"{sent.year} 年的缴费基数已于 {went} 转到{place}，{rest}",
        year=sent.year,
        transfer=sent.last.transfer_id,
    )


def require_new_sheet(*, transfer: Transfer, sheet_no: str) -> None:
    """Let no sheet of transfer (信息表) bring an account here a second time, under whichever
    certificate it comes.

    Raises:
        SheetTaken: also without a number, for it could not be told from another.
    """
    brought = _finished(transfer.person_id, transfer.scheme, (Direction.IN,))
    known = brought.filter(document_no=sheet_no).exclude(transfer=transfer).first()
    if not sheet_no:
        raise SheetTaken("转入须写明信息表号。", transfer=transfer.pk)
    if known is not None:
        raise SheetTaken(
            f"信息表 {sheet_no} 已于 {known.done_on} 转入，不能再凭它转入。",
            transfer=known.transfer_id,
        )


def bases_of(*, case: Case) -> dict[int, int]:
    """Give the bases that a case states, in fen by year; none where they cannot be read, or a year
    stands there twice."""
    listed = case.content.get("bases")
    try:
        bases = {int(item["year"]): Money.yuan(item["amount"]).fen for item in listed or ()}
    except (KeyError, TypeError, ValueError):
        return {}
    return bases if len(bases) == len(listed or ()) else {}


def _last(person_id: int, scheme: str, directions: tuple[Direction, ...]) -> TransferStep | None:
    """The last finished transfer, of all entries of the person."""
    return _finished(person_id, scheme, directions).last()


def _finished(
    person_id: int, scheme: str, directions: tuple[Direction, ...]
) -> QuerySet[TransferStep]:
    """Finished transfers of all entries of the person, in their order."""
    steps = TransferStep.objects.filter(
        stage=TransferStage.SETTLED,
        transfer__person__in=family_of(party_id=person_id),
        transfer__scheme=scheme,
        transfer__direction__in=directions,
    )
    return steps.select_related("transfer").order_by("done_on", "recorded_at")
