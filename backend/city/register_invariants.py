"""Prove that the register is as it was entered, or as decided cases changed it (人员库): who is
merged, what somebody is called, by which number, what the number tells, and how he is reached."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from backend.cases.decided import truly_decided
from backend.cases.models import Case
from backend.people.contacts import KIND as CONTACT_CHANGE
from backend.people.identity_change import KIND, asked_of
from backend.people.models import Alias, PartyContact
from payments.ledger.invariants import Broken, broken_by

MERGED = "人员合并依据已签名办结的合并业务件"
CHANGED = "姓名、证件号码的变更依据已签名办结的变更业务件"
REACHED = "联系方式依据此人已签名办结的联系方式变更业务件"

# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "人员、单位的名称和号码不会无故失效",
        """
        SELECT '当事人 ' || party_id, '现用的名称', '没有' FROM people_partyname
        GROUP BY party_id HAVING bool_and(superseded_at IS NOT NULL)
        UNION ALL
        SELECT '当事人 ' || party_id, '现用的号码', '没有' FROM people_partyidentifier
        GROUP BY party_id HAVING bool_and(superseded_at IS NOT NULL)
        """,
    ),
    (
        "出生日期、性别与身份证号码一致",
        """
        SELECT '当事人 ' || p.party_id, '一致', '不一致'
        FROM people_person p JOIN people_partyidentifier i ON i.party_id = p.party_id
            AND i.kind IN ('CITIZEN', 'HKMO_RESIDENCE', 'TW_RESIDENCE') AND i.superseded_at IS NULL
        WHERE (to_char(p.birth_date, 'YYYYMMDD'), mod(p.sex, 2))
            <> (substr(i.number, 7, 8), mod(substr(i.number, 17, 1)::integer, 2))
        """,
    ),
)
# Who was entered has one name and one number; each other one was asked for.
SEVERAL = """
SELECT party_id, array_agg(DISTINCT name) FROM people_partyname
GROUP BY party_id HAVING count(DISTINCT name) > 1
UNION ALL
SELECT party_id, array_agg(DISTINCT number) FROM people_partyidentifier
GROUP BY party_id HAVING count(DISTINCT number) > 1
"""


def promises() -> list[str]:
    """Every promise that is proved here, by its name."""
    return [*(promise for promise, _ in STATEMENTS), MERGED, CHANGED, REACHED]


def broken_promises() -> list[Broken]:
    """What does not hold on the data as they are."""
    return [*broken_by(STATEMENTS), *_unmerged(), *_unasked(), *_unreached()]


def _unmerged() -> Iterator[Broken]:
    merged = dict(Alias.objects.values_list("party_id", "case_id"))
    right = truly_decided(case_ids=merged.values())
    asked = {
        (case.pk, case.party_id, case.content.get("survivor_id"))
        for case in Case.objects.filter(pk__in=right, kind="MERGE")
    }
    for row in Alias.objects.order_by("pk"):
        if (row.case_id, row.party_id, row.survivor_id) not in asked:
            yield Broken(MERGED, f"当事人 {row.party_id}", "已签名办结", f"业务件 {row.case_id}")


def _unasked() -> Iterator[Broken]:
    with connection.cursor() as cursor:
        cursor.execute(SEVERAL)
        several = cursor.fetchall()
    asked = _asked({party_id for party_id, _ in several})
    for party_id, values in several:
        unasked = set(values) - asked[party_id]
        if len(unasked) > 1:
            yield Broken(CHANGED, f"当事人 {party_id}", "已签名办结", "没有变更业务件")


def _asked(parties: set[int]) -> dict[int, set[str]]:
    """Which names and numbers decided cases gave to some parties."""
    cases = list(Case.objects.filter(kind=KIND, state="APPROVED", party__in=parties))
    right = truly_decided(case_ids=[case.pk for case in cases])
    found = defaultdict[int, set[str]](set)
    for case in cases:
        if case.pk in right:
            change = asked_of(case)
            number = change.paper.number if change.paper else None
            found[case.party_id] |= {text for text in (change.name, number) if text}
    return found


def _unreached() -> Iterator[Broken]:
    """A way that ended is what it was; what is left of it names the case that ended it."""
    cases = Case.objects.filter(kind=CONTACT_CHANGE, state="APPROVED")
    right = truly_decided(case_ids=list(cases.values_list("pk", flat=True)))
    asked = {
        (case.party_id, case.content[name].strip())
        for case in cases.filter(pk__in=right)
        for name in ("phone", "address")
        if name in case.content
    }
    for row in PartyContact.objects.order_by("pk").iterator():
        if row.case_id not in right or (row.party_id, row.value) not in asked:
            found = f"业务件 {row.case_id}" if row.case_id else "没有业务件"
            yield Broken(REACHED, f"当事人 {row.party_id}", "已签名办结", found)
