"""Who may join and leave when (增员、减员的规则): pure. The SQL rules of files say the same.

Each refusal has one sentence (``words``), so that a clerk reads the same at the desk and in the
answer to a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


class LowerNeedsTwo(RuleSaysNo):
    """With the person's word, two members of staff lower a wage (降低须两人办理)."""

    code = "wages_lower_needs_case"
    words = (
        "低于本年度已经申报的工资：本人确认的，先以“缴费工资更正”业务件（ENROLMENT_WAGE）"
        "由两人办理，再交申报表或办理增员。"
    )


class TooFarAhead(RuleSaysNo):
    """A month later than the next (月份过晚)."""

    code = "enrolment_too_far_ahead"
    words = "月份最晚为下个月。"


class TooFarBack(RuleSaysNo):
    """A month for which neither desk nor file may enrol any more (月份过早)."""

    code = "enrolment_too_far_back"
    words = (
        "月份早于窗口和文件可办的最早月份；以前的月份须以“补缴”业务件"
        "（COLLECTION_BACK_PAYMENT）由两人办理。"
    )


class LeftTooFarBack(RuleSaysNo):
    """Months are taken away that neither desk nor file may speak of any more (停保过早)."""

    code = "enrolment_left_too_far_back"
    words = (
        "停保的月份早于窗口和文件可办的最早月份；须以“参保更正”业务件"
        "（ENROLMENT_CORRECTION）由两人办理。"
    )


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


class NotOneYear(RuleSaysNo):
    """Residents are insured within one year (居民按年度参保)."""

    code = "enrolment_not_one_year"
    words = "居民按年度参保，起止月份须在同一年内。"


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
    declared_fen: Mapping[int, int] = field(default_factory=dict)  # by year, at the payer


def months_of_joining(*, kind: str, month: Month) -> MonthRange:
    """Residents are insured to the end of the year, as by their roll; others until they leave."""
    return MonthRange(month, Month(month.year + 1, 1) if kind == "RESIDENT" else None)


def decide_join(*, asked: Joining, known: Known, today: date, earliest: Month) -> Held | None:
    """Give the enrolment that is just what is asked for, or None: it may be written.

    ``earliest`` is the first month for which the desk may speak.

    Raises:
        RuleSaysNo: the first rule that is broken.
    """
    _check_asked(asked, today)
    _check_start(scheme=asked.scheme, start=asked.month, known=known)
    months = months_of_joining(kind=asked.kind, month=asked.month)
    for held in known.held:
        here = (held.scheme, held.payer_id) == (asked.scheme, asked.payer_id)
        if here and held.months == months:
            return held
    _check_room(asked.scheme, asked.kind, asked.payer_id, months, known.held)
    if asked.month < earliest:
        raise TooFarBack()
    if (asked.wage_fen or 0) < known.declared_fen.get(asked.month.year, 0):
        raise LowerNeedsTwo()
    return None


def check_correction(*, row: Held, months: MonthRange, known: Known, today: date) -> None:
    """Let an enrolment have been for other months only where somebody could join for them.

    Raises:
        RuleSaysNo: the first rule that is broken.
    """
    check_month(month=months.start, today=today)
    if months.end is not None:
        check_month(month=months.end.previous, today=today)
    _check_start(scheme=row.scheme, start=months.start, known=known)
    _check_end(row.kind, months, known)
    others = [held for held in known.held if held.enrolment_id != row.enrolment_id]
    _check_room(row.scheme, row.kind, row.payer_id, months, others)


def _check_start(*, scheme: str, start: Month, known: Known) -> None:
    if start < known.born:
        raise BeforeBirth()
    if scheme == "170" and start < known.born.plus(12 * RESIDENT_PENSION_AGE):
        raise TooYoung()
    if known.died is not None and start > known.died:
        raise Dead()
    if known.payer_gone_from is not None and start >= known.payer_gone_from:
        raise PayerDeregistered()


def _check_end(kind: str, months: MonthRange, known: Known) -> None:
    """What is put right ends: with a year, with death, with the employer."""
    last = None if months.end is None else months.end.previous
    if kind == "RESIDENT" and (last is None or last.year != months.start.year):
        raise NotOneYear()
    if known.died is not None and (last is None or last > known.died):
        raise Dead()
    if known.payer_gone_from is not None and (last is None or last >= known.payer_gone_from):
        raise PayerDeregistered()


def _check_room(
    scheme: str, kind: str, payer_id: int | None, months: MonthRange, held: Iterable[Held]
) -> None:
    """Nobody is insured twice at one payer, or in two capacities, in one scheme at a time."""
    others = [row for row in held if row.scheme == scheme and row.months.overlaps(months)]
    if any(row.payer_id == payer_id for row in others):
        raise AlreadyEnrolled()
    if any(row.kind != kind for row in others):
        raise OtherCapacity()


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
    earliest: Month,
) -> tuple[Held, bool]:
    """Give the enrolment that ends with ``last_month``, and whether it ends so already.

    ``earliest`` is the first month that the desk may take away.

    Raises:
        TooFarAhead, NotEnrolled, LeaveBeforeJoin, LeftTooFarBack.
    """
    check_month(month=last_month, today=today)
    rows = [row for row in held if (row.scheme, row.payer_id) == (scheme, payer_id)]
    running = next((row for row in rows if row.months.end is None), None)
    if running is None or last_month < running.months.start:
        for row in rows:
            if row.months.end == last_month.next:
                return row, True
    running = running or next(
        (row for row in rows if row.kind == "RESIDENT" and row.months.contains(last_month)), None
    )
    if running is None:
        raise NotEnrolled()
    if last_month < running.months.start:
        raise LeaveBeforeJoin()
    if last_month.next < earliest:
        raise LeftTooFarBack()
    return running, False
