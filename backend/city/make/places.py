"""Anqing's districts by census share, with towns and villages of invented names (演示)."""

from dataclasses import dataclass
from typing import NamedTuple

RESIDENTS_PER_VILLAGE = 2400
VILLAGES_PER_TOWN = 12


class District(NamedTuple):
    """A district or county, its residents in the census of 2020, its 170 basic pension."""

    code: str
    name: str
    residents: int
    urban: bool
    basic_fen: int


# The development zone has no code of its own: its 140,015 residents are shared between its
# neighbours 迎江 and 宜秀 (an assumption). The basic pensions are plausible, not published.
DISTRICTS = (
    District("340802", "迎江区", 253_694 + 70_008, True, 23000),
    District("340803", "大观区", 214_112, True, 22850),
    District("340811", "宜秀区", 196_672 + 70_007, True, 22600),
    District("340822", "怀宁县", 496_683, False, 21000),
    District("340825", "太湖县", 430_465, False, 19500),
    District("340826", "宿松县", 612_586, False, 19835),
    District("340827", "望江县", 462_367, False, 19000),
    District("340828", "岳西县", 323_837, False, 19217),
    District("340881", "桐城市", 593_629, False, 21500),
    District("340882", "潜山市", 441_224, False, 20000),
)
TOWN_FIRST = "清白青金石花黄双古新高平长龙凤梅松云"
TOWN_SECOND = ("溪", "桥", "河", "岭", "铺", "塘", "畈", "湖", "冲", "坝")
VILLAGE_FIRST = "上下东西南北前后大小中和永兴同联红"
VILLAGE_SECOND = ("丰", "湾", "屋", "庄", "林", "圩", "坂", "田", "泉", "墩", "畈", "塝")


@dataclass(frozen=True)
class Village:
    """A village or neighbourhood with its 12-digit division code (统计用区划代码)."""

    old_id: str
    code: str
    name: str
    district: str


def share_out(*, people: int) -> list[int]:
    """How many of ``people`` live in each district, by census share; adds up exactly."""
    total = sum(district.residents for district in DISTRICTS)
    counts, passed, given = [], 0, 0
    for district in DISTRICTS:
        passed += district.residents
        upto = people * passed // total
        counts.append(upto - given)
        given = upto
    return counts


def villages_of(*, district: District, residents: int) -> tuple[Village, ...]:
    """The villages of one district, about one for every 2,400 residents and two at least."""
    count = max(2, round(residents / RESIDENTS_PER_VILLAGE))
    return tuple(_village(district, i // VILLAGES_PER_TOWN, i) for i in range(count))


def _village(district: District, town: int, place: int) -> Village:
    in_town = place % VILLAGES_PER_TOWN
    code = f"{district.code}{(1 if district.urban else 100) + town:03d}{201 + in_town:03d}"
    name = f"{district.name}{_town_name(town)}{_village_name(place)}(演示)"
    return Village(old_id=f"V{code}", code=code, name=name, district=district.code)


def _town_name(town: int) -> str:
    second, first = divmod(town, len(TOWN_FIRST))
    return f"{TOWN_FIRST[first]}{TOWN_SECOND[second % len(TOWN_SECOND)]}镇"


def _village_name(place: int) -> str:
    second = VILLAGE_SECOND[place % len(VILLAGE_SECOND)]
    first = VILLAGE_FIRST[place // len(VILLAGE_SECOND) % len(VILLAGE_FIRST)]
    return f"{first}{second}村"
