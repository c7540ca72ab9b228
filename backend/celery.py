"""The Celery application: ``from backend.celery import app`` (no ``__init__`` imports it)."""

import gc
import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

app = Celery("yikatong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def settle(**_: object) -> None:
    """Look for cycles never again among what is there before the first job: a tenth of a second,
    whenever it happened to come."""
    gc.collect()
    gc.freeze()
