"""What is owed for a resident for a year (城乡居民年度应缴), scheme 170 and 390. Pure.

Whole amounts only, nothing is multiplied but the share paid on behalf of a support group, in
thousandths: ``(amount_fen * share_pm + 500) / 1000`` in SQL, by a ``VALUES`` list of groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.collection.rules.lines import Line, LineKey, Part
from insurance.policy.rounding import TO_FEN
from insurance.policy.steps import Step, authority, percent

PENSION, MEDICAL = "170", "390"
PER_MILLE = 1000
HIGHEST_GRADE = "HIGHEST_GRADE"


class GradeUnknown(Refusal):
    """A resident chooses one of the grades in force (没有这个缴费档次)."""

    code = "collection_grade_unknown"


class CollectiveTooHigh(Refusal):
    """Collective aid is no more than the highest grade (集体补助超过上限)."""

    code = "collection_collective_too_high"


class SupportNotConfigured(Refusal):
    """Nothing says what is paid on behalf of this group (困难群体代缴标准未配置)."""

    code = "collection_support_not_configured"


@dataclass(frozen=True)
class Resident:
    """A line of a village's roll (居民缴费名册)."""

    person_id: int
    village_id: int
    chosen_fen: int | None = None  # 170 only
    collective_fen: int = 0
    subsidised: bool = True
    group: str | None = None  # the support group that counts


@dataclass(frozen=True)
class PensionTerms:
    """Grades and who pays what for a year of scheme 170."""

    year: int
    subsidy_fen: Mapping[int, int]  # by grade
    support_fen: Mapping[str, int]  # by group
    collective_max_fen: int
    sources: tuple[Resolved, ...]
    policy_version: str


@dataclass(frozen=True)
class MedicalTerms:
    """The amounts of a year of scheme 390."""

    year: int
    amount_fen: int
    subsidy_fen: int
    support_pm: Mapping[str, int]  # by group, in thousandths of the amount
    sources: tuple[Resolved, ...]
    policy_version: str


@dataclass(frozen=True)
class ResidentBill:
    """What is owed for a resident for a year, by whom it comes from, and why."""

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]


def pension_terms(
    *, tree: ParameterTree, region: str, year: int, demo: bool = False
) -> PensionTerms:
    """Resolve a year of scheme 170.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    keys = ("grades", "support_amount", "collective_limit")
    first = Month(year, 1).first_day
    grades, support, limit = sources = tuple(
        tree.resolve(f"resident_pension.{key}", region, first, demo) for key in keys
    )
    if limit.text != HIGHEST_GRADE:
        raise ValueError(f"{limit.key}: no such rule {limit.text}")
    subsidy = {_fen(grade): _fen(subsidy) for grade, subsidy in grades.table.items()}
    return PensionTerms(
        year=year,
        subsidy_fen=subsidy,
        support_fen={group: _fen(amount) for group, amount in support.table.items()},
        collective_max_fen=max(subsidy),
        sources=sources,
        policy_version=tree.version,
    )


def medical_terms(
    *, tree: ParameterTree, region: str, year: int, demo: bool = False
) -> MedicalTerms:
    """Resolve a year of scheme 390.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    keys = ("resident_amount", "resident_subsidy", "resident_support_share")
    first = Month(year, 1).first_day
    amount, subsidy, support = sources = tuple(
        tree.resolve(f"medical.{key}", region, first, demo) for key in keys
    )
    return MedicalTerms(
        year=year,
        amount_fen=amount.money.fen,
        subsidy_fen=subsidy.money.fen,
        support_pm={group: _per_mille(share) for group, share in support.table.items()},
        sources=sources,
        policy_version=tree.version,
    )


def assess_pension(*, resident: Resident, terms: PensionTerms) -> ResidentBill:
    """Compute a year of scheme 170: own grade, what others pay, all of it to the account.

    Who belongs to a support group and chose a higher grade pays the rest.

    Raises:
        GradeUnknown, CollectiveTooHigh, SupportNotConfigured.
    """
    chosen = resident.chosen_fen
    if chosen is None or chosen not in terms.subsidy_fen:
        raise GradeUnknown("没有这个缴费档次，请在当年的档次中选择。", chosen=chosen)
    if resident.collective_fen > terms.collective_max_fen:
        highest = Money(terms.collective_max_fen)
        raise CollectiveTooHigh(f"集体补助不能超过最高缴费档次 {highest} 元。")
    support = _of_group(terms.support_fen, resident.group)
    on_behalf = min(support, chosen)
    subsidy = terms.subsidy_fen[chosen] if resident.subsidised else 0
    amounts = {
        Part.PERSON: chosen - on_behalf,
        Part.ON_BEHALF: on_behalf,
        Part.COLLECTIVE: resident.collective_fen,
        Part.SUBSIDY: subsidy,
    }
    own = _on_grade(chosen, support, amounts, terms) if resident.group else ()
    return ResidentBill(
        lines=_lines(_key(resident, PENSION, terms.year), amounts, to_account=True),
        steps=(*own, _sum_step("记入个人账户", amounts, terms)),
    )


