"""Which decisions set an amount, and the test in which such an amount is corrected; which set none.

A kind of case has a row in one of the two, or a test fails.
"""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]

ACCOUNTS, BENEFITS, COLLECTION, PENSION, UNEMPLOYMENT = (
    f"tests/insurance/{name}"
    for name in ("accounts", "benefits", "collection", "pension", "unemployment")
)
AMOUNTS: Mapping[str, str] = {
    "PENSION_AWARD": "tests/flows/test_objection_story.py::test_the_story_of_an_objection",
    "RESIDENT_AWARD": f"{PENSION}/test_correcting_residents.py"
    "::test_the_basic_amount_of_another_district",
    "PENSION_ADJUSTMENT": f"{PENSION}/adjusting/test_objected.py"
    "::test_it_is_granted_by_a_correction_that_names_it",
    "BASIC_PENSION_RAISE": f"{PENSION}/test_correcting_residents.py"
    "::test_the_order_of_correction_and_raise_does_not_matter",
    "PENSION_SWITCH": f"{PENSION}/test_switch_anew.py"
    "::test_an_objection_is_answered_by_the_months_counted_anew",
    "COMPONENT_VERIFIED": f"{BENEFITS}/test_verified.py"
    "::test_an_objection_to_what_was_verified_is_answered_by_a_correction",
    "COMPONENT_CORRECTION": f"{PENSION}/adjusting/test_objected.py"
    "::test_of_a_pension_that_was_taken_over_its_amounts_are_corrected",
    "SURVIVOR_GRANT": f"{BENEFITS}/claims/test_correcting.py"
    "::test_more_months_bring_each_heir_the_difference",
    "DUE_INHERITANCE": f"{BENEFITS}/claims/test_inherited_anew.py"
    "::test_an_heir_left_out_is_paid_and_who_had_too_much_owes_it_back",
    "ACCOUNT_INHERITANCE": f"{BENEFITS}/test_inheriting_anew.py"
    "::test_an_objection_is_answered_by_what_is_inherited_anew",
    "ACCOUNT_LUMP_SUM": f"{PENSION}/test_lump_sum_anew.py"
    "::test_an_objection_is_answered_by_what_is_paid_anew",
    "RECOVERY_ORDER": f"{BENEFITS}/recovery/test_closing.py"
    "::test_what_is_owed_of_other_months_is_asked_for_once_the_old_process_is_closed",
    "RECOVERY_SET_OFF": f"{BENEFITS}/recovery/test_set_off.py"
    "::test_one_set_off_at_a_time_until_it_is_ended",
    "RECOVERY_PAY_BACK": f"{BENEFITS}/recovery/test_pay_back.py"
    "::test_an_heir_left_out_is_paid_back_by_a_correction",
    "UNEMPLOYMENT_CLAIM": f"{UNEMPLOYMENT}/test_correcting.py"
    "::test_months_found_are_paid_back_and_months_not_due_are_found_overpaid",
    "UNEMPLOYMENT_AMOUNT": f"{UNEMPLOYMENT}/test_objected.py"
    "::test_who_is_paid_another_amount_is_answered_by_a_corrected_claim",
    "SKILL_SUBSIDY": f"{UNEMPLOYMENT}/test_granted_once.py"
    "::test_a_wrong_level_is_corrected_by_difference",
    "CHILDBIRTH_SUM": f"{UNEMPLOYMENT}/test_granted_once.py"
    "::test_a_birth_that_was_put_down_wrong_is_corrected",
    "STABILITY_REFUND": f"{UNEMPLOYMENT}/test_objected.py"
    "::test_an_employer_on_the_list_is_answered_by_a_corrected_refund",
    "STABILITY_CORRECTION": f"{UNEMPLOYMENT}/test_refund_correcting.py"
    "::test_what_is_owed_back_no_more_stands_below_zero",
    "TRANSFER_OUT": f"{ACCOUNTS}/test_transfer_money.py"
    "::test_what_was_paid_late_goes_with_the_next_transfer",
    "TRANSFER_IN": f"{ACCOUNTS}/test_transfer_correcting.py"
    "::test_an_objection_is_answered_by_the_sheet_told_anew",
    "ONE_OFF_PAYMENT": f"{PENSION}/test_one_off.py"
    "::test_what_was_told_wrongly_is_billed_by_difference",
    "COLLECTION_FIXED_AMOUNT": f"{COLLECTION}/test_fixed_amount.py"
    "::test_another_amount_counts_from_its_month_on_and_is_billed_by_difference",
    "COLLECTION_LATE_FEE": f"{COLLECTION}/test_late_fee_case.py"
    "::test_a_later_case_takes_the_place_of_an_earlier_one",
    "COLLECTION_BACK_PAYMENT": f"{COLLECTION}/test_back_payment_undone.py"
    "::test_months_taken_back_may_be_decided_again_and_are_topped_up_on_the_last_wage",
    "COLLECTION_TAKEN_OVER": f"{COLLECTION}/test_taken_over_weight.py"
    "::test_of_those_that_wait_each_is_decided_in_any_order",
    "COLLECTION_REFUND": f"{COLLECTION}/test_refund_weight.py"
    "::test_of_three_that_wait_each_is_decided_in_any_order",
    "ENROLMENT_WAGE": "tests/insurance/enrolment/test_wage_case.py"
    "::test_a_sheet_may_raise_it_again_and_the_next_year_has_its_own",
}
NO_AMOUNT: Mapping[str, str] = {
    "ACCOUNT_CHANGE": "to which account",
    "CONTACT_CHANGE": "under which number somebody is called",
    "CHANGE_DISPUTE": "whether a change counts",
    "DEATH": "whether and when somebody died",
    "DEATH_WITHDRAWAL": "whether somebody died",
    "STOP": "from which month nothing is due",
    "STOP_WITHDRAWAL": "that it is due after all",
    "HOLD": "that it waits",
    "HOLD_RELEASE": "that it waits no more",
    "PRISON": "from when to when",
    "MISSING": "from when to when",
    "LIFE_PROOF": "that somebody lives",
    "CHECK_HOLD": "that it waits",
    "RECOVERY_CLOSE": "that nothing is asked for any more",
    "MERGE": "who is who",
    "IDENTITY_CHANGE": "who is who",
    "ENROLMENT_MERGE": "which of two enrolments stays",
    "ENROLMENT_CORRECTION": "which months",
    "ENROLMENT_ROLL": "at which level",
    "COLLECTION_SUSPENSE": "whither what came in goes, all of it",
    "COLLECTION_DEFERRAL": "until when",
    "COLLECTION_UNDECLARED": "that nothing was declared",
    "UNEMPLOYMENT_STOP": "from which month nothing is due",
    "UNEMPLOYMENT_STOP_WITHDRAWAL": "that it is due after all",
    "STABILITY_OBJECTION": "whether an employer stays on the list",
    "PAID_MONTHS": "how many months",
    "ARCHIVE_FACTS": "what the archive says",
    "RETIREMENT_APPROVAL": "when somebody may retire",
    "ALLOWANCE_TO_PENSION": "from which month an allowance is a pension, of the same amount",
    "AGENT": "who may act for somebody",
    "HOME_VISIT": "who is visited at home, and for what",
}


def proof(named: str) -> bool:
    """Whether there is such a test."""
    path, _, name = named.partition("::")
    return name in _tests(path)


@cache
def _tests(path: str) -> frozenset[str]:
    tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
