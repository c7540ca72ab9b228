"""What is done now and then (定时清理)."""

from django.db import connection
from django.utils import timezone

from backend.celery import app
from backend.web.models import CallCount
from backend.web.throttles import longest


@app.task(name="backend.web.tasks.forget_calls")
def forget_calls() -> int:
    """Forget the counts of calls whose windows are over; how many."""
    return CallCount.objects.filter(since__lt=timezone.now() - longest()).delete()[0]


@app.task(name="backend.web.tasks.forget_answers")
def forget_answers() -> int:
    """Forget the answers that were kept for half a year; how many. The database lets nobody forget
    a younger one: its request would be done again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT web_forget_kept_answers()")
        (gone,) = cursor.fetchone()
    return int(gone)
