"""What employers and flexible people owe for a month (核定应缴). Pure.

The monthly run computes the same in SQL, from whole numbers: a share is
``(base_fen * ppm + 500000) / 1000000``; an employer's total rounded once is that of
``sum(base_fen)``, and its difference from the sum of the shares is a line of nobody (尾差).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.kernel.money import Money
from backend.kernel.parameters import Resolved
from insurance.collection.rules.bounds import Base, base_for
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.collection.rules.terms import EmployerRounding, Rate, Terms
from insurance.policy.steps import Step, authority, percent


@dataclass(frozen=True)
class Insured:
    """Somebody enrolled at a payer in the month; who pays alone is their own payer."""

    person_id: int
    payer_id: int
    wage_fen: int | None
    elsewhere_fen: int = 0  # bases at the employers joined before


@dataclass(frozen=True)
class PersonBill:
    """What is owed for one person by one payer, and why."""

    base: Base
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class EmployerBill:
    """What an employer owes for a scheme and month (单位应缴)."""

    persons: tuple[PersonBill, ...]
    rounding: Line | None
    step: Step

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, those of persons first."""
        own = tuple(line for person in self.persons for line in person.lines)
        return own if self.rounding is None else (*own, self.rounding)

    @property
    def fen(self) -> int:
        """The employer's total, with what is withheld from the employees."""
        return sum(line.fen for line in self.lines)


def assess_person(*, insured: Insured, terms: Terms) -> PersonBill:
    """Compute one person's lines at one payer: the own share, and the employer's if there is one.

    The account part comes from the own share first; the rest of it, as until 2005, from the
    employer's. A flexible worker's line holds both parts.
    """
    base = base_for(
        wage_fen=insured.wage_fen,
        bounds=terms.bounds,
        several=terms.several,
        several_source=terms.rules["several_employers"],
        elsewhere_fen=insured.elsewhere_fen,
    )
    own = terms.person.of(base.fen)
    account = terms.account.of(base.fen) if terms.account else 0
    lines = [_line(insured, terms, Part.PERSON, own, min(own, account))]
    steps = [base.step, _share_step("个人缴费", base.fen, terms.person, terms, own)]
    if terms.employer:
        employer = terms.employer.of(base.fen)
        of_employer = min(employer, account - min(own, account))
        lines.append(_line(insured, terms, Part.EMPLOYER, employer, of_employer))
        steps.append(_share_step("单位缴费", base.fen, terms.employer, terms, employer))
    else:
        steps.append(_nothing_step("单位缴费", "灵活就业人员没有用人单位，全部由本人缴", terms))
    if terms.account:
        steps.append(_account_step(base.fen, terms.account, terms, lines))
    else:
        steps.append(_nothing_step("记入个人账户", "本险种不设个人账户", terms))
    return PersonBill(base, tuple(line for line in lines if line.fen), tuple(steps))


def assess_employer(*, payer_id: int, insured: Sequence[Insured], terms: Terms) -> EmployerBill:
    """Compute an employer's bill of a scheme and month."""
    if terms.employer is None:
        raise ValueError("flexible people have no employer")
    if any(person.payer_id != payer_id for person in insured):
        raise ValueError("a bill is of one employer")
    persons = tuple(assess_person(insured=person, terms=terms) for person in insured)
    bases = sum(person.base.fen for person in persons)
    shares = sum(
        line.fen for person in persons for line in person.lines if line.key.part is Part.EMPLOYER
    )
    if terms.employer_rounding is EmployerRounding.ROUND_OF_SUM:
        total = terms.employer.of(bases)
        step = _once_step(bases, terms.employer, terms, total)
    else:
        total = shares
        step = _sum_step(terms.employer, terms, total)
    rest = total - shares
    key = LineKey(payer_id, None, terms.scheme, terms.month, Part.ROUNDING)
    return EmployerBill(
        persons=persons,
        rounding=Line(key, rest) if rest else None,
        step=step,
    )


def _line(insured: Insured, terms: Terms, part: Part, fen: int, account_fen: int) -> Line:
    key = LineKey(insured.payer_id, insured.person_id, terms.scheme, terms.month, part)
    return Line(key, fen, account_fen)


def _share_step(name: str, base_fen: int, rate: Rate, terms: Terms, fen: int) -> Step:
    return Step(
        formula=f"缴费基数 × {rate.source.name}",
        inputs=(("缴费基数", str(Money(base_fen))), _rate(rate.source)),
        result=str(Money(fen)),
        version=terms.policy_version,
        article=authority(rate.source, terms.rules["share_rounding"]),
        name=name,
        sentence=f"{name}是缴费基数的 {percent(rate.source.number)}，{Money(fen)} 元。",
        rounding=rate.rounding.label,
    )


def _account_step(base_fen: int, rate: Rate, terms: Terms, lines: Sequence[Line]) -> Step:
    credited = Money(sum(line.account_fen for line in lines))
    paid = [(line.key.part.value, str(Money(line.fen))) for line in lines]
    whole = f"缴费基数 × {rate.source.name}"
    return Step(
        formula=f"较小({whole}, {' + '.join(name for name, _ in paid)})",
        inputs=(("缴费基数", str(Money(base_fen))), _rate(rate.source), *paid),
        result=str(credited),
        version=terms.policy_version,
        article=authority(rate.source, terms.rules["share_rounding"]),
        name="记入个人账户",
        sentence=f"缴费基数的 {percent(rate.source.number)} 记入个人账户，{credited} 元。",
        rounding=rate.rounding.label,
    )


def _nothing_step(name: str, why: str, terms: Terms) -> Step:
    nothing = str(Money.ZERO)
    return Step(
        formula="0",
        inputs=(),
        result=nothing,
        version=terms.policy_version,
        article=authority(terms.person.source),
        name=name,
        sentence=f"{why}，{name} {nothing} 元。",
        rounding="",
    )


def _once_step(bases_fen: int, rate: Rate, terms: Terms, fen: int) -> Step:
    return Step(
        formula=f"基数合计 × {rate.source.name}",
        inputs=(("基数合计", str(Money(bases_fen))), _rate(rate.source)),
        result=str(Money(fen)),
        version=terms.policy_version,
        article=authority(rate.source, terms.rules["employer_share_rounding"]),
        name="单位缴费合计",
        sentence=f"全部缴费基数相加，按 {percent(rate.source.number)} 缴，{Money(fen)} 元。",
        rounding=rate.rounding.label,
    )


def _sum_step(rate: Rate, terms: Terms, fen: int) -> Step:
    return Step(
        formula="各人单位缴费之和",
        inputs=(("各人单位缴费之和", str(Money(fen))),),
        result=str(Money(fen)),
        version=terms.policy_version,
        article=authority(rate.source, terms.rules["employer_share_rounding"]),
        name="单位缴费合计",
        sentence=f"为各位职工的单位缴费加起来，{Money(fen)} 元。",
        rounding="",
    )


def _rate(source: Resolved) -> tuple[str, str]:
    return source.name, str(source.number)
