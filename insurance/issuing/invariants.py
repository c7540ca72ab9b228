"""Prove the promises of objections and papers on live data (异议、文书不变量)."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from backend.cases.models import Objection, Outcome
from backend.cases.objections import kinds_that_correct
from payments.ledger.invariants import Broken, broken_by

CORRECTED = "异议:更正依据已签名办结的业务件"
RIGHT_KIND = "异议:更正由能更正该决定的业务办理,写明异议编号"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "异议:由没有办理过原决定的人审核、答复",
        """
        SELECT '异议 ' || c.id, '另外的人', p.person_id
        FROM cases_objection o JOIN cases_case c ON c.id = o.case_id
        JOIN cases_case d ON d.id = o.decided_id
        JOIN cases_approval p ON p.subject_kind = 'cases.case' AND p.subject_id = c.id
        WHERE p.person_id IN (d.received_by, d.accepted_by, d.reviewed_by, d.decided_by)
        """,
    ),
    (
        "异议:受理的每件有一行,答复与办结一致",
        """
        SELECT '异议 ' || c.id, c.state, o.outcome
        FROM cases_case c LEFT JOIN cases_objection o ON o.case_id = c.id
        WHERE c.kind = 'OBJECTION' AND c.state NOT IN ('FILED', 'CORRECTING', 'DECLINED')
            AND o.outcome IS DISTINCT FROM CASE c.state
            WHEN 'APPROVED' THEN 'CORRECTED' WHEN 'REJECTED' THEN 'UPHELD' ELSE '' END
        """,
    ),
    (
        "文书:按机构、种类、年度连号",
        """
        SELECT agency_id || '/' || kind || '/' || year, max(ordinal), count(*)
        FROM issuing_issuedpaper GROUP BY agency_id, kind, year
        HAVING max(ordinal) <> count(*) OR min(ordinal) <> 1
        """,
    ),
    (
        "文书:每份都打印过,除受理回执、补正告知书外业务件已决定",
        """
        SELECT p.number, '已打印、已决定', c.state
        FROM issuing_issuedpaper p LEFT JOIN cases_case c ON c.id = p.case_id
        WHERE (c.decided_at IS NULL AND p.kind NOT IN ('ACCEPTANCE_RECEIPT', 'CORRECTION_NOTICE',
                                                       'DELIVERY_RECORD', 'PERSON_REPORT',
                                                       'OVERDUE_REPORT'))
            OR NOT EXISTS (SELECT FROM issuing_printing r WHERE r.paper_id = p.id)
        """,
    ),
)


def promises() -> list[str]:
    """Every promise that is proved here, by its name."""
    return [*(promise for promise, _ in STATEMENTS), RIGHT_KIND, CORRECTED]


def broken_promises() -> list[Broken]:
    """What does not hold on the data as they are."""
    return [*broken_by(STATEMENTS), *_otherwise(), *_uncorrected()]


def _otherwise() -> Iterator[Broken]:
    """Answered by a case that does not put such a decision right, or names another objection."""
    corrected = Objection.objects.filter(correction__isnull=False)
    for row in corrected.select_related("decided", "correction").order_by("pk"):
        assert row.correction is not None
        wanted, kind = kinds_that_correct(decided=row.decided), row.correction.kind
        named = row.correction.content.get("objection")
        if kind not in wanted or named != row.pk:
            yield Broken(
                RIGHT_KIND, f"异议 {row.pk}", f"{'、'.join(wanted)} {row.pk}", f"{kind} {named}"
            )


def _uncorrected() -> Iterator[Broken]:
    corrected = Objection.objects.filter(outcome=Outcome.CORRECTED)
    cases = dict(corrected.values_list("case_id", "correction_id"))
    right = truly_decided(case_ids=cases.values())
    for objection, correction in cases.items():
        if correction not in right:
            yield Broken(CORRECTED, f"异议 {objection}", "已签名办结", str(correction))
