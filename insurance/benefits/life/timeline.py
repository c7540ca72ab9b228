"""What prison and disappearance do to a pension (服刑、羁押、失踪), from dated events. Pure.

The events of a topic, in the order of their days and in no other, say for each month in which
form the person lives; the form says whether the month is paid, held or stopped. Whatever becomes
known late is one more event: the whole is told anew, and the order of telling never matters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import accumulate, pairwise
from typing import TypeAlias

from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthRange
from backend.kernel.parameters import Resolved


class Topic(Enum):
    """What a series of events is about (事项)."""

    CUSTODY = "服刑羁押"
    MISSING = "失踪"


class Form(Enum):
    """In which form a person lives from a month on (情形), and of which topic that is."""

    SENTENCED = ("服刑", Topic.CUSTODY)
    CONTROL = ("管制", Topic.CUSTODY)
    PROBATION = ("缓刑", Topic.CUSTODY)
    OUTSIDE = ("监外执行", Topic.CUSTODY)
    WANTED = ("在逃通缉", Topic.CUSTODY)
    DETAINED = ("羁押未定罪", Topic.CUSTODY)
    ACQUITTED = ("无罪（撤案、不起诉）", Topic.CUSTODY)
    RELEASED = ("期满释放", Topic.CUSTODY)
    MISSING = ("失踪", Topic.MISSING)
    FOUND = ("重新出现", Topic.MISSING)

    def __init__(self, label: str, topic: Topic) -> None:
        self.label = label
        self.topic = topic


class Pay(Enum):
    """What becomes of the months of a form."""

    PAID = "照发"
    HELD = "暂停"
    STOPPED = "停发"


ENDS = (Form.ACQUITTED, Form.RELEASED, Form.FOUND)
UNDECIDED = (Form.WANTED, Form.DETAINED)


class TimelineInvalid(Refusal):
    """The events of a topic do not follow on each other (情形前后不符)."""

    code = "life_timeline_invalid"


@dataclass(frozen=True)
class Rule:
    """What a form does to a pension (处理): to its months, and to adjustments that begin in it."""

    pay: Pay
    adjusted: bool


@dataclass(frozen=True)
class Told:
    """One event: on ``day`` the person came into ``form``, which ``month`` and those after it are
    paid by; ``case_id`` decided it."""

    form: Form
    day: date
    month: Month
    case_id: int


@dataclass(frozen=True)
class Stretch:
    """Months in one form, until the next event (一段)."""

    form: Form
    months: MonthRange
    case_id: int
    rule: Rule


RuleOf: TypeAlias = Callable[[Form, Month], Rule]  # by the law of the form's first month
MISSING_RULES: Mapping[Form, Rule] = {Form.MISSING: Rule(Pay.HELD, adjusted=True)}


def rules(*, custody: Resolved) -> Mapping[Form, Rule]:
    """Read what each form of custody does, from the parameter ``benefits.custody_forms``."""
    return {Form[name]: _rule(custody, row) for name, row in custody.table.items()}


def stretches(*, told: Iterable[Told], by: RuleOf) -> tuple[Stretch, ...]:
    """Give the months of one topic that are not simply paid, in their order, each form ``by`` the
    law of its first month.

    What ended in 无罪 never was. Time at large or in detention that ended in a sentence is not
    paid (补发 only 判其无罪的): it is stopped like the sentence after it.

    Raises:
        TimelineInvalid: two events on a day, an end of nothing, or no outcome of a detention.
    """
    events = sorted(told, key=lambda event: event.day)
    for before, after in pairwise(events):
        if before.day == after.day:
            raise TimelineInvalid(f"{after.day} 已有“{before.form.label}”，请先撤销再记。")
    months = accumulate((event.month for event in events), max)
    events = [replace(event, month=month) for event, month in zip(events, months, strict=True)]
    found: list[Stretch] = []
    for chapter in _chapters(events):
        found += _chapter(chapter, by)
    return tuple(found)


def runs(*, of: Sequence[Stretch], pay: Pay) -> tuple[Stretch, ...]:
    """The months that are held, or stopped: stretches that touch made one, by the first's case."""
    found: list[Stretch] = []
    for stretch in of:
        if stretch.rule.pay is not pay:
            continue
        if found and found[-1].months.end == stretch.months.start:
            months = MonthRange(found[-1].months.start, stretch.months.end)
            found[-1] = replace(found[-1], months=months)
        else:
            found.append(stretch)
    return tuple(found)


def is_adjusted(*, of: Sequence[Stretch], month: Month) -> bool:
    """Whether a person takes part in an adjustment (参加调整) that holds from ``month`` on."""
    return all(stretch.rule.adjusted for stretch in of if stretch.months.contains(month))


def form_on(*, told: Iterable[Told], day: date) -> Form | None:
    """In which form a person lived on a day; None in none, or where it ended in 无罪."""
    for chapter in _chapters(sorted(told, key=lambda event: event.day)):
        until = [event for event in chapter if event.day <= day]
        if until and until[-1].form not in ENDS and chapter[-1].form is not Form.ACQUITTED:
            return until[-1].form
    return None


def _rule(source: Resolved, row: object) -> Rule:
    if not isinstance(row, Mapping):
        raise TypeError(f"{source.key} has a form that is no table")
    return Rule(Pay[str(row["pay"])], adjusted=row["adjusted"] is True)


def _chapters(events: Sequence[Told]) -> Iterator[list[Told]]:
    """Events up to and with each end; the last chapter may go on."""
    chapter: list[Told] = []
    for event in events:
        if event.form in ENDS and not chapter:
            raise TimelineInvalid(f"{event.day}“{event.form.label}”之前没有相应的情形。")
        chapter.append(event)
        if event.form in ENDS:
            yield chapter
            chapter = []
    if chapter:
        yield chapter


def _chapter(events: Sequence[Told], by: RuleOf) -> Iterator[Stretch]:
    last = events[-1]
    if last.form is Form.ACQUITTED:
        return
    if last.form is Form.RELEASED and events[-2].form in UNDECIDED:
        raise TimelineInvalid(
            f"{last.day} 释放之前是“{events[-2].form.label}”，请先记明判决，或记为无罪。"
        )
    after = [*events[1:], None]
    for index, (event, following) in enumerate(zip(events, after, strict=True)):
        if event.form in ENDS or (following and following.month == event.month):
            continue
        sentence = next((e for e in events[index:] if e.form not in (*UNDECIDED, *ENDS)), None)
        rule = by(event.form, event.month)
        if event.form in UNDECIDED and sentence is not None:
            rule = Rule(Pay.STOPPED, adjusted=by(sentence.form, sentence.month).adjusted)
        months = MonthRange(event.month, following.month if following else None)
        yield Stretch(event.form, months, (sentence or event).case_id, rule)
