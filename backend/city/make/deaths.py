"""Monthly death matches of police and civil affairs (死亡比对), as files."""

from datetime import timedelta
from pathlib import Path

from backend.city.make.draw import Draw
from backend.city.make.files import RowFile, write_json
from backend.city.make.oddities import MATCH_DAY, MATCHES, SOURCES
from backend.city.make.people import People
from backend.city.make.records import Death, Resident, first_day, month_text

FORMAT = "yikatong-death-match/1"
HEADER = "id_kind,id_number,name,death_date,source"
STRANGERS = 2  # in each file: people whom the roll does not know


def with_strangers(
    *, dead: list[Resident], people: People, draw: Draw, first_period: int
) -> list[Resident]:
    """The dead of the roll, and in every match two whom it does not know."""
    strangers = []
    for told in range(first_period, first_period + MATCHES):
        for days in range(1, STRANGERS + 1):
            day = first_day(told) - timedelta(days=7 * days)
            death = Death(day=day, source=draw.pick(SOURCES[:3]), told_in=told)
            strangers.append(people.stranger()._replace(death=death))
    return dead + strangers


def write_matches(*, folder: Path, dead: list[Resident], first_period: int) -> list[int]:
    """Write the file and its description for every month; how many rows each has."""
    months = range(first_period, first_period + MATCHES)
    return [write_match(folder=folder, month=month, dead=dead) for month in months]


def write_match(*, folder: Path, month: int, dead: list[Resident]) -> int:
    """Write the file and its description for one month; how many rows it has."""
    text = month_text(month)
    place = folder / text
    place.mkdir(parents=True, exist_ok=True)
    with RowFile(path=place / f"deaths-{text}.csv", header=HEADER) as file:
        for person in sorted(dead, key=lambda person: person.id_number):
            death = person.death
            if death is not None and death.told_in == month:
                file.add(
                    f"{person.id_kind},{person.id_number},{person.name},{death.day},{death.source}"
                )
    described = {
        "format": FORMAT,
        "month": text,
        "as_of": str(first_day(month) + timedelta(days=MATCH_DAY - 1)),
        "source": "安庆市公安、民政死亡信息比对(演示)",
        "rows": file.rows,
        "sha256": file.sha256(),
    }
    write_json(path=place / f"deaths-{text}.json", content=described)
    return file.rows
