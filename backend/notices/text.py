"""What a notice says (告知内容): what was changed, from when, what to do if it was not he. Pure.

It goes to numbers that may be anybody's by now: no name, no account, ID or telephone number.
"""

import re
from dataclasses import dataclass
from datetime import date

MOST = 300
DEMO = "（演示）"
NUMBER = re.compile("[0-9Xx]{9,}", re.ASCII)


@dataclass(frozen=True)
class Matter:
    """What a notice is about; ``more`` is what the kind of case adds to it."""

    agency: str
    label: str
    case_id: int
    decided_on: date
    more: str = ""


def text_of(*, matter: Matter, demo: bool) -> str:
    """Give the text, the same for every way.

    Raises:
        ValueError: it would carry a number, or is too long: our own mistake.
    """
    day = f"{matter.decided_on.month}月{matter.decided_on.day}日"
    text = (
        f"【{matter.agency}】{DEMO if demo else ''}您的“{matter.label}”（业务件{matter.case_id}）"
        f"已于{day}办结。{matter.more}如不是您本人办理，请马上到窗口或致电经办机构，我们立即停办核查。"
    )
    if NUMBER.search(text) or len(text) > MOST:
        raise ValueError("a notice carries no number and has at most 300 characters")
    return text
