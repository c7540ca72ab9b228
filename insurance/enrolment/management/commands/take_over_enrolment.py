"""``manage.py take_over_enrolment FOLDER``: take over who is insured (接管参保关系)."""

from typing import Any

from backend.taking_over import TakeOverCommand
from insurance.enrolment.take_over import Taken, take_over


class Command(TakeOverCommand[Taken]):
    """Take over a folder of files, whole or not at all."""

    help = "核对并接管旧系统的参保关系和缴费工资；控制总数不符则一行也不接收（退出码2）。"

    def take_over(self, **given: Any) -> Taken:
        """Take over the folder."""
        return take_over(**given)

    def counted(self, taken: Taken) -> str:
        """Say how many rows were taken."""
        rows = taken.rows
        return f"参保关系{rows['enrolment_enrolment']}，缴费工资{rows['enrolment_wage']}"
