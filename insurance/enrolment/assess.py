"""Who may join and leave when (增员、减员的规则): pure. The SQL rules of files say the same.

Each refusal has one sentence (``words``), so that a clerk reads the same at the desk and in the
answer to a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange

MONTHS_AHEAD_MAX = 1  # joiners and leavers are told for the next month at the latest
RESIDENT_PENSION_AGE = 16
WAGE_FEN_MAX = 100_000_000_00

SCHEMES_OF: Mapping[str, frozenset[str]] = {
    "EMPLOYED": frozenset({"110", "210", "310"}),
    "FLEXIBLE": frozenset({"110", "310"}),
    "RESIDENT": frozenset({"170", "390"}),
}


class RuleSaysNo(Refusal):
    """A rule of joining and leaving; ``words`` is its one sentence."""

    words: ClassVar[str]

    def __init__(self, detail: str = "", **facts: object) -> None:
        """Say the rule's own sentence when there is no better one."""
        super().__init__(detail or self.words, **facts)


class PersonUnknown(RuleSaysNo):
    """The register does not know the person (人员库中没有此人)."""

    code = "enrolment_person_unknown"
    words = "人员库中没有此人，请先登记。"


class PayerUnknown(RuleSaysNo):
    """The register knows no such employer or village (单位库中没有此单位)."""

    code = "enrolment_payer_unknown"
    words = "单位库中没有这个单位或村(社区)，或不能为此类人员参保。"


class NameDiffers(RuleSaysNo):
    """The number is another person's (号码与姓名不符)."""

    code = "enrolment_name_differs"
    words = "号码相同而姓名不同，请核实是否同一人。"


class SchemeNotForKind(RuleSaysNo):
    """This kind of insured does not join the scheme (险种不适用)."""

    code = "enrolment_scheme_not_for_kind"
    words = "该参保身份不能参加此险种。"


class WageInvalid(RuleSaysNo):
    """Employed and flexible workers join on a wage, residents on none (缴费工资不正确)."""

    code = "enrolment_wage_invalid"
    words = "职工和灵活就业人员参保须填写大于零的月缴费工资，居民不填。"


class TooFarAhead(RuleSaysNo):
    """A month later than the next (月份过晚)."""

    code = "enrolment_too_far_ahead"
    words = "月份最晚为下个月。"


class BeforeBirth(RuleSaysNo):
    """A month before the person was born (早于出生)."""

    code = "enrolment_before_birth"
    words = "参保月份早于出生年月。"


class TooYoung(RuleSaysNo):
    """Residents join their pension at 16 (未满16周岁; 国发〔2014〕8号 二)."""

    code = "enrolment_too_young"
    words = "城乡居民养老保险年满16周岁方可参加。"


class Dead(RuleSaysNo):
    """The dead do not join (已死亡)."""

    code = "enrolment_dead"
    words = "此人有死亡信息，死亡次月起不能参保；信息有误的请先更正。"


class PayerDeregistered(RuleSaysNo):
    """Nobody joins a deregistered employer (单位已注销)."""

    code = "enrolment_payer_deregistered"
    words = "单位自该月起已注销，不能增员。"


class AlreadyEnrolled(RuleSaysNo):
    """The months are, in part, enrolled there already (重复参保)."""

    code = "enrolment_overlaps"
    words = "此人在该单位的此险种已参保，期间重叠。"


class OtherCapacity(RuleSaysNo):
    """Nobody is employed and flexible in one scheme at a time (身份重叠)."""

    code = "enrolment_other_capacity"
    words = "此人同期以另一身份参加此险种，请先办理停保。"


class NotEnrolled(RuleSaysNo):
    """There is nothing to leave (未参保)."""

    code = "enrolment_not_enrolled"
    words = "此人在该单位的此险种没有参保，或已经停保。"


