"""Pensioners of a village, proofs, files and steps (资格认证样例); 演示."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from backend.cases.acts import CaseAct
from backend.cases.decide import decide
from backend.cases.models import Case
from backend.people import queries, register
from backend.people.models import Organisation, Party, PartyKind, Person
from insurance.benefits.checks import cases
from insurance.benefits.checks.due import Area, due_people
from insurance.benefits.checks.models import CheckFile, Proof
from insurance.benefits.checks.rules import Stage
from insurance.benefits.checks.steps import By, contact, take_step
from insurance.benefits.models import Entitlement
from tests import builders
from tests.builders import Member
from tests.insurance.benefits import month_builders as m

TODAY = date(2026, 11, 5)
VILLAGE = "340802001201"
ACTS: Mapping[str, CaseAct] = {
    "LIFE_PROOF": cases.decide_proof,
    "CHECK_HOLD": cases.decide_hold,
    "CHECK_RELEASE": lambda _: 0,  # signed, and nothing ends
}


def village(*, code: str = VILLAGE, name: str = "演示村") -> Party:
    """A village of the city, once."""
    found = Organisation.objects.filter(district=code).first()
    if found is not None:
        return found.party
    made = register.register_organisation(
        kind=PartyKind.VILLAGE, name=name, code="", district=code, since=date(2020, 1, 1)
    )
    return made.party


def number_of(person: Person) -> str:
    """The citizen's number as registered."""
    return queries.sights(party_ids=[person.pk], on=TODAY)[person.pk].number


def name_of(person: Person) -> str:
    """The name as registered."""
    return queries.sights(party_ids=[person.pk], on=TODAY)[person.pk].name


def lives_in_village(person: Person) -> Person:
    """Let somebody be registered in the village."""
    Person.objects.filter(pk=person.pk).update(village=village())
    return person


def file(*, as_of: date = TODAY) -> CheckFile:
    """A file that was taken, for what rests on one."""
    found, _ = CheckFile.objects.get_or_create(
        sha256="3" * 64,
        defaults={
            "kind": "MATCH",
            "name": "life.csv",
            "row_count": 1,
            "as_of": as_of,
            "source": "演示",
        },
    )
    return found


def proof(of: Entitlement, *, on: date) -> Proof:
    """The person was seen to live."""
    return Proof.objects.create(
        person_id=of.person_id, proven_on=on, method="DATA_MATCH", file=file()
    )


def stage_of(of: Entitlement, *, day: date = TODAY) -> Stage | None:
    """What was tried in this round; a person who needs no proof is our mistake here."""
    (due,) = due_people(area=Area(persons=(of.person_id,)), day=day)
    return due.stage


def is_due(of: Entitlement, *, day: date = TODAY) -> bool:
    """Whether the person is to be checked."""
    return bool(due_people(area=Area(persons=(of.person_id,)), day=day))


def tried(of: Entitlement, *, up_to: Stage, on: date = TODAY) -> None:
    """Take all steps up to one."""
    area = Area(persons=(of.person_id,))
    steps = {
        Stage.UNMATCHED: By("MATCH", on, file_id=file().pk),
        Stage.VISITED: By("VISIT", on, name="吴小妹（村协办，演示）"),
        Stage.LISTED: By("LIST", on, name="郑大山（村主任，演示）"),
    }
    for stage in Stage:
        if stage <= up_to and stage is not Stage.CONTACTED:
            take_step(area=area, day=TODAY, stage=stage, by=steps[stage])
        elif stage <= up_to:
            contact(area=area, channel="SMS", done_on=on, today=TODAY, by_person=builders.chen().pk)


def held(of: Entitlement, **changed: object) -> Case:
    """Nothing is left to try: one proposes the hold, another decides."""
    tried(of, up_to=Stage.LISTED)
    content = {"since": str(due_since(of)), **changed}
    case = builders.case(
        kind="CHECK_HOLD", party=Person.objects.get(pk=of.person_id), content=content
    )
    return decided(case)


def due_since(of: Entitlement) -> date:
    """Since when the person is to be checked."""
    (due,) = due_people(area=Area(persons=(of.person_id,)), day=TODAY)
    return due.since


def decided(case: Case, *, by: Member | None = None) -> Case:
    """Another person decides."""
    return decide(
        case_id=case.pk,
        approve=True,
        reason="",
        key=(by or builders.member(role="REVIEWER")).key,
        role="REVIEWER",
        now=builders.NOW,
        acts=ACTS,
    )


def proof_case(**changed: object) -> Case:
    """Wang was at the window on the fifth."""
    content = {
        "method": "WINDOW",
        "proven_on": "2026-11-05",
        "evidence": "本人到窗口（演示）",
        **changed,
    }
    return builders.case(kind="LIFE_PROOF", content=content)


@dataclass
class Files:
    """A file to be written: its description says ``content`` besides rows and digest."""

    folder: Path
    format: str
    header: tuple[str, ...]
    content: dict[str, object]
    name: str = "life-2026-11"

    def write(self, *rows: str) -> Path:
        """Write both files; give the description's path."""
        csv = self.folder / f"{self.name}.csv"
        csv.write_text("".join(f"{row}\n" for row in (",".join(self.header), *rows)))
        return self.describe(len(rows))

    def describe(self, rows: int) -> Path:
        """Describe what the CSV holds now."""
        csv = self.folder / f"{self.name}.csv"
        digest = sha256(csv.read_bytes()).hexdigest()
        content = {"format": self.format, "rows": rows, "sha256": digest, **self.content}
        path = csv.with_suffix(".json")
        path.write_text(json.dumps(content, ensure_ascii=False))
        return path


def pensioners(count: int) -> list[Entitlement]:
    """Some people of the village who draw pensions since 2020 and were never checked."""
    return [m.entitlement(of=lives_in_village(builders.person())) for _ in range(count)]
