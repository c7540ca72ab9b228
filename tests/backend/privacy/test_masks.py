"""Each class of data is shown in one way, wherever it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.classes import FieldClass, fields
from backend.privacy.masks import HIDDEN, LISTED, Disclosure, masked, masked_column

MASKED = (FieldClass.NAME, FieldClass.NUMBER, FieldClass.ACCOUNT, FieldClass.CONTACT)
CLERK = Disclosure.to(roles=frozenset({"CLERK"}))


@pytest.mark.parametrize(
    ("field_class", "text", "shown"),
    [
        (FieldClass.NUMBER, "340811196001014126", "340811********4126"),
        (FieldClass.NUMBER, "H12345678", "H1*****78"),
        (FieldClass.NUMBER, "12", "**"),
        (FieldClass.ACCOUNT, "6222021234565518", "6222********5518"),
        (FieldClass.ACCOUNT, "12345678", "****5678"),
        (FieldClass.ACCOUNT, "1234", "****"),
        (FieldClass.NAME, "张三", "张*"),
        (FieldClass.NAME, "王小明", "王*明"),
        (FieldClass.NAME, "𠮷", "*"),
        (FieldClass.NAME, "", ""),
        (FieldClass.BIRTH, "1960-05-01", "1960-**-**"),
        (FieldClass.CONTACT, "13855665518", "138****5518"),
        (FieldClass.CONTACT, "迎江区人民路88号", "迎江区人*****"),
        (FieldClass.TRAIT, "01", HIDDEN),
        (FieldClass.TRAIT, "", ""),
        (FieldClass.CREDENTIAL, "argon2$secret", ""),
        (FieldClass.MONEY, "5000.00", "5000.00"),
    ],
)
def test_lists_show_so_much(field_class: FieldClass, text: str, shown: str) -> None:
    assert masked(field_class, text) == shown


@given(st.text(alphabet="0123456789王李䶮㛃𠮷abc", min_size=1, max_size=24))
def test_what_is_masked_is_never_the_whole(text: str) -> None:
    for field_class in MASKED:
        shown = masked(field_class, text)

        assert len(shown) == len(text)
        assert shown != text
        assert set(shown) <= set(text) | {"*"}


@given(st.dates())
def test_number_and_day_of_birth_together_leave_the_day_open(day: object) -> None:
    number = f"340802{str(day).replace('-', '')}1234"

    shown = masked(FieldClass.NUMBER, number) + masked(FieldClass.BIRTH, str(day))

    assert str(day)[4:] not in shown
    assert str(day)[5:].replace("-", "") not in shown.replace("1234", "")


def test_contents_are_masked_key_by_key_however_deep() -> None:
    content = {
        "holder_name": "王秀英",
        "heirs": [{"payee": 7, "name": "李建国", "born_on": "1971-02-03"}],
        "amount": "100.00",
        "note_to_myself": "电话13800000000",
        "evidence": None,
    }

    assert LISTED.content(content) == {
        "holder_name": "王*英",
        "heirs": [{"payee": 7, "name": "李*国", "born_on": "1971-**-**"}],
        "amount": "100.00",
        "note_to_myself": HIDDEN,
        "evidence": None,
    }
    assert CLERK.content(content) == content


def test_a_purpose_opens_what_the_role_may_see_and_no_more() -> None:
    finance = Disclosure.to(roles=frozenset({"FINANCE"}))

    assert finance.text(FieldClass.ACCOUNT, "9900011000000000017") == "9900011000000000017"
    assert finance.text(FieldClass.BIRTH, "1960-05-01") == "1960-**-**"
    assert not finance.shows(FieldClass.TRAIT)
    assert Disclosure.to(roles=frozenset({"SYSTEM_ADMIN"})) == LISTED


@pytest.mark.parametrize("field_class", FieldClass)
def test_no_role_ever_sees_a_credential(field_class: FieldClass) -> None:
    roles = frozenset(role for seen in fields().classes.values() for role in seen.in_full)
    shown = Disclosure.to(roles=roles).text(field_class, "13800000000")

    assert (shown == "") is (field_class is FieldClass.CREDENTIAL)


def test_a_column_of_a_file_is_masked_by_its_class_and_else_shown() -> None:
    assert masked_column(column="payer_number", text="91340800123456789X") == "913408********789X"
    assert masked_column(column="pay_by", text="2026-13-01") == "2026-13-01"
