"""What bodies name of what all agencies share (全市共用): persons, employers, staff, halls,
villages, jobs; ``scope.toml`` says why. What an agency may do with them is told for each route.

The bodies are right but for what they name: whoever may act on it does, whoever names what is not
there is told so.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from backend.access.models import Hall, Staff
from backend.jobs.models import Job, JobState
from backend.jobs.queue import enqueue
from backend.kernel.months import Month
from backend.people.models import Organisation, Person
from backend.people.queries import sights
from tests import builders
from tests.backend.cases import filing_builders
from tests.backend.web.bodies import Body
from tests.backend.web.named import Named
from tests.insurance.enrolment import enrolment_builders as enrolled

INVALID = (400, "invalid")
NOT_THERE = (404, "out_of_scope")  # an insurance that the agency does not serve
UNKNOWN = (422, "enrolment_person_unknown")
There = Mapping[str, Mapping[str, Any]]
BORN_SINCE = date(1983, 1, 1)
_days = itertools.count()


@dataclass(frozen=True)
class Shared(Named):
    """``done`` is the status of who may act, ``gone`` what is told of nothing, ``elsewhere`` what
    the same role of another agency is told."""

    done: int = 201
    gone: tuple[int, str] = INVALID
    elsewhere: tuple[int, str] = (201, "")


def _somebody(there: There) -> int:
    """Of whom nothing is known yet."""
    return int(_new_person().pk)


def _new_person() -> Person:
    """Nobody else was born on that day."""
    return builders.person(name="江守义", birth_date=BORN_SINCE + timedelta(days=next(_days)))


def _colleague(role: str) -> Staff:
    return builders.member(role=role, of=_new_person()).staff


def _insured(there: There) -> int:
    return int(enrolled.enrolment(person_id=_somebody(there)).person_id)


def _village(there: There) -> int:
    return int(enrolled.village().pk)


def _deputy(there: There) -> int:
    return int(_colleague("CLERK").pk)


def _failed_job(there: There) -> int:
    job = enqueue(kind="test.write", key=uuid4().hex, arguments={})
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, attempts=8, error="demo")
    return job.pk


def _hall(there: There) -> int:
    return builders.hall().pk


def _proposal(pk: int, role: str) -> Body:
    return {
        "payee": pk,
        "bank": "NSB",
        "account_no": "9900011000000000033",
        "holder_name": "江守义",
        "from_date": _today(),
        "evidence": "新卡（演示）",
    }


def _deputyship(pk: int, role: str) -> Body:
    deputy = Staff.objects.filter(pk=pk).first()
    return {
        "kind": "DEPUTY",
        "role": "APPROVER",
        "level": "LEADER",
        "staff": deputy.username if deputy else "nobody",
        "acting_for": _colleague("APPROVER").username,
        "from_date": _today(),
        "to_date": str(timezone.localdate() + timedelta(days=9)),
        "reason": "外出开会（演示）",
        "document": "演示委派书 1号",
    }


def _joining(pk: int, role: str) -> Body:
    month = str(Month.of(timezone.localdate()))
    who = {"person": pk, "payer": builders.employer().pk, "schemes": ["110"]}
    return {**who, "kind": "EMPLOYED", "month": month, "wage": "6000.00"}


def _leaving(pk: int, role: str) -> Body:
    month = str(Month.of(timezone.localdate()))
    who = {"person": pk, "payer": builders.employer().pk, "schemes": ["110"]}
    return {**who, "last_month": month}


def _job_end(pk: int, role: str) -> Body:
    return {
        "person": pk,
        "payer": builders.employer().pk,
        "ended_on": _today(),
        "reason": "CONTRACT_EXPIRED",
        "document": "演示证明 1号",
    }


def _requeued(pk: int, role: str) -> Body:
    return {"key": Job.objects.filter(pk=pk).values_list("key", flat=True).first() or "nothing"}


def _account(pk: int, role: str) -> Body:
    person = _new_person()
    sight = sights(party_ids=[person.pk], on=timezone.localdate())[person.pk]
    return {
        "username": f"demo-{uuid4().hex[:8]}",
        "id_number": sight.number,
        "name": sight.name,
        "agency": builders.agency().code,
        "hall": pk,
    }


def _code(pk: int, role: str) -> Body:
    hall = Hall.objects.filter(pk=pk).first()
    return {"hall": hall.code if hall else "nothing", "profile": "KIOSK", "name": "一号自助机"}


def _transfer(pk: int, role: str) -> Body:
    return {
        "person": pk,
        "scheme": "110",
        "direction": "IN",
        "other_region": "440100",
        "other_agency": "广州市社保中心（演示）",
        "certificate_no": "演示凭证1号",
        "on": _today(),
    }


def _today() -> str:
    return str(timezone.localdate())


SHARED: Mapping[str, Shared] = {
    "account-propose": Shared(Person, _somebody, _proposal),
    "case-file": Shared(
        Person,
        _somebody,
        lambda pk, role: {"kind": filing_builders.KIND, "party": pk, "content": {"note": "演示"}},
        elsewhere=(403, "case_other_body"),
    ),
    "check-contacts": Shared(
        Organisation,
        _village,
        lambda pk, role: {"village": pk, "channel": "SMS", "done_on": _today()},
        done=200,
        gone=(200, ""),  # in a village that is not there nobody is reminded
        elsewhere=(200, ""),
    ),
    "check-holds": Shared(
        Organisation,
        _village,
        lambda pk, role: {"village": pk},
        done=200,
        gone=(200, ""),
        elsewhere=(200, ""),
    ),
    "delegation-list": Shared(
        Staff, _deputy, _deputyship, elsewhere=(403, "delegation_not_to_appoint")
    ),
    "enrolment-join": Shared(Person, _somebody, _joining, gone=UNKNOWN, elsewhere=NOT_THERE),
    "enrolment-leave": Shared(
        Person,
        _insured,
        _leaving,
        done=200,
        gone=UNKNOWN,
        elsewhere=(422, "enrolment_not_enrolled"),
    ),
    "job-end-list": Shared(
        Person, _somebody, _job_end, gone=(422, "job_end_invalid"), elsewhere=NOT_THERE
    ),
    "job-requeue": Shared(
        Job,
        _failed_job,
        _requeued,
        done=200,
        gone=(422, "job_not_failed"),
        elsewhere=(200, ""),
    ),
    "staff-list": Shared(Hall, _hall, _account),
    "terminal-codes": Shared(Hall, _hall, _code),
    "transfer-list": Shared(Person, _somebody, _transfer, elsewhere=NOT_THERE),
}
