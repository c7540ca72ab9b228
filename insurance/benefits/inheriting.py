"""Inherit an account (账户继承), but for what nobody inherits from who died serving a sentence.

劳社厅函〔2001〕44号: of who dies in prison the own contributions with their interest are inherited.
An account that holds nothing else is inherited whole; of another people say first what is whose.
"""

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.people.models import Death
from backend.people.queries import family_of
from insurance.accounts import leaving
from insurance.accounts.models import AccountEntry, EntryKind, Part, Scheme
from insurance.benefits.life.queries import died_in_prison

PAID_IN = (EntryKind.OPENING, EntryKind.CREDIT, EntryKind.TRANSFER_IN)


class NotOwnMoney(Refusal):
    """The account holds more than the own contributions (账户中有非本人缴费).

    What part of it has grown from which is not known here.
    """

    code = "account_not_own_money"


def inherit(case: Case) -> int:
    """The act of an ACCOUNT_INHERITANCE case; rows written.

    Raises:
        NotOwnMoney; as ``leaving.inherit``.
    """
    family = family_of(party_id=case.party_id)
    death = Death.objects.filter(
        person__in=family, confirmed=True, superseded_at__isnull=True
    ).first()
    scheme = case.content.get("scheme")
    in_prison = (
        death is not None
        and scheme == Scheme.EMPLOYEE_PENSION
        and died_in_prison(person_ids=family, death_date=death.death_date)
    )
    others = AccountEntry.objects.filter(
        person__in=family, scheme=scheme, kind__in=PAID_IN
    ).exclude(part=Part.PERSON)
    if in_prison and others.exists():
        raise NotOwnMoney(
            "服刑期间死亡，只有个人缴费本息可以继承；账户中有其他来源的资金，须先核清。",
            case_id=case.pk,
        )
    return leaving.inherit(case)
