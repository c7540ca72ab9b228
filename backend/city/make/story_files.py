"""What those come with whose year is told in full (演示故事材料): rows of the window, by file."""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make import stories
from backend.city.make.numbers import account_number
from backend.city.make.records import Resident, first_day, month_text
from backend.city.make.retiring import FRESH, ORDERS
from backend.city.make.stories import Cast
from backend.city.make.told import Told, chance_of

DAY = 3  # of the month, as at the window
SKILL_SCHEME = "210"
MONTHS_PAID = 48  # months, by papers: more than the subsidy asks for
HEADERS = {
    "false-deaths": "id_number,act,death_date",
    "recoveries": "id_number,name,step",
    "inheritances": "id_number,scheme,heir,relation",
    "skills": "id_number,name,act,level,certificate,certified_on,earlier_months,earlier_until,"
    "bank,account_no",
    "refunds": "credit_code,name,act,bank,account_no",
}


class Now(NamedTuple):
    """A month of a city, who plays in it, and who would inherit."""

    told: Told
    cast: Cast
    period: int
    heir: Resident | None

    @property
    def since(self) -> int:
        """How many months the city has lived."""
        return self.period - self.told.first


def story_rows(*, now: Now) -> dict[str, list[str]]:
    """Give the rows of each file in a month, most often none."""
    return {
        "false-deaths": list(_false_deaths(now)),
        "recoveries": list(_recoveries(now)),
        "inheritances": list(_inheritances(now)),
        "skills": list(_skills(now)),
        "refunds": list(_refunds(now)),
    }


def _false_deaths(now: Now) -> Iterator[str]:
    """A report that a village made is undone the month after, once its person comes."""
    person = now.cast.taken_for_dead
    acts = {stories.FALSE_REPORT: "REPORT", stories.FALSE_REPORT_UNDONE: "UNDO"}
    if person and now.since in acts:
        day = first_day(now.told.first + stories.FALSE_REPORT)
        yield f"{person.id_number},{acts[now.since]},{day}"


def _recoveries(now: Now) -> Iterator[str]:
    """What came to a prisoner before it was known is asked back, step by step."""
    person = now.cast.prisoner
    steps = {
        stories.NOTICE: "NOTICE",
        stories.ORDER: "ORDER",
        stories.AGREEMENT: "AGREEMENT",
        stories.SET_OFF: "SET_OFF",
    }
    if person and now.since in steps:
        yield f"{person.id_number},{person.name},{steps[now.since]}"


def _inheritances(now: Now) -> Iterator[str]:
    person = now.cast.dies
    if person and now.heir and now.since == stories.INHERITS:
        yield f"{person.id_number},{stories.EMPLOYEES},{now.heir.id_number},CHILD"


def _skills(now: Now) -> Iterator[str]:
    """A certificate is read wrong; its holder objects the month after, and is right."""
    person = now.cast.skilled
    acts = {stories.CERTIFIED: "APPLY,LEVEL_4", stories.OBJECTS: "OBJECT,LEVEL_3"}
    if person and now.since in acts:
        month = now.told.first + stories.CERTIFIED
        known = now.told.employed_months(person=person, scheme=SKILL_SCHEME)
        months, until = max(MONTHS_PAID, known), month_text(now.told.first - 1)
        yield (
            f"{person.id_number},{person.name},{acts[now.since]},演示技能{month},"
            f"{month_text(month - 1)}-15,{months},{until},"
            f"NSB,{_account(now, person.id_number)}"
        )


def _refunds(now: Now) -> Iterator[str]:
    """The list of the year, with each employer's account; a month later its decision."""
    acts = {stories.LISTED: "LIST", stories.REFUNDED: "PAY"}
    if now.since in acts:
        for employer in now.told.employers:
            if employer.kind == "EMPLOYER":
                account = _account(now, employer.credit_code)
                yield f"{employer.credit_code},{employer.name},{acts[now.since]},NSB,{account}"


def _account(now: Now, of: str) -> str:
    order = chance_of(told=now.told, what=f"account/{of}") % ORDERS
    return account_number(bank="NSB", marker=FRESH, order=order)
