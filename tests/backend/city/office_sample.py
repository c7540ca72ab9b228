"""Write the sample of docs/formats/office.md (机构与人员样例): what a small demo city writes.

python -m tests.backend.city.office_sample
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from backend.city.make.city import make_city
from backend.kernel.months import Month

SAMPLE = Path(__file__).parents[3] / "docs/formats/samples/office.json"
PEOPLE, SEED = 200, 1


def sample() -> bytes:
    """The office of a city with just enough people for all posts."""
    with TemporaryDirectory() as folder:
        make_city(folder=Path(folder), people=PEOPLE, seed=SEED, first_period=Month(2026, 11))
        return (Path(folder) / "office.json").read_bytes()


if __name__ == "__main__":
    SAMPLE.write_bytes(sample())
