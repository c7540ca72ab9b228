"""Jobs of payments (作业)."""

from typing import IO, Any

from django.utils import timezone

from backend.exports.forms import FormAsked, writes_form
from backend.jobs.queue import enqueue
from backend.jobs.registry import handler
from backend.kernel.errors import Refusal
from backend.papers.printing import print_inner
from payments import archived
from payments.balance_paper import balance_paper
from payments.bank_files import deliver, prepare_file
from payments.bank_folders import bank_folder
from payments.fund_request_paper import request_paper
from payments.funding_models import FundRequest
from payments.reconcile import reconcile
from payments.returns import receive_return
from payments.statement_models import BalanceTable

DELIVER_ARCHIVED = "payments.deliver_archived"


class TableUnknown(Refusal):
    """There is no such table of the agency's books (没有这张余额调节表)."""

    code = "balance_table_unknown"
    status = 404


class RequestUnknown(Refusal):
    """There is no such request of the agency's books (没有这份用款申请)."""

    code = "fund_request_unknown"
    status = 404


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


@writes_form("bank-balance-paper")
def balance_on_paper(*, to: IO[bytes], asked: FormAsked) -> int:
    """Print a 余额调节表 as it was laid down; the book is the agency's.

    Raises:
        TableUnknown; what printing refuses.
    """
    rows = BalanceTable.objects.select_related("book__agency")
    number = asked.numbers["table"]
    table = rows.filter(pk=number, book__agency=asked.staff.agency_id).first()
    if table is None:
        raise TableUnknown(f"本机构没有余额调节表 {number}。", table=number)
    to.write(
        print_inner(paper=balance_paper(table=table, on=timezone.localdate()), mark=asked.mark)
    )
    return 1


@writes_form("fund-request-paper")
def request_on_paper(*, to: IO[bytes], asked: FormAsked) -> int:
    """Print a 用款申请 as it was approved; the book is the agency's.

    Raises:
        RequestUnknown; what printing refuses.
    """
    rows = FundRequest.objects.select_related("book__agency")
    number = asked.numbers["request"]
    request = rows.filter(pk=number, book__agency=asked.staff.agency_id).first()
    if request is None:
        raise RequestUnknown(f"本机构没有用款申请 {number}。", request=number)
    paper = request_paper(request=request, on=timezone.localdate())
    to.write(print_inner(paper=paper, mark=asked.mark))
    return 1
