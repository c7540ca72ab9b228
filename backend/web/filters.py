"""Filters of lists (筛选条件): each takes its own kind of value, and refuses every other."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from django_filters.rest_framework.filters import BooleanFilter, NumberFilter
from django_filters.rest_framework.filterset import FILTER_FOR_DBFIELD_DEFAULTS

from backend.web.asked import ID_MAX, NO, YES

WHOLE = (
    models.AutoField,
    models.IntegerField,
    models.SmallIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
)


class YesOrNo(forms.Field):
    """true, false, 1 or 0, as written."""

    def to_python(self, value: Any) -> bool | None:
        """Read it; None where nothing stands."""
        if value is None:
            return None
        if value not in YES + NO:
            raise ValidationError("应为 true 或 false。")
        return value in YES


class Flag(BooleanFilter):
    """The library's passes over what is neither yes nor no."""

    field_class = YesOrNo  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=forms.TextInput, **kwargs)


class WholeNumber(NumberFilter):
    """The library's takes fractions of a row's number, and powers of ten too large to write out."""

    field_class = forms.IntegerField  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=-ID_MAX, max_value=ID_MAX, **kwargs)

    def get_max_validator(self) -> None:
        """The field has its own."""


class StrictFilters(FilterSet):
    """The filters of a list by the fields that its view names."""

    FILTER_DEFAULTS = {
        **FILTER_FOR_DBFIELD_DEFAULTS,
        models.BooleanField: {"filter_class": Flag},
        **{field: {"filter_class": WholeNumber} for field in WHOLE},
    }


class Filters(DjangoFilterBackend):
    """The filter backend of every list."""

    filterset_base = StrictFilters
