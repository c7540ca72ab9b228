"""Whose the numbers in a tax file are (号码对应的当事人): looked up for all rows at once."""

# Numbers of staged rows with the one party that bears them; of a merged one its survivor. A number
# that two parties bear, as papers of two kinds, is nobody's here. ``numbers`` selects the numbers,
# ``villages`` those that may be the code of a village.
PARTIES = """
DROP TABLE IF EXISTS tax_parties;
CREATE TEMP TABLE tax_parties ON COMMIT DROP AS
SELECT number, min(party_id) AS party_id FROM (
    SELECT n.number, c.canonical_id AS party_id FROM ({numbers}) n
    JOIN people_partyidentifier i ON i.number = n.number AND i.superseded_at IS NULL
    JOIN people_canonical c ON c.party_id = i.party_id
    UNION
    SELECT o.district, c.canonical_id FROM people_organisation o
    JOIN people_party p ON p.id = o.party_id AND p.kind = 'VILLAGE'
    JOIN people_canonical c ON c.party_id = o.party_id
    WHERE o.district IN ({villages})
) found GROUP BY number HAVING count(*) = 1;
ANALYZE tax_parties;
"""
