"""Files with proofs of life (资格认证文件, 演示): a match that shows everybody but one, who is then
not at home either when the village comes."""

from pathlib import Path

from backend.city.make.month_files import DescribedFile
from backend.city.make.records import Resident, month_text
from backend.city.make.stories import UNMATCHED, VISITED
from backend.city.make.story_files import DAY, Now

MATCH, VISITS = "yikatong-life-match/1", "yikatong-visit-list/1"
MATCH_HEADER = "id_kind,id_number,name,proven_on,method"
VISITS_HEADER = "id_kind,id_number,name,seen,note"
SOURCE = "安庆市就医、出行、社保卡用卡数据比对(演示)"
VISITORS = {"visited_by": "村协办员(演示)", "signed_by": "村民委员会(演示)"}


def write_checks(*, folder: Path, now: Now) -> int:
    """Write the file of the month, where there is one; how many rows it has."""
    person = now.cast.unseen
    if person is None or now.since not in (UNMATCHED, VISITED):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    day = f"{month_text(now.period)}-{DAY:02d}"
    if now.since == VISITED:
        return _write_visit(folder, person, day)
    return _write_match(folder, now, day)


def _write_match(folder: Path, now: Now, day: str) -> int:
    file = DescribedFile(
        path=folder / "life-match.csv", header=MATCH_HEADER, form=MATCH, as_of=day, source=SOURCE
    )
    with file:
        for person in now.told.people.values():
            if person is not now.cast.unseen and _is_seen(now, person):
                file.add(f"{person.id_kind},{person.id_number},{person.name},{day},DATA_MATCH")
    return file.rows


def _write_visit(folder: Path, person: Resident, day: str) -> int:
    file = DescribedFile(
        path=folder / "visits.csv",
        header=VISITS_HEADER,
        form=VISITS,
        village=person.village[1:],
        visited_on=day,
        signed_on=day,
        **VISITORS,
    )
    with file:
        file.add(f"{person.id_kind},{person.id_number},{person.name},NO,上门两次未见(演示)")
    return file.rows


def _is_seen(now: Now, person: Resident) -> bool:
    """Whoever draws a pension and was not held by the old system."""
    return person.pension is not None and person.death is None and not person.pension.holds
