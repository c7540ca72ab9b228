"""Print the sheet of an account that a case pays out (打印个人账户支付核定表)."""

from collections.abc import Iterable, Mapping

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.people.queries import canonical_id
from insurance.accounts.facts import INTERESTS, year_of
from insurance.accounts.leaving_sheet import (
    LeavingSheet,
    Restored,
    Share,
    leaving_sheet,
    restored_sheet,
)
from insurance.accounts.left_sheet import issue_left, left_by, sights_of, steps_of_left
from insurance.accounts.models import (
    AccountEntry,
    EntryKind,
    EntrySource,
    FixedRate,
    LeftAccount,
    Outgoing,
    Scheme,
)
from insurance.issuing.compared import Compared, Entry
from insurance.issuing.issue import Compose, Out
from insurance.issuing.models import PaperKind
from insurance.policy.steps import Step

TITLES: Mapping[str, str] = {
    EntryKind.INHERITED: "个人账户余额继承核定表",
    EntryKind.LUMP_SUM: "个人账户一次性支付核定表",
}
REASONS = {"EMIGRATED": "出国（境）定居并丧失国籍", "SHORT_YEARS": "达到领取年龄，缴费年限不足"}
OF_MEDICAL = {"EMIGRATED": "出国（境）定居"}


class NothingPaidOut(Refusal):
    """The case paid no account out (本件没有一次支付个人账户)."""

    code = "account_nothing_paid_out"


def print_leaving(*, case: Case, by: Staff) -> Out:
    """Print the sheet of what a case pays to heirs, or to the person.

    Raises:
        NothingPaidOut; StepDoesNotHold; as ``issue``.
    """
    return issue_left(case=case, kind=PaperKind.ACCOUNT_PAID_OUT, compose=_compose(case), by=by)


def _compose(case: Case) -> Compose:
    paid, left = _paid(case.pk), left_by(case=case)
    if paid:
        sheet = _sheet(case, paid, left)
        return lambda issued: leaving_sheet(sheet=sheet, issued=issued)
    if left is None or left.corrects is None or not _paid(left.corrects.case_id):
        raise NothingPaidOut(f"业务件 {case.pk} 没有一次支付个人账户。", case_id=case.pk)
    person = sights_of(case=case)[case.party_id]
    restored = Restored(
        person_name=person.name,
        id_number=person.number,
        insurance=left.get_scheme_display(),
        ground=left.ground,
        steps=steps_of_left(case=case),
    )
    return lambda issued: restored_sheet(restored=restored, issued=issued)


def steps_of_paid(*, case: Case) -> tuple[Step, ...]:
    """Give the steps of the sheet of what a case pays out of an account, if it pays any."""
    paid = _paid(case.pk)
    return _sheet(case, paid, left_by(case=case)).steps if paid else ()


def _paid(case_id: int) -> list[Outgoing]:
    return list(Outgoing.objects.filter(case_id=case_id, kind__in=list(TITLES)).order_by("pk"))


def _sheet(case: Case, paid: list[Outgoing], left: LeftAccount | None) -> LeavingSheet:
    kind, scheme = paid[0].kind, paid[0].scheme
    shares = [(row.payee_id, row.fen) for row in paid if row.payee_id is not None]
    names = sights_of(case=case, others=frozenset(payee for payee, _ in shares))
    entries = list(AccountEntry.objects.filter(source=EntrySource.CASE, source_id=case.pk, n=0))
    interest = _by_year(row for row in entries if row.kind in INTERESTS)
    rates = FixedRate.objects.filter(case_id=case.pk, year__in=[year for year, _ in interest])
    reasons = OF_MEDICAL if scheme == Scheme.EMPLOYEE_MEDICAL else REASONS
    weights = {canonical_id(party_id=heir["payee"]): heir["weight"] for heir in _heirs(case)}
    papers = (case.content.get("evidence"), case.content.get("own_evidence"))
    return LeavingSheet(
        title=TITLES[kind],
        person_name=names[case.party_id].name,
        id_number=names[case.party_id].number,
        insurance=Scheme(scheme).label,
        of_the_dead=kind == EntryKind.INHERITED,
        reason=reasons.get(str(case.content.get("reason")), ""),
        month=Month.of(paid[0].month),
        before_fen=-sum(row.fen for row in entries),
        interest=interest,
        rates=tuple(rates.order_by("year").values_list("year", "ratio").distinct()),
        to_pool_fen=-sum(row.fen for row in entries if row.kind == EntryKind.TO_POOL),
        shares=tuple(Share(names[payee].name, fen, weights.get(payee, 1)) for payee, fen in shares),
        document="；".join(str(paper) for paper in papers if paper) or "个人账户记录",
        account_steps=steps_of_left(case=case),
        compared=_compared(case, paid, left),
    )


def _heirs(case: Case) -> list[dict[str, int]]:
    """Among whom it is divided; the person himself is named nowhere."""
    return list(case.content.get("heirs", ()))


def _compared(case: Case, paid: list[Outgoing], left: LeftAccount | None) -> Compared | None:
    """How what leaves differs from what was decided before."""
    if left is None or left.corrects is None:
        return None
    both = [_by_payee(_paid(left.corrects.case_id)), _by_payee(paid)]
    payees = dict.fromkeys(payee for one in both for payee in one)
    names = sights_of(case=case, others=frozenset(payees))
    return Compared(
        way="更正",
        because=left.ground,
        entries=(
            Entry("支付金额合计", *(_yuan(sum(one.values())) for one in both)),
            *(
                Entry(names[payee].name, *(_yuan(one.get(payee, 0)) for one in both))
                for payee in payees
            ),
            Entry("其中此前已付", "—", _yuan(sum(row.had_fen for row in paid))),
        ),
    )


def _by_payee(paid: list[Outgoing]) -> dict[int, int]:
    return {row.payee_id: row.fen for row in paid if row.payee_id is not None}


def _yuan(fen: int) -> str:
    return f"{figure(amount=Money(fen))} 元"


def _by_year(entries: Iterable[AccountEntry]) -> tuple[tuple[int, int], ...]:
    found: dict[int, int] = {}
    for row in entries:
        found[year_of(row)] = found.get(year_of(row), 0) + row.fen
    return tuple(sorted(found.items()))
