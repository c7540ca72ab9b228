"""A switch of schemes is counted anew, or goes back (更正制度衔接)."""

import pytest
from django.test import Client

from backend.cases.models import Case, Objection
from insurance.accounts import invariants as accounts
from insurance.accounts.correcting import LeftReplaced, NothingChanged
from insurance.accounts.entries import balance
from insurance.accounts.models import LeftAccount, Outgoing, SchemeSwitch
from insurance.accounts.scheme_switch import counted_months
from insurance.pension import scheme_switch
from insurance.pension.switching import EnoughMonths
from insurance.policy.kept_steps import read
from insurance.policy.recompute import first_wrong
from tests.insurance.accounts import account_builders
from tests.insurance.issuing import issuing_builders as ours
from tests.insurance.issuing.objected import objected, received, signed
from tests.insurance.pension import pension_builders as p
from tests.insurance.pension import switch_builders

pytestmark = pytest.mark.django_db
WHY = {"error": "缴费年限算少了（演示）", "error_evidence": "缴费明细 演示6号"}


@pytest.fixture
def first() -> Case:
    """He went over to 170 with 12,060.00 and 100 months."""
    return switch_builders.switched("170")


def corrected(before: Case, **changes: object) -> SchemeSwitch:
    content = {
        "scheme": "110",
        "to_scheme": "170",
        "month": "2026-11",
        "employee_months": 112,
        "evidence": "缴费明细 演示6号",
        "corrects": before.pk,
        **WHY,
        **changes,
    }
    case = p.decided(kind="PENSION_SWITCH", content=content)
    scheme_switch.decide(case)
    return SchemeSwitch.objects.get(case_id=case.pk)


def broken() -> list[str]:
    """But for what rests on signatures, and on a baseline, which the builders leave out."""
    found = [row.promise for row in accounts.broken_promises()]
    return [one for one in found if "签名" not in one and "依据" not in one]


def test_what_it_asks_is_looked_at_when_it_comes_in(first: Case) -> None:
    asked = {**first.content, "corrects": first.pk, "month": "2026-11", **WHY}

    with pytest.raises(EnoughMonths):
        received("PENSION_SWITCH", of=p.man().pk, **{**asked, "employee_months": 180})


def test_months_are_counted_anew_in_the_place_of_those_before(first: Case) -> None:
    again = corrected(first)

    assert (again.counted_months, again.fen) == (112, 0)
    assert counted_months(person_id=p.man().pk, scheme="170") == 112
    left = LeftAccount.objects.get(case_id=again.case_id)
    assert (left.corrects_id, first_wrong(steps=read(rows=left.steps))) == (first.pk, None)
    assert broken() == []


def test_an_objection_is_answered_by_the_months_counted_anew(first: Case) -> None:
    man = p.man().pk
    objection = objected(to=first.pk, of=man)
    asked = {**first.content, "corrects": first.pk, "month": "2026-11", "employee_months": 112}
    again = signed(received("PENSION_SWITCH", of=man, **asked, objection=objection.pk))

    signed(objection)

    row = Objection.objects.get()
    assert (row.outcome, row.correction_id) == ("CORRECTED", again.pk)
    assert counted_months(person_id=man, scheme="170") == 112


def test_what_came_in_late_follows(first: Case) -> None:
    account_builders.entry(person_id=p.man().pk, month="2026-02", arrival="2026-10", fen=50_000)
    before = balance(person_id=p.man().pk, scheme="170")

    again = corrected(first, employee_months=100)

    assert again.fen >= 50_000
    assert balance(person_id=p.man().pk, scheme="170") == before + again.fen
    assert Outgoing.objects.get(case_id=again.case_id).fen == again.fen
    assert balance(person_id=p.man().pk, scheme="110") == 0
    assert broken() == []


def test_who_had_the_years_after_all_goes_back_and_the_months_count_no_more(first: Case) -> None:
    went = SchemeSwitch.objects.get(case_id=first.pk).fen

    back = corrected(first, scheme="170", to_scheme="110", employee_months=200)

    assert (back.fen >= went, back.counted_months) == (True, 0)
    assert counted_months(person_id=p.man().pk, scheme="170") == 0
    assert balance(person_id=p.man().pk, scheme="110") == back.fen
    assert broken() == []


def test_the_same_months_are_no_correction(first: Case) -> None:
    with pytest.raises(NothingChanged):
        corrected(first, employee_months=100)


def test_what_was_replaced_is_corrected_no_more(first: Case) -> None:
    corrected(first)

    with pytest.raises(LeftReplaced):
        corrected(first, employee_months=113)


def test_the_sheet_says_what_was_decided_before(first: Case) -> None:
    ours.configured()
    case = p.through_hands(
        kind="PENSION_SWITCH",
        content={
            "scheme": "110",
            "to_scheme": "170",
            "month": "2026-11",
            "employee_months": 112,
            "evidence": "缴费明细 演示6号",
            "corrects": first.pk,
            **WHY,
        },
    )
    client = Client()
    client.force_login(ours.printer().staff)

    said = ours.text(client.get(f"/api/v1/cases/{case.pk}/switch-sheet.pdf").content)

    for one in ("衔接核定表（更正）", "与原核定比较", "缴费年限算少了", "不服本"):
        assert one in said
