"""What an award says otherwise than the one before it (与原核定比较): after 更正 and 重算."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from insurance.benefits.award_sheet import years_said
from insurance.issuing.compared import Compared, Entry
from insurance.pension.award_steps import known_to, steps_of
from insurance.pension.index import INDEX
from insurance.pension.models import Award, AwardKind, Recalculation
from insurance.pension.resident_reckoning import ResidentKnown
from insurance.policy.regions import region_said
from insurance.policy.retirement import YEAR_MONTHS, month_said
from insurance.policy.steps import authority

RESIDENTS = "170"
Said: TypeAlias = Callable[[Award], str]


def _fen(field: str) -> Said:
    return lambda award: f"{figure(amount=Money(getattr(award, field) or 0))} 元"


def _birth(award: Award) -> str:
    return month_said(month=Month.of(award.birth_month))


def _first_month(award: Award) -> str:
    return month_said(month=Month.of(award.retirement_month).next)


EMPLOYEES_SAY: Mapping[str, Said] = {
    "认定出生年月": _birth,
    "起领年月": _first_month,
    "退休方式": lambda award: award.get_route_display(),
    "缴费年限": lambda award: years_said(months=award.total_months),
    "视同年限": lambda award: years_said(months=award.deemed_months),
    INDEX: lambda award: index_of(award=award),
    "个人账户余额": _fen("balance_fen"),
    "计发基数": _fen("base_fen"),
    "基础养老金": _fen("basic_fen"),
    "个人账户养老金": _fen("account_fen"),
    "过渡性养老金": _fen("transitional_fen"),
    "基本养老金": _fen("total_fen"),
}
RESIDENTS_SAY: Mapping[str, Said] = {
    "出生年月": _birth,
    "起领年月": _first_month,
    "参保地": lambda award: region_said(region=award.region),
    "缴费年数": lambda award: f"{award.total_months // YEAR_MONTHS}年",
    "个人账户余额": _fen("balance_fen"),
    "基础养老金": _fen("basic_fen"),
    "个人账户养老金": _fen("account_fen"),
    "超年限养老金": _fen("extra_fen"),
    "居民养老金": _fen("total_fen"),
}


def compared_of(*, award: Award) -> Compared | None:
    """Give how an award differs from the one whose place it takes; None for the first."""
    before = award.previous
    if before is None:
        return None
    says = RESIDENTS_SAY if award.scheme == RESIDENTS else EMPLOYEES_SAY
    return Compared(
        way=award.get_kind_display(),
        because=_because(award),
        entries=tuple(Entry(label, said(before), said(award)) for label, said in says.items()),
    )


def index_of(*, award: Award) -> str:
    """The average index as its step says it."""
    return next(step.result for step in steps_of(award=award) if step.name == INDEX)


def _published(award: Award, run: Recalculation) -> Iterator[str]:
    """What was awaited, or is another, and is known now."""
    before = award.previous
    assert before is not None
    if award.scheme == RESIDENTS:
        yield from _of_residents(award, before)
        return
    if before.base_fen != award.base_fen or before.interim:
        yield f"{run.year}年的计发基数已公布（{run.authority}）"
    if before.index_bases is not None:
        yield "缴费指数的参照工资也已公布"
    yield from _rates(award, before)


def _of_residents(award: Award, before: Award) -> Iterator[str]:
    """Which of the district's figures it was awarded by otherwise."""
    known = known_to(award.recalculation_id or 0, Month.of(award.retirement_month))
    assert isinstance(known, ResidentKnown)
    basic, extra = known.terms.basic, known.terms.extra
    if award.basic_fen != before.basic_fen:
        yield f"当地基础养老金标准为每月{basic.money}元（{authority(basic)}）"
    if award.extra_fen != before.extra_fen and extra:
        yield f"超过最低年限每年加发{extra.money}元（{authority(extra)}）"
    yield from _rates(award, before)
    if award.total_fen == before.total_fen:
        yield "所依据的标准已核实"


def _rates(award: Award, before: Award) -> Iterator[str]:
    """The rates that the account waited for."""
    run = award.recalculation
    if run is None or before.account_years is None or award.account_years is not None:
        return
    rates = run.parameters["rates"]
    years = [one["year"] for one in before.account_years["years"]]
    told = "、".join(f"{year}年（{rates[str(year)]['authority']}）" for year in years)
    yield f"个人账户的记账利率已公布：{told}"


def _because(award: Award) -> str:
    run = award.recalculation
    if award.kind == AwardKind.RECALCULATION and run is not None:
        return "，".join(_published(award, run))
    return str(award.figures["ground"]["said"])
