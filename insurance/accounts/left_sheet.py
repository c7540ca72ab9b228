"""What the sheets of accounts that left by a case have in common (清户核算各表的共同部分)."""

from collections.abc import Callable

from django.utils import timezone

from backend.access.models import Staff
from backend.cases.models import Case
from backend.kernel.dated import Standing
from backend.papers.paper import Paper
from backend.people.queries import Sight, sights
from insurance.accounts.models import LeftAccount
from insurance.issuing.issue import Order, Out, issue
from insurance.issuing.issued import Issued
from insurance.issuing.models import PaperKind
from insurance.policy.kept_steps import read
from insurance.policy.steps import Step


def issue_left(
    *, case: Case, kind: PaperKind, compose: Callable[[Issued], Paper], by: Staff
) -> Out:
    """Issue a sheet of a case by which an account left, marked with the standing of its figures.

    Raises:
        StepDoesNotHold; as ``issue``.
    """
    left = left_by(case=case)
    standings = [one for one in Standing if left and one.name == left.standing]
    order = Order(kind=kind, case=case, compose=compose, standings=standings)
    return issue(order=order, by=by)


def steps_of_left(*, case: Case) -> tuple[Step, ...]:
    """How what left was computed; none where nothing was."""
    left = left_by(case=case)
    return read(rows=left.steps) if left else ()


def sights_of(*, case: Case, others: frozenset[int] = frozenset()) -> dict[int, Sight]:
    """Names and numbers of a case's person, and of others, as they were when it was decided."""
    on = timezone.localdate(case.decided_at or case.received_at)
    return sights(party_ids={case.party_id, *others}, on=on)


def left_by(*, case: Case) -> LeftAccount | None:
    """What a case let leave an account; None where nothing left."""
    return LeftAccount.objects.filter(case_id=case.pk).select_related("corrects").first()
