"""What is done now and then (定时清理)."""

from django.utils import timezone

from backend.access.callers import NONCE_KEPT
from backend.access.models import TerminalNonce
from backend.celery import app


@app.task(name="backend.access.tasks.forget_nonces")
def forget_nonces() -> int:
    """Forget the numbers of requests that are too old to be taken again; how many."""
    return TerminalNonce.objects.filter(at__lt=timezone.now() - NONCE_KEPT).delete()[0]
