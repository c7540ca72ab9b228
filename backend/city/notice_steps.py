"""What goes on by itself with notices (告知): messages go out, a list says whom to call."""

from backend.city.month_steps import Tell
from backend.jobs import runner
from backend.jobs.models import Job
from backend.notices import tasks
from backend.notices.call_backs import write_call_back_list
from backend.notices.send import SEND

HANDLERS = (tasks,)  # imported so that their jobs can be done here


def tell_people(*, tell: Tell) -> None:
    """Send the messages that no worker has taken, and write whom to call."""
    waiting = Job.objects.filter(runner.claimable(), kind=SEND)
    sent = runner.run_waiting(keys=list(waiting.values_list("key", flat=True)))
    if sent:
        tell(f"▶ 短信告知：{sent} 条")
    write_call_back_list()
