"""Store what stands of a staged baseline (接管入库): one INSERT … SELECT per table."""

from datetime import date
from typing import Any

FIRST_DAY_OF_ORGANISATIONS = "1900-01-01"

# In the order of the references; each keeps the order of the files.
STATEMENTS = {
    "people_party": """
        INSERT INTO people_party (id, kind)
        SELECT party_id, kind FROM (
            SELECT party_id, kind FROM take_organisations WHERE NOT refused AND NOT known
            UNION ALL
            SELECT party_id, 'PERSON' FROM take_persons WHERE NOT refused AND NOT known) p""",
    "people_organisation": """
        INSERT INTO people_organisation (party_id, district)
        SELECT party_id, district FROM take_organisations WHERE NOT refused AND NOT known""",
    "people_person": """
        INSERT INTO people_person
            (party_id, birth_date, sex, nation, district, village_id)
        SELECT p.party_id, p.birth_date, p.sex, p.nation, p.district, o.party_id
        FROM take_persons p LEFT JOIN take_organisations o ON o.old_id = p.village AND NOT o.refused
        WHERE NOT p.refused AND NOT p.known""",
    "people_partyname": """
        INSERT INTO people_partyname (party_id, name, search_name, valid)
        SELECT party_id, name, search_name, daterange(since, NULL) FROM (
            SELECT party_id, name, search_name, %(organisations_since)s::date AS since
            FROM take_organisations WHERE NOT refused AND NOT known
            UNION ALL
            SELECT party_id, name, search_name, birth_date
            FROM take_persons WHERE NOT refused AND NOT known) n""",
    "people_partyidentifier": """
        INSERT INTO people_partyidentifier (party_id, kind, number, valid)
        SELECT party_id, kind, number, daterange(since, NULL) FROM (
            SELECT party_id, 'CREDIT_CODE' AS kind, credit_code AS number,
                %(organisations_since)s::date AS since
            FROM take_organisations
            WHERE NOT refused AND NOT known AND credit_code IS NOT NULL
            UNION ALL
            SELECT party_id, id_kind, id_number, birth_date
            FROM take_persons WHERE NOT refused AND NOT known) i""",
    "payments_payeeaccount": """
        INSERT INTO payments_payeeaccount (payee_id, bank, account_no, holder_name, valid)
        SELECT p.party_id, a.bank, a.account_no, a.holder_name, a.valid
        FROM take_accounts a JOIN take_persons p ON p.old_id = a.person AND NOT p.refused
        WHERE NOT a.refused ORDER BY a.line""",
    "benefits_entitlement": """
        INSERT INTO benefits_entitlement
            (id, person_id, scheme, book_id, start_month, paid_through, paid_months, district,
            baseline_id, source_no)
        SELECT e.id, p.party_id, e.scheme, b.id, e.start_month, e.paid_through, e.paid_months,
            CASE e.scheme WHEN '170' THEN p.district ELSE '' END, %(baseline)s, e.old_id
        FROM take_entitlements e
        JOIN take_persons p ON p.old_id = e.person AND NOT p.refused
        JOIN ledger_book b ON b.id = ANY (%(books)s) AND b.scheme = e.scheme
        WHERE NOT e.refused ORDER BY e.line""",
    "benefits_component": """
        INSERT INTO benefits_component (entitlement_id, component, fen, standing, valid)
        SELECT e.id, c.component, c.fen, c.standing, c.valid
        FROM take_components c
        JOIN take_entitlements e ON e.old_id = c.entitlement AND NOT e.refused
        WHERE NOT c.refused ORDER BY c.line""",
    "benefits_hold": """
        INSERT INTO benefits_hold (entitlement_id, reason, note, valid)
        SELECT e.id, h.reason, h.note, h.valid
        FROM take_holds h JOIN take_entitlements e ON e.old_id = h.entitlement AND NOT e.refused
        WHERE NOT h.refused""",
    "people_death": """
        INSERT INTO people_death (person_id, death_date, source, confirmed, evidence)
        SELECT p.party_id, d.death_date, d.source, true, %(evidence)s
        FROM take_deaths d JOIN take_persons p ON p.old_id = d.person AND NOT p.refused
        WHERE NOT d.refused""",
}

TOTALS = """
SELECT e.scheme, c.component, count(*), sum(c.fen)::bigint
FROM take_components c JOIN take_entitlements e ON e.old_id = c.entitlement AND NOT e.refused
WHERE NOT c.refused AND c.valid @> %s::date
GROUP BY e.scheme, c.component
"""


def staged_totals(*, cursor: Any, month: date) -> dict[tuple[str, str], tuple[int, int]]:
    """People and fen by scheme and component in force in a month, of the rows that stand."""
    cursor.execute(TOTALS, [month])
    return {
        (scheme, component): (people, fen) for scheme, component, people, fen in cursor.fetchall()
    }


def store_staged(
    *, cursor: Any, baseline_id: int, books: list[int], evidence: str
) -> dict[str, int]:
    """Insert all rows that stand; give how many went into each table."""
    values = {
        "organisations_since": FIRST_DAY_OF_ORGANISATIONS,
        "baseline": baseline_id,
        "books": books,
        "evidence": evidence,
    }
    written = {}
    for table, statement in STATEMENTS.items():
        cursor.execute(statement, values)
        written[table] = cursor.rowcount
    return written