class LeaveBeforeJoin(RuleSaysNo):
    """The last month lies before the first (停保早于参保)."""

    code = "enrolment_leave_before_join"
    words = "停保月份早于参保月份；错误的增员请办理更正。"


@dataclass(frozen=True)
class Joining:
    """What is asked for: one scheme at one payer from a month on."""

    scheme: str
    kind: str
    payer_id: int | None
    month: Month
    wage_fen: int | None = None


@dataclass(frozen=True)
class Held:
    """An enrolment that the register holds now."""

    enrolment_id: int
    scheme: str
    kind: str
    payer_id: int | None
    months: MonthRange


@dataclass(frozen=True)
class Known:
    """What the register knows of the person and the payer."""

    born: Month
    died: Month | None = None
    payer_gone_from: Month | None = None
    held: tuple[Held, ...] = ()


def months_of_joining(*, kind: str, month: Month) -> MonthRange:
    """Residents are insured to the end of the year, as by their roll; others until they leave."""
    return MonthRange(month, Month(month.year + 1, 1) if kind == "RESIDENT" else None)


def decide_join(*, asked: Joining, known: Known, today: date) -> Held | None:
    """Give the enrolment that is just what is asked for, or None: it may be written.

    Raises:
        RuleSaysNo: the first rule that is broken.
    """
    _check_asked(asked, today)
    if asked.month < known.born:
        raise BeforeBirth()
    if asked.scheme == "170" and asked.month < known.born.plus(12 * RESIDENT_PENSION_AGE):
        raise TooYoung()
    if known.died is not None and asked.month > known.died:
        raise Dead()
    if known.payer_gone_from is not None and asked.month >= known.payer_gone_from:
        raise PayerDeregistered()
    months = months_of_joining(kind=asked.kind, month=asked.month)
    same_scheme = [held for held in known.held if held.scheme == asked.scheme]
    for held in same_scheme:
        if held.payer_id == asked.payer_id and held.months.overlaps(months):
            if held.months == months:
                return held
            raise AlreadyEnrolled()
    if any(held.kind != asked.kind and held.months.overlaps(months) for held in same_scheme):
        raise OtherCapacity()
    return None


def _check_asked(asked: Joining, today: date) -> None:
    if asked.scheme not in SCHEMES_OF.get(asked.kind, frozenset()):
        raise SchemeNotForKind(scheme=asked.scheme)
    needs_wage = asked.kind != "RESIDENT"
    if needs_wage is not (asked.wage_fen is not None and 0 < asked.wage_fen <= WAGE_FEN_MAX):
        raise WageInvalid()
    if not needs_wage and asked.wage_fen is not None:
        raise WageInvalid()
    check_month(month=asked.month, today=today)


def check_month(*, month: Month, today: date) -> None:
    """Refuse a month that nobody can speak for yet.

    Raises:
        TooFarAhead.
    """
    if month > latest_month(today=today):
        raise TooFarAhead()


def latest_month(*, today: date) -> Month:
    """The last month for which joiners and leavers are told on a day."""
    return Month.of(today).plus(MONTHS_AHEAD_MAX)


def decide_leave(
    *,
    held: Iterable[Held],
    scheme: str,
    payer_id: int | None,
    last_month: Month,
    today: date,
) -> tuple[Held, bool]:
    """Give the enrolment that ends with ``last_month``, and whether it ends so already.

    Raises:
        TooFarAhead, NotEnrolled, LeaveBeforeJoin.
    """
    check_month(month=last_month, today=today)
    rows = [row for row in held if (row.scheme, row.payer_id) == (scheme, payer_id)]
    for row in rows:
        if row.months.end == last_month.next:
            return row, True
    running = next((row for row in rows if row.months.end is None), None) or next(
        (row for row in rows if row.kind == "RESIDENT" and row.months.contains(last_month)), None
    )
    if running is None:
        raise NotEnrolled()
    if last_month < running.months.start:
        raise LeaveBeforeJoin()
    return running, False
