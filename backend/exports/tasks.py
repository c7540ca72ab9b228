"""Jobs of exports (导出作业), and what is done now and then."""

from typing import Any

from django.utils import timezone

from backend.celery import app
from backend.exports import export
from backend.jobs.registry import handler


@handler(export.JOB)
def write(*, arguments: dict[str, Any]) -> int:
    """Write one export; its file is no row of ours."""
    export.write(export_id=arguments["export"])
    return 1


@app.task(name="backend.exports.tasks.forget")
def forget() -> int:
    """Remove files whose days are over."""
    return export.forget(now=timezone.now())
