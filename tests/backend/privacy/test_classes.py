"""Every column of every table has its class, and no list shows what its class hides."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field, Model
from rest_framework import serializers

from backend.access.models import Role
from backend.audit.api import ActContent
from backend.privacy.classes import FieldClass, Mask, fields
from tests.backend.privacy.keys import keys_in_code
from tests.backend.web.routes import ROUTES

MODELS = sorted(apps.get_models(include_auto_created=True), key=lambda one: one._meta.db_table)
WHO = (FieldClass.PERSON, FieldClass.STAFF)
WHOSE = re.compile(r"(person|payee|payer|party|debtor|survivor|staff|clerk)(_id)?$")
# What a column's name betrays: of these classes it is, whoever forgot to say so.
BETRAYED = (
    (re.compile(r"password$|_sealed$|secret|nonce$|session"), {FieldClass.CREDENTIAL}),
    (re.compile(r"account_no"), {FieldClass.ACCOUNT}),
    (re.compile(r"(id|person|payer)_number$"), {FieldClass.NUMBER}),
    (re.compile(r"(holder|person|payer|search)_name$"), {FieldClass.NAME}),
    (re.compile(r"birth_date"), {FieldClass.BIRTH}),
    (re.compile(r"phone|address$|mobile"), {FieldClass.CONTACT}),
    (re.compile(r"(^|_)fen$"), {FieldClass.MONEY}),
    (re.compile(r"^(note|reason_text|facts|evidence)$"), {FieldClass.TEXT, FieldClass.REF}),
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.db_table)
def test_every_column_has_its_class(model: type[Model]) -> None:
    table = fields().tables[model._meta.db_table]

    assert set(table.columns) == {field.column for field in model._meta.concrete_fields}


def test_no_class_is_given_to_what_is_not_there() -> None:
    assert set(fields().tables) == {model._meta.db_table for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.db_table)
def test_whoever_a_row_names_is_told_as_a_person(model: type[Model]) -> None:
    columns = fields().tables[model._meta.db_table].columns
    naming = {
        str(field.column)
        for field in model._meta.concrete_fields
        if _table_of(field) in ("people_party", "people_person", "access_staff")
        or WHOSE.search(str(field.column))
    }

    assert {name: columns[name] for name in naming if columns[name] not in WHO} == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.db_table)
def test_a_name_that_betrays_its_column_agrees_with_the_class(model: type[Model]) -> None:
    columns = fields().tables[model._meta.db_table].columns

    for name, field_class in columns.items():
        for pattern, classes in BETRAYED:
            if pattern.search(name):
                assert field_class in classes, name


def test_what_points_to_a_persons_row_says_through_what_it_is_his() -> None:
    tables = fields().tables
    for table in tables.values():
        seen = [table]
        while seen[-1].through is not None:
            through = seen[-1].through
            assert through.column in seen[-1].columns, table.name
            assert through.key in tables[through.table].columns, table.name
            seen.append(tables[through.table])
        assert len(seen) == 1 or seen[-1].of_class(FieldClass.PERSON), table.name


def test_what_is_held_says_since_when_by_a_column_of_its_own() -> None:
    for table in fields().tables.values():
        if table.through or table.of_class(FieldClass.PERSON):
            assert table.since in {"", *table.columns}, table.name


def test_every_key_of_contents_and_acts_has_its_class() -> None:
    assert keys_in_code() - fields().keys.keys() == set()


def test_full_values_are_for_roles_that_there_are() -> None:
    for seen in fields().classes.values():
        assert seen.in_full <= set(Role.values)
        assert not (seen.in_full and seen.listed is Mask.NONE)


def test_sensitive_is_what_the_law_names_and_what_opens_accounts() -> None:
    sensitive = {one for one, seen in fields().classes.items() if seen.sensitive}

    assert sensitive == {
        *(FieldClass.NUMBER, FieldClass.TRAIT, FieldClass.ACCOUNT, FieldClass.LIFE),
        *(FieldClass.HEALTH, FieldClass.CREDENTIAL),
    }


def test_no_list_shows_a_column_as_it_is_whose_class_is_masked() -> None:
    plain = [
        (serializer.__name__, name)
        for serializer in sorted(set(_serializers()), key=lambda one: one.__name__)
        for name, column_class in _shown_plainly(serializer)
        if fields().classes[column_class].listed is not Mask.NONE
    ]

    assert plain == []


def _table_of(field: "Field[Any, Any]") -> str:
    related = field.related_model
    return related._meta.db_table if isinstance(related, type) else ""


def _serializers(
    of: type[serializers.ModelSerializer[Any]] = serializers.ModelSerializer,
) -> Iterator[type[serializers.ModelSerializer[Any]]]:
    assert ROUTES  # the views are loaded, and their serializers with them
    for serializer in of.__subclasses__():
        yield from _serializers(serializer)
        if hasattr(serializer, "Meta"):
            yield serializer


def _shown_plainly(
    serializer: type[serializers.ModelSerializer[Any]],
) -> Iterator[tuple[str, FieldClass]]:
    model: type[Model] = serializer.Meta.model
    meta = model._meta
    columns = {field.name: str(field.column) for field in meta.concrete_fields}
    columns |= {field.attname: str(field.column) for field in meta.concrete_fields}
    for name, field in serializer().fields.items():
        masked = isinstance(field, serializers.SerializerMethodField | ActContent)
        if field.source in columns and not masked and not field.write_only:
            yield name, fields().tables[meta.db_table].columns[columns[field.source]]
