"""The Celery application: ``from backend.celery import app`` (no ``__init__`` imports it)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

app = Celery("yikatong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
