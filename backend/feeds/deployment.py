"""Invented people and real ones never meet (演示标记): asked before a baseline is taken."""

from typing import Any

from backend.feeds.signed import MANIFEST
from backend.kernel.errors import Refusal


class WrongDeployment(Refusal):
    """Invented people do not go into a live database, nor real ones into a demo (演示标记不符)."""

    code = "baseline_wrong_deployment"


def require_same_deployment(*, cursor: Any, demo: bool) -> None:
    """Refuse a baseline whose mark is not the database's.

    Raises:
        WrongDeployment.
    """
    cursor.execute("SELECT kind = 'DEMO' FROM deployment")
    (is_demo,) = cursor.fetchone()
    if is_demo is not demo:
        raise WrongDeployment("演示数据只能进演示库，真实数据不能进演示库。", file=MANIFEST)
