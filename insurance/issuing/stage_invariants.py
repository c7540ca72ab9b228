"""Prove the promises of the stages of cases on live data (办理环节不变量)."""

from collections.abc import Iterator

from backend.cases.decided import truly_decided
from backend.cases.materials import folder
from backend.cases.models import Mandate, Material
from payments.ledger.invariants import Broken, broken_by

KEPT = "材料:每份的文件都在,长度相符"
GRANTED = "代办:登记依据已签名办结的业务件"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "收件:待补正的已一次性告知,告知的只补正一次",
        """
        SELECT '业务件 ' || c.id, c.state, coalesce(k.answered_at::text, '未补正')
        FROM cases_case c LEFT JOIN cases_correction k ON k.case_id = c.id
        WHERE (c.state = 'CORRECTING' AND (k.case_id IS NULL OR k.answered_at IS NOT NULL))
            OR (c.state IN ('FILED', 'RECEIVED', 'REVIEWED', 'APPROVED', 'REJECTED')
                AND k.case_id IS NOT NULL AND k.answered_at IS NULL)
        """,
    ),
    (
        "收件:不予受理由收件人以外的人签名并写明理由",
        """
        SELECT '业务件 ' || c.id, '签名和理由', c.reason FROM cases_case c
        WHERE c.state = 'DECLINED' AND (c.reason = '' OR c.decided_by = c.received_by
            OR NOT EXISTS (SELECT FROM cases_approval a WHERE a.subject_kind = 'cases.case'
                AND a.subject_id = c.id AND a.step = 'REJECT' AND a.digest = c.digest
                AND a.person_id = c.decided_by))
        """,
    ),
    (
        "期限:未办结的在计算,已办结的已停止,补正期间中止",
        """
        SELECT '业务件 ' || c.id, c.state, coalesce(t.due_on::text, '中止')
        FROM cases_caseterm t JOIN cases_case c ON c.id = t.case_id
        WHERE (t.closed_at IS NULL) <> (c.decided_at IS NULL)
            OR (t.due_on IS NULL) <> (c.state = 'CORRECTING' OR (c.state = 'DECLINED'
                AND EXISTS (SELECT FROM cases_correction k
                            WHERE k.case_id = c.id AND k.answered_at IS NULL)))
        """,
    ),
    (
        "材料:替换的是同一件的,每份只替换一次",
        """
        SELECT '材料 ' || m.id, b.case_id::text, m.case_id::text
        FROM cases_material m JOIN cases_material b ON b.id = m.replaces_id
        WHERE b.case_id <> m.case_id
        """,
    ),
    (
        "办结:须送达的决定,最后出具的各份文书送达以后才办结",
        """
        WITH newest AS (
            SELECT DISTINCT ON (p.case_id, p.kind, p.about, p.party_id) p.case_id, p.number,
                EXISTS (SELECT FROM issuing_delivery d
                        WHERE d.paper_id = p.id AND d.recorded_at < e.closed_at) AS reached
            FROM cases_closing e JOIN issuing_issuedpaper p
                ON p.case_id = e.case_id AND p.recorded_at < e.closed_at
            WHERE p.kind NOT IN ('ACCEPTANCE_RECEIPT', 'CORRECTION_NOTICE', 'DELIVERY_RECORD',
                'CHANGE_LETTER')
            ORDER BY p.case_id, p.kind, p.about, p.party_id, p.id DESC
        )
        SELECT '业务件 ' || c.id, '已送达', coalesce(min(n.number), c.state)
        FROM cases_closing e JOIN cases_case c ON c.id = e.case_id
        LEFT JOIN newest n ON n.case_id = c.id
        GROUP BY c.id, c.state, c.decided_at
        HAVING c.decided_at IS NULL OR bool_and(n.reached) IS NOT TRUE
        """,
    ),
    (
        "送达:不由审核、审批的人登记,决定的送达附有影像",  # since it is so
        """
        SELECT '送达 ' || d.id, '他人登记,附影像', p.number
        FROM issuing_delivery d JOIN issuing_issuedpaper p ON p.id = d.paper_id
        JOIN cases_case c ON c.id = p.case_id
        WHERE d.recorded_at >= (SELECT applied FROM django_migrations
                WHERE app = 'cases' AND name = '0017_materials_signed')
            AND (cases_natural_person(d.recorded_by) IN (cases_natural_person(c.reviewed_by),
                    cases_natural_person(c.decided_by))
                OR d.material_id IS NULL AND d.way <> 'PUBLIC'
                    AND p.kind NOT IN ('ACCEPTANCE_RECEIPT', 'CORRECTION_NOTICE',
                        'DELIVERY_RECORD', 'CHANGE_LETTER'))
        """,
    ),
    (
        "代办:在登记的人、业务和期间内,代办人不办理该件",
        """
        SELECT '业务件 ' || c.id, '代办登记 ' || m.id, c.kind
        FROM cases_acting a JOIN cases_mandate m ON m.id = a.mandate_id
        JOIN cases_case c ON c.id = a.case_id
        WHERE cases_natural_person(c.party_id) <> cases_natural_person(m.principal_id)
            OR c.kind <> ALL (m.kinds) OR a.agent_id <> m.agent_id
            OR NOT a.acted_on BETWEEN m.from_date AND m.until_date
            OR EXISTS (SELECT FROM unnest(ARRAY[c.received_by, c.accepted_by, c.reviewed_by,
                    c.decided_by]) AS hand (party)
                WHERE cases_natural_person(hand.party) = cases_natural_person(a.agent_id))
        """,
    ),
    (
        "归档:案卷按机构、年度、类别连号,件号连续",
        """
        SELECT agency_id || '/' || year || '/' || category, max(ordinal)::text, count(*)::text
        FROM cases_volume GROUP BY agency_id, year, category
        HAVING max(ordinal) <> count(*) OR min(ordinal) <> 1
        UNION ALL
        SELECT v.number, max(a.place)::text, count(a.case_id)::text
        FROM cases_volume v LEFT JOIN cases_archived a ON a.volume_id = v.id
        GROUP BY v.number HAVING max(a.place) IS DISTINCT FROM count(a.case_id)
        """,
    ),
    (
        "归档:归档的都已决定,案卷是本机构该年度的",
        """
        SELECT '业务件 ' || c.id, v.number, c.state
        FROM cases_archived a JOIN cases_volume v ON v.id = a.volume_id
        JOIN cases_case c ON c.id = a.case_id
        WHERE c.decided_at IS NULL OR c.agency_id <> v.agency_id
            OR v.year <> extract(year FROM c.decided_at AT TIME ZONE 'Asia/Shanghai')
        """,
    ),
)


def promises() -> list[str]:
    """Every promise that is proved here, by its name."""
    return [*(promise for promise, _ in STATEMENTS), KEPT, GRANTED]


def broken_promises() -> list[Broken]:
    """What does not hold on the data as they are."""
    return [*broken_by(STATEMENTS), *_lost(), *_ungranted()]


def _lost() -> Iterator[Broken]:
    """Files that are gone or cut; whether they are the same is looked at when they are read."""
    for pk, name, size in Material.objects.values_list("pk", "stored_name", "size").iterator():
        found = folder.size_of(name=name)
        if found != size:
            yield Broken(KEPT, f"材料 {pk}", str(size), "缺失" if found is None else str(found))


def _ungranted() -> Iterator[Broken]:
    cases = dict(Mandate.objects.values_list("pk", "case_id"))
    right = truly_decided(case_ids=cases.values())
    for mandate, case in cases.items():
        if case not in right:
            yield Broken(GRANTED, f"代办登记 {mandate}", "已签名办结", str(case))
