"""What was paid before this system's own months (以前缴费), read of a case and held against the
archive and the register."""

import re
from collections.abc import Sequence
from decimal import Decimal

from backend.cases import content
from backend.cases.models import Case
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, months_between
from backend.kernel.parameters import NotConfigured, NotVerified, Resolved
from insurance.accounts.sent_away import counts_since
from insurance.benefits.register_word import KEY, LABEL, SAID, months_evidence
from insurance.pension import archive_facts
from insurance.pension.award_terms import figures_there
from insurance.pension.deemed import deemed_through
from insurance.pension.index import MOST, EarlierMonths, PaidMonth, index_terms, require_possible
from insurance.pension.known_bases import known_bases
from insurance.pension.known_index import EARLIER, KnownIndex, differs, known_index
from insurance.pension.models import RetirementApproval
from insurance.pension.paid_months import SCHEME
from insurance.pension.reckoning import Earlier
from insurance.pension.several import Cut
from insurance.policy import parameters as policy
from insurance.policy.steps import Step

MONTHS_MAX = 12 * 60
INDEX = re.compile(r"[0-9]\.[0-9]{4}", re.ASCII)


class EarlierInvalid(Refusal):
    """The figures of earlier months contradict the archive (以前缴费与档案不符)."""

    code = "award_earlier_invalid"


class IndexDiffers(Refusal):
    """The index that papers say is not the register's (填写的平均缴费指数与登记不符)."""

    code = "award_index_differs"


def earlier_of(*, case: Case, approved: RetirementApproval) -> Earlier | None:
    """Give what a case says of earlier months; None where it names none.

    Where the register knows the bases of just so many months these count, not the papers' index.

    Raises:
        ContentInvalid, MonthInvalid; EarlierInvalid: the archive leaves no room for so many months;
            IndexImpossible; MonthsDiffer, IndexDiffers: the register says otherwise, and no
            reason is given.
    """
    months = content.count(case, "earlier_months", "以前缴费月数", most=MONTHS_MAX)
    if not months:
        return None
    retires, facts = Month.of(approved.retirement_month), approved.facts
    said, ceiling = _said(case, months, retires)
    until = Month.parse(case.content.get("earlier_until"))
    first_work = Month.of(facts.first_work_month)
    deemed = archive_facts.deemed_of(facts=facts)
    most = months_between(first_work, until.next) - deemed_through(deemed=deemed, last=until)
    if until > retires or months > most:
        raise EarlierInvalid(
            f"参加工作至 {until}，除去视同缴费，至多 {max(most, 0)} 个月，且不晚于退休年月。",
            case_id=case.pk,
        )
    evidence = months_evidence(
        case=case,
        scheme=SCHEME,
        said=months,
        evidence=content.text(case, "earlier_evidence", "以前缴费的依据"),
        since=first_work,
        last=until,
        counted_since=counts_since(person_id=case.party_id, scheme=SCHEME, since=first_work),
        deemed=deemed,
    )
    bases = known_bases(
        person_id=case.party_id,
        since=first_work,
        until=until,
        region=case.agency.region,
        on=content.day_of(case),
        deemed=deemed,
    )
    known, cut = _known(case, bases.months, retires, ceiling), bases.cut
    if known is None:
        return Earlier(months, said.index, until, evidence)
    covered = known.covers(said)
    return Earlier(
        months=months,
        index=said.index,
        until=until,
        evidence=_with_reason(case, evidence, differs(said=said, known=known)),
        paid=known.months if covered else (),
        known=(*(_cut_steps(cut, known) if covered else ()), known.step(said)),
        known_standings=frozenset({cut.rule.standing} if covered and cut else ()),
    )


def _said(case: Case, months: int, retires: Month) -> tuple[EarlierMonths, Resolved]:
    """The index as it is typed, and the ceiling's share of the average wage: no base is above the
    ceiling, so no average of them is above its share.

    Raises:
        ContentInvalid: it is not written so; IndexImpossible: it is above, or zero.
    """
    written = str(case.content.get("earlier_index", ""))
    if not INDEX.fullmatch(written):
        raise content.ContentInvalid("以前平均缴费指数应有四位小数，如 0.9500。", case_id=case.pk)
    ceiling = policy.load().resolve(MOST, case.agency.region, retires.first_day, is_demo())
    require_possible(name=EARLIER, index=Decimal(written), months=months, most=ceiling)
    return EarlierMonths(months, Decimal(written)), ceiling


def _cut_steps(cut: Cut | None, known: KnownIndex) -> tuple[Step, ...]:
    """What was left out of months at several employers, said beside that of months here."""
    if cut is None:
        return ()
    step = cut.step(policy_version=known.terms.policy_version)
    return (step._replace(name=f"以前{step.name}"),)


def _known(
    case: Case, bases: Sequence[PaidMonth], retires: Month, most: Resolved
) -> KnownIndex | None:
    """The register's index, of the years whose own average wage is published and may count."""
    region, day = case.agency.region, content.day_of(case)
    years = {
        year for year in {one.month.year for one in bases} if _is_published(case, year, retires)
    }
    counted: list[PaidMonth] = [one for one in bases if one.month.year in years]
    terms = index_terms(
        tree=figures_there(demo=is_demo()),
        region=region,
        years=years,
        retirement_month=retires,
        known_on=day,
        demo=True,
    )
    others = len({one.month for one in bases if one.month.year not in years})
    return known_index(months=counted, terms=terms, most=most, others=others)


def _is_published(case: Case, year: int, retires: Month) -> bool:
    try:
        terms = index_terms(
            tree=figures_there(demo=is_demo()),
            region=case.agency.region,
            years=(year,),
            retirement_month=retires,
            known_on=content.day_of(case),
            demo=is_demo(),
        )
    except (NotConfigured, NotVerified):
        return False
    return not terms.interim_years


def _with_reason(case: Case, evidence: str, found: str) -> str:
    if not found:
        return evidence
    if case.content.get(KEY) is None:
        raise IndexDiffers(
            f"以前平均缴费指数与登记不符：{found}。请核对；确有出入的，写明原因和依据。",
            case_id=case.pk,
        )
    return f"{evidence}{SAID}{content.text(case, KEY, LABEL)}（{found}）"
