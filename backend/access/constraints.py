"""Which promise of the database a write broke, so that its sentence can be told (约束名)."""

from django.db import IntegrityError


def violated(error: IntegrityError) -> str:
    """Give the name of the constraint that refused, or an empty text."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnostics, "constraint_name", None) or "")
