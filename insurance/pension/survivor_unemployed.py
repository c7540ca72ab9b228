"""Who died while drawing unemployment benefit (领取失业保险金期间死亡): what the place gives.

社会保险法第四十九条: as for those in service, by what the place lays down; the unemployment fund
pays.
"""

from datetime import date

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from backend.people.queries import family_of
from insurance.benefits.models import Component, Entitlement, Stop
from insurance.pension.survivor import FUNERAL, GRANT
from insurance.policy.steps import Step, authority

SCHEME = "210"
FUNERAL_KEY, GRANT_KEY = "unemployment.funeral_grant", "unemployment.survivor_grant"
ARTICLE = "社会保险法第四十九条"


class NotDrawing(Refusal):
    """No benefit was due in the month of the death (死亡当月没有领取失业保险金)."""

    code = "survivor_not_drawing"


def require_drawing(*, case: Case, death_date: date) -> None:
    """Refuse where no unemployment benefit was due in the month of the death.

    Raises:
        NotDrawing.
    """
    month = Month.of(death_date).first_day
    entitlements = Entitlement.objects.filter(
        person__in=family_of(party_id=case.party_id), scheme=SCHEME
    )
    stopped = Stop.objects.filter(
        entitlement__in=entitlements, superseded_at__isnull=True, valid__contains=month
    )
    due = Component.objects.filter(
        entitlement__in=entitlements, superseded_at__isnull=True, valid__contains=month
    ).exclude(entitlement__in=stopped.values("entitlement"))
    if not due.exists():
        raise NotDrawing(
            f"{Month.of(death_date)} 没有应发的失业保险金，不由失业保险基金发丧葬补助金和抚恤金。",
            case_id=case.pk,
        )


def grants_of_place(
    *, tree: ParameterTree, region: str, death_date: date, demo: bool
) -> tuple[Resolved, Resolved]:
    """Give the funeral grant and the survivors' grant of a place, in yuan.

    Raises:
        NotConfigured, NotVerified: naming the parameter.
    """
    funeral = tree.resolve(FUNERAL_KEY, region, death_date, demo)
    return funeral, tree.resolve(GRANT_KEY, region, death_date, demo)


def steps_of(
    *, tree: ParameterTree, funeral: Resolved, grant: Resolved, with_funeral: bool
) -> tuple[Step, ...]:
    """Explain both and their sum; or the survivors' grant alone."""
    parts = ((FUNERAL, funeral), (GRANT, grant))
    said = tuple((name, str(source.money)) for name, source in parts)
    steps = [
        Step(
            formula="当地标准",
            inputs=(("当地标准", amount),),
            result=amount,
            version=tree.version,
            article=authority(source),
            name=name,
            sentence=f"{name}按当地对在职职工死亡的规定发，共{amount}元。",
            rounding="",
        )
        for (name, source), (_, amount) in zip(parts, said, strict=True)
    ]
    if not with_funeral:
        return (steps[1],)
    total = str(Money(funeral.money.fen + grant.money.fen))
    return (
        *steps,
        steps[0]._replace(
            formula=f"{FUNERAL} + {GRANT}",
            inputs=said,
            result=total,
            article=ARTICLE,
            name="遗属待遇合计",
            sentence=f"领取失业保险金期间死亡，两项合计{total}元，由失业保险基金一次发给遗属。",
        ),
    )
