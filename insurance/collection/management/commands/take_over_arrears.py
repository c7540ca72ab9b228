"""``manage.py take_over_arrears FOLDER``: take over what is open (接管欠费和未缴的应缴)."""

from typing import Any

from backend.taking_over import TakeOverCommand
from insurance.collection.take_over import Taken, take_over


class Command(TakeOverCommand[Taken]):
    """Take over a folder of files, whole or not at all."""

    help = "核对并接管旧系统的欠费和未缴的应缴；控制总数不符则一行也不接收（退出码2）。"

    def take_over(self, **given: Any) -> Taken:
        """Take over the folder."""
        return take_over(**given)

    def counted(self, taken: Taken) -> str:
        """Say how many rows were taken."""
        return f"欠缴{taken.rows}行"
