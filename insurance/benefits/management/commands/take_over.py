"""``manage.py take_over FOLDER``: take over the old system's roll (接管基线)."""

from typing import Any

from backend.taking_over import TakeOverCommand
from insurance.benefits.baseline.take_over import Taken, take_over


class Command(TakeOverCommand[Taken]):
    """Take over a folder of files, whole or not at all."""

    help = "核对并接管旧系统基线；控制总数不符则一行也不接收（退出码2）。"

    def take_over(self, **given: Any) -> Taken:
        """Take over the folder."""
        return take_over(**given)

    def counted(self, taken: Taken) -> str:
        """Say how many rows were taken."""
        rows = taken.rows
        return (
            f"人员和单位{rows['people_party']}，待遇{rows['benefits_entitlement']}，"
            f"待遇项目{rows['benefits_component']}，账户{rows['payments_payeeaccount']}，"
            f"暂缓{rows['benefits_hold']}，死亡{rows['people_death']}"
        )
