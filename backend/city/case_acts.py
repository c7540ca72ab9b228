"""Which act completes which kind of case (业务件办结动作)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from backend.cases import acts, home_visits, objections
from backend.cases.agents import mandates
from backend.cases.models import Case
from backend.city.objection_limits import delivered_on, limits_of
from backend.city.objection_parties import is_concerned
from backend.notices.announce import Announced
from backend.people import contacts, deaths, identity_change
from backend.people.queries import is_double_changed
from insurance.accounts import arrivals, transfer_money, transfer_out, transfer_payment
from insurance.benefits import (
    baseline_amounts,
    death_match_case,
    drawn,
    holds,
    inheriting,
    merging,
    refund_check,
    stop_withdrawal,
    verified,
)
from insurance.benefits.checks import cases as life_checks
from insurance.benefits.checks import release_case
from insurance.benefits.claims import inherited
from insurance.benefits.claims import undo as claims_undo
from insurance.benefits.life import events as life_events
from insurance.benefits.recovery import closing, pay_back, receive, set_off
from insurance.benefits.recovery import steps as recovery
from insurance.collection.cases import (
    back_payment,
    defer,
    findings,
    fixed_amount,
    late_fee_case,
    refund,
    suspense,
    taken_over_case,
    top_up_case,
    treasury_refund,
    undeclared_case,
)
from insurance.collection.year_contributed import base_of_year, months_of_year
from insurance.enrolment import correct, merge_months, roll_case, wage_case
from insurance.pension import (
    approval,
    archive_facts,
    award,
    lump_sum,
    one_off,
    resident_award,
    scheme_switch,
    stopping,
    survivor_grant,
    to_pension,
)
from insurance.pension.adjusting import cases as adjusting
from insurance.pension.adjusting.given import cases_that_adjusted
from insurance.unemployment import (
    amount_change,
    childbirth_case,
    claim_case,
    contribution_case,
    contribution_receipt_case,
    refund_case,
    refund_correcting,
    refund_list,
    skill_case,
    stop_case,
)
from insurance.unemployment import stop_withdrawal as unemployment_stop_withdrawal
from insurance.unemployment.benefits_left import benefits_left
from payments import (
    account_changes,
    account_disputes,
    accounts,
    bank_word,
    budgets,
    discrepancies,
    fund_arrivals,
    fund_requests,
    locks,
    own_accounts,
    seal_conditions,
)
from payments.ledger import reversal

BLOCKERS = (refund_check.rests_on,)


def double_changed(case: Case) -> bool:
    """Whether name and number of a case's person both changed within a year (双改)."""
    moment = case.decided_at or case.received_at
    return is_double_changed(party_id=case.party_id, now=moment)


