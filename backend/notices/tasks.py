"""Jobs of notices (作业)."""

from typing import Any

from backend.jobs.registry import handler
from backend.notices.give import give_otherwise
from backend.notices.send import SEND, send_message


@handler(SEND)
def send_message_job(*, arguments: dict[str, Any]) -> int:
    """Send a message; whom it does not reach is told otherwise."""
    rows = send_message(notice_id=arguments["notice"])
    return rows + give_otherwise(notice_id=arguments["notice"])
