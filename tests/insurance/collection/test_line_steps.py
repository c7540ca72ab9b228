"""Each line of a bill says how its amount came about, by what its run knew (应缴明细的步骤)."""

import pytest
from django.test import Client

from backend.kernel.money import Money
from backend.people.supersede import close
from insurance.collection.bills.line_steps import steps_of
from insurance.collection.models import BillLine, LinePart
from insurance.enrolment.models import Wage
from insurance.policy.recompute import first_wrong
from insurance.policy.steps import Step
from tests import builders
from tests.insurance.collection import bill_builders as b
from tests.insurance.collection.bill_builders import DEC, NOV
from tests.insurance.collection.test_undeclared_employers import silent
from tests.insurance.enrolment import enrolment_builders as of

pytestmark = pytest.mark.django_db


def explained() -> dict[tuple[str, str, int], tuple[Step, ...]]:
    """The steps of every line there is; each comes out again, the last gives the amount."""
    found = {}
    for line in BillLine.objects.order_by("pk"):
        steps = steps_of(line=line)
        assert first_wrong(steps=steps) is None, (line.pk, steps)
        assert steps[-1].result == str(Money(line.fen))
        assert all(step.article and step.sentence and step.version for step in steps)
        found[line.scheme, LinePart(line.part).name, line.pk - line.key_id] = steps
    return found


def test_an_employee_s_shares_are_of_his_wage_by_the_rates_in_force() -> None:
    b.li_works()
    b.bill(NOV)

    found = explained()

    assert len(found) == 6
    base, share = found["110", "EMPLOYER", 0]
    assert (base.name, dict(base.inputs)["缴费工资"], share.name) == (
        "缴费基数", "6000.00", "单位缴费",
    )  # fmt: skip
    assert "国办发〔2019〕13号" in share.article
    assert "全国000000" in share.article


def test_who_pays_alone_pays_on_the_base_of_his_choice() -> None:
    b.chen_is_flexible()
    b.bill(NOV)

    base, share = explained()["110", "PERSON", 0]

    assert (base.result, share.result) == ("5000.00", "1000.00")


def test_a_difference_says_what_is_owed_now_and_was_billed_before() -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    close(Wage.objects.get())
    of.wage(fen=7_000_00)
    b.bill(DEC)

    (steps,) = [
        steps for (scheme, part, after), steps in explained().items() if after and part == "PERSON"
    ]

    assert [step.name for step in steps] == ["缴费基数", "个人缴费", "补差"]
    assert dict(steps[-1].inputs) == {"现应缴": "560.00", "已核定": "480.00"}


def test_what_is_left_by_rounding_once_and_an_estimate_say_of_what(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.with_values(monkeypatch, {"collection.employer_share_rounding": "ROUND_OF_SUM"})
    b.li_works(schemes=("110",))
    b.bill(NOV)
    silent()
    b.bill(DEC)

    (step,) = explained()["110", "ESTIMATE", 0]

    assert (step.name, step.result) == ("暂定应缴", "1584.00")


def test_a_resident_s_year_names_the_rules_that_fix_it() -> None:
    b.on_roll()
    b.bill(NOV)

    steps = explained()

    assert "居民" in steps["170", "PERSON", 0][-1].article
    assert ("170", "SUBSIDY", 1) not in steps


def test_figures_that_are_not_in_force_any_more_are_told_as_the_run_keeps_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    b.without(monkeypatch, "pension.base_floor")

    (step,) = explained()["110", "PERSON", 0]

    assert "留存的政策数" in step.article


def test_the_key_shows_its_lines_with_their_steps(client: Client) -> None:
    b.li_works(schemes=("110",))
    b.bill(NOV)
    client.force_login(builders.member(role="CLERK").staff)
    key = BillLine.objects.filter(part=LinePart.PERSON).latest("pk").key_id

    (line,) = client.get(f"/api/v1/bill-keys/{key}/").json()["lines"]

    assert line["steps"][-1]["result"] == line["amount"]
