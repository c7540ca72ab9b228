"""Correct what a relation brought (关系转入更正): the sheet, told anew, takes its own place.

A case of the same kind names the case that told it (``corrects``) and why: an objection, or what
the agency found itself. What it entered is taken back and entered anew, as of the same month, with
the interest of closed years; the years, the places and what is taken of the arrival are those of
the new sheet. What should not have come at all is ``withdrawn``. A relation that went on is told
anew no more, and no account falls below nothing.
"""

from dataclasses import dataclass

from backend.cases.corrections import Ground, ground_of, number_corrected, require_own
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.people.queries import family_of
from insurance.accounts.come_back import come_back, let_no_year_close
from insurance.accounts.entries import balance
from insurance.accounts.models import (
    AccountEntry,
    Direction,
    EntryKind,
    EntrySource,
    Transfer,
    TransferCorrection,
    TransferStage,
    TransferStep,
)
from insurance.accounts.sent_away import require_last
from payments.ledger.models import Entry

# Each amount of a sheet as ``come_back`` wants it, above zero as it comes, below as it is undone.
SHEET = """SELECT %(person)s::bigint, %(scheme)s::text, u.part, u.for_month, u.left_month, u.fen,
    %(source)s::bigint
FROM unnest(%(parts)s::text[], %(for_months)s::date[], %(left_months)s::date[], %(fens)s::bigint[])
    AS u (part, for_month, left_month, fen)"""


class TransferInUnknown(Refusal):
    """No such case brought this person's relation (没有这项转入)."""

    code = "transfer_correction_unknown"


class TransferInReplaced(Refusal):
    """Another case took its place (该转入已被更正)."""

    code = "transfer_correction_replaced"
    status = 409


class AccountSpent(Refusal):
    """What came was paid out or left since (转入的金额已经支付)."""

    code = "transfer_correction_account_spent"


class NothingChanged(Refusal):
    """The sheet is what was told (更正前后没有差别)."""

    code = "transfer_correction_nothing_changed"


@dataclass(frozen=True)
class Correction:
    """Which case told what a relation brought, and why it is told anew."""

    transfer: Transfer
    before: Case
    ground: Ground


@dataclass(frozen=True)
class Brought:
    """What a sheet brings: by part, in all, of the pool, by which arrival and from when on."""

    amounts: tuple[tuple[str, int], ...] = ()
    pooled_fen: int = 0
    entry: Entry | None = None
    arrival: Month | None = None
    document_no: str = ""

    @property
    def fen(self) -> int:
        """Into the account."""
        return sum(fen for _, fen in self.amounts)


TOLD = ("amounts", "bases", "places", "pooled_fen", "paper", "document_no", "on")


def hold_to_correct(case: Case) -> None:
    """Let no year be closed while what was entered is told anew. Before any other lock; what is
    told for the first time waits for nobody."""
    if number_corrected(case) is not None:
        let_no_year_close()


def correction_of(case: Case) -> Correction | None:
    """Give what a case corrects; None where it tells a sheet for the first time.

    Raises:
        ContentInvalid, TransferInUnknown, TransferInReplaced, RelationElsewhere, OtherBody,
        NothingChanged; as ``ground_of``.
    """
    number = number_corrected(case)
    if number is None:
        return None
    transfer = _told_by(case, number)
    before = Case.objects.select_related("agency").get(pk=number)
    require_own(case=case, number=number, agency=before.agency)
    if TransferCorrection.objects.filter(corrects=number).exists():
        raise TransferInReplaced(f"业务件 {number} 的转入已被更正，请更正后者。", case_id=number)
    require_last(transfer=transfer)
    ground = ground_of(case=case, decided_cases=_chain(number))
    if withdrawn(case) == withdrawn(before) and all(
        case.content.get(name) == before.content.get(name) for name in TOLD
    ):
        raise NothingChanged("更正以后与原来转入的相同，没有可更正的。", case_id=case.pk)
    return Correction(transfer, before, ground)


def withdrawn(case: Case) -> bool:
    """Whether nothing should have come."""
    return case.content.get("withdrawn") is True


def require_enough(*, correction: Correction, brought: Brought) -> None:
    """Let no account fall below nothing.

    Raises:
        AccountSpent.
    """
    held = balance(person_id=correction.transfer.person_id, scheme=correction.transfer.scheme)
    less = sum(one.fen for one in _entered(correction)) - brought.fen
    if less > held:
        raise AccountSpent(
            f"更正要从个人账户冲回 {Money(less)} 元，账户只有 {Money(held)} 元：已经支付的先办"
            "追回，退到账以后再更正。",
            case_id=correction.before.pk,
        )


def put_in_place(*, case: Case, correction: Correction, brought: Brought) -> int:
    """Undo what was entered, and enter what is told anew; rows written. The caller holds the
    accounts.

    Raises:
        AccountSpent.
    """
    require_enough(correction=correction, brought=brought)
    transfer, entered = correction.transfer, _entered(correction)
    TransferCorrection.objects.create(
        transfer=transfer,
        corrects=correction.before.pk,
        case_id=case.pk,
        withdrawn=withdrawn(case),
        document_no=brought.document_no,
        fen=brought.fen,
        pooled_fen=brought.pooled_fen,
        entry=brought.entry,
        ground=correction.ground.said,
    )
    first = min((one.arrival_month for one in entered), default=None)
    arrival = brought.arrival.first_day if brought.arrival else None
    came = max(day for day in (arrival, first) if day) if arrival else None
    same = {"person": transfer.person_id, "scheme": transfer.scheme}
    anew = {
        **same,
        "source": case.pk,
        "parts": [part for part, _ in brought.amounts],
        "for_months": [arrival] * len(brought.amounts),
        "left_months": [came] * len(brought.amounts),
        "fens": [fen for _, fen in brought.amounts],
    }
    undone = {
        **same,
        "source": correction.before.pk,
        "parts": [one.part for one in entered],
        "for_months": [one.for_month for one in entered],
        "left_months": [one.arrival_month for one in entered],
        "fens": [-one.fen for one in entered],
    }
    return 1 + come_back(
        select=SHEET,
        each=(anew, undone),
        source=EntrySource.CASE,
        case_id=case.pk,
        kinds=(EntryKind.TRANSFER_IN, EntryKind.TRANSFER_IN),
    )


def _entered(correction: Correction) -> list[AccountEntry]:
    """What the case before entered."""
    rows = AccountEntry.objects.filter(
        source=EntrySource.CASE, source_id=correction.before.pk, kind=EntryKind.TRANSFER_IN, n=0
    )
    return list(rows.order_by("pk"))


def _told_by(case: Case, number: int) -> Transfer:
    """The transfer of this person that a case named brought, first or by a correction."""
    corrected = TransferCorrection.objects.filter(case_id=number).values("transfer")
    first = TransferStep.objects.filter(case_id=number, stage=TransferStage.SETTLED)
    wanted = case.content.get("transfer")
    transfer = Transfer.objects.filter(
        pk=wanted if type(wanted) is int else 0,
        person__in=family_of(party_id=case.party_id),
        scheme=case.content.get("scheme"),
        direction=Direction.IN,
    ).first()
    named = {one["transfer"] for one in (*corrected, *first.values("transfer"))}
    if transfer is None or transfer.pk not in named:
        raise TransferInUnknown(f"业务件 {number} 不是此人这项转移的转入。", case_id=case.pk)
    return transfer


def _chain(number: int) -> list[int]:
    """The cases that told it, the last first."""
    chain = [number]
    while (one := TransferCorrection.objects.filter(case_id=chain[-1]).first()) is not None:
        chain.append(one.corrects)
    return chain
