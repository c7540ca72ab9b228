"""What is decided between two monthly runs only (两次发放之间办理): before one, or after it."""

from django.db import connection

from insurance.benefits.models import Run, RunState
from payments.locks import hold_reissues

NO_RUN_MEANWHILE = "SELECT pg_advisory_xact_lock(hashtext('benefits.run'))"


def hold_runs() -> None:
    """Let no month be opened, nor anything reissued, until this transaction ends; before any row.

    In the order of ``payments.locks``, also when other cases are decided with this one.
    """
    hold_reissues()
    with connection.cursor() as cursor:
        cursor.execute(NO_RUN_MEANWHILE)


def run_is_open() -> bool:
    """Whether a month is being computed just now; the caller holds the runs."""
    return Run.objects.exclude(state=RunState.SEALED).exists()
