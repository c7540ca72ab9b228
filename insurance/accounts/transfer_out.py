"""Send a relation away (关系转出), by a decided case: an account, or what is left of unemployment
benefit."""

from backend.cases.models import Case
from insurance.accounts import transfer_money, transfer_unemployment
from insurance.accounts.transfer_bases import KnownBase
from insurance.accounts.transfer_money import Draws
from insurance.accounts.transfer_unemployment import BenefitsLeft
from insurance.accounts.transfers import UNEMPLOYMENT


def check(case: Case, *, draws: Draws, known_base: KnownBase, benefits_left: BenefitsLeft) -> int:
    """At its receipt a TRANSFER_OUT case can be decided as it asks; writes nothing.

    Raises:
        as ``transfer_money.check_sending``, or ``transfer_unemployment.check``.
    """
    if case.content.get("scheme") == UNEMPLOYMENT:
        return transfer_unemployment.check(case, benefits_left=benefits_left)
    return transfer_money.check_sending(case, draws=draws, known_base=known_base)


def send(case: Case, *, draws: Draws, known_base: KnownBase, benefits_left: BenefitsLeft) -> int:
    """The act of a TRANSFER_OUT case; rows written. Raises as ``check``."""
    if case.content.get("scheme") == UNEMPLOYMENT:
        return transfer_unemployment.send(case, benefits_left=benefits_left)
    return transfer_money.send(case, draws=draws, known_base=known_base)
