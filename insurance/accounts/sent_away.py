"""What went away with a relation (已转出的关系), and what came (转入): by years, of which the first
counts no more at an award here and the second does.

The whole relation moves, with all months up to the transfer (国办发〔2009〕66号); its last place
awards the pension. Who came back brings the months by the papers of the other place.
"""

from dataclasses import dataclass, field

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.models import (
    Direction,
    Transfer,
    TransferCorrection,
    TransferStage,
    TransferStep,
)


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
    """What went away of a year (年度已转出基数): its months, the fen of its bases, last by which
    step; of them what had been brought here before."""

    year: int
    months: int
    fen: int
    last: TransferStep
    brought_fen: int = 0


@dataclass(frozen=True)
class BroughtYear:
    """A year's contributions that a relation brought here (转入年度缴费)."""

    year: int
    months: int
    fen: int  # of all its bases

    def most_by(self, last: Month) -> int:
        """How many of its months can lie up to ``last``: the sheet does not say which they are."""
        if self.year != last.year:
            return self.months if self.year < last.year else 0
        return min(self.months, last.month)


@dataclass
class _Moves:
    """What transfers brought since the last out, and what they took away that did not come back."""

    brought: dict[int, BroughtYear] = field(default_factory=dict)
    sent: dict[int, SentYear] = field(default_factory=dict)
    had: dict[int, BroughtYear] = field(default_factory=dict)  # brought before what was sent


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
    """Finished transfers that brought the relation here since it last went away; ``told_by`` gives
    the case of each that counts."""
    out = _last(person_id, scheme, (Direction.OUT,))
    steps = _finished(person_id, scheme, (Direction.IN,))
    return steps.filter(recorded_at__gt=out.recorded_at) if out else steps


def sent_years(*, person_id: int, scheme: str) -> dict[int, SentYear]:
    """Give the years whose bases went away and that no transfer in brought back since."""
    return _moves(person_id, scheme).sent


def brought_years(
    *, person_id: int, scheme: str, but_for: int | None = None
) -> dict[int, BroughtYear]:
    """Give the years that came with the relation since it last went away, each with what all
    transfers in say of it, but for the one that a case told."""
    return _moves(person_id, scheme, but_for).brought


def told_by(*, step: TransferStep) -> int | None:
    """The case that tells now what a finished transfer moved."""
    number: int | None = getattr(step, "now_case_id")  # noqa: B009 - annotated by ``_finished``
    return number


def require_last(*, transfer: Transfer) -> None:
    """Let nothing that a relation brought be told anew once it went on.

    Raises:
        RelationElsewhere.
    """
    out = _last(transfer.person_id, transfer.scheme, (Direction.OUT,))
    came = TransferStep.objects.get(transfer=transfer, stage=TransferStage.SETTLED)
    if out is not None and out.recorded_at > came.recorded_at:
        raise RelationElsewhere(
            f"此人的关系已于 {out.done_on} 转到{out.transfer.other_agency}，转入的记录随同转出，"
            "不能再更正；请与该地联系。",
            transfer=out.transfer_id,
        )


def stays_since(*, person_id: int, scheme: str, year: int) -> Month | None:
    """Give from when on months of a year that were paid here are here still: those before the last
    transfer out went with it. None: all of them did."""
    out = _last(person_id, scheme, (Direction.OUT,))
    if out is None or out.done_on.year < year:
        return Month(year, 1)
    return Month.of(out.done_on) if out.done_on.year == year else None


def _moves(person_id: int, scheme: str, but_for: int | None = None) -> _Moves:
    """Follow the relation through all its finished transfers, as they were put on record."""
    moves = _Moves()
    steps = _finished(person_id, scheme, (Direction.OUT, Direction.IN)).order_by("recorded_at")
    numbers = [(step, told_by(step=step)) for step in steps]
    cases = Case.objects.in_bulk([number for _, number in numbers if number])
    for step, number in numbers:
        case = cases.get(number or 0)
        if but_for is not None and number == but_for:
            continue
        if step.transfer.direction == Direction.IN:
            _bring(moves, case)
        else:
            _send(moves, case, step)
    return moves


def _bring(moves: _Moves, case: Case | None) -> None:
    """A year that a sheet does not bring back is away still."""
    moves.had = {}
    for year, fen in bases_of(case=case).items() if case else ():
        known = moves.brought.get(year, BroughtYear(year, 0, 0))
        months = known.months + months_of(case=case, year=year)
        moves.brought[year] = BroughtYear(year, months, known.fen + fen)
        moves.sent.pop(year, None)


def _send(moves: _Moves, case: Case | None, step: TransferStep) -> None:
    if moves.brought:
        moves.had, moves.brought = moves.brought, {}
    for year, fen in bases_of(case=case).items() if case else ():
        before = moves.sent.get(year, SentYear(year, 0, 0, step))
        had = moves.had[year].fen if year in moves.had else 0
        months = before.months + months_of(case=case, year=year)
        moves.sent[year] = SentYear(year, months, before.fen + fen, step, had)


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
        rest = (
            f"此后在本地缴费的基数合计 {Money(stayed_fen)} 元，不能多转。多出的在外地缴费的，"
            "先从外地转入；在本地缴费而没有记录的，先补记入库再转。"
        )
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
    others = brought.exclude(transfer=transfer)
    known = next((one for one in others if getattr(one, "now_document_no") == sheet_no), None)  # noqa: B009 - as above
    if not sheet_no:
        raise SheetTaken("转入须写明信息表号。", transfer=transfer.pk)
    if known is not None:
        raise SheetTaken(
            f"信息表 {sheet_no} 已于 {known.done_on} 转入，不能再凭它转入。",
            transfer=known.transfer_id,
        )


def months_of(*, case: Case | None, year: int) -> int:
    """Give the months that a case states beside the bases of a year; none where it states none."""
    listed = case.content.get("bases") if case else None
    stated = (item.get("months") for item in listed or () if int(item["year"]) == year)
    return next((months for months in stated if type(months) is int), 0)


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
    """Finished transfers of all entries of the person, in their order, with the case and the number
    of the sheet that count now; what should not have come did not."""
    last = TransferCorrection.objects.filter(transfer=OuterRef("transfer_id")).order_by("-pk")
    steps = TransferStep.objects.annotate(
        now_case_id=Coalesce(Subquery(last.values("case_id")[:1]), F("case_id")),
        now_document_no=Coalesce(Subquery(last.values("document_no")[:1]), F("document_no")),
        gone=Coalesce(Subquery(last.values("withdrawn")[:1]), False),
    ).filter(
        gone=False,
        stage=TransferStage.SETTLED,
        transfer__person__in=family_of(party_id=person_id),
        transfer__scheme=scheme,
        transfer__direction__in=directions,
    )
    return steps.select_related("transfer").order_by("done_on", "recorded_at")
