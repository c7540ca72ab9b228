"""Jobs of payments (作业)."""

from typing import Any

from django.utils import timezone

from backend.jobs.registry import handler
from payments.bank_files import deliver, prepare_file


@handler("payments.prepare_file")
def prepare_file_job(*, arguments: dict[str, Any]) -> int:
    """Write the file of an approved batch."""
    return prepare_file(batch_id=arguments["batch_id"])


@handler("payments.deliver")
def deliver_job(*, arguments: dict[str, Any]) -> int:
    """Hand the file of a released batch to the bank."""
    return deliver(batch_id=arguments["batch_id"], now=timezone.now())
