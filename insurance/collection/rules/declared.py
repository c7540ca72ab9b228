"""What employers declared at the tax bureau, held against the register (自行申报比对). Pure.

Every line of the tax bureau stands in exactly one finding, and so does every line of the register;
who declared nothing of a scheme and month is one finding, however many people it insures.
In SQL, by (payer, scheme, month, person): sums of both sides, ``row_number()`` over equal amounts
for duplicates; what is left on both sides is paired by name and rank among equal names: see
``compare_sql``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from backend.kernel.months import Month


class FindingKind(Enum):
    """What the comparison found (比对结果)."""

    AGREED = "一致"
    OTHER_AMOUNT = "金额不符"
    OTHER_PERSON = "人员不符"  # the number is one person's, the name another's
    PAID_WITHOUT_REGISTER = "已缴费未登记"
    REGISTER_WITHOUT_PAYMENT = "已登记未缴费"
    NOT_DECLARED = "整月未申报"  # of an employer, all its people together
    DUPLICATE = "重复缴费"


@dataclass(frozen=True)
class Declared:
    """A person's line in the tax bureau's file (税务明细)."""

    line: int
    payer_id: int | None  # None: no such employer here
    person_id: int | None  # by the number; None: nobody here has it
    name: str  # as compared: in its search form
    scheme: str
    month: Month
    fen: int
    payer_number: str = ""  # of an employer nobody knows here: two of them are two


@dataclass(frozen=True)
class Registered:
    """What the register expects for a person (登记应缴)."""

    line: int
    payer_id: int
    person_id: int
    name: str
    scheme: str
    month: Month
    fen: int


@dataclass(frozen=True)
class Finding:
    """What was found about some lines: of the tax bureau, of the register, or of both."""

    kind: FindingKind
    declared: tuple[Declared, ...] = ()
    registered: tuple[Registered, ...] = ()

    @property
    def difference_fen(self) -> int:
        """Declared less expected."""
        return sum(one.fen for one in self.declared) - sum(one.fen for one in self.registered)


def compare(
    *, declared: Iterable[Declared], registered: Iterable[Registered]
) -> tuple[Finding, ...]:
    """Put every line of both sides into exactly one finding.

    First by number: several lines of a person that make what is expected agree. Where they do not,
    a line that repeats an amount is a duplicate, and the others are held against the register. What
    is left is paired by name within the employer, scheme and month: the number is another person's.
    Where an employer declared nobody of a scheme and month, its people are found together.
    """
    by_person: dict[_Person, list[Declared]] = defaultdict(list)
    for one in sorted(declared, key=lambda one: one.line):
        if one.fen <= 0:
            raise ValueError("a declared amount is above zero; a reversal is a refund")
        by_person[_person(one)].append(one)
    expected = _expected(registered)
    findings: list[Finding] = []
    strays: list[tuple[Declared, ...]] = []
    for person, lines in by_person.items():
        own = expected.get(person)
        counted, repeated = _without_repeats(lines, own.fen if own else 0)
        findings += [Finding(FindingKind.DUPLICATE, (one,)) for one in repeated]
        if own and all(one.name == own.name for one in counted):
            findings.append(_of_amounts(counted, own))
            del expected[person]
        elif own:
            findings.append(Finding(FindingKind.OTHER_PERSON, counted, (own,)))
            del expected[person]
        else:
            strays.append(counted)
    told = {(person[0], *person[2:4]) for person in by_person}
    silent, unpaid = _by_employer(expected.values(), told)
    findings += [Finding(FindingKind.NOT_DECLARED, registered=lines) for lines in silent]
    return (*findings, *_by_name(strays, unpaid))


_Employer = tuple[int | None, str, Month]
_Person = tuple[int | None, str, str, Month, int | None, str]
_Name = tuple[int | None, str, Month, str]


def _person(one: Declared | Registered) -> _Person:
    """By number; lines whose number is nobody's belong together by name."""
    name = one.name if one.person_id is None else ""
    number = one.payer_number if isinstance(one, Declared) else ""
    return one.payer_id, number, one.scheme, one.month, one.person_id, name


def _name(one: Declared | Registered) -> _Name:
    return one.payer_id, one.scheme, one.month, one.name


def _expected(registered: Iterable[Registered]) -> dict[_Person, Registered]:
    expected: dict[_Person, Registered] = {}
    for one in sorted(registered, key=lambda one: one.line):
        if _person(one) in expected or one.fen <= 0:
            raise ValueError("the register expects one amount above zero of a person")
        expected[_person(one)] = one
    return expected


def _without_repeats(
    lines: list[Declared], expected_fen: int
) -> tuple[tuple[Declared, ...], list[Declared]]:
    """Split off what repeats an amount, unless all lines together are just what is expected."""
    if sum(one.fen for one in lines) == expected_fen:
        return tuple(lines), []
    first: dict[int, Declared] = {}
    for one in lines:
        first.setdefault(one.fen, one)
    counted = tuple(first.values())
    return counted, [one for one in lines if one not in counted]


def _of_amounts(lines: tuple[Declared, ...], own: Registered) -> Finding:
    agree = sum(one.fen for one in lines) == own.fen
    return Finding(FindingKind.AGREED if agree else FindingKind.OTHER_AMOUNT, lines, (own,))


def _by_employer(
    unpaid: Iterable[Registered], told: set[_Employer]
) -> tuple[list[tuple[Registered, ...]], list[Registered]]:
    """What employers of whom nothing was told expect, each together; and all else."""
    silent: dict[_Employer, list[Registered]] = defaultdict(list)
    others: list[Registered] = []
    for own in unpaid:
        employer = own.payer_id, own.scheme, own.month
        (others if employer in told else silent[employer]).append(own)
    return [tuple(lines) for lines in silent.values()], others


def _by_name(
    strays: Iterable[tuple[Declared, ...]], unpaid: Iterable[Registered]
) -> Iterator[Finding]:
    """Pair what nobody registered with what nobody paid, by name, each once."""
    waiting: dict[_Name, list[Registered]] = defaultdict(list)
    for own in unpaid:
        waiting[_name(own)].append(own)
    for lines in strays:
        same = waiting[_name(lines[0])]
        if same:
            yield Finding(FindingKind.OTHER_PERSON, lines, (same.pop(0),))
        else:
            yield Finding(FindingKind.PAID_WITHOUT_REGISTER, lines)
    for rest in waiting.values():
        for own in rest:
            yield Finding(FindingKind.REGISTER_WITHOUT_PAYMENT, registered=(own,))
