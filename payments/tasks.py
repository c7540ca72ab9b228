"""Jobs of payments (作业)."""

from typing import Any

from django.utils import timezone

from backend.jobs.queue import enqueue
from backend.jobs.registry import handler
from payments import archived
from payments.bank_files import deliver, prepare_file
from payments.bank_folders import bank_folder
from payments.reconcile import reconcile
from payments.returns import receive_return

DELIVER_ARCHIVED = "payments.deliver_archived"


@handler("payments.prepare_file")
def prepare_file_job(*, arguments: dict[str, Any]) -> int:
    """Write the file of an approved batch."""
    return prepare_file(batch_id=arguments["batch_id"])


@handler("payments.deliver")
def deliver_job(*, arguments: dict[str, Any]) -> int:
    """Hand the file of a released batch to the bank; where the log is archived, let another job do
    so as soon as the release, committed by now, stands in the archive."""
    batch_id = arguments["batch_id"]
    if not archived.is_on():
        return deliver(batch_id=batch_id, now=timezone.now())
    enqueue(
        kind=DELIVER_ARCHIVED,
        key=f"{DELIVER_ARCHIVED}/{batch_id}",
        arguments={"batch_id": batch_id, "through": archived.written_through()},
    )
    return 0


@handler(DELIVER_ARCHIVED)
def deliver_archived_job(*, arguments: dict[str, Any]) -> int:
    """Hand over a file whose release stands in the archive."""
    archived.require_archived(through=arguments["through"])
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
