"""In no office, however its people, roles, deputies and helpers fall, does one person do two steps.

Generated: who holds which role when, at the city or at a county with few people; some have a second
account under another entry of the register; deputies and help of the superior agency by delegation.
Then everybody tries everything.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.access.models import Agency
from backend.cases import approvals, delegations
from backend.cases.decide import decide, review
from backend.cases.decided import truly_decided
from backend.cases.delegations import Terms
from backend.cases.models import Approval, Case, CaseState
from backend.cases.receive import receive_at_desk
from backend.kernel.errors import Refusal
from backend.kernel.months import DateRange
from backend.people.models import Alias, Person
from backend.people.queries import canonical_id
from tests import builders
from tests.builders import NOW, TODAY, Member

PEOPLE, DAYS = 4, 6
ROLES = ("CLERK", "VILLAGE", "REVIEWER", "APPROVER", "CASHIER")
BATCH, DIGEST = "payments.batch", "a" * 64
CONTENT = {"STOP": {"note": "演示"}, "COLLECTION_REFUND": {"whole": "60000.00"}, "DEATH": {}}

days = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS)).map(
    lambda of: DateRange(TODAY + timedelta(of[0]), TODAY + timedelta(of[0] + of[1]))
)


@dataclass(frozen=True)
class Post:
    """A role of a person, under one of his two entries, at the city or the county."""

    person: int
    twin: bool
    county: bool
    role: str
    level: str
    term: DateRange


@dataclass(frozen=True)
class Deputy:
    """One post's account acts for another's."""

    who: int
    whom: int
    term: DateRange


@dataclass(frozen=True)
class Try:
    """Somebody tries a step on a day."""

    who: int
    what: str
    of: int
    day: int


posts = st.builds(
    Post,
    person=st.integers(0, PEOPLE - 1),
    twin=st.booleans(),
    county=st.booleans(),
    role=st.sampled_from(ROLES),
    level=st.sampled_from(["HEAD", "LEADER"]),
    term=days,
)
deputies = st.builds(Deputy, who=st.integers(0, 9), whom=st.integers(0, 9), term=days)
tries = st.builds(
    Try,
    who=st.integers(0, 9),
    what=st.sampled_from([*CONTENT, "REVIEW", "REVIEW", "DECIDE", "DECIDE", "DECIDE", "BATCH"]),
    of=st.integers(0, 3),
    day=st.integers(0, DAYS),
)


@dataclass
class Office:
    """The accounts there are, and the cases that came in."""

    leader: Member
    security: Member
    county: Agency
    members: dict[tuple[int, bool], Member] = field(default_factory=dict)
    people: dict[tuple[int, bool], Person] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    def person(self, number: int, *, twin: bool) -> Person:
        """The same natural person under two entries, found to be one."""
        if (number, twin) not in self.people:
            self.people[number, twin] = builders.person(name=f"演示{'甲乙丙丁'[number]}")
            if (number, not twin) in self.people:
                one, other = self.people[number, twin], self.people[number, not twin]
                Alias.objects.create(party_id=one.pk, survivor_id=other.pk, case_id=1)
        return self.people[number, twin]

    def open(self, post: Post) -> None:
        """Give a post; what excludes it stands in the way."""
        key = (post.person, post.twin)
        if key not in self.members:
            at = self.county if post.county else builders.agency()
            never = DateRange(date(1990, 1, 1))
            member = builders.member(
                role="VILLAGE", of=self.person(post.person, twin=post.twin), at=at,
                since=never.start,
            )  # fmt: skip
            own = member.staff.roleassignment_set.get()
            own.valid = type(own.valid)(never.start, date(1990, 1, 2))
            own.certify()
            self.members[key] = member
        with ignored():
            builders.assign(
                self.members[key].staff, post.role, since=post.term.start, until=post.term.end,
                level=post.level,
            )  # fmt: skip

    def deputise(self, deputy: Deputy, given: list[Post]) -> None:
        """Let one act for another in what that one holds."""
        who, whom = (given[n % len(given)] for n in (deputy.who, deputy.whom))
        terms = Terms(
            role=whom.role,
            level=whom.level if whom.role == "APPROVER" else "",
            valid=deputy.term,
            reason="演示",
            document="演示",
        )
        with ignored():
            row = delegations.appoint_deputy(
                deputy=self.members[who.person, who.twin].staff,
                acting_for=self.members[whom.person, whom.twin].staff,
                terms=terms,
                key=self.leader.key,
                now=NOW,
            )
            delegations.confirm(delegation_id=row.pk, key=self.security.key, now=NOW)

    def help(self, role: str) -> None:
        """Let the city take the county's step."""
        valid = DateRange(TODAY, TODAY + timedelta(DAYS))
        terms = Terms(role=role, valid=valid, reason="演示", document="演示")
        row = delegations.appoint_superior(
            agency=self.county, terms=terms, key=self.leader.key, now=NOW
        )
        delegations.confirm(delegation_id=row.pk, key=self.security.key, now=NOW)

    def attempt(self, one: Try) -> None:
        """Try a step in every role there is; most is refused."""
        member = list(self.members.values())[one.who % len(self.members)]
        now = NOW + timedelta(one.day)
        if one.what in CONTENT:
            with ignored():
                self.cases.append(
                    receive_at_desk(
                        staff=member.staff, kind=one.what, party_id=builders.wang().pk,
                        content=CONTENT[one.what], today=TODAY + timedelta(one.day), acts={},
                    )
                )  # fmt: skip
            return
        for role in ROLES:
            with ignored():
                if one.what == "BATCH":
                    step = ("CHECK", "APPROVE", "SEND")[one.of % 3]
                    approvals.sign(
                        key=member.key, subject_kind=BATCH, subject_id=1, step=step,
                        digest=DIGEST, role=role, now=now, agency_id=builders.agency().pk,
                    )  # fmt: skip
                elif self.cases:
                    self._sign(self.cases[one.of % len(self.cases)], one.what, member, role, now)

    def _sign(self, case: Case, step: str, member: Member, role: str, now: object) -> None:
        if step == "REVIEW":
            review(case_id=case.pk, key=member.key, role=role, now=now)  # type: ignore[arg-type]
            return
        decide(
            case_id=case.pk, approve=True, reason="", key=member.key, role=role,
            now=now, acts={case.kind: lambda _: 0},  # type: ignore[arg-type]
        )  # fmt: skip


