"""What every sheet of an award says of a person (核定表的人员和账户): as known on its day."""

from datetime import date

from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.people.models import Person
from backend.people.queries import family_of, sights
from insurance.benefits.award_sheet import Holder, Payment
from payments.banks.profile import bank_name
from payments.models import PayeeAccount


def holder_of(*, person_id: int, birth_month: Month, on: date) -> Holder:
    """Give whose award it is."""
    sight = sights(party_ids={person_id}, on=on)[person_id]
    person = Person.objects.get(pk=person_id)
    return Holder(sight.name, sight.number, Sex(person.sex).label, birth_month)


def payment_of(*, person_id: int, first_month: Month, on: date) -> Payment:
    """Give from when it is paid, and where to; an account may not be there yet."""
    account = PayeeAccount.objects.filter(
        payee__in=family_of(party_id=person_id),
        superseded_at__isnull=True,
        valid__contains=on,
    ).first()
    if account is None:
        return Payment(first_month, "", "")
    return Payment(first_month, bank_name(account.bank), account.account_no[-4:])
