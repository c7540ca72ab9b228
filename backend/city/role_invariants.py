"""Prove that roles are as they were given (岗位、委派、重置): exclusions, certificates, two
persons; that cases were taken in here, and that nobody took two steps of one."""

from collections.abc import Iterator

from django.db.models.expressions import RawSQL
from django.utils import timezone

from backend.access.exclusions import exclusions
from backend.access.models import Delegation, RoleAssignment, RoleConflict, StaffReset
from backend.cases.delegations import is_signed_by_two
from backend.cases.models import Case
from backend.notices.models import NoticeStep
from payments.ledger.invariants import Broken, broken_by

TABLE = "INV-08 数据库守住的不相容岗位与岗位表一致"
CERTIFIED = "INV-08 岗位任职有本系统的任职证明"
DELEGATIONS = "INV-07 生效的委派由两人签名，有本系统的证明"
BY_TWO = "INV-07 岗位由一人提出、另一人确认授予"
RESET_BY_TWO = "INV-07 账号由一人提出重置、另一人确认，提出的有本系统的证明"
TAKEN = "INV-07 业务件有本系统的受理证明"
NOTICED = "INV-07 告知的进展有本系统的证明"
ONE_STEP = "INV-07 业务件的受理、审核、审批为不同的自然人"

# Entries that were merged are one person, whenever that was found.
STATEMENTS = (
    (
        # Since it is so, of first roles later; an office is set up by nobody, a deputy's role is
        # signed by two.
        BY_TWO,
        """
        SELECT '任职 ' || r.id, '一人提出、另一人确认', coalesce('提出的岗位 ' || a.id, '无人提出')
        FROM access_roleassignment r
        JOIN access_staff g ON g.id = r.granted_by_id
        LEFT JOIN access_askedrole a ON a.given_id = r.id
        LEFT JOIN access_staff s ON s.id = a.asked_by_id
        LEFT JOIN people_alias ga ON ga.party_id = g.person_id
        LEFT JOIN people_alias sa ON sa.party_id = s.person_id
        WHERE r.delegation_id IS NULL
            AND r.recorded_at >= (SELECT applied FROM django_migrations
                WHERE app = 'access' AND name = CASE
                    WHEN EXISTS (SELECT FROM access_roleassignment b
                        WHERE b.staff_id = r.staff_id AND b.id < r.id)
                    THEN '0023_asked_roles' ELSE '0028_always_by_two' END)
            AND ((a.staff_id, a.role, a.level, a.employer_id, a.confirmed_by_id)
                    IS DISTINCT FROM
                    (r.staff_id, r.role, r.level, r.employer_id, r.granted_by_id)
                OR coalesce(sa.survivor_id, s.person_id) = coalesce(ga.survivor_id, g.person_id))
        """,
    ),
    (
        RESET_BY_TWO,
        """
        SELECT '重置 ' || r.id, '两个自然人', '自然人 ' || coalesce(aa.survivor_id, a.person_id)
        FROM access_staffreset r
        JOIN access_staff a ON a.id = r.asked_by_id
        JOIN access_staff c ON c.id = r.confirmed_by_id
        LEFT JOIN people_alias aa ON aa.party_id = a.person_id
        LEFT JOIN people_alias ca ON ca.party_id = c.person_id
        WHERE coalesce(aa.survivor_id, a.person_id) = coalesce(ca.survivor_id, c.person_id)
        """,
    ),
    (
        ONE_STEP,
        """
        WITH hands AS (
            SELECT c.id, h.step, coalesce(a.survivor_id, h.party) AS person
            FROM cases_case c
            CROSS JOIN LATERAL (
                VALUES ('taken', c.received_by), ('taken', c.accepted_by),
                    ('reviewed', c.reviewed_by), ('decided', c.decided_by)
                UNION ALL
                SELECT 'taken', k.answered_by FROM cases_correction k WHERE k.case_id = c.id
                UNION ALL
                SELECT 'for ' || s.step, s.acting_for FROM cases_approval s
                WHERE s.subject_kind = 'cases.case' AND s.subject_id = c.id
                    AND s.acting_for IS NOT NULL) AS h (step, party)
            LEFT JOIN people_alias a ON a.party_id = h.party
            WHERE h.party IS NOT NULL AND c.decided_by IS NOT NULL)
        SELECT '业务件 ' || id, '一人一个环节', '自然人 ' || person || '：' || count(DISTINCT step)
        FROM hands GROUP BY id, person HAVING count(DISTINCT step) > 1
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return [
        *_unlike_the_table(),
        *_uncertified(),
        *_unsigned_delegations(),
        *_unasked_resets(),
        *_untaken(),
        *_unnoticed(),
        *broken_by(STATEMENTS),
    ]


def promises() -> list[str]:
    """The names of all checks."""
    return [TABLE, CERTIFIED, DELEGATIONS, TAKEN, NOTICED, *(promise for promise, _ in STATEMENTS)]


def _unlike_the_table() -> Iterator[Broken]:
    held: dict[str, set[str]] = {}
    for pair, role in RoleConflict.objects.values_list("pair", "role"):
        held.setdefault(pair, set()).add(role)
    found = {frozenset(roles) for roles in held.values()}
    wanted = {one.roles for one in exclusions(on=timezone.localdate())}
    for roles in sorted(map(sorted, found ^ wanted)):
        pair = "、".join(roles)
        here, there = (
            ("只在岗位表", "数据库") if frozenset(roles) in wanted else ("只在数据库", "岗位表")
        )
        yield Broken(TABLE, pair, f"{there}也有", here)


def _uncertified() -> Iterator[Broken]:
    for one in RoleAssignment.objects.order_by("pk").iterator():
        if not one.counts:
            yield Broken(CERTIFIED, f"任职 {one.pk}", "有效", f"{one.role} 的任职证明缺失或无效")


def _unsigned_delegations() -> Iterator[Broken]:
    for one in Delegation.objects.filter(confirmed_at__isnull=False).order_by("pk").iterator():
        if not one.counts or not is_signed_by_two(delegation=one):
            yield Broken(DELEGATIONS, f"委派 {one.pk}", "两人签名有效", "签名或证明缺失、无效")


def _unasked_resets() -> Iterator[Broken]:
    """Since they are certified."""
    since = "SELECT applied FROM django_migrations WHERE app = 'access' AND name = %s"
    confirmed = StaffReset.objects.filter(
        confirmed_at__gte=RawSQL(since, ["0027_asked_resets_certified"])  # noqa: S611  a constant
    )
    for one in confirmed.order_by("pk").iterator():
        if not one.counts:
            yield Broken(RESET_BY_TWO, f"重置 {one.pk}", "有效", "提出证明缺失或无效")


def _untaken() -> Iterator[Broken]:
    words = Case.objects.only("digest", "received_by", "accepted_by", "certificate")
    for one in words.order_by("pk").iterator():
        if not one.counts:
            yield Broken(TAKEN, f"业务件 {one.pk}", "有效", "受理证明缺失或无效")


def _unnoticed() -> Iterator[Broken]:
    for step in NoticeStep.objects.select_related("notice").order_by("pk").iterator():
        if not step.counts:
            yield Broken(NOTICED, f"告知 {step.notice_id}", "有效", "进展的证明缺失或无效")
