"""The ways to retire: each in its first and last month, and refused one month beyond."""

from dataclasses import replace
from datetime import date

import pytest

from backend.kernel.errors import Refusal
from backend.kernel.parameters import NotConfigured, NotVerified, ParameterTree
from insurance.pension.retirement import (
    CHOSEN_MINIMUM,
    WHOSE_MINIMUM,
    Route,
    RouteTerms,
    check_notice,
    minimum_months,
    minimum_step,
    route_terms,
)
from insurance.policy import parameters
from tests.insurance.pension.pension_facts import ANQING, all_hold, month, retire

# Wang: a man born in 1970-01, original 2030-01, by law 2031-05 (16 months later)
BORN, LATEST = "1970-01", "2034-05"


@pytest.mark.parametrize(
    ("route", "on", "shift"),
    [
        (Route.STATUTORY, "2031-05", 0),
        (Route.EARLY, "2030-01", -16),
        (Route.EARLY, "2031-04", -1),
        (Route.LATE, "2031-06", 1),
        (Route.LATE, LATEST, 36),
        (Route.SPECIAL, "2025-01", -76),
        (Route.ILLNESS, "2026-05", -60),
        (Route.ILLNESS, "2031-04", -1),
    ],
)
def test_the_first_and_the_last_month_of_each_way(route: Route, on: str, shift: int) -> None:
    found = retire(route, "M60", BORN, on)

    assert found.shift_months == shift
    assert all_hold(found.steps)


