"""Whose the numbers in a tax file are (号码对应的当事人): looked up for all rows at once.

A number that nobody can read stops no file: it is kept as it came and is nobody's.
"""

from backend.feeds import fields as f
from backend.feeds.fields import RowRefused

NUMBER_MAX, NAME_MAX = 60, 150

# Numbers of staged rows with the one party that bears them; of a merged one its survivor. A number
# that two parties bear, as papers of two kinds, is nobody's here. ``numbers`` selects the numbers,
# ``villages`` those that may be the code of a village. ``is_person``: it is on a person's paper.
PARTIES = """
DROP TABLE IF EXISTS tax_parties;
CREATE TEMP TABLE tax_parties ON COMMIT DROP AS
SELECT number, min(party_id) AS party_id, bool_and(is_person) AS is_person FROM (
    SELECT n.number, c.canonical_id AS party_id, i.kind <> 'CREDIT_CODE' AS is_person
    FROM ({numbers}) n
    JOIN people_partyidentifier i ON i.number = n.number AND i.superseded_at IS NULL
    JOIN people_canonical c ON c.party_id = i.party_id
    UNION
    SELECT o.district, c.canonical_id, false FROM people_organisation o
    JOIN people_party p ON p.id = o.party_id AND p.kind = 'VILLAGE'
    JOIN people_canonical c ON c.party_id = o.party_id
    WHERE o.district IN ({villages})
) found GROUP BY number HAVING min(party_id) = max(party_id);
ANALYZE tax_parties;
"""

# Under which number and name a file of ours calls the parties whose ``ids`` are selected: those of
# today, of a merged one the survivor's; a village by its code.
PARTIES_OUT = """
CREATE TEMP TABLE {table} ON COMMIT DROP AS
WITH party AS (
    SELECT p.id, coalesce(a.survivor_id, p.id) AS survivor_id
    FROM ({ids}) p
    LEFT JOIN people_alias a ON a.party_id = p.id WHERE p.id IS NOT NULL),
numbered AS (
    SELECT DISTINCT ON (p.id) p.id, i.number
    FROM party p JOIN people_partyidentifier i ON i.party_id = p.survivor_id
        AND i.superseded_at IS NULL
    ORDER BY p.id, upper(i.valid) DESC NULLS FIRST, i.kind <> 'CITIZEN', i.kind),
named AS (
    SELECT DISTINCT ON (p.id) p.id, n.name
    FROM party p JOIN people_partyname n ON n.party_id = p.survivor_id
        AND n.superseded_at IS NULL
    ORDER BY p.id, upper(n.valid) DESC NULLS FIRST)
SELECT p.id, CASE y.kind WHEN 'VILLAGE' THEN o.district ELSE i.number END AS number, n.name
FROM party p JOIN people_party y ON y.id = p.survivor_id
LEFT JOIN people_organisation o ON o.party_id = p.survivor_id
LEFT JOIN numbered i ON i.id = p.id LEFT JOIN named n ON n.id = p.id;
"""


def number_of_payer(text: str) -> str:
    """A payer's number in its one spelling, or as it came: what is none of ours is nobody's."""
    try:
        return f.number_of_payer(text, "payer_number")
    except RowRefused:
        return f.as_it_came(text, NUMBER_MAX)


def number_of_person(text: str) -> str:
    """A person's number in its one spelling, or as it came."""
    try:
        return f.number_of_somebody(text, "person_number")
    except RowRefused:
        return f.as_it_came(text, NUMBER_MAX)
