"""Prove that who was merged is found as its survivor, and nobody else is (合并)."""

from payments.ledger.invariants import Broken, broken_by

STATEMENTS = (
    (
        "合并的当事人按合并登记归到存续的一方",
        """
        SELECT '当事人 ' || coalesce(p.id, a.party_id), coalesce(a.survivor_id::text, '未合并'),
            coalesce(p.lives_on_as::text, '未合并')
        FROM people_alias a
        FULL JOIN (SELECT id, lives_on_as FROM people_party WHERE lives_on_as IS NOT NULL) p
            ON p.id = a.party_id
        WHERE p.lives_on_as IS DISTINCT FROM a.survivor_id
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
