"""What the simulated bank finds in its own books about an account (账户状态)."""

from enum import Enum

PREFIXES = {"NSB": "990001", "CSB": "990002"}
LENGTH = 19
DOUBLED = str.maketrans("0123456789", "0246813579")
DIGITS_SUM_OF_ZEROS = LENGTH * ord("0")


class Answer(Enum):
    """What happens to a line (处理结果)."""

    PAID = "入账成功"
    NO_ACCOUNT = "无此账户"
    CLOSED = "账户已销户"
    FROZEN = "账户已冻结"
    LOST = "账户已挂失"
    DORMANT = "账户久悬"
    OTHER_NAME = "账号户名不符"
    DUPLICATE = "重复的明细"


MARKERS = {
    "999": Answer.CLOSED,
    "998": Answer.FROZEN,
    "997": Answer.LOST,
    "996": Answer.DORMANT,
    "995": Answer.OTHER_NAME,
}

CARD_MARKERS = ("100", "101")  # opened with a social security card
NAMESAKE_MARKER = "102"  # opened with the card of somebody else of that name


def look_up(*, bank: str, account: str) -> Answer:
    """The state of an account: its check digit first, then its marker."""
    if (
        len(account) != LENGTH
        or not account.startswith(PREFIXES[bank])
        or not account.isascii()
        or not account.isdigit()
        or not luhn_holds(account)
    ):
        return Answer.NO_ACCOUNT
    return MARKERS.get(account[6:9], Answer.PAID)


def luhn_holds(account: str) -> bool:
    """Whether 19 digits end with their Luhn digit."""
    digits = account[::-2] + account[-2::-2].translate(DOUBLED)
    return (sum(digits.encode()) - DIGITS_SUM_OF_ZEROS) % 10 == 0


def other_name(name: str) -> str:
    """Another holder's name, as it stands in the bank's books."""
    return ("李" if name.startswith("王") else "王") + name[1:]
