"""Pensions in payment, plausible in amount and consistent with age (在发养老金)."""

from datetime import date

from backend.city.make.draw import Draw
from backend.city.make.numbers import account_number
from backend.city.make.places import District
from backend.city.make.records import Account, Component, Pension, Resident, month_of

RESIDENTS, EMPLOYEES = "170", "110"
RESIDENTS_BEGAN = 2010 * 12 + 6  # the residents' pension began here in 2010-07 (assumption)
DELAY_FROM = 2025 * 12  # later retirement from 2025-01 (国务院关于渐进式延迟法定退休年龄的办法)
LEAST_YEARS, ADULT = 15, 18 * 12
MONTHS_UNKNOWN, WHOLE_YEARS = 0.01, 0.26
SUPPLEMENT_FEN = {RESIDENTS: (3000, 6000), EMPLOYEES: (4500, 8050)}  # from 80, from 90
# Of those of 60 and over three quarters draw 170, one fifth 110; more 110 in the city proper.
SCHEME_SHARES = {True: (0.54, 0.94), False: (0.80, 0.952)}


class Pensions:
    """Draws who has which pension, its components and its account."""

    def __init__(self, *, draw: Draw, months: Draw, first_period: int) -> None:
        self._draw = draw
        self._months = months  # a chance of its own: nothing else of the city changes by it
        self._first_period = first_period
        self._known_from = (first_period // 12 - 1) * 12  # the roll's rows begin last January
        self._accounts = 0

    def scheme_of(self, *, born: date, sex: int, district: District) -> str | None:
        """Which pension somebody of this age has, if any."""
        months = self._first_period - month_of(born)
        if months < 50 * 12:
            return None
        chance = self._draw.share()
        if months >= 60 * 12:
            residents, both = SCHEME_SHARES[district.urban]
            if chance < residents:
                return RESIDENTS
            return EMPLOYEES if chance < both else None
        early = 0.02 if sex == 1 else 0.22
        return EMPLOYEES if chance < early else None

    def start_of(self, *, scheme: str, born: date, sex: int) -> int:
        """The first month that is due: the one after the birthday, or after the delayed one."""
        birth = month_of(born)
        if scheme == RESIDENTS:
            return max(birth + 60 * 12 + 1, RESIDENTS_BEGAN)
        reached, step = self._retirement(birth, sex)
        late = reached - DELAY_FROM
        delay = min(late // step + 1, 36) if late >= 0 else 0
        return reached + delay + 1

    def pension(self, *, person: Resident, district: District, scheme: str, start: int) -> Pension:
        """A pension in payment with its components and one good account."""
        make = self._residents if scheme == RESIDENTS else self._employees
        since = max(start, self._known_from)
        return Pension(
            scheme=scheme,
            start=start,
            paid_through=self._first_period - 1,
            months=self._months_of(scheme=scheme, start=start, birth=month_of(person.born)),
            components=(
                *make(district, start, since),
                *self._supplement(scheme, month_of(person.born), since),
            ),
            accounts=(self.account(person=person, scheme=scheme, start=start),),
        )

    def account(
        self,
        *,
        person: Resident,
        scheme: str,
        start: int,
        bank: str = "",
        marker: str = "",
        sound: bool = True,
    ) -> Account:
        """A payee's account, opened about when the pension began; good unless told otherwise."""
        draw = self._draw
        rural = 0.97 if scheme == RESIDENTS else 0.45
        bank = bank or ("NSB" if draw.share() < rural else "CSB")
        self._accounts += 1
        number = account_number(
            bank=bank,
            marker=marker or str(draw.between(200, 899)),
            order=self._accounts,
            sound=sound,
        )
        opened = max(start - 1, 2012 * 12)
        since = date(opened // 12, opened % 12 + 1, draw.between(1, 28))
        return Account(bank=bank, number=number, holder=person.name, since=since)

    def _months_of(self, *, scheme: str, start: int, birth: int) -> int | None:
        """How long was paid; of one in a hundred nobody knows, one in four has whole years."""
        draw, chance = self._months, self._months.share()
        if chance < MONTHS_UNKNOWN:
            return None
        if scheme == RESIDENTS:  # once a year; who was 60 when it began paid nothing
            years = (start - RESIDENTS_BEGAN) // 12
            return 12 * draw.between(min(years, LEAST_YEARS), max(years, LEAST_YEARS)) * (years > 0)
        months = draw.between(LEAST_YEARS * 12, max(LEAST_YEARS * 12, start - birth - ADULT))
        return months // 12 * 12 if chance < WHOLE_YEARS else months

    def _retirement(self, birth: int, sex: int) -> tuple[int, int]:
        """When the old retirement age is reached, and after how many months each delay grows."""
        chance = self._draw.share()
        by_now = self._first_period - birth
        if sex == 1:
            special = by_now < 60 * 12 or chance < 0.06
            return (birth + 55 * 12, 4) if special else (birth + 60 * 12, 4)
        at_50 = by_now < 55 * 12 or chance < 0.6
        return (birth + 50 * 12, 2) if at_50 else (birth + 55 * 12, 4)

    def _residents(self, district: District, start: int, since: int) -> list[Component]:
        draw = self._draw
        components = [Component("BASIC", since, None, district.basic_fen)]
        if start > RESIDENTS_BEGAN:
            fen = 1000 + int(19000 * draw.share() ** 3)
            components.append(Component("ACCOUNT", since, None, fen))
        if start > 2018 * 12 and draw.share() < 0.3:
            components.append(Component("EXTRA_YEARS", since, None, 200 * draw.between(1, 15)))
        return components

    def _employees(self, district: District, start: int, since: int) -> list[Component]:
        draw = self._draw
        level = draw.share()
        total = 150_000 + int(455_000 * level * level) + (40_000 if district.urban else 0)
        parts = [("BASIC", 48 + draw.between(0, 6)), ("ACCOUNT", 8 + draw.between(0, 8))]
        if start < 2016 * 12:
            parts.append(("TRANSITIONAL", 12 + draw.between(0, 8)))
        if start < (self._first_period // 12 - 1) * 12:
            parts.append(("ADJUSTMENT", 5 + draw.between(0, 15)))
        whole = sum(weight for _, weight in parts)
        return [
            Component(code, since, None, total * weight // whole + draw.below(97))
            for code, weight in parts
        ]

    def _supplement(self, scheme: str, birth: int, since: int) -> list[Component]:
        """What is added from the month after the 80th and the 90th birthday, also soon to come."""
        low, high = SUPPLEMENT_FEN[scheme]
        at_80, at_90 = birth + 80 * 12 + 1, birth + 90 * 12 + 1
        rows = []
        if at_80 <= self._first_period + 2 and at_90 > since:
            end = at_90 if at_90 <= self._first_period + 2 else None
            rows.append(Component("AGE_SUPPLEMENT", max(at_80, since), end, low))
        if at_90 <= self._first_period + 2:
            rows.append(Component("AGE_SUPPLEMENT", max(at_90, since), None, high))
        return rows
