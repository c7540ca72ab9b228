"""Kinds of cases (业务类型), by the day; who may approve what: ``authority``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from backend.kernel.dated import DatedFile, DatedRow, load_dated_toml
from backend.kernel.errors import Refusal

FOLDER = Path(__file__).parent / "data"
CASE = "cases.case"
DAYS = 64  # whose kinds are kept; nearly every case asks for those of today


class KindUnknown(Refusal):
    """No such kind of case is in force on the day (没有这种业务)."""

    code = "case_kind_unknown"


class StepNotAllowed(Refusal):
    """Nobody in this role may take this step (该岗位无权办理此环节)."""

    code = "step_not_allowed"
    status = 403


@dataclass(frozen=True)
class Kind:
    """A kind of case (业务类型)."""

    code: str
    label: str
    two_person: bool  # reviewed and signed by one, decided by another
    from_feed: bool  # may be received without anybody at the desk
    agency_kind: str = ""  # whose matter it is, from receipt to decision; empty: any agency's
    objects_to: str = ""  # what in its content names a case whose makers may not sign this one
    corrected_by: tuple[str, ...] = ()  # kinds that put right what was approved; none: its own
    feed_two_person: bool = False  # two persons, where nobody at the desk received it
    filed: bool = False  # may be filed before it is accepted
    delivered: bool = False  # ends once its paper was delivered
    schemes: tuple[str, ...] = ()  # it is about these, whatever it says
    scheme_in: tuple[str, ...] = ()  # where its content names schemes
    rows: tuple[tuple[str, str], ...] = ()  # where it names rows, and of which table
    every_agency: str = ""  # why it is no matter of one agency
    of_body: bool = False  # of the body itself: it has no party but who takes it in
    told_by: tuple[str, ...] = ()  # the kinds of papers that tell whom it concerns
    tells_nobody: str = ""  # why it decides about nobody
    proven: bool = False  # received with password and code: one signature more, and it counts

    def needs_review(self, *, received_by: int | None) -> bool:
        """Whether a first person signs it before another decides it."""
        return self.two_person or (self.feed_two_person and received_by is None)


def kind_of(*, code: str, on: date) -> Kind:
    """Give the kind in force on a day.

    Raises:
        KindUnknown: when there is none.
    """
    kind = _by_code(on=on).get(code)
    if kind is None:
        raise KindUnknown(f"{on} 没有业务类型“{code}”。", kind=code)
    return kind


@lru_cache(maxsize=DAYS)
def kinds(*, on: date) -> tuple[Kind, ...]:
    """Give all kinds in force on a day."""
    return tuple(
        Kind(
            code=row.text("code"),
            label=row.text("label"),
            two_person=row.fields["two_person"] is True,
            from_feed=row.fields["from_feed"] is True,
            agency_kind=str(row.fields.get("agency_kind", "")),
            objects_to=str(row.fields.get("objects_to", "")),
            corrected_by=_listed(row, "corrected_by"),
            feed_two_person=row.fields.get("feed_two_person") is True,
            filed=row.fields.get("filed") is True,
            delivered=row.fields.get("delivered") is True,
            schemes=_listed(row, "schemes"),
            scheme_in=_listed(row, "scheme_in"),
            rows=_named(row, "rows"),
            every_agency=str(row.fields.get("every_agency", "")),
            of_body=row.fields.get("of_body") is True,
            told_by=_listed(row, "told_by"),
            tells_nobody=str(row.fields.get("tells_nobody", "")),
            proven=row.fields.get("proven") is True,
        )
        for row in _kinds().in_force("kind", on)
    )


@lru_cache(maxsize=DAYS)
def _by_code(*, on: date) -> Mapping[str, Kind]:
    return {kind.code: kind for kind in kinds(on=on)}


def _listed(row: DatedRow, name: str) -> tuple[str, ...]:
    listed = row.fields.get(name)
    return tuple(str(one) for one in listed) if isinstance(listed, tuple) else ()


def _named(row: DatedRow, name: str) -> tuple[tuple[str, str], ...]:
    named = row.fields.get(name)
    pairs = named.items() if isinstance(named, Mapping) else ()
    return tuple((key, str(value)) for key, value in pairs)


@cache
def _kinds() -> DatedFile:
    return load_dated_toml(FOLDER / "kinds.toml", key=("code",))
