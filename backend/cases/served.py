"""Whose matter a case is (归哪个机构办理): its agency serves the schemes, and keeps the rows.

A case's act runs for the whole city. So what the case names is held to its agency before any act
runs, when it is accepted and when it is approved: the table of kinds says where it names schemes
and rows, and the policies of the tables (``scope.toml``) whose rows they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from django.apps import apps
from django.db import models

from backend.access.scoped import EVERYBODY
from backend.cases import kinds
from backend.cases.kinds import Kind
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.web import scope

BIGINT_MAX = 2**63 - 1


class SchemeNotServed(Refusal):
    """The agency serves other schemes (本机构不经办该险种)."""

    code = "case_scheme_not_served"
    status = 403


class RowOfAnother(Refusal):
    """What the case names is another agency's (所指事项不归本机构)."""

    code = "case_row_of_another"
    status = 403


def require_served(*, cases: Collection[Case], on: date) -> None:
    """Refuse what these cases ask of another agency's schemes or rows.

    What they name and is nowhere, or say in no way that can be read, their kind's own check
    refuses.

    Raises:
        SchemeNotServed, RowOfAnother.
    """
    by_agency = defaultdict[tuple[str, int], list[Case]](list)
    for case in cases:
        by_agency[case.kind, case.agency_id].append(case)
    for (code, _), alike in by_agency.items():
        kind = kinds.kind_of(code=code, on=on)
        _require_schemes(kind, alike)
        for path, table in kind.rows:
            _require_rows(path, _model_of(table), alike)


def _require_schemes(kind: Kind, cases: Collection[Case]) -> None:
    for case in cases:
        named = (one for path in kind.scheme_in for one in _at(case.content, path))
        told = {scheme for one in named if isinstance(one, str) for scheme in one.split("+")}
        others = told.union(kind.schemes).difference(case.agency.schemes)
        if others:
            raise SchemeNotServed(
                f"{case.agency.name}不经办险种{'、'.join(sorted(others))}，不能办理“{kind.label}”。",
                kind=kind.code,
            )


def _require_rows(path: str, model: type[models.Model], cases: Collection[Case]) -> None:
    named = {
        one
        for case in cases
        for one in _at(case.content, path)
        if type(one) is int and 0 < one <= BIGINT_MAX
    }
    if not named:
        return
    agency = next(iter(cases)).agency
    with scope.whole_city():  # the caller may see less, or more, than the case's agency
        there = _there(model, named)
        with scope.looking_as(told={"agency": str(agency.pk), "sees": EVERYBODY}):
            others = there - _there(model, there)
    if others:
        raise RowOfAnother(
            f"所指的{model._meta.verbose_name} {min(others)} 不归{agency.name}办理。",
            row=min(others),
        )


def _there(model: type[models.Model], numbers: Collection[int]) -> set[int]:
    rows = model._default_manager.filter(pk__in=numbers)
    return set(rows.values_list("pk", flat=True))


def _model_of(table: str) -> type[models.Model]:
    return next(one for one in apps.get_models() if one._meta.db_table == table)


def _at(content: object, path: str) -> Iterator[object]:
    """What stands at a path; of a list, in each of its tables."""
    if isinstance(content, list):
        for one in content:
            yield from _at(one, path)
    elif isinstance(content, Mapping):
        name, _, rest = path.partition(".")
        value = content.get(name)
        if rest:
            yield from _at(value, rest)
        else:
            yield value
