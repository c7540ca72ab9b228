"""What only shows between rows (行间检查): doubles, missing owners, overlaps, people we know.

Set-based, over the staged rows. Each rule names rows to refuse; later rules see only what stands,
so a refused person takes the pension, its components, accounts, holds and death along.
Of rows that exclude each other none stands: nobody can say here which of them is right.
"""

from dataclasses import dataclass
from typing import Any

from backend.feeds.between import overlapping_rows
from backend.feeds.copying import REFUSED_MAX
from backend.feeds.fields import masked
from backend.feeds.refused import ROW_REFUSED, RefusedRow
from insurance.benefits.items import item_ordinals


@dataclass(frozen=True)
class Rule:
    """``bad`` selects (line, value) of rows of ``file`` that are refused for ``reason``."""

    file: str
    column: str
    reason: str
    bad: str


def _twice(file: str, column: str, keys: str, reason: str) -> Rule:
    """No row of a key that comes twice stands; NULL equals nothing."""
    return Rule(
        file,
        column,
        reason,
        f"""SELECT t.line, t.{column} FROM take_{file} t JOIN (
            SELECT {keys} FROM take_{file} WHERE NOT refused
            GROUP BY {keys} HAVING count(*) > 1) d USING ({keys})
        WHERE NOT t.refused""",
    )


def _overlapping(file: str, column: str, rows: str, owner: str, reason: str) -> Rule:
    """No row stands whose days overlap with those of another row of one owner."""
    return Rule(file, column, reason, overlapping_rows(column=column, rows=rows, owner=owner))


def _orphan(file: str, column: str, owners: str, reason: str) -> Rule:
    """The row's owner is not among the rows that are taken."""
    return Rule(
        file,
        column,
        reason,
        f"""SELECT t.line, t.{column} FROM take_{file} t
        WHERE NOT t.refused AND t.{column} IS NOT NULL AND NOT EXISTS (
            SELECT FROM take_{owners} o WHERE o.old_id = t.{column} AND NOT o.refused)""",
    )


KNOWN_PERSONS = """
SELECT t.line, t.id_number, c.canonical_id,
    t.birth_date = p.birth_date AND EXISTS (SELECT FROM people_partyname n
        WHERE n.party_id = c.canonical_id AND n.superseded_at IS NULL AND upper_inf(n.valid)
            AND n.search_name = t.search_name) AS same
FROM take_persons t
JOIN people_partyidentifier i ON i.number = t.id_number AND i.kind = t.id_kind
    AND i.superseded_at IS NULL
JOIN people_canonical c ON c.party_id = i.party_id
LEFT JOIN people_person p ON p.party_id = c.canonical_id
WHERE NOT t.refused
"""

KNOWN_ORGANISATIONS = """
SELECT t.line, t.credit_code, c.canonical_id, true AS same
FROM take_organisations t
JOIN people_partyidentifier i ON i.number = t.credit_code AND i.kind = 'CREDIT_CODE'
    AND i.superseded_at IS NULL
JOIN people_canonical c ON c.party_id = i.party_id
WHERE NOT t.refused
UNION ALL
SELECT t.line, t.district, o.party_id, true
FROM take_organisations t
JOIN people_organisation o ON o.district = t.district
JOIN people_party p ON p.id = o.party_id AND p.kind = 'VILLAGE'
WHERE NOT t.refused AND t.kind = 'VILLAGE'
"""

ORGANISATIONS = (
    _twice("organisations", "old_id", "old_id", "原编号重复。"),
    _twice("organisations", "credit_code", "credit_code", "统一社会信用代码重复。"),
    Rule(
        "organisations",
        "district",
        "村(社区)的区划代码重复。",
        """SELECT t.line, t.district FROM take_organisations t JOIN take_organisations u
            ON u.district = t.district AND u.kind = 'VILLAGE' AND u.line <> t.line
        WHERE t.kind = 'VILLAGE' AND NOT t.refused AND NOT u.refused""",
    ),
)

PERSONS = (
    _twice("persons", "old_id", "old_id", "原编号重复。"),
    _twice("persons", "id_number", "id_number, id_kind", "证件号码与另一行的人员重复。"),
    Rule(
        "persons",
        "village",
        "所属村(社区)不在可接收的单位中。",
        """SELECT t.line, t.village FROM take_persons t
        WHERE NOT t.refused AND t.village IS NOT NULL AND NOT EXISTS (
            SELECT FROM take_organisations o WHERE o.old_id = t.village
                AND o.kind = 'VILLAGE' AND NOT o.refused)""",
    ),
    Rule(
        "persons",
        "id_number",
        "号码已在人员库中，但姓名或出生日期不同，须先核实是否同一人。",
        f"SELECT k.line, k.id_number FROM ({KNOWN_PERSONS}) k WHERE k.same IS NOT TRUE",
    ),
)

