"""Money for what is to be paid (用款申请、拨款到账, 演示): what 支出户 lacks arrives before.

Three persons ask for it within the year's budget; finance books the arrival, a reviewer decides:
through the same API as people do. What an interrupted call began is gone on with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_staff import DemoOffice, Member, books_by_agency
from backend.kernel.money import Money
from backend.kernel.months import Month
from payments.ledger.models import Book

ARRIVED, MARK = "FUNDING_ARRIVED", "演示拨款"
FISCAL = "1003"  # 财政专户存款
# What lets 财政专户 pay: residents' pensions are subsidised, the others' come from the province.
GRANT, GRANTS = "RECEIVED_FROM_ABOVE", {"170": "SUBSIDY_RECEIVED", "390": "SUBSIDY_RECEIVED"}
PLANNED_IN_FEN = 10_000 * 100  # a plan asks for whole 万元
YEAR_OF_MONTHS = 12
PAGE = "page_size=200"


@dataclass(frozen=True)
class Lacking:
    """What a book lacks on a day, and what a month is drafted from."""

    book: int
    fen: int
    funding: Mapping[str, Any]
    day: date

    @property
    def amounts(self) -> dict[str, int]:
        """By expense account: as the batches need it, the rest under the first."""
        needed = {row["code"]: Money.yuan(row["amount"]).fen for row in self.funding["needed"]}
        first = next(iter(needed), self.funding["items"][0])
        rest, amounts = self.fen, dict[str, int]()
        for code, fen in needed.items():
            amounts[code] = min(fen, rest)
            rest -= amounts[code]
        amounts[first] = amounts.get(first, 0) + rest
        return {code: fen for code, fen in amounts.items() if fen}


def fund(*, office: DemoOffice, needs: Mapping[int, int], day: date) -> int:
    """Let arrive what the books (id → fen to pay) lack on a day; how many papers were booked."""
    desk = DemoDesk(office=office, rest=lambda: None)
    booked = 0
    for agency, books in books_by_agency().items():
        own = {book: needs[book] for book in sorted(needs.keys() & set(books))}
        if own:
            booked += _Agency(office, desk, agency, day).fund(own)
    return booked


@dataclass(frozen=True)
class _Agency:
    """The staff of one agency and their desks."""

    office: DemoOffice
    desk: DemoDesk
    agency: str
    day: date

    def fund(self, needs: Mapping[int, int]) -> int:
        for kind in ("FUND_BUDGET", "FUND_REQUEST"):  # of an interrupted call
            self._sign(kind)
        booked = self._sign("FUND_PAPER")
        told = [self._lacking(book, fen) for book, fen in needs.items()]
        lacking = [one for one in told if one is not None]
        for one in lacking:
            self._budget(one)
        self._sign("FUND_BUDGET")
        for one in lacking:
            self._ask(one)
        self._sign("FUND_REQUEST")
        for book in needs:
            for content in self._arrivals(book, needs[book]):
                self._receive("FUND_PAPER", content)
        return booked + self._sign("FUND_PAPER")

    @property
    def _finance(self) -> Member:
        return self.office.member("FINANCE", agency=self.agency)

    def _funding(self, book: int) -> dict[str, Any]:
        month = Month.of(self.day)
        told: dict[str, Any] = self._finance.get(f"/api/v1/books/{book}/funding/?month={month}")
        return told

    def _lacking(self, book: int, need: int) -> Lacking | None:
        """What is neither there nor asked for already, in whole 万元."""
        funding = self._funding(book)
        coming = sum(rest for _, rest in self._open_requests(book))
        lacking = need - Money.yuan(funding["free"]).fen - coming
        if lacking <= 0:
            return None
        fen = -(-lacking // PLANNED_IN_FEN) * PLANNED_IN_FEN
        return Lacking(book, fen, funding, self.day)

    def _budget(self, lacking: Lacking) -> None:
        """A year's budget is laid down, or raised, where the month goes beyond it."""
        accounts = {row["code"]: row for row in lacking.funding["accounts"]}
        left = {code: Money.yuan(row["rest"]).fen for code, row in accounts.items()}
        if all(fen <= left.get(code, 0) for code, fen in lacking.amounts.items()):
            return
        amounts = {code: Money.yuan(row["budget"]).fen for code, row in accounts.items()}
        for code, fen in lacking.amounts.items():
            asked = Money.yuan(accounts[code]["asked"]).fen if code in accounts else 0
            amounts[code] = max(amounts.get(code, 0), asked + YEAR_OF_MONTHS * fen)
        content = {
            "book": lacking.book,
            "year": self.day.year,
            "document": f"演示预算批复{self.day:%Y%m}-{lacking.book}",
            "amounts": _listed(amounts),
        }
        self._receive("FUND_BUDGET", content)

    def _ask(self, lacking: Lacking) -> None:
        before = len(self._requests(lacking.book))
        content = {
            "book": lacking.book,
            "period": str(Month.of(self.day)),
            "document": f"演示用款{self.day:%Y%m}-{before + 1}",
            "amounts": _listed(lacking.amounts),
            "batches": [{"batch": batch["id"]} for batch in lacking.funding["expected"]],
        }
        self._receive("FUND_REQUEST", content)

    def _arrivals(self, book: int, need: int) -> Iterator[dict[str, Any]]:
        """What was asked for comes, as long as something is lacking; 财政专户 gets before what it
        lacks for that."""
        lacking = need - Money.yuan(self._funding(book)["free"]).fen
        coming = []
        for request, rest in self._open_requests(book):
            if lacking > 0:
                coming.append((request, rest))
            lacking -= rest
        grant = sum(rest for _, rest in coming) - self._fiscal(book)
        if coming and grant > 0:
            yield self._paper(
                book, GRANTS.get(Book.objects.get(pk=book).scheme, GRANT), grant, coming[0][0]
            )
        for request, rest in coming:
            yield {**self._paper(book, ARRIVED, rest, request), "request": request}

    def _paper(self, book: int, paper: str, fen: int, request: int) -> dict[str, Any]:
        return {
            "paper": paper,
            "book": book,
            "day": self.day.isoformat(),
            "amount": str(Money(fen)),
            "document": f"{MARK}{self.day:%Y%m%d}-{request}",
        }

    def _fiscal(self, book: int) -> int:
        """What 财政专户 holds."""
        path = f"/api/v1/books/{book}/balances/?month={Month.of(self.day)}"
        rows = self._finance.get(path)
        return Money.yuan(next(row["closing"] for row in rows if row["code"] == FISCAL)).fen

    def _requests(self, book: int) -> list[Any]:
        return self._finance.pages(f"/api/v1/fund-requests/?book={book}&{PAGE}")

    def _open_requests(self, book: int) -> list[tuple[int, int]]:
        """What was asked for and has not arrived: id, fen; the oldest first."""
        rows = [
            (row["id"], Money.yuan(row["amount"]).fen - Money.yuan(row["arrived"]).fen)
            for row in reversed(self._requests(book))
        ]
        return [(request, rest) for request, rest in rows if rest > 0]

    def _receive(self, kind: str, content: Mapping[str, object]) -> None:
        finance = self._finance
        own = finance.get("/api/v1/staff/me")["person_id"]  # a paper is about nobody else
        told = {**content, "received_date": self.day.isoformat()}
        body = {"kind": kind, "party": own, "content": told}
        finance.post("/api/v1/cases/receive", body)

    def _sign(self, kind: str) -> int:
        """All of a kind that wait at the agency are decided; how many."""
        desk = replace(DESKS[kind], agency=self.agency)
        member = self.office.member(desk.decides, agency=self.agency)
        number = {row["code"]: row["id"] for row in member.pages("/api/v1/agencies/")}[self.agency]
        states = ("RECEIVED", "REVIEWED") if desk.two_person else ("RECEIVED",)
        waiting = [
            case["id"]
            for state in states
            for case in member.pages(
                f"/api/v1/cases/?kind={kind}&state={state}&agency={number}&{PAGE}"
            )
            if kind != "FUND_PAPER" or _is_ours(member, case["id"])
        ]
        return self.desk.approve(desk, sorted(waiting))


def _is_ours(member: Member, case_id: int) -> bool:
    shown: Any = member.get(f"/api/v1/cases/{case_id}/")
    return str(shown["content"].get("document", "")).startswith(MARK)


def _listed(amounts: Mapping[str, int]) -> list[dict[str, str]]:
    return [{"code": code, "amount": str(Money(fen))} for code, fen in sorted(amounts.items())]


DESKS = {
    "FUND_BUDGET": Desk("FUND_BUDGET", two_person=False),
    "FUND_REQUEST": Desk("FUND_REQUEST"),
    "FUND_PAPER": Desk("FUND_PAPER", two_person=False, decides="REVIEWER"),
}
