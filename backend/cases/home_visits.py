"""Serve at home who can not come (上门服务): asked for, arranged, and what is taken in there.

Content of a HOME_VISIT case, whose party is who can not come: ``cannot_come`` (why), ``address``,
``phone`` (if there is one), ``kinds`` (a list of ``kind``: what is to be taken in there),
``visit_on`` (the day), ``visitors`` (a list of ``visitor``: the accounts of who goes). That two go,
and that neither of them decides it, is a rule of ours. A case that is taken in there names it
(``home_visit``).
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from backend.access.models import Staff
from backend.cases import content, kinds
from backend.cases.content import ContentInvalid
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.people.deaths import has_death
from backend.people.models import Person
from backend.people.queries import family_of

KIND, NAMED = "HOME_VISIT", "home_visit"
VISITORS_LEAST = 2


class HomeVisitNotOpen(Refusal):
    """The case is not taken in at the visit that it names (不是这次上门服务)."""

    code = "home_visit_not_open"


class VisitorDecides(Refusal):
    """Who goes does not decide that he goes (上门的人不能审批)."""

    code = "home_visit_visitor_decides"


@dataclass(frozen=True)
class Visit:
    """Who goes where on which day, to take in what (上门安排)."""

    on: date
    visitors: tuple[int, ...]  # accounts
    kinds: frozenset[str]


def check(case: Case) -> int:
    """At its receipt a HOME_VISIT case can be decided as it asks; writes nothing.

    Raises:
        ContentInvalid.
    """
    visit_of(case)
    content.text(case, "cannot_come", "不能到窗口的原因")
    content.text(case, "address", "上门地址")
    if not Person.objects.filter(pk=case.party_id).exists():
        raise ContentInvalid("上门服务的对象须是自然人。", case_id=case.pk)
    if has_death(party_id=case.party_id):
        raise ContentInvalid("查到此人有死亡信息，不能安排上门服务。", case_id=case.pk)
    return 0


def arrange(case: Case) -> int:
    """The act of a HOME_VISIT case: from its day on the visitors take in there what it lists;
    writes nothing, for the signed content is the arrangement.

    Raises:
        ContentInvalid, VisitorDecides.
    """
    visit = visit_of(case)
    if visit.on < content.day_of(case):
        raise ContentInvalid("上门日期已过，请退回另办一件。", case_id=case.pk)
    people = Staff.objects.filter(pk__in=visit.visitors).values_list("person_id", flat=True)
    if case.decided_by is not None and set(people) & set(family_of(party_id=case.decided_by)):
        raise VisitorDecides("上门的人不能审批这次上门服务。", case_id=case.pk)
    return 0


def visit_of(case: Case) -> Visit:
    """Give what a HOME_VISIT case arranges.

    Raises:
        ContentInvalid.
    """
    wanted = content.rows(case, "kinds", "上门办理的业务")
    there = {kind.code for kind in kinds.kinds(on=timezone.localdate(case.received_at))}
    named = frozenset(content.text(row, "kind", "业务类型") for row in wanted)
    if not named or KIND in named or not named <= there:
        raise ContentInvalid("请逐项写明上门办理的业务类型。", case_id=case.pk)
    rows = content.rows(case, "visitors", "上门人员")
    visitors = tuple(dict.fromkeys(content.number(row, "visitor", "上门人员账号") for row in rows))
    known = Staff.objects.filter(pk__in=visitors, agency=case.agency_id, is_active=True)
    if len(visitors) < VISITORS_LEAST or known.count() != len(visitors):
        raise ContentInvalid(
            f"请写明至少{VISITORS_LEAST}名上门人员，都是本机构的工作人员。", case_id=case.pk
        )
    return Visit(content.day(case, "visit_on", "上门日期"), visitors, named)


def require_visit(*, case: Case) -> None:
    """Let nobody say that he took a case in at a visit that was not arranged so.

    Raises:
        HomeVisitNotOpen; ContentInvalid.
    """
    number = content.optional_number(case, NAMED, "上门服务")
    if number is None:
        return
    found = Case.objects.filter(
        pk=number, kind=KIND, state=CaseState.APPROVED, party__in=family_of(party_id=case.party_id)
    ).first()
    if found is None:
        raise HomeVisitNotOpen(f"此人没有已批准的上门服务 {number}。", home_visit=number)
    visit = visit_of(found)
    if case.kind not in visit.kinds:
        raise HomeVisitNotOpen("这类业务不在这次上门服务的范围内。", home_visit=number)
    there = Staff.objects.filter(pk__in=visit.visitors).values_list("person_id", flat=True)
    if case.received_by not in there:
        raise HomeVisitNotOpen("上门办理的业务由上门的人收件。", home_visit=number)
    if content.received_on(case) < visit.on:
        raise HomeVisitNotOpen(f"上门日期是 {visit.on}，还没有到。", home_visit=number)
