"""Print to an employer which lists it owes (打印限期报送通知书)."""

from django.db import transaction
from django.utils import timezone

from backend.access.models import Staff
from backend.deployment import is_demo
from backend.kernel.errors import Refusal
from backend.people.queries import Sight, canonical_id, sights
from insurance.issuing.issue import UNNUMBERED, Filing, Out, put_out
from insurance.issuing.issued import marks_of
from insurance.issuing.models import PaperKind
from insurance.issuing.office import office_on
from insurance.policy.steps import authority
from insurance.unemployment.overdue import Duty
from insurance.unemployment.overdue_list import Late, late_duties, term_of
from insurance.unemployment.overdue_notice import Missing, OverdueNotice, overdue_notice

MOST = 2000


class NothingOverdue(Refusal):
    """The employer owes no list of who lost work (没有逾期未报的失业人员名单)."""

    code = "unemployment_nothing_overdue"


@transaction.atomic
def print_overdue(*, payer_id: int, by: Staff) -> Out:
    """Ask an employer in writing for what it has not reported.

    Raises:
        NothingOverdue, OfficeNotConfigured; NotConfigured, NotVerified: the term.
    """
    today, payer = timezone.localdate(), canonical_id(party_id=payer_id)
    term = term_of(duty=Duty.END_REPORT, on=today, counts=True)
    listed = late_duties(today=today, payer_id=payer, only_open=True, limit=MOST)
    missing = [one for one in listed if one.of.duty is Duty.END_REPORT]
    if not missing:
        raise NothingOverdue("该单位没有逾期未报的失业人员名单。", payer=payer)
    seen = sights(party_ids={payer, by.person_id, *(one.of.person_id for one in missing)}, on=today)
    notice = OverdueNotice(
        employer=seen[payer].name,
        credit_code=seen[payer].number,
        missing=[_missing(one, seen[one.of.person_id]) for one in missing],
        article=authority(term),
    )
    paper = overdue_notice(
        notice=notice,
        number=UNNUMBERED,
        agency=office_on(agency=by.agency, day=today).agency,
        on=today,
        clerk=seen[by.person_id].name,
        marks=marks_of(standings=(term.standing,), demo=is_demo(), interim=False),
    )
    filing = Filing(PaperKind.OVERDUE_REPORT, by.agency, payer)
    return put_out(paper=paper, filing=filing, purpose=f"打印{paper.title}", by=by)


def _missing(one: Late, seen: Sight) -> Missing:
    late = one.lateness
    return Missing(seen.name, seen.number, one.of.happened_by, late.due_on, late.days)