@pytest.mark.parametrize(
    ("route", "on", "code"),
    [
        (Route.STATUTORY, "2031-04", "retirement_month_differs"),
        (Route.STATUTORY, "2031-06", "retirement_month_differs"),
        (Route.EARLY, "2029-12", "retirement_age_too_low"),
        (Route.EARLY, "2031-05", "retirement_not_earlier"),
        (Route.LATE, "2031-05", "retirement_not_later"),
        (Route.LATE, "2034-06", "retirement_too_late"),
        (Route.SPECIAL, "2024-12", "retirement_age_too_low"),
        (Route.SPECIAL, "2031-05", "retirement_not_earlier"),
        (Route.ILLNESS, "2026-04", "retirement_too_early"),
        (Route.ILLNESS, "2031-05", "retirement_not_earlier"),
    ],
)
def test_a_month_beyond_is_refused(route: Route, on: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        retire(route, "M60", BORN, on)

    assert refused.value.code == code


def test_three_years_earlier_is_the_most_even_above_the_original_age() -> None:
    """A woman at 50 is put off by five years in the end: three of them she may take back."""
    assert retire(Route.EARLY, "F50", "1985-01", "2037-01").shift_months == -36

    with pytest.raises(Refusal) as refused:
        retire(Route.EARLY, "F50", "1985-01", "2036-12")

    assert refused.value.code == "retirement_too_early"


@pytest.mark.parametrize(("category", "years"), [("M60", 55), ("F55", 45), ("F50", 45)])
def test_special_work_has_ages_of_its_own(category: str, years: int) -> None:
    born = f"{2026 - years}-06"

    assert retire(Route.SPECIAL, category, born, "2026-06").shift_months < 0
    with pytest.raises(Refusal, match=f"须年满 {years} 周岁"):
        retire(Route.SPECIAL, category, born, "2026-05")


@pytest.mark.parametrize(
    ("route", "on", "least"), [(Route.STATUTORY, "2031-05", 192), (Route.EARLY, "2030-12", 186)]
)
def test_a_month_short_of_the_least_is_refused_on_every_way(
    route: Route, on: str, least: int
) -> None:
    assert retire(route, "M60", BORN, on, months=least).shift_months <= 0

    with pytest.raises(Refusal, match="还差 1 个月") as refused:
        retire(route, "M60", BORN, on, months=least - 1)

    assert refused.value.code == "retirement_months_missing"


def test_nobody_chose_before_2025() -> None:
    with pytest.raises(NotConfigured):
        retire(Route.LATE, "M60", "1964-11", "2024-12")

    assert retire(Route.LATE, "M60", "1964-11", "2025-01").shift_months == 2


def test_what_is_known_of_illness_by_hearsay_decides_nothing() -> None:
    with pytest.raises(NotVerified):
        route_terms(
            tree=parameters.load(),
            region=ANQING,
            route=Route.ILLNESS,
            month=month("2026-05"),
            statutory_month=month("2031-05"),
        )


@pytest.mark.parametrize(
    ("route", "in_time", "too_late"),
    [
        (Route.EARLY, date(2026, 2, 28), date(2026, 3, 1)),
        (Route.LATE, date(2026, 4, 30), date(2026, 5, 1)),
    ],
)
def test_a_choice_is_put_in_writing_months_before(
    route: Route, in_time: date, too_late: date
) -> None:
    terms = route_terms(
        tree=parameters.load(),
        region=ANQING,
        route=route,
        month=month("2026-05"),
        statutory_month=month("2026-04"),
    )

    check_notice(terms=terms, given_on=in_time)
    with pytest.raises(Refusal) as refused:
        check_notice(terms=terms, given_on=too_late)

    assert refused.value.code == "retirement_notice_too_late"


def test_the_statutory_month_needs_no_notice() -> None:
    terms = route_terms(
        tree=parameters.load(),
        region=ANQING,
        route=Route.STATUTORY,
        month=month("2026-05"),
        statutory_month=month("2026-05"),
    )

    check_notice(terms=terms, given_on=date(2026, 5, 31))


# Wang's age comes in 2031-05, when 192 months are the least; in 2034 they are 210.
def test_who_was_short_at_the_age_pays_on_as_long_as_it_takes_without_notice() -> None:
    found = retire(Route.CONTINUED, "M60", BORN, "2034-06", months=192, at_age=150)

    assert found.shift_months == 37
    assert all_hold(found.steps)
    assert "没有缴满的，可以缴满 192 个月" in found.steps[-1].sentence
    check_notice(terms=found.terms, given_on=date(2034, 6, 30))


@pytest.mark.parametrize(
    ("on", "months", "at_age", "code"),
    [
        ("2031-05", 192, 150, "retirement_not_later"),
        ("2034-06", 191, 150, "retirement_months_missing"),
        ("2034-06", 250, 192, "retirement_enough_at_age"),
    ],
)
def test_who_pays_on_was_short_at_the_age_and_is_so_no_more(
    on: str, months: int, at_age: int, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        retire(Route.CONTINUED, "M60", BORN, on, months=months, at_age=at_age)

    assert refused.value.code == code


def test_where_both_years_have_the_same_least_months_nobody_asks_whose_count() -> None:
    terms = paying_on("2029-12")

    assert WHOSE_MINIMUM not in {source.key for source in terms.sources}
    with pytest.raises(NotVerified):
        paying_on("2030-01")


def paying_on(on: str) -> RouteTerms:
    """As outside a demonstration, for who reached the age in 2026-07: 180 months until 2029."""
    return route_terms(
        tree=parameters.load(),
        region=ANQING,
        route=Route.CONTINUED,
        month=month(on),
        statutory_month=month("2026-07"),
    )


def test_who_pays_on_is_told_that_both_years_have_the_same_least_months() -> None:
    found = retire(Route.CONTINUED, "M60", "1966-03", "2029-12", months=180, at_age=130)

    assert all_hold(found.steps)
    assert found.steps[-1].sentence.endswith("再退休；到龄当年和退休当年规定的月数相同。")
    assert all("未核实" not in step.article for step in found.steps[-2:])


def test_whose_least_months_count_for_who_pays_on_is_a_parameter() -> None:
    tree = parameters.load()
    shipped = tree.parameters[WHOSE_MINIMUM]
    row = replace(shipped.rows["value"][0], fields={"value": "AT_RETIREMENT"})
    told = replace(shipped, rows={"value": (row,)})
    later = ParameterTree({**tree.parameters, WHOSE_MINIMUM: told}, "later")

    with pytest.raises(Refusal, match="还差 18 个月"):
        retire(Route.CONTINUED, "M60", BORN, "2034-06", months=192, at_age=150, tree=later)

    retire(Route.CONTINUED, "M60", BORN, "2034-06", months=210, at_age=150, tree=later)


# Wang may go by choice from 2030-01 (186 months) and until 2034-05 (210); his own month is 2031-05.
@pytest.mark.parametrize(
    ("route", "on", "of_the_choice"),
    [(Route.EARLY, "2030-12", 186), (Route.LATE, "2034-05", 210), (Route.SPECIAL, "2026-05", 180)],
)
def test_whose_least_months_count_for_who_chooses_is_a_parameter(
    route: Route, on: str, of_the_choice: int
) -> None:
    at_age = whose_least({way.name: "AT_AGE" for way in (Route.EARLY, Route.LATE, Route.SPECIAL)})

    shipped = retire(route, "M60", BORN, on, months=240)
    by_age = retire(route, "M60", BORN, on, months=240, tree=at_age)

    assert shipped.terms.minimum.whole == of_the_choice
    assert by_age.terms.minimum.whole == 192
    assert all_hold((*shipped.steps, *by_age.steps))
    assert shipped.steps[-1].sentence.endswith("月数是退休当年的。")
    assert "未核实" in shipped.steps[-1].article


def test_where_the_years_differ_a_choice_needs_a_verified_rule() -> None:
    def chosen(on: str) -> RouteTerms:
        return route_terms(
            tree=parameters.load(),
            region=ANQING,
            route=Route.LATE,
            month=month(on),
            statutory_month=month("2027-06"),
        )

    assert chosen("2029-12").chosen is None
    with pytest.raises(NotVerified, match="最低缴费月数"):
        chosen("2030-01")


def whose_least(of: dict[str, str]) -> ParameterTree:
    """Another rule of whose least months count, of all times."""
    tree = parameters.load()
    shipped = tree.parameters[CHOSEN_MINIMUM]
    rows = tuple(replace(row, fields={"value": of}) for row in shipped.rows["value"])
    return ParameterTree(
        {**tree.parameters, CHOSEN_MINIMUM: replace(shipped, rows={"value": rows})}, "told"
    )


@pytest.mark.parametrize(
    ("on", "least"),
    [("2011-07", 180), ("2029-12", 180)]
    + [(f"{2030 + n}-{m}", 186 + 6 * n) for n in range(10) for m in ("01", "12")]
    + [("2040-01", 240)],
)
def test_the_least_months_grow_by_six_each_january(on: str, least: int) -> None:
    found = minimum_months(tree=parameters.load(), region=ANQING, month=month(on))

    assert found.whole == least
    assert all_hold([minimum_step(minimum=found, month=month(on), policy_version="v")])


def test_before_the_law_no_least_months_are_known() -> None:
    with pytest.raises(NotConfigured):
        minimum_months(tree=parameters.load(), region=ANQING, month=month("2011-06"))
