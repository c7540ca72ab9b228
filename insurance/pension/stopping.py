"""Stop a pension, withdraw a stop (停发及撤销), with what hangs on it: the acts of decided cases.

An award of 110 that was wrong is stopped from its first month on: what it ended of 170 goes on.
"""

from django.db import transaction

from backend.cases.models import Case
from backend.people.queries import canonical_id
from insurance.benefits import holds, stop_withdrawal
from insurance.pension.both_schemes import settle_residents_pension
from insurance.pension.locks import lock_person


@transaction.atomic
def stop(case: Case) -> int:
    """The act of a STOP case; rows written. Raises as ``holds.check_stop``."""
    lock_person(person_id=canonical_id(party_id=case.party_id))
    return holds.stop(case) + settle_residents_pension(case=case)


@transaction.atomic
def withdraw(case: Case) -> int:
    """The act of a STOP_WITHDRAWAL case; rows written. Raises as ``stop_withdrawal.decide``."""
    lock_person(person_id=canonical_id(party_id=case.party_id))
    return stop_withdrawal.decide(case) + settle_residents_pension(case=case)
