"""One resident after the other: age, sex, name, papers, home (人口)."""

from bisect import bisect
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from backend.city.make.draw import Draw
from backend.city.make.names import draw_name
from backend.city.make.numbers import IdNumbers
from backend.city.make.places import DISTRICTS, District, Village
from backend.city.make.records import Resident

# Per mille of residents by age: 23.5 % are 60 and over (an assumption for Anqing).
AGE_BANDS = (
    *((0, 15, 160), (15, 25, 98), (25, 35, 115), (35, 45, 122), (45, 50, 75), (50, 55, 98)),
    *((55, 60, 97), (60, 65, 62), (65, 70, 60), (70, 75, 48), (75, 80, 32), (80, 85, 20)),
    *((85, 90, 10), (90, 95, 2.6), (95, 100, 0.3), (100, 104, 0.1)),
)
OLD_BANDS = tuple(band for band in AGE_BANDS if band[0] >= 60)
MEN = 0.5108
MEN_OF_80 = 0.42
OLD_REGIONS = {"340882": "340824", "340811": "340823", "340802": "340823"}
OTHER_PLACES = ("340104", "340721", "310115", "320111", "330106", "360430", "421127", "441900")
DAYS_OF_YEAR = 365.2425


class Wish(NamedTuple):
    """What a boundary case wants of its person; None leaves it to chance."""

    born: date | None = None
    sex: int | None = None
    name: str | None = None
    nation: str | None = None
    id_kind: str = "CITIZEN"
    region: str | None = None
    id_number: str | None = None
    ends_in_x: bool = False


class Ages:
    """Draws birth dates of people as old as the bands say on ``today``."""

    def __init__(self, *, today: date, bands: tuple[tuple[float, float, float], ...]) -> None:
        self._today = today.toordinal()
        self._bands = bands
        self._upto = list(accumulate(weight for _, _, weight in bands))

    def birth_date(self, draw: Draw) -> date:
        """A birth date before ``today``."""
        low, high, _ = self._bands[bisect(self._upto, draw.share() * self._upto[-1])]
        age = low + draw.share() * (high - low)
        return date.fromordinal(self._today - 1 - int(age * DAYS_OF_YEAR))


class People:
    """Draws residents; every ID number is given once."""

    def __init__(self, *, draw: Draw, today: date, pensioners: bool) -> None:
        self._draw = draw
        self._ages = Ages(today=today, bands=OLD_BANDS if pensioners else AGE_BANDS)
        self._numbers = IdNumbers()
        self._year = today.year
        self._count = 0

    def resident(
        self, *, district: District, villages: tuple[Village, ...], wish: Wish | None = None
    ) -> Resident:
        """The next person of the roll, without a pension yet."""
        draw, asked = self._draw, wish or Wish()
        born = asked.born or self._ages.birth_date(draw)
        men = MEN if self._year - born.year < 80 else MEN_OF_80
        sex = asked.sex or (1 if draw.share() < men else 2)
        name, nation = draw_name(draw, sex=sex)
        self._count += 1
        return Resident(
            old_id=f"P{self._count:08d}",
            name=asked.name or name,
            id_kind=asked.id_kind,
            id_number=asked.id_number or self._number(asked, district, born, sex),
            born=born,
            sex=sex,
            nation=asked.nation or nation,
            district=district.code,
            village=self._home(district, villages),
        )

    def stranger(self) -> Resident:
        """Somebody whom the roll does not know."""
        return self.resident(district=DISTRICTS[0], villages=())._replace(old_id="")

    def _number(self, asked: Wish, district: District, born: date, sex: int) -> str:
        region = asked.region or self._region(district, born)
        while True:
            number = self._numbers.give(region=region, born=born, sex=sex)
            if number.endswith("X") or not asked.ends_in_x:
                return number

    def _region(self, district: District, born: date) -> str:
        """Where the number was given: mostly at home, there under the code of that time."""
        chance = self._draw.share()
        if chance < 0.05:
            return self._draw.pick(OTHER_PLACES)
        old = OLD_REGIONS.get(district.code)
        if old and born.year < 2016 and (old == "340824" or chance < 0.12):
            return old
        return district.code

    def _home(self, district: District, villages: tuple[Village, ...]) -> str:
        """The village; a third of the city proper is registered without one."""
        if not villages or (district.urban and self._draw.share() < 0.33):
            return ""
        return self._draw.pick(villages).old_id
