"""Print the sheet of a claim for its payees to sign (打印遗属待遇、一次性待遇核定表)."""

from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.kernel.money import Money
from backend.papers.figures import figure
from backend.people.queries import sights
from insurance.accounts.shares import share_steps
from insurance.benefits.claims.claim_sheet import ClaimSheet, Payee, claim_sheet
from insurance.benefits.claims.models import Claim, ClaimKind, Relation
from insurance.issuing.compared import Compared, Entry
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.policy.steps import Step

TITLES = {
    ClaimKind.SURVIVOR: "遗属待遇核定表",
    ClaimKind.CHILDBIRTH: "生育一次性补助核定表",
    ClaimKind.SKILL: "技能提升补贴核定表",
    ClaimKind.PAID_BACK: "追回款退还核定表",
    ClaimKind.INHERITED: "应发待遇继承核定表",
}
EVENTS = {
    ClaimKind.SURVIVOR: "死亡日期",
    ClaimKind.CHILDBIRTH: "生育日期",
    ClaimKind.SKILL: "证书核发日期",
    ClaimKind.PAID_BACK: "办理日期",
    ClaimKind.INHERITED: "死亡日期",
}
INSURANCES = {
    "110": "企业职工基本养老保险",
    "170": "城乡居民基本养老保险",
    "210": "失业保险",
    "310": "职工基本医疗保险",
}


def print_sheet(*, claim: Claim, by: Staff) -> Out:
    """Print the sheet of a claim, as it was decided.

    Raises:
        StepDoesNotHold; as ``issue``.
    """
    case = Case.objects.select_related("agency").get(pk=claim.case_id)
    sheet = _sheet(claim, on=timezone.localdate(case.decided_at or case.received_at))
    order = Order(
        kind=PaperKind.CLAIM_AWARD,
        case=case,
        compose=lambda issued: claim_sheet(sheet=sheet, issued=issued),
        about=f"benefits.claim/{claim.pk}",
        standings=[one for one in Standing if one.name == claim.standing],
    )
    return issue(order=order, by=by)


def _sheet(claim: Claim, *, on: date) -> ClaimSheet:
    kind, steps = ClaimKind(claim.kind), read(rows=claim.steps)
    person = sights(party_ids={claim.person_id}, on=on)[claim.person_id]
    payees = _payees(claim, on)
    return ClaimSheet(
        title=TITLES[kind],
        person_name=person.name,
        id_number=person.number,
        insurance=INSURANCES[claim.scheme],
        event=EVENTS[kind],
        event_date=claim.event_date,
        subject=claim.subject if kind == ClaimKind.SKILL else "",
        of_the_dead=any(one.relation != Relation.SELF.label for one in payees),
        total=(steps[-1].name, Money(claim.fen)),
        payees=payees,
        steps=steps_of_claim(claim=claim),
        compared=_compared(claim, on),
    )


def steps_of_claim(*, claim: Claim) -> tuple[Step, ...]:
    """Give how a claim came about, and the shares of several payees in it, in their order."""
    steps = read(rows=claim.steps)
    shares = claim.claimshare_set.order_by("pk").values_list("weight", "fen")
    return (*steps, *share_steps(of=(steps[-1].name, claim.fen), shares=list(shares)))


def _payees(claim: Claim, on: date) -> tuple[Payee, ...]:
    shares = list(claim.claimshare_set.order_by("pk"))
    names = sights(party_ids={share.payee_id for share in shares}, on=on)
    return tuple(
        Payee(
            names[share.payee_id].name,
            Relation(share.relation).label,
            share.weight,
            Money(share.fen),
        )
        for share in shares
    )


def _compared(claim: Claim, on: date) -> Compared | None:
    """How a claim differs from the one that it corrects."""
    before = claim.corrects
    if before is None:
        return None
    shares = [{one.name: one.amount for one in _payees(each, on)} for each in (before, claim)]
    names = dict.fromkeys(name for of in shares for name in of)
    return Compared(
        way="更正",
        because=str(claim.figures["ground"]["said"]),
        entries=(
            Entry("核定金额", _yuan(Money(before.fen)), _yuan(Money(claim.fen))),
            *(Entry(name, *(_yuan(of.get(name, Money(0))) for of in shares)) for name in names),
        ),
    )


def _yuan(amount: Money) -> str:
    return f"{figure(amount=amount)} 元"
