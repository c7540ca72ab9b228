"""Every boundary case of the demo city; each exists once in a city of 300 people and more.

``city.json`` tells under ``cases`` which person is which. Dates are of a first period 2026-11; in
another city they move with it, except birthdays of 29 February and of very old people.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from backend.city.make import oddities as odd
from backend.city.make.names import DOT, LONGEST, RARE
from backend.city.make.oddities import HOLDER_DOTS, Change
from backend.city.make.people import Wish
from backend.city.make.records import Component, Resident, first_day

LEAST_PEOPLE = 300


class Case(NamedTuple):
    """One person of a certain kind; ``scheme`` None has no pension."""

    key: str
    scheme: str | None
    wish: Wish = Wish()
    change: Change | None = None


def boundary_cases(*, first_period: int) -> tuple[Case, ...]:
    """All of them, in the order in which they stand first in the roll."""
    return (
        *_names(),
        *_papers(),
        *_birthdays(first_period),
        *_amounts(),
        *_accounts(first_period),
        *_holds(),
        *_deaths_known(first_period),
        *_deaths_told(first_period),
    )


def default_birth(*, first_period: int, scheme: str | None) -> date:
    """An age at which the pension is surely drawn and no supplement is near."""
    age = 68 if scheme else 40
    return first_day(first_period - age * 12) + timedelta(days=11)


def _names() -> Iterator[Case]:
    for rare in RARE:
        yield Case(f"name_rare_{ord(rare):X}", "170", Wish(name=f"操{rare}"))
    yield Case("name_rare_surname", "110", Wish(name="䶮志明"))
    yield Case("name_two_rare", "110", Wish(name="查𠮷㛃"))
    yield Case("name_single_character", "170", Wish(name="石", nation="05"))
    yield Case("name_four_characters", "110", Wish(name="欧阳春兰", sex=2))
    yield Case("name_with_dot", "170", Wish(name=f"艾力{DOT}买买提", nation="05"))
    yield Case("name_25_characters", "170", Wish(name=LONGEST, nation="05"))
    for dot in HOLDER_DOTS:
        wish = Wish(name=f"古丽{DOT}依明", nation="05", sex=2)
        change = partial(odd.holder_variant, dot=dot)
        yield Case(f"holder_dot_{ord(dot):X}", "170", wish, change)
    latin = Wish(name="MARIA GARCIA", id_kind="FOREIGN_PERMANENT", region="934724", sex=2)
    yield Case("holder_full_width_latin", "110", latin, odd.holder_variant)


def _papers() -> Iterator[Case]:
    yield Case("id_region_340823", "170", Wish(region="340823"))
    yield Case("id_region_340824", "170", Wish(region="340824"))
    yield Case("id_ends_in_x", "170", Wish(ends_in_x=True))
    yield Case("hong_kong_residence", "110", Wish(id_kind="HKMO_RESIDENCE", region="810000"))
    yield Case("macao_residence", "170", Wish(id_kind="HKMO_RESIDENCE", region="820000"))
    yield Case("taiwan_residence", "110", Wish(id_kind="TW_RESIDENCE", region="830000"))
    yield Case("hong_kong_pass", "110", Wish(id_kind="HKMO_PASS", id_number="H90000001"))
    yield Case("taiwan_pass", "110", Wish(id_kind="TW_PASS", id_number="90000001"))
    foreign = Wish(name="ANNA SCHMIDT", id_kind="FOREIGN_PERMANENT", sex=2)
    yield Case("foreign_permanent", "110", foreign._replace(region="934276"))
    yield Case("foreign_permanent_old", "110", foreign._replace(id_number="DEU340058010101"))
    passport = Wish(name="JOHN O'NEIL", id_kind="PASSPORT", id_number="XA9000001", sex=1)
    yield Case("passport_without_pension", None, passport)


def _birthdays(first: int) -> Iterator[Case]:
    turned_60 = first_day(first - 1 - 60 * 12)
    turned_80 = first_day(first - 80 * 12)
    yield Case("born_on_leap_day", "170", Wish(born=date(1964, 2, 29)))
    yield Case("born_on_leap_day_of_2000", None, Wish(born=date(2000, 2, 29)))
    yield Case("first_pension_is_due_now", "170", Wish(born=turned_60))
    yield Case("turns_60_on_the_last_day", "170", Wish(born=first_day(first - 60 * 12) - DAY))
    yield Case("turns_60_this_month", None, Wish(born=first_day(first - 60 * 12)))
    yield Case("turns_80_last_month", "170", Wish(born=turned_80 - DAY))
    yield Case("turns_80_this_month", "170", Wish(born=turned_80))
    yield Case("turns_90_this_month", "110", Wish(born=first_day(first - 90 * 12)))
    yield Case("older_than_100", "170", Wish(born=date(1923, 1, 1), sex=2))
    yield Case("born_in_1915", "170", Wish(born=date(1915, 12, 31), sex=2))
    woman = Wish(born=first_day(first - 52 * 12), sex=2)
    yield Case("woman_retired_at_50", "110", woman)


def _amounts() -> Iterator[Case]:
    yield Case("one_fen", "170", Wish(), _one_fen)
    yield Case("odd_fen", "110", Wish(), partial(odd.changes, month=-3, fen=1))
    yield Case("rises_next_month", "170", Wish(), odd.changes)
    yield Case("rose_this_month", "110", Wish(), partial(odd.changes, month=0))
    yield Case("falls_next_month", "110", Wish(), partial(odd.changes, fen=-3001))
    yield Case("part_ended_before", "110", Wish(), odd.ends)
    yield Case("part_ends_next_month", "110", Wish(), partial(odd.ends, month=1))
    yield Case("part_begins_next_month", "170", Wish(), _begins_next_month)
    yield Case("part_unverified", "110", Wish(), odd.unverified)
    yield Case("all_unverified", "170", Wish(), partial(odd.unverified, whole=True))


def _accounts(first: int) -> Iterator[Case]:
    for bank, scheme in (("NSB", "170"), ("CSB", "110")):
        for kind in ("LUHN", "999", "998", "997", "996", "995"):
            change = partial(odd.bad_account, marker=kind, bank=bank)
            yield Case(f"account_{bank}_{kind}".lower(), scheme, Wish(), change)
    yield Case("no_account", "170", Wish(), odd.no_account)
    yield Case("account_expired", "170", Wish(), odd.expired_account)
    ended = partial(odd.expired_account, until=first_day(first + 1))
    yield Case("account_ends_with_the_month", "170", Wish(), ended)
    this, following = first_day(first), first_day(first + 1)
    yield Case("account_from_this_month", "110", Wish(), partial(odd.second_account, since=this))
    later = partial(odd.second_account, since=following)
    yield Case("account_from_next_month", "110", Wish(), later)


def _holds() -> Iterator[Case]:
    for reason in odd.HOLD_NOTES:
        key = f"held_{reason}".lower()
        yield Case(key, "170", Wish(), partial(odd.held, reason=reason))
        yield Case(f"{key}_110", "110", Wish(), partial(odd.held, reason=reason))
    later = partial(odd.held, reason="CHECK_MISSED", later=1)
    yield Case("held_from_next_month", "170", Wish(), later)


def _deaths_known(first: int) -> Iterator[Case]:
    before, this = first_day(first - 1), first_day(first)
    days = {
        "long_ago": first_day(first - 4) + 14 * DAY,
        "last_day_of_september": before - DAY,
        "first_day_of_october": before,
        "in_october": before + 14 * DAY,
        "last_day_of_october": this - DAY,
    }
    for key, day in days.items():
        for scheme in ("170", "110"):
            change = partial(odd.dead_before, day=day)
            yield Case(f"died_{key}_{scheme}", scheme, Wish(), change)


def _deaths_told(first: int) -> Iterator[Case]:
    before, this, following = (first_day(first + n) for n in (-1, 0, 1))
    told = (
        (0, "last_day_of_september", before - DAY),
        (0, "first_day_of_october", before),
        (0, "last_day_of_october", this - DAY),
        (0, "first_day_of_november", this),
        (0, "early_november", this + 3 * DAY),
        (1, "in_october", before + 19 * DAY),
        (1, "last_day_of_october", this - DAY),
        (1, "first_day_of_november", this),
        (1, "last_day_of_november", following - DAY),
        (1, "first_day_of_december", following),
        (2, "in_november", this + 14 * DAY),
        (2, "last_day_of_december", first_day(first + 2) - DAY),
    )
    for match, key, day in told:
        change = partial(odd.dead_and_told, told=match, day=day)
        yield Case(f"match_{match + 1}_tells_{key}", "110" if match else "170", Wish(), change)
        yield Case(f"match_{match + 1}_tells_{key}_no_payee", None, Wish(), change)


def _one_fen(person: Resident, bench: odd.Bench) -> Resident:
    basic, *_ = odd.components_of(person)
    least = Component("ACCOUNT", basic.start, None, 1)
    return odd.with_components(person, (basic, least))


def _begins_next_month(person: Resident, bench: odd.Bench) -> Resident:
    parts = [part for part in odd.components_of(person) if part.code != "EXTRA_YEARS"]
    begins = Component("EXTRA_YEARS", bench.first_period + 1, None, 800)
    return odd.with_components(person, (*parts, begins))


DAY = timedelta(days=1)
