"""Writes small death matches (死亡比对样例): every default is valid."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import LazySettings

from backend.people import queries
from insurance.benefits.death_match import FORMAT
from insurance.benefits.death_match_file import HEADER
from tests import builders


@dataclass
class MatchFiles:
    """A match to be written."""

    folder: Path
    month: str = "2026-11"
    as_of: str = "2026-11-05"

    def write(self, *rows: str) -> Path:
        """Write both files; give the description's path."""
        text = "".join(f"{row}\n" for row in (",".join(HEADER), *rows))
        csv = self.folder / f"deaths-{self.month}.csv"
        csv.write_text(text, encoding="utf-8")
        return self.describe(csv, len(rows))

    def describe(self, csv: Path, rows: int) -> Path:
        """Describe what the CSV holds now."""
        path = csv.with_suffix(".json")
        content = {
            "format": FORMAT,
            "month": self.month,
            "as_of": self.as_of,
            "source": "公安、民政比对(演示)",
            "rows": rows,
            "sha256": sha256(csv.read_bytes()).hexdigest(),
        }
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path


def told(number: str, name: str = "王秀英", died: str = "2026-10-20") -> str:
    """A line of a match."""
    return f"CITIZEN,{number},{name},{died},POLICE"


def wang() -> tuple[int, str]:
    """Wang and her number."""
    person = builders.wang()
    sight = queries.sights(party_ids=[person.pk], on=builders.TODAY)[person.pk]
    return person.pk, sight.number


def files_in(folder: Path, settings: LazySettings) -> MatchFiles:
    """A match to be written into a folder, and an agency to take it in."""
    settings.VAR_DIR = folder / "var"
    builders.agency()
    return MatchFiles(folder)