BELONGINGS = (
    _twice("entitlements", "old_id", "old_id", "原编号重复。"),
    _orphan("entitlements", "person", "persons", "待遇人不在可接收的人员中。"),
    _twice("entitlements", "person", "person, scheme, start_month", "同一人同一险种待遇重复。"),
    Rule(
        "entitlements",
        "person",
        "此人的该项待遇已在本系统中。",
        """SELECT t.line, t.person FROM take_entitlements t
        JOIN take_persons p ON p.old_id = t.person AND p.known AND NOT p.refused
        JOIN benefits_entitlement e ON e.person_id = p.party_id AND e.scheme = t.scheme
        WHERE NOT t.refused""",
    ),
    _orphan("components", "entitlement", "entitlements", "所属待遇不在可接收的待遇中。"),
    Rule(
        "components",
        "component",
        "该险种没有这种待遇项目。",
        """SELECT t.line, t.component FROM take_components t
        JOIN take_entitlements e ON e.old_id = t.entitlement AND NOT e.refused
        WHERE NOT t.refused AND e.scheme || ' ' || t.component <> ALL (%(items)s)""",
    ),
    _overlapping(
        "components",
        "entitlement",
        """take_components t
            JOIN take_entitlements e ON e.old_id = t.entitlement AND NOT e.refused""",
        "e.person, e.scheme, t.component",
        "同一人同一险种同一待遇项目的期间重叠。",
    ),
    _orphan("accounts", "person", "persons", "收款人不在可接收的人员中。"),
    _overlapping(
        "accounts", "account_no", "take_accounts t", "t.person", "同一人的收款账户期间重叠。"
    ),
    Rule(
        "accounts",
        "account_no",
        "此人在本系统中已有同期的收款账户。",
        """SELECT t.line, t.account_no FROM take_accounts t
        JOIN take_persons p ON p.old_id = t.person AND p.known AND NOT p.refused
        JOIN payments_payeeaccount a ON a.payee_id = p.party_id AND a.superseded_at IS NULL
            AND a.valid && t.valid
        WHERE NOT t.refused""",
    ),
    _orphan("holds", "entitlement", "entitlements", "所属待遇不在可接收的待遇中。"),
    _twice("holds", "entitlement", "entitlement, reason", "同一待遇同一暂缓原因重复。"),
    _orphan("deaths", "person", "persons", "此人不在可接收的人员中。"),
    _twice("deaths", "person", "person", "同一人的死亡信息重复。"),
    Rule(
        "deaths",
        "death_date",
        "死亡日期早于出生日期。",
        """SELECT t.line, t.death_date::text FROM take_deaths t
        JOIN take_persons p ON p.old_id = t.person
        WHERE NOT t.refused AND t.death_date < p.birth_date""",
    ),
    Rule(
        "deaths",
        "person",
        "此人在本系统中已有死亡信息。",
        """SELECT t.line, t.person FROM take_deaths t
        JOIN take_persons p ON p.old_id = t.person AND p.known AND NOT p.refused
        JOIN people_death d ON d.person_id = p.party_id AND d.superseded_at IS NULL
        WHERE NOT t.refused""",
    ),
)

SAME_PERSON_TWICE = Rule(
    "persons",
    "id_number",
    "与另一行的人员是人员库中的同一人。",
    """SELECT t.line, t.id_number FROM take_persons t JOIN take_persons u
        ON u.party_id = t.party_id AND u.line <> t.line AND u.known AND NOT u.refused
    WHERE t.known AND NOT t.refused""",
)


# Deaths left out that may be a payee's: only who is on the roll, unknown to our own pensions and
# named by no entitlement of the roll, good or bad, surely draws nothing.
DEATHS_THAT_COUNT = """
SELECT count(*) FROM (
    SELECT person FROM take_deaths WHERE refused
    UNION ALL SELECT owner FROM take_left_out WHERE file = 'deaths') d
WHERE NOT EXISTS (SELECT FROM take_persons p WHERE p.old_id = d.person)
    OR EXISTS (SELECT FROM take_entitlements e WHERE e.person = d.person)
    OR EXISTS (SELECT FROM take_left_out e WHERE e.file = 'entitlements' AND e.owner = d.person)
    OR EXISTS (SELECT FROM take_persons p
        JOIN people_partyidentifier i ON i.number = p.id_number AND i.kind = p.id_kind
        JOIN people_canonical c ON c.party_id = i.party_id
        JOIN people_canonical o ON o.canonical_id = c.canonical_id
        JOIN benefits_entitlement e ON e.person_id = o.party_id
        WHERE p.old_id = d.person)
"""


def deaths_that_count(*, cursor: Any) -> int:
    """How many deaths are left out of persons who may draw a pension."""
    cursor.execute(DEATHS_THAT_COUNT)
    (count,) = cursor.fetchone()
    return int(count)


def check_between_rows(*, cursor: Any) -> list[RefusedRow]:
    """Mark every staged row that can not be taken; give them, the first ones when very many."""
    for rule in ORGANISATIONS:
        _apply(cursor, rule)
    _link_known(cursor, "organisations", KNOWN_ORGANISATIONS)
    for rule in PERSONS:
        _apply(cursor, rule)
    _link_known(cursor, "persons", KNOWN_PERSONS)
    for rule in (SAME_PERSON_TWICE, *BELONGINGS):
        _apply(cursor, rule)
    cursor.execute(
        "SELECT file, line, col, coalesce(shown, ''), reason FROM take_refused"
        " ORDER BY found LIMIT %s",
        [REFUSED_MAX + 1],
    )
    return [
        RefusedRow(file, line, column, masked(column=column, value=shown), reason, ROW_REFUSED)
        for file, line, column, shown, reason in cursor.fetchall()
    ]


def _apply(cursor: Any, rule: Rule) -> None:
    cursor.execute(
        f"""WITH bad (line, shown) AS ({rule.bad}), marked AS (
            UPDATE take_{rule.file} t SET refused = true FROM bad WHERE bad.line = t.line)
        INSERT INTO take_refused (file, line, col, shown, reason)
        SELECT DISTINCT %(file)s, line, %(column)s, shown, %(reason)s FROM bad""",
        {
            "file": f"{rule.file}.csv",
            "column": rule.column,
            "reason": rule.reason,
            "items": [f"{scheme} {component}" for scheme, component in item_ordinals()],
        },
    )


def _link_known(cursor: Any, file: str, known: str) -> None:
    """Who is in the register already is not entered again (不重复建档)."""
    cursor.execute(
        f"""UPDATE take_{file} t SET known = true, party_id = k.canonical_id
        FROM ({known}) k WHERE k.line = t.line AND k.same"""
    )
