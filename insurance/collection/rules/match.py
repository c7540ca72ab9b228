"""Money that came in finds what it pays (核销): by a stated order, the rest to suspense. Pure.

What is owed is one net amount for each line key: all its lines, differences too, less what was
matched before. Below zero it is a credit (抵缴), which pays like a receipt, before any receipt.

Funds go in passes, those that name most first; within a pass nobody's funds meet another group's
lines. So each pass is one SQL statement: running sums of the funds and of the open lines within
(payer, scheme, what the pass names), in the order below, and ``least(funds_to, line_to) -
greatest(funds_from, line_from)`` where both intervals overlap.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, IntEnum

from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.last_days import Due
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.residents import MEDICAL, PENSION


class Named(Enum):
    """What funds that name month, person or part may pay."""

    ONLY = "只核销写明的"
    IGNORED = "不论写明的"


class Criterion(Enum):
    """What lines are ordered by."""

    MONTH = "先早后晚"
    PART = "按款项"


class Purse(Enum):
    """Which parts money may pay (款项来源): a subsidy no contribution, principal no late fee."""

    TAX = frozenset(Part) - {Part.ON_BEHALF, Part.SUBSIDY, Part.LATE_FEE}
    FISCAL = frozenset({Part.ON_BEHALF, Part.SUBSIDY})
    # Of credits: what was posted as one kind of income is not moved to another.
    CONTRIBUTIONS = frozenset({Part.PERSON, Part.EMPLOYER, Part.ROUNDING, Part.ESTIMATE})
    ON_BEHALF = frozenset({Part.ON_BEHALF})
    COLLECTIVE = frozenset({Part.COLLECTIVE})
    SUBSIDY = frozenset({Part.SUBSIDY})
    LATE_FEE = frozenset({Part.LATE_FEE})  # of receipts too: the tax bureau says which is which


YEARLY = (PENSION, MEDICAL)
OWN_PARTS = frozenset({Part.PERSON, Part.COLLECTIVE})  # in a village somebody's own, not all's


def purse_of_credit(part: Part) -> Purse:
    """Which parts the credit of a line of this part may pay."""
    return Purse.CONTRIBUTIONS if part in Purse.CONTRIBUTIONS.value else Purse[part.name]


def person_of_credit(key: LineKey) -> int | None:
    """Whose lines a credit pays: an employer's pays all of his, a resident's own his own only."""
    return key.person_id if key.scheme in YEARLY and key.part in OWN_PARTS else None


class Source(IntEnum):
    """What kind of funds; credits pay first."""

    CREDIT = 1  # more was matched than is billed now
    RECEIPT = 2


class Rest(Enum):
    """Why funds are left (待处理原因)."""

    UNKNOWN_PAYER = "缴款人不明"
    WRONG_PERSON = "缴款人名下没有此人的应缴"
    NOTHING_OWED = "没有对应的应缴"
    OVERPAID = "多缴"
    CLOSED = "应缴已过缴费截止日"
    CREDIT_LEFT = "抵缴余额"


@dataclass(frozen=True)
class Order:
    """The stated order (核销顺序) and where it comes from."""

    named: Named
    by: tuple[Criterion, ...]
    parts: tuple[Part, ...]
    source: Resolved


@dataclass(frozen=True)
class Owed:
    """What is still open under a line key; ``closes`` says by when, where a last day binds.

    Until ``asked_until`` the payer, who was asked for it, may pay it in time.
    """

    key: LineKey
    fen: int
    closes: tuple[Due, ...] = ()  # all of it, the earliest first
    asked_until: date | None = None

    @property
    def dues(self) -> tuple[Due, ...]:
        """All of it by last day, also where none binds."""
        return self.closes or (Due(date.max, self.fen),)


@dataclass(frozen=True)
class Funds:
    """A receipt (入库款) or credit; what it does not name is None.

    What two people ``decided`` names what it pays whatever the order says, and a month that it
    names may be one whose last day to pay is over.
    """

    number: int
    payer_id: int | None  # None: the tax bureau's number is nobody's here
    scheme: str
    fen: int
    arrived: date
    month: Month | None = None
    person_id: int | None = None
    part: Part | None = None
    source: Source = Source.RECEIPT
    purse: Purse = Purse.TAX
    decided: bool = False

    @property
    def names(self) -> tuple[bool, bool, bool]:
        """What the funds name: month, person, part."""
        return self.month is not None, self.person_id is not None, self.part is not None

    def may_pay(self, key: LineKey) -> bool:
        """Tell whether the line is among what the funds name."""
        return (
            self.month in (None, key.month)
            and self.person_id in (None, key.person_id)
            and self.part in (None, key.part)
            and key.part in self.purse.value
        )

    def find_open(self, owed: Owed) -> bool:
        """Tell whether something of the line is still open to them."""
        return any(self.come_in_time(owed, due) for due in owed.dues)

    def come_in_time(self, owed: Owed, due: Due) -> bool:
        """Tell whether this of the line is still open to them; the last day binds no government,
        and no credit pays what its payer was asked for.
        """
        if owed.key.part in Purse.FISCAL.value:
            return True
        if self._leaves_to_payer(owed):
            return False
        return self.arrived <= due.last_day or (self.decided and self.month is not None)

    def _leaves_to_payer(self, owed: Owed) -> bool:
        asked = owed.asked_until
        return self.source is Source.CREDIT and asked is not None and self.arrived <= asked


@dataclass(frozen=True)
class Allocation:
    """So much of these funds pays this line (核销)."""

    funds: Funds
    key: LineKey
    fen: int


@dataclass(frozen=True)
class Left:
    """So much of these funds is left, and why: of receipts it is suspense (待处理款)."""

    funds: Funds
    fen: int
    reason: Rest


@dataclass(frozen=True)
class Matching:
    """Who paid what; what is left of the funds and of the lines."""

    allocations: tuple[Allocation, ...]
    left: tuple[Left, ...]
    shortfall: tuple[Owed, ...]

    @property
    def suspense_fen(self) -> int:
        """What came in and pays nothing yet."""
        return sum(one.fen for one in self.left if one.funds.source is Source.RECEIPT)


def order_in_force(*, tree: ParameterTree, region: str, on: date, demo: bool = False) -> Order:
    """Resolve the order in force on the day of the matching.

    Raises:
        NotConfigured, NotVerified: there is none that may be used.
    """
    source = tree.resolve("collection.funding_order", region, on, demo)
    parts = tuple(Part[name] for name in _names(source, "parts"))
    if set(parts) != set(Part):
        raise ValueError(f"{source.key}: each part stands in the order once")
    by = tuple(Criterion[name] for name in _names(source, "by"))
    return Order(Named[str(source.table["named"])], by, parts, source)


def net(
    *,
    lines: Iterable[Line],
    matched: Mapping[LineKey, int],
    closes: Mapping[LineKey, tuple[Due, ...]] | None = None,
    asked: Mapping[LineKey, date] | None = None,
) -> tuple[tuple[Owed, ...], tuple[Owed, ...]]:
    """Give what is open by line key, and what was matched beyond what is billed now (credits).

    ``closes`` is by when who pays of his own will may pay what is open, ``asked`` the last day of
    what was asked for already.
    """
    last, until = closes or {}, asked or {}
    open_fen: dict[LineKey, int] = defaultdict(int)
    for line in lines:
        open_fen[line.key] += line.fen
    for key, fen in matched.items():
        open_fen[key] -= fen
    owed = tuple(
        Owed(key, fen, last.get(key, ()), until.get(key))
        for key, fen in open_fen.items()
        if fen > 0
    )
    return owed, tuple(Owed(key, -fen) for key, fen in open_fen.items() if fen < 0)


def match(
    *,
    owed: Iterable[Owed],
    funds: Iterable[Funds],
    order: Order,
    merged: Mapping[int, int] | None = None,
) -> Matching:
    """Allocate all funds: credits first, then those that name most, the earliest first.

    A scheme's money pays that scheme of its own payer only (专款专用), and of it the parts of its
    purse. ``merged`` gives as whom a party lives on that was found to be another.
    """
    owing = list(owed)
    aliases = Aliases(merged or {})
    dues = _by_key(owing)
    lines = _in_order(owing, order, aliases)
    everything = list(funds)
    if len({(one.source, one.number) for one in everything}) != len(everything):
        raise ValueError("funds are matched once")
    allocations: list[Allocation] = []
    left: list[Left] = []
    heeds_names = order.named is Named.ONLY
    if any(one.fen <= 0 for one in everything):
        raise ValueError("funds are above zero")
    named_by = {
        one: aliases.of_funds(one if heeds_names or _is_ours(one) else _nameless(one))
        for one in everything
    }
    for one in sorted(everything, key=lambda one: _turn(named_by[one])):
        named = named_by[one]
        of_payer = lines[named.payer_id, one.scheme]
        found = [line for line in of_payer if named.may_pay(aliases.of_key(line.key))]
        candidates = [line for line in found if named.find_open(line)]
        rest = one.fen
        for line in candidates:
            fen, dues[line.key] = _pay(named, line, dues[line.key], rest)
            if fen:
                allocations.append(Allocation(one, line.key, fen))
                rest -= fen
        if rest:
            persons = {aliases.of_key(line.key).person_id for line in of_payer}
            reason = _why_left(named, candidates, found, persons)
            left.append(Left(one, rest, reason))
    shortfall = tuple(_still_owed(one, dues[one.key]) for one in owing if dues[one.key])
    return Matching(tuple(allocations), tuple(left), shortfall)


def account_part(*, line: Line, matched_before_fen: int, fen: int) -> int:
    """What of a payment is credited to the account; the parts of a line paid in parts add up.

    In SQL ``(2 * account * (before + now) + line) / (2 * line)`` less the same of ``before``.
    """

    def credited(matched: int) -> int:
        return (2 * line.account_fen * matched + line.fen) // (2 * line.fen)

    if not 0 <= matched_before_fen <= matched_before_fen + fen <= line.fen:
        raise ValueError("no more is matched than billed")
    return credited(matched_before_fen + fen) - credited(matched_before_fen)


@dataclass(frozen=True)
class Aliases:
    """As whom parties live on that were found to be others (合并)."""

    merged: Mapping[int, int]

    def of(self, party_id: int | None) -> int | None:
        """The party, or as whom it lives on."""
        return None if party_id is None else self.merged.get(party_id, party_id)

    def of_funds(self, funds: Funds) -> Funds:
        """The funds, of those who live on."""
        payer, person = self.of(funds.payer_id), self.of(funds.person_id)
        return replace(funds, payer_id=payer, person_id=person)

    def of_key(self, key: LineKey) -> LineKey:
        """The key, of those who live on: whom funds must name to pay it."""
        payer = self.merged.get(key.payer_id, key.payer_id)
        return replace(key, payer_id=payer, person_id=self.of(key.person_id))


_Lines = Mapping[tuple[int | None, str], list[Owed]]


def _by_key(owed: Iterable[Owed]) -> dict[LineKey, tuple[Due, ...]]:
    found: dict[LineKey, tuple[Due, ...]] = {}
    for one in owed:
        if one.key in found or one.fen <= 0:
            raise ValueError("a line key is owed once, and above zero")
        if sum(due.fen for due in one.dues) != one.fen:
            raise ValueError("what closes is all that is owed")
        found[one.key] = one.dues
    return found


def _pay(funds: Funds, line: Owed, dues: tuple[Due, ...], most: int) -> tuple[int, tuple[Due, ...]]:
    """What of the line funds pay, what closes first first, and what is then left of it."""
    paid, left = 0, []
    for due in dues:
        fen = min(most - paid, due.fen) if funds.come_in_time(line, due) else 0
        paid += fen
        if fen < due.fen:
            left.append(replace(due, fen=due.fen - fen))
    return paid, tuple(left)


def _still_owed(line: Owed, dues: tuple[Due, ...]) -> Owed:
    return replace(line, fen=sum(due.fen for due in dues), closes=dues if line.closes else ())


def _in_order(owed: Iterable[Owed], order: Order, aliases: Aliases) -> _Lines:
    """The open lines of each payer and scheme in the stated order, then by person and payer."""

    def place(one: Owed) -> tuple[int, ...]:
        key = one.key
        of = {Criterion.MONTH: key.month.index, Criterion.PART: order.parts.index(key.part)}
        everything = (*(of[criterion] for criterion in order.by), *of.values())
        return (*everything, key.person_id or 0, key.payer_id)

    lines: dict[tuple[int | None, str], list[Owed]] = defaultdict(list)
    for one in sorted(owed, key=place):
        lines[aliases.of(one.key.payer_id), one.key.scheme].append(one)
    return lines


def _is_ours(funds: Funds) -> bool:
    """What they name was named by us, not by who paid."""
    return funds.decided or funds.source is Source.CREDIT


def _turn(funds: Funds) -> tuple[int, ...]:
    """Credits, then who names most: month before person before part; then the earliest."""
    unnamed = (not name for name in funds.names)
    return (funds.source, -sum(funds.names), *unnamed, funds.arrived.toordinal(), funds.number)


def _nameless(funds: Funds) -> Funds:
    """Names forgotten; but a late fee stays one: it is money of another kind."""
    part = funds.part if funds.part is Part.LATE_FEE else None
    return replace(funds, month=None, person_id=None, part=part)


def _why_left(
    named: Funds, candidates: list[Owed], found: list[Owed], persons: set[int | None]
) -> Rest:
    """``found`` are the lines that they name, ``candidates`` those of them that are not closed."""
    if named.source is Source.CREDIT:
        return Rest.CREDIT_LEFT
    if named.payer_id is None:
        return Rest.UNKNOWN_PAYER
    if candidates:
        return Rest.OVERPAID
    if found:
        return Rest.CLOSED
    if named.person_id is not None and named.person_id not in persons:
        return Rest.WRONG_PERSON
    return Rest.NOTHING_OWED


def _names(source: Resolved, field: str) -> tuple[str, ...]:
    value = source.table[field]
    if not isinstance(value, tuple):
        raise TypeError(f"{source.key}: {field} must be a list")
    return tuple(str(name) for name in value)
