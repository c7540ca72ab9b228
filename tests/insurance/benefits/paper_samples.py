"""Print the samples of docs/formats/papers.md (文书样例); all of it is invented.

python -m tests.insurance.benefits.paper_samples
"""

import os
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()

from backend.papers.paper import Mark, Paper
from backend.papers.printing import print_paper
from backend.papers.verify import check_of
from insurance.benefits.award_sheet import pension_sheet, unemployment_sheet
from insurance.benefits.notice import stop_notice
from insurance.benefits.refusal_notice import refusal_notice
from insurance.issuing.issued import marks_of
from tests.insurance.benefits.paper_builders import (
    held_pension,
    issued,
    refused_pension,
    wangs_award,
    wangs_pension,
    zhaos_benefit,
    zhaos_claim,
)
from tests.insurance.issuing import slip_builders

FOLDER = Path(__file__).parents[3] / "docs/formats/samples/papers"
ORIGIN = "https://rs.example.invalid"
KEY = b"a key of the samples"


def samples() -> dict[str, Paper]:
    """One of each kind, by the name of its file."""
    awarded, claimed = wangs_award(), zhaos_claim()
    of_award = marks_of(standings=(awarded.standing,), demo=True, interim=awarded.interim)
    of_claim = marks_of(standings=(claimed.standing,), demo=True, interim=False)
    interim = issued(number="AH340800-110-2026-000123", marks=of_award)
    unemployed = issued(number="AH340800-210-2026-000045", marks=of_claim)
    held = issued(number="AH340800-110-2026-000310", marks=(Mark.DEMO,))
    refused = issued(number="AH340800-110-2026-000311", marks=(Mark.DEMO,))
    return {
        "pension-award": pension_sheet(sheet=wangs_pension(), issued=interim),
        "unemployment-award": unemployment_sheet(sheet=zhaos_benefit(), issued=unemployed),
        "pension-hold": stop_notice(notice=held_pension(), issued=held),
        "pension-refused": refusal_notice(notice=refused_pension(), issued=refused),
        **slip_builders.samples(),
    }


def sample(paper: Paper) -> bytes:
    return print_paper(paper=paper, origin=ORIGIN, check=check_of(paper=paper, key=KEY))


if __name__ == "__main__":
    for name, paper in samples().items():
        (FOLDER / f"{name}.pdf").write_bytes(sample(paper))
