"""Jobs of payments (作业)."""

from typing import Any

from django.utils import timezone

from backend.jobs.registry import handler
from payments.bank_files import deliver, prepare_file
from payments.bank_folders import bank_folder
from payments.reconcile import reconcile
from payments.returns import receive_return


@handler("payments.prepare_file")
def prepare_file_job(*, arguments: dict[str, Any]) -> int:
    """Write the file of an approved batch."""
    return prepare_file(batch_id=arguments["batch_id"])


@handler("payments.deliver")
def deliver_job(*, arguments: dict[str, Any]) -> int:
    """Hand the file of a released batch to the bank."""
    return deliver(batch_id=arguments["batch_id"], now=timezone.now())


@handler("payments.receive_return")
def receive_return_job(*, arguments: dict[str, Any]) -> int:
    """Take in a return file that lies in a bank's folder, and close its batch when nothing of it
    is open any more; its lines, none when it is gone."""
    bank = arguments["bank"]
    path = bank_folder(bank=bank, name="returns") / arguments["name"]
    if not path.exists():
        return 0
    file = receive_return(bank=bank, path=path)
    if file.batch_id is not None:
        reconcile(batch_ids=[file.batch_id], now=timezone.now())
    return file.line_count