@contextmanager
def ignored() -> Iterator[None]:
    """What is refused leaves nothing behind."""
    try:
        with transaction.atomic():
            yield
    except (Refusal, IntegrityError):
        pass


@contextmanager
def an_office() -> Iterator[Office]:
    """One that is gone afterwards."""
    with transaction.atomic():
        county = Agency.objects.create(
            code="34082801", name="演示县社保中心", region="340828", parent=builders.agency()
        )
        yield Office(
            builders.member(role="APPROVER"), builders.member(role="SECURITY_ADMIN"), county
        )
        transaction.set_rollback(True)


def steps_of(case: Case) -> Counter[int]:
    """How many steps each natural person did, or had done for him; receiving and accepting are
    one."""
    takers = {canonical_id(party_id=p) for p in (case.received_by, case.accepted_by) if p}
    signers = [canonical_id(party_id=p) for p in (case.reviewed_by, case.decided_by) if p]
    acted = Approval.objects.filter(
        subject_kind="cases.case", subject_id=case.pk, acting_for__isnull=False
    )
    principals = [canonical_id(party_id=one.acting_for or 0) for one in acted]
    return Counter([*takers, *signers, *principals])


@pytest.mark.django_db
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    given_posts=st.lists(posts, min_size=2, max_size=8),
    given_deputies=st.lists(deputies, max_size=3),
    helped=st.sets(st.sampled_from(["REVIEWER", "APPROVER", "CASHIER"])),
    attempts=st.lists(tries, min_size=6, max_size=24),
)
def test_nobody_does_two_steps_of_anything(
    given_posts: list[Post], given_deputies: list[Deputy], helped: set[str], attempts: list[Try]
) -> None:
    with an_office() as office:
        for post in given_posts:
            office.open(post)
        for deputy in given_deputies:
            office.deputise(deputy, given_posts)
        for role in sorted(helped):
            office.help(role)

        for one in attempts:
            office.attempt(one)

        approved = set()
        for case in office.cases:
            case.refresh_from_db()
            assert max(steps_of(case).values()) == 1
            approved |= {case.pk} if case.state == CaseState.APPROVED else set()
        assert truly_decided(case_ids=approved) == approved
        signed = list(Approval.objects.select_related("key", "staff", "delegation"))
        assert all(approvals.verify_all(signed))
        hands = Counter(
            (one.subject_kind, one.subject_id, canonical_id(party_id=person))
            for one in signed
            for person in (one.person_id, one.acting_for)
            if person is not None
        )
        assert all(count == 1 for count in hands.values())
