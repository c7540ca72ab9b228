"""Which function writes which paper, and what each decision that sets an amount is corrected by.

A new kind of paper, of case or a function that writes a paper has no row here, and a test fails
until it has one.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from insurance.issuing.models import PaperKind as P

CHECKOUT = Path(__file__).resolve().parents[3]
HOUSE = ("backend", "cards", "insurance", "payments")
HEAD = "insurance.issuing.issued:paper"  # under which every paper is written

WRITERS: Mapping[P, tuple[str, ...]] = {
    P.RETIREMENT_APPROVAL: ("insurance.pension.approval_sheet:approval_sheet",),
    P.PENSION_AWARD: ("insurance.benefits.award_sheet:_sheet",),
    P.UNEMPLOYMENT_AWARD: ("insurance.benefits.award_sheet:_sheet",),
    P.CLAIM_AWARD: ("insurance.benefits.claims.claim_sheet:claim_sheet",),
    P.HOLD_NOTICE: ("insurance.benefits.notice:stop_notice",),
    P.STOP_NOTICE: ("insurance.benefits.notice:stop_notice",),
    P.RESUME_NOTICE: ("insurance.benefits.resumption:resumption_notice",),
    P.OBJECTION_ANSWER: ("insurance.issuing.objection_answer:objection_answer",),
    P.RECOVERY_ORDER: ("insurance.benefits.recovery.paper:recovery_order",),
    P.RECOVERY_CLOSED: ("insurance.benefits.recovery.paper:recovery_closed",),
    P.SET_OFF: ("insurance.benefits.recovery.paper:set_off_decision",),
    P.REFUSAL_NOTICE: ("insurance.benefits.refusal_notice:refusal_notice",),
    P.ACCOUNT_PAID_OUT: (
        "insurance.accounts.leaving_sheet:leaving_sheet",
        "insurance.accounts.leaving_sheet:restored_sheet",
    ),
    P.TRANSFER_SHEET: ("insurance.accounts.moved_sheet:moved_sheet",),
    P.SWITCH_SHEET: ("insurance.accounts.moved_sheet:moved_sheet",),
    P.REFUND_REFUSED: ("insurance.unemployment.refund_papers:no_refund",),
    P.REFUND_PAID: (
        "insurance.unemployment.refund_papers:refund_paid",
        "insurance.unemployment.refund_papers:refund_corrected",
    ),
    P.REFUND_ANSWER: ("insurance.unemployment.refund_papers:list_answer",),
    P.AMOUNT_CORRECTED: ("insurance.benefits.correction_notice:correction_notice",),
    P.BACK_PAY_NOTICE: ("insurance.benefits.back_pay_notice:back_pay_notice",),
    P.ADJUSTMENT: ("insurance.pension.adjusting.sheet:adjustment_sheet",),
    P.AMOUNT_CHANGED: ("insurance.unemployment.amount_notice:amount_notice",),
    P.DECLINE_DECISION: ("insurance.issuing.slips:declined_notice",),
    P.CHANGE_LETTER: ("insurance.issuing.change_letter:change_letter",),
    P.DECISION_NOTICE: ("insurance.issuing.decision_notice:decision_notice",),
}
# Papers by which nothing is decided, and why.
DECIDES_NOTHING: Mapping[P, tuple[str, str]] = {
    P.RECOVERY_NOTICE: (
        "insurance.benefits.recovery.paper:recovery_notice",
        "who may have to give back is heard first",
    ),
    P.RECOVERY_AGREEMENT: (
        "insurance.benefits.recovery.paper:recovery_agreement",
        "both sides agree",
    ),
    P.RECOVERY_COURT: (
        "insurance.benefits.recovery.paper:court_application",
        "a court is asked",
    ),
    P.ACCEPTANCE_RECEIPT: ("insurance.issuing.slips:_form", "a case was accepted"),
    P.CORRECTION_NOTICE: ("insurance.issuing.slips:correction_notice", "papers are missing"),
    P.DELIVERY_RECORD: ("insurance.issuing.slips:delivery_record", "a paper is delivered"),
    P.OVERDUE_REPORT: (
        "insurance.unemployment.overdue_notice:overdue_notice",
        "an employer is asked for a list that it owes",
    ),
    P.PERSON_REPORT: (
        "insurance.issuing.person_report:person_report",
        "what is held about a person",
    ),
}

# Vouchers and statements of the funds, which speak of nobody's matter.
OF_THE_LEDGER = {
    "payments.balance_paper:balance_paper",
    "payments.fund_request_paper:request_paper",
    "payments.ledger.fund_papers:_paper",
    "payments.ledger.statement_paper:statement_paper",
    "payments.ledger.voucher_paper:voucher_paper",
}


@dataclass(frozen=True)
class Writer:
    """A function of the house that writes a paper, and whether it says what may be done."""

    name: str  # module:function
    states_remedy: bool


def writers() -> Iterator[Writer]:
    """Find by the code whatever writes a paper."""
    for folder in HOUSE:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield from _of(module, node)


def _of(module: str, function: ast.FunctionDef) -> Iterator[Writer]:
    for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
        called = ast.unparse(call.func)
        if called == "Paper" or called.endswith(".paper"):
            stated = [one.value for one in call.keywords if one.arg == "remedy"]
            says = bool(stated) and "terms=issued.terms" in ast.unparse(stated[0])
            yield Writer(f"{module}:{function.name}", says)