def register_all() -> None:
    """Fill the table of acts, once, at start."""
    acts.register(acts.SEVERAL, locks.hold_for_several)
    acts.register("ACCOUNT_CHANGE.RECEIVED", accounts.check)
    acts.register(
        "ACCOUNT_CHANGE",
        Announced(accounts.change, says=account_changes.said_of, asks=account_changes.cools),
    )
    acts.register("ACCOUNT_ANSWER.RECEIVED", bank_word.check)
    acts.register("ACCOUNT_ANSWER", bank_word.confirm)
    acts.register("CHANGE_DISPUTE.RECEIVED", account_disputes.begin)
    acts.register("CHANGE_DISPUTE", account_disputes.uphold)
    acts.register("CHANGE_DISPUTE.REJECTED", account_disputes.dismiss)
    acts.register("CONTACT_CHANGE.RECEIVED", contacts.check)
    acts.register(
        "CONTACT_CHANGE",
        Announced(contacts.apply, says=contacts.said_of, asks=contacts.changes_phone),
    )
    acts.register("DEATH", deaths.confirm)
    acts.register("DEATH.RECEIVED", deaths.begin)
    acts.register("DEATH.REJECTED", deaths.withdraw)
    acts.register("DEATH_WITHDRAWAL.RECEIVED", deaths.check_withdrawal)
    acts.register("DEATH_WITHDRAWAL", Announced(claims_undo.withdraw_death))
    acts.register("DISCREPANCY.RECEIVED", discrepancies.check)
    acts.register("DISCREPANCY", discrepancies.complete)
    acts.register("OVERRIDE.RECEIVED", seal_conditions.check)
    acts.register("OVERRIDE", seal_conditions.override)
    acts.register("DEATH_MATCH.RECEIVED", death_match_case.check)
    acts.register("DEATH_MATCH", death_match_case.confirm)
    acts.register("HOLD.RECEIVED", holds.check_hold)
    acts.register("HOLD", holds.hold)
    acts.register("HOLD_RELEASE.RECEIVED", holds.check_release)
    acts.register("HOLD_RELEASE", Announced(holds.release))
    acts.register("STOP.RECEIVED", holds.check_stop)
    acts.register("STOP", stopping.stop)
    acts.register("STOP_WITHDRAWAL.RECEIVED", stop_withdrawal.check)
    acts.register("STOP_WITHDRAWAL", Announced(stopping.withdraw))
    acts.register("PRISON.RECEIVED", life_events.check_custody)
    acts.register("PRISON", Announced(life_events.decide_custody))
    acts.register("MISSING.RECEIVED", life_events.check_missing)
    acts.register("MISSING", Announced(life_events.decide_missing))
    acts.register("LIFE_PROOF.RECEIVED", life_checks.check_proof)
    acts.register("LIFE_PROOF", Announced(life_checks.decide_proof))
    acts.register("CHECK_RELEASE.RECEIVED", release_case.check)
    acts.register("CHECK_RELEASE", release_case.confirm)
    acts.register("CHECK_RELEASE.REJECTED", release_case.reject)
    acts.register("CHECK_HOLD.RECEIVED", life_checks.check_hold)
    acts.register("CHECK_HOLD", life_checks.decide_hold)
    acts.register("RECOVERY_NOTICE.RECEIVED", recovery.check_notice)
    acts.register("RECOVERY_NOTICE", recovery.decide_notice)
    acts.register("RECOVERY_ORDER.RECEIVED", recovery.check_order)
    acts.register("RECOVERY_ORDER", recovery.decide_order)
    acts.register("RECOVERY_SERVICE.RECEIVED", recovery.check_service)
    acts.register("RECOVERY_SERVICE", recovery.decide_service)
    acts.register("RECOVERY_PLAN.RECEIVED", recovery.check_plan)
    acts.register("RECOVERY_PLAN", recovery.decide_plan)
    acts.register("RECOVERY_COURT.RECEIVED", recovery.check_court)
    acts.register("RECOVERY_COURT", recovery.decide_court)
    acts.register("RECOVERY_SET_OFF.RECEIVED", set_off.check)
    acts.register("RECOVERY_SET_OFF", set_off.decide)
    acts.register("RECOVERY_CLOSE.RECEIVED", closing.check)
    acts.register("RECOVERY_CLOSE", closing.decide)
    acts.register("RECOVERY_RECEIPT.RECEIVED", receive.check)
    acts.register("RECOVERY_RECEIPT", receive.decide)
    cases_of = cases_that_adjusted
    acts.register(
        "COMPONENT_CORRECTION.RECEIVED", partial(baseline_amounts.check, cases_of=cases_of)
    )
    decide = partial(baseline_amounts.decide, cases_of=cases_of)
    acts.register("COMPONENT_CORRECTION", Announced(decide))
    acts.register("COMPONENT_VERIFIED.RECEIVED", verified.check)
    acts.register("COMPONENT_VERIFIED", verified.decide)
    acts.register("MERGE.RECEIVED", merging.check)
    acts.register("MERGE", Announced(merging.merge_persons))
    acts.register("ENROLMENT_MERGE.RECEIVED", partial(merge_months.check, blockers=BLOCKERS))
    acts.register("ENROLMENT_MERGE", partial(merge_months.merge_months, blockers=BLOCKERS))
    acts.register("ENROLMENT_CORRECTION.RECEIVED", partial(correct.check, blockers=BLOCKERS))
    acts.register("ENROLMENT_CORRECTION", partial(correct.decide, blockers=BLOCKERS))
    acts.register("ENROLMENT_ROLL.RECEIVED", partial(roll_case.check, blockers=BLOCKERS))
    acts.register("ENROLMENT_ROLL", partial(roll_case.decide, blockers=BLOCKERS))
    acts.register("ENROLMENT_WAGE.RECEIVED", partial(wage_case.check, blockers=BLOCKERS))
    acts.register("ENROLMENT_WAGE", partial(wage_case.decide, blockers=BLOCKERS))
    acts.register("IDENTITY_CHANGE.RECEIVED", identity_change.check)
    acts.register(
        "IDENTITY_CHANGE",
        Announced(identity_change.apply, says=identity_change.said_of, asks=double_changed),
    )
    acts.register("ACCOUNT_INHERITANCE.RECEIVED", inheriting.check)
    acts.register("ACCOUNT_INHERITANCE", inheriting.inherit)
    acts.register("ACCOUNT_LUMP_SUM.RECEIVED", lump_sum.check)
    acts.register("ACCOUNT_LUMP_SUM", lump_sum.decide)
    known: Mapping[str, Any] = {
        "draws": drawn.draws,
        "known_base": base_of_year,
        "benefits_left": benefits_left,
    }
    acts.register("TRANSFER_OUT.RECEIVED", partial(transfer_out.check, **known))
    acts.register("TRANSFER_OUT", partial(transfer_out.send, **known))

    acts.register(
        "TRANSFER_IN.RECEIVED", partial(transfer_money.check_receiving, known_months=months_of_year)
    )
    acts.register("TRANSFER_IN", partial(transfer_money.receive, known_months=months_of_year))
    acts.register("TRANSFER_PAYMENT.RECEIVED", transfer_payment.check_payment)
    acts.register("TRANSFER_PAYMENT", transfer_payment.pay)
    acts.register("TRANSFER_RETURN.RECEIVED", transfer_payment.check_return)
    acts.register("TRANSFER_RETURN", transfer_payment.take_back)
    acts.register("COLLECTION_DEFERRAL.RECEIVED", defer.check)
    acts.register("COLLECTION_DEFERRAL", defer.decide)
    acts.register("COLLECTION_BACK_PAYMENT.RECEIVED", back_payment.check)
    acts.register("COLLECTION_BACK_PAYMENT", Announced(back_payment.decide))
    acts.register("COLLECTION_FINDING.RECEIVED", findings.check)
    acts.register("COLLECTION_FINDING", findings.decide)
    acts.register("COLLECTION_UNDECLARED.RECEIVED", undeclared_case.check)
    acts.register("COLLECTION_UNDECLARED", undeclared_case.decide)
    acts.register("COLLECTION_FIXED_AMOUNT.RECEIVED", fixed_amount.check)
    acts.register("COLLECTION_FIXED_AMOUNT", fixed_amount.decide)
    acts.register("COLLECTION_LATE_FEE.RECEIVED", late_fee_case.check)
    acts.register("COLLECTION_LATE_FEE", late_fee_case.decide)
    acts.register(
        "COLLECTION_TAKEN_OVER.RECEIVED", partial(taken_over_case.check, blockers=BLOCKERS)
    )
    acts.register("COLLECTION_TAKEN_OVER", partial(taken_over_case.decide, blockers=BLOCKERS))
    acts.register("COLLECTION_TOP_UP.RECEIVED", top_up_case.check)
    acts.register("COLLECTION_TOP_UP", top_up_case.decide)
    acts.register(
        "OBJECTION.RECEIVED",
        partial(
            objections.begin,
            limits_of=limits_of,
            concerned=is_concerned,
            delivered_on=delivered_on,
        ),
    )
    acts.register("OBJECTION", objections.grant)
    acts.register("OBJECTION.REJECTED", objections.uphold)
    acts.register("AGENT.RECEIVED", mandates.check)
    acts.register("AGENT", Announced(mandates.grant))
    acts.register("HOME_VISIT.RECEIVED", home_visits.check)
    acts.register("HOME_VISIT", home_visits.arrange)
    acts.register("ARCHIVE_FACTS.RECEIVED", archive_facts.check)
    acts.register("ARCHIVE_FACTS", archive_facts.decide)
    acts.register("RETIREMENT_APPROVAL.RECEIVED", approval.check)
    acts.register("RETIREMENT_APPROVAL", approval.decide)
    acts.register("PENSION_AWARD.RECEIVED", award.check)
    acts.register("PENSION_AWARD", award.decide)
    acts.register("ONE_OFF_PAYMENT.RECEIVED", one_off.check)
    acts.register("ONE_OFF_PAYMENT", one_off.decide)
    acts.register("ALLOWANCE_TO_PENSION.RECEIVED", to_pension.check)
    acts.register("ALLOWANCE_TO_PENSION", to_pension.decide)
    acts.register("SURVIVOR_GRANT.RECEIVED", survivor_grant.check)
    acts.register("SURVIVOR_GRANT", survivor_grant.decide)
    acts.register("RESIDENT_AWARD.RECEIVED", resident_award.check)
    acts.register("RESIDENT_AWARD", resident_award.decide)
    acts.register("PENSION_SWITCH.RECEIVED", scheme_switch.check)
    acts.register("PENSION_SWITCH", scheme_switch.decide)
    recognised_of = archive_facts.current
    acts.register(
        "UNEMPLOYMENT_CLAIM.RECEIVED", partial(claim_case.check, recognised_of=recognised_of)
    )
    acts.register("UNEMPLOYMENT_CLAIM", partial(claim_case.decide, recognised_of=recognised_of))
    acts.register("UNEMPLOYMENT_STOP.RECEIVED", stop_case.begin)
    acts.register("UNEMPLOYMENT_STOP", stop_case.decide)
    acts.register("UNEMPLOYMENT_STOP.REJECTED", stop_case.reject)
    acts.register("UNEMPLOYMENT_STOP_WITHDRAWAL.RECEIVED", unemployment_stop_withdrawal.check)
    acts.register("UNEMPLOYMENT_STOP_WITHDRAWAL", Announced(unemployment_stop_withdrawal.decide))
    acts.register("UNEMPLOYMENT_AMOUNT.RECEIVED", amount_change.check)
    acts.register("UNEMPLOYMENT_AMOUNT", amount_change.decide)
    acts.register("SKILL_SUBSIDY.RECEIVED", skill_case.check)
    acts.register("SKILL_SUBSIDY", skill_case.decide)
    acts.register("CHILDBIRTH_SUM.RECEIVED", childbirth_case.check)
    acts.register("CHILDBIRTH_SUM", childbirth_case.decide)
    acts.register("STABILITY_LIST.RECEIVED", refund_list.check)
    acts.register("STABILITY_LIST", refund_list.decide)
    acts.register("STABILITY_OBJECTION.RECEIVED", refund_case.check_objection)
    acts.register("STABILITY_OBJECTION", refund_case.uphold_objection)
    acts.register("STABILITY_REFUND.RECEIVED", refund_case.check)
    acts.register("STABILITY_REFUND", refund_case.decide)
    acts.register("STABILITY_CORRECTION.RECEIVED", refund_correcting.check)
    acts.register("STABILITY_CORRECTION", refund_correcting.decide)
    acts.register("FUND_CONTRIBUTIONS.RECEIVED", contribution_case.check)
    acts.register("FUND_CONTRIBUTIONS", contribution_case.decide)
    acts.register("FUND_CONTRIBUTIONS_RECEIVED.RECEIVED", contribution_receipt_case.check)
    acts.register("FUND_CONTRIBUTIONS_RECEIVED", contribution_receipt_case.decide)
    acts.register("FUND_BUDGET.RECEIVED", budgets.check)
    acts.register("FUND_BUDGET", budgets.decide)
    acts.register("FUND_REQUEST.RECEIVED", fund_requests.check)
    acts.register("FUND_REQUEST", fund_requests.decide)
    acts.register("FUND_PAPER.RECEIVED", fund_arrivals.check)
    acts.register("FUND_PAPER", fund_arrivals.decide)
    used = (arrivals.taken_of,)
    acts.register("VOUCHER_REVERSAL.RECEIVED", partial(reversal.check, blockers=used))
    acts.register("VOUCHER_REVERSAL", partial(reversal.decide, blockers=used))
    acts.register("OWN_ACCOUNT.RECEIVED", own_accounts.check)
    acts.register("OWN_ACCOUNT", own_accounts.register)
    acts.register("OWN_ACCOUNT_END.RECEIVED", own_accounts.check_end)
    acts.register("OWN_ACCOUNT_END", own_accounts.end)
    acts.register("COLLECTION_SUSPENSE.RECEIVED", suspense.check)
    acts.register("COLLECTION_SUSPENSE", suspense.decide)
    acts.register("COLLECTION_REFUND.RECEIVED", partial(refund.check, blockers=BLOCKERS))
    acts.register("COLLECTION_REFUND", partial(refund.decide, blockers=BLOCKERS))
    acts.register("COLLECTION_TREASURY_REFUND.RECEIVED", treasury_refund.check)
    acts.register("COLLECTION_TREASURY_REFUND", treasury_refund.decide)
    acts.register("RECOVERY_PAY_BACK.RECEIVED", pay_back.check)
    acts.register("RECOVERY_PAY_BACK", Announced(pay_back.decide))
    acts.register("DUE_INHERITANCE.RECEIVED", inherited.check)
    acts.register("DUE_INHERITANCE", inherited.decide)
    acts.register("PENSION_ADJUSTMENT.RECEIVED", adjusting.check_yearly)
    acts.register("PENSION_ADJUSTMENT", adjusting.decide_yearly)
    acts.register("BASIC_PENSION_RAISE.RECEIVED", adjusting.check_basic)
    acts.register("BASIC_PENSION_RAISE", adjusting.decide_basic)
    acts.register("PAID_MONTHS.RECEIVED", adjusting.check_months)
    acts.register("PAID_MONTHS", adjusting.decide_months)
