"""What is done now and then (定时清理)."""

from django.utils import timezone

from backend.celery import app
from backend.web.models import CallCount
from backend.web.throttles import longest


@app.task(name="backend.web.tasks.forget_calls")
def forget_calls() -> int:
    """Forget the counts of calls whose windows are over; how many."""
    return CallCount.objects.filter(since__lt=timezone.now() - longest()).delete()[0]
