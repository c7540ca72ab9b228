"""What goes on by itself with proposed accounts (账户核验、冷静期): banks are asked, their answers
taken in, changes that have cooled put in force."""

from pathlib import Path

from django.utils import timezone

from backend.city import month_steps as steps
from backend.city.exchange import is_quiet
from backend.city.month_steps import Tell
from backend.deployment import business_day, is_demo
from backend.kernel.errors import Refusal
from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified
from payments.account_answers import IN, KEPT, take_answer
from payments.account_changes import let_count
from payments.account_checks import ask_banks
from payments.bank_folders import bank_folder, move_beside, set_aside
from payments.banks.profile import bank_codes


def confirm_accounts(*, quiet_seconds: float, tell: Tell) -> None:
    """Ask the banks about what is proposed, and take in what they answered."""
    ask_banks()
    for bank in bank_codes(demo=is_demo()):
        for path in sorted(bank_folder(bank=bank, name=IN).glob("*.json")):
            pair = [one for one in (path.with_suffix(".csv"), path) if one.exists()]
            if all(is_quiet(one, seconds=quiet_seconds) for one in pair):
                _take(bank, path, pair, tell)


def let_accounts_count(*, period: Month) -> int:
    """Put in force what has cooled by today; in a demonstration by the month's pay day, if that is
    later: how many."""
    try:
        told = steps.pay_day(period=period)
    except (NotConfigured, NotVerified):
        told = None
    return let_count(today=business_day(clock=timezone.localdate(), told=told))


def _take(bank: str, path: Path, pair: list[Path], tell: Tell) -> None:
    """What is taken in, or was before, leaves the folder, as what is refused does."""
    try:
        answered = take_answer(path=path, bank=bank)
    except Refusal as refusal:
        refusal.aftermath()
        tell(f"  拒收账户核验回复 {path.name}：{refusal.detail}[{refusal.code}]")
        for one in pair:
            set_aside(bank=bank, path=one)
        return
    if answered.new:
        tell(f"▶ 账户核验 {bank}：{answered.file.file.row_count} 户")
    for one in pair:
        move_beside(folder=bank_folder(bank=bank, name=KEPT), path=one)
