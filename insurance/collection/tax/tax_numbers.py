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
