"""What personal accounts hold by year (个人账户余额), for a share of those who have one.

The amounts are plausible, not computed: the old system's interest is not known here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from backend.city.make.draw import Draw
from backend.city.make.figures import bounds_of, resident_year
from backend.city.make.records import Resident
from backend.city.make.villagers import Standing
from backend.city.make.working import Work

WORKERS, RESIDENTS, PENSIONERS = 0.6, 0.5, 0.15
YEARS = 6  # so many years at most are told one by one
LAST_OF_EMPLOYERS = 2005  # until then a part of the employer's money went to the account
ACCOUNT_PERCENT, GROWTH_PERCENT = 8, 4


class Balance(NamedTuple):
    """What is left of one year's money, by whose it was."""

    scheme: str
    part: str
    year: int
    fen: int


class Balances:
    """Draws who has an account and what it holds at the end of the last year."""

    def __init__(self, *, draw: Draw, first_period: int) -> None:
        self._draw = draw
        self._year = first_period // 12
        self._bounds = bounds_of(month=first_period)

    def of(
        self, person: Resident, work: Work, standings: tuple[Standing, ...]
    ) -> Iterator[Balance]:
        """The accounts of the next resident of the roll."""
        if person.pension is not None:
            yield from self._of_pension(person)
            return
        yield from self._of_worker(work)
        for standing in standings:
            if standing.scheme == "170":
                yield from self._of_resident(standing)

    def _of_pension(self, person: Resident) -> Iterator[Balance]:
        """What is left of an account that is being paid out; sources are not told apart."""
        assert person.pension is not None
        part = next((c for c in person.pension.components if c.code == "ACCOUNT"), None)
        if part is not None and self._draw.share() < PENSIONERS:
            months = self._draw.between(1, 138)
            yield Balance(person.pension.scheme, "WHOLE", self._year - 1, part.fen * months)

    def _of_worker(self, work: Work) -> Iterator[Balance]:
        jobs = [job for job in work.jobs if "110" in job.schemes and job.joins_in is None]
        if not jobs or self._draw.share() >= WORKERS:
            return
        since = min(job.start for job in jobs)
        base = self._bounds.base(wage_fen=jobs[-1].wage_fen)
        first = since // 12
        if first <= LAST_OF_EMPLOYERS:
            early = base * ACCOUNT_PERCENT * (LAST_OF_EMPLOYERS - first + 1) * 12 // 500
            yield Balance("110", "EMPLOYER", LAST_OF_EMPLOYERS, early * 3 // 11)
            yield Balance("110", "PERSON", LAST_OF_EMPLOYERS, early)
        for year in range(max(first, self._year - YEARS), self._year):
            months = 12 - since % 12 if year == first else 12
            old = 100 - GROWTH_PERCENT * (self._year - year)
            fen = base * months * ACCOUNT_PERCENT * old // 10_000
            yield Balance("110", "PERSON", year, fen + self._draw.below(100))

    def _of_resident(self, standing: Standing) -> Iterator[Balance]:
        row, since = standing.row, standing.since
        if row is None or row.level_fen is None or since is None:
            return
        if self._draw.share() >= RESIDENTS:
            return
        subsidy = resident_year(year=row.year).grades[row.level_fen]
        for year in range(since // 12, row.year):
            grown = 100 + 2 * (row.year - 1 - year)
            yield Balance("170", "PERSON", year, row.level_fen * grown // 100)
            yield Balance("170", "SUBSIDY", year, subsidy * grown // 100)
            if row.collective_fen:
                yield Balance("170", "COLLECTIVE", year, row.collective_fen * grown // 100)
