"""What an account must be so that a bank file can carry it (收款账户的格式). Pure."""

import re
from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import Refusal
from backend.kernel.names import unprintable
from payments.banks.profile import BankProfile, BankUnknown, profile_of
from payments.banks.write import fault_of

ACCOUNT_PATTERN = re.compile("[0-9]+")
SEPARATORS = "|\t"
PLAIN_NAME = re.compile("[\u4e00-\u9fa5]{1,30}")  # what is usual; nothing to object, quickly
PLAIN_BYTES = 3  # at most, of each of them, in the encodings of the banks
EVIDENCE_MAX = 200


class AccountInvalid(Refusal):
    """The account can not be paid to through a bank file (收款账户不正确)."""

    code = "account_invalid"


@dataclass(frozen=True)
class Account:
    """A bank account and the name it is held under."""

    bank: str
    account_no: str
    holder_name: str


def checked_account(
    *, bank: object, account_no: object, holder_name: object, on: date, demo: bool
) -> Account:
    """Give the account when its bank's file of the day can carry it: found out now, not on pay day.

    Raises:
        AccountInvalid: no profile of the bank counts, number not all digits or too long, name not
            writable.
    """
    if not isinstance(bank, str):
        raise AccountInvalid("银行代码不正确。", field="bank")
    try:
        profile = profile_of(bank, on=on, demo=demo)
    except BankUnknown as refusal:
        raise AccountInvalid(f"没有这家银行的代发协议：{refusal.detail}", field="bank") from None
    if not isinstance(account_no, str) or not ACCOUNT_PATTERN.fullmatch(account_no):
        raise AccountInvalid("账号只能是半角数字。", field="account_no")
    longest = profile.max_bytes["account"]
    if len(account_no) > longest:
        raise AccountInvalid(f"账号最长{longest}位。", field="account_no")
    name = holder_name.strip() if isinstance(holder_name, str) else ""
    _check_name(name, profile)
    return Account(bank, account_no, name)


def checked_evidence(text: object) -> str:
    """Give the evidence; there must be some.

    Raises:
        AccountInvalid: when it is empty or too long.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > EVIDENCE_MAX:
        raise AccountInvalid(f"依据不能为空，最长{EVIDENCE_MAX}个字。", field="evidence")
    return text


def _check_name(name: str, profile: BankProfile) -> None:
    if PLAIN_NAME.fullmatch(name) and len(name) * PLAIN_BYTES <= profile.max_bytes["name"]:
        return
    unwritable = [*unprintable(name), *(c for c in name if c in SEPARATORS)]
    if not name or unwritable:
        points = "".join(f" U+{ord(character):04X}" for character in unwritable[:3])
        raise AccountInvalid(f"户名为空或含银行文件写不出的字符{points}。", field="holder_name")
    fault = fault_of(profile=profile, field="name", text=name)
    if fault is not None:
        raise AccountInvalid(f"户名{fault}。", field="holder_name")