def assess_medical(*, resident: Resident, terms: MedicalTerms) -> ResidentBill:
    """Compute a year of scheme 390: one amount for all, nothing to an account.

    Raises:
        SupportNotConfigured.
    """
    share = _of_group(terms.support_pm, resident.group)
    rate = Decimal(share) / PER_MILLE
    on_behalf = Money(terms.amount_fen).times(rate, TO_FEN).fen
    amounts = {
        Part.PERSON: terms.amount_fen - on_behalf,
        Part.ON_BEHALF: on_behalf,
        Part.SUBSIDY: terms.subsidy_fen if resident.subsidised else 0,
    }
    own = _on_amount(rate, amounts, terms) if resident.group else ()
    return ResidentBill(
        lines=_lines(_key(resident, MEDICAL, terms.year), amounts, to_account=False),
        steps=(*own, _sum_step("应缴", amounts, terms)),
    )


def _of_group(by_group: Mapping[str, int], group: str | None) -> int:
    if group is None:
        return 0
    if group not in by_group:
        raise SupportNotConfigured("该困难群体的代缴标准未配置。", group=group)
    return by_group[group]


def _key(resident: Resident, scheme: str, year: int) -> LineKey:
    return LineKey(resident.village_id, resident.person_id, scheme, Month(year, 1), Part.PERSON)


def _lines(key: LineKey, amounts: Mapping[Part, int], *, to_account: bool) -> tuple[Line, ...]:
    return tuple(
        Line(replace(key, part=part), fen, fen if to_account else 0)
        for part, fen in amounts.items()
        if fen
    )


def _on_grade(
    chosen: int, support: int, amounts: Mapping[Part, int], terms: PensionTerms
) -> tuple[Step, ...]:
    grades, paid_by, _ = terms.sources
    on_behalf = Money(amounts[Part.ON_BEHALF])
    paid = Step(
        formula="较小(代缴标准, 缴费档次)",
        inputs=(("代缴标准", str(Money(support))), ("缴费档次", str(Money(chosen)))),
        result=str(on_behalf),
        version=terms.policy_version,
        article=authority(paid_by),
        name=Part.ON_BEHALF.value,
        sentence=f"困难群体由政府代缴 {on_behalf} 元，不超过所选的缴费档次。",
        rounding="",
    )
    return paid, _own_step("缴费档次", amounts, (grades, paid_by), terms.policy_version)


def _on_amount(rate: Decimal, amounts: Mapping[Part, int], terms: MedicalTerms) -> tuple[Step, ...]:
    amount, _, paid_by = terms.sources
    on_behalf = Money(amounts[Part.ON_BEHALF])
    paid = Step(
        formula="个人缴费标准 × 代缴比例",
        inputs=(("个人缴费标准", str(Money(terms.amount_fen))), ("代缴比例", str(rate))),
        result=str(on_behalf),
        version=terms.policy_version,
        article=authority(amount, paid_by),
        name=Part.ON_BEHALF.value,
        sentence=f"困难群体由政府代缴个人缴费标准的 {percent(rate)}，{on_behalf} 元。",
        rounding=TO_FEN.label,
    )
    return paid, _own_step("个人缴费标准", amounts, (amount, paid_by), terms.policy_version)


def _own_step(
    whole: str, amounts: Mapping[Part, int], sources: tuple[Resolved, ...], version: str
) -> Step:
    own, on_behalf = amounts[Part.PERSON], amounts[Part.ON_BEHALF]
    return Step(
        formula=f"{whole} − {Part.ON_BEHALF.value}",
        inputs=(
            (whole, str(Money(own + on_behalf))),
            (Part.ON_BEHALF.value, str(Money(on_behalf))),
        ),
        result=str(Money(own)),
        version=version,
        article=authority(*sources),
        name=Part.PERSON.value,
        sentence=f"除去代缴的，自己缴 {Money(own)} 元。",
        rounding="",
    )


def _sum_step(name: str, amounts: Mapping[Part, int], terms: PensionTerms | MedicalTerms) -> Step:
    total = Money(sum(amounts.values()))
    shown = {part.value: Money(fen) for part, fen in amounts.items()}
    said = "".join(f"{part} {amount} 元，" for part, amount in shown.items() if amount)
    return Step(
        formula=" + ".join(shown),
        inputs=tuple((part, str(amount)) for part, amount in shown.items()),
        result=str(total),
        version=terms.policy_version,
        article=authority(*terms.sources),
        name=name,
        sentence=f"{said}{name}一共 {total} 元。",
        rounding="",
    )


def _fen(yuan: object) -> int:
    if isinstance(yuan, str):
        return Money.yuan(yuan).fen
    if not isinstance(yuan, Decimal | int) or isinstance(yuan, bool):
        raise TypeError(f"an amount in yuan is a number, not {yuan!r}")
    return Money.of_yuan(yuan).fen


def _per_mille(share: object) -> int:
    if not isinstance(share, Decimal | int) or isinstance(share, bool):
        raise TypeError(f"a share is a number, not {share!r}")
    if not 0 <= share <= 1 or share * PER_MILLE % 1:
        raise ValueError(f"a share is whole thousandths between 0 and 1, not {share}")
    return int(share * PER_MILLE)
