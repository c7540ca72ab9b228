"""Every decision says what may be done against it, to whom, until when, by which law."""

from datetime import date

import pytest

from backend.kernel.parameters import NotConfigured
from insurance.policy import parameters
from insurance.policy.remedy import Office, RemedyTerms, remedy, remedy_terms

OFFICE = Office("示例经办机构", "示例路1号，电话 0000", "示例市人民政府", "示例区人民法院")


def terms(on: date = date(2026, 11, 10)) -> RemedyTerms:
    return remedy_terms(tree=parameters.load(), region="340800", on=on)


def test_objection_review_and_lawsuit_are_each_told() -> None:
    objection, review, lawsuit = remedy(terms=terms(), office=OFFICE)

    assert "异议" in objection
    assert "示例经办机构" in objection
    assert "书面答复" in objection
    assert "60日内" in review
    assert "示例市人民政府" in review
    assert "《中华人民共和国行政复议法》第二十条" in review
    assert "6个月内" in lawsuit
    assert "示例区人民法院" in lawsuit
    assert "《中华人民共和国行政诉讼法》第四十六条" in lawsuit
    assert "15日内" in lawsuit


def test_the_limits_are_those_in_force_on_the_day() -> None:
    assert terms(date(2024, 1, 1)).review_days.whole == 60

    with pytest.raises(NotConfigured):
        terms(date(2023, 12, 31))
