"""Why a file of a bank is not taken (银行来文拒收). Pure."""

from backend.kernel.errors import Refusal


class BankFileRefused(Refusal):
    """A file is taken whole or refused whole, with line and reason (银行文件拒收)."""

    code = "bank_file_refused"

    def __init__(self, fault: str, detail: str, *, line: int | None = None) -> None:
        super().__init__(detail, fault=fault, line=line)
        self.fault = fault
        self.line = line
