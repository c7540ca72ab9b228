"""Prove that nothing left 支出户 that was not in it (支出户不变量)."""

from payments.ledger.invariants import Broken, broken_by

STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "支出户余额不为负，够付在途批次",
        """
        SELECT '账套 ' || id, '不小于 0', payments_free_fen(id)::text FROM ledger_book
        WHERE payments_free_fen(id) < 0
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [name for name, _ in STATEMENTS]
