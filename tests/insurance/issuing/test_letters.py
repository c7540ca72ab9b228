"""A notice is printed as a letter: what it says, numbered, without anybody's numbers."""

from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from backend.kernel.identity import Sex
from backend.notices.give import give_notices
from backend.notices.models import Notice
from insurance.issuing.letters import NoLetter, print_letter
from insurance.issuing.models import IssuedPaper
from tests import builders
from tests.backend.notices.notice_builders import ADDRESS, MOBILE, reach
from tests.insurance.issuing import issuing_builders as paper

pytestmark = pytest.mark.django_db


def notice(**contact: str) -> Notice:
    """Wang is told of a decided case."""
    paper.configured()
    reach(builders.wang(), **contact)
    give_notices(case=paper.decided(), more="", call_back=False)
    return Notice.objects.get()


def said(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_letter_says_what_the_notice_says_and_where_it_goes() -> None:
    letter = notice(address=ADDRESS)

    out = print_letter(notice=letter, by=paper.printer().staff)

    text = said(out.pdf).replace("\n", "")
    assert out.paper.number.startswith("34080001-BGGZ-2026-")
    assert "变更告知书" in text
    assert "王秀英" in text
    assert ADDRESS in text
    assert "如不是您本人办理" in text
    number = builders.id_number(birth_date=builders.wang().birth_date, sex=Sex.FEMALE, serial=301)
    assert number not in text


def test_printed_again_it_is_the_same_letter() -> None:
    letter = notice(address=ADDRESS)

    first = print_letter(notice=letter, by=paper.printer().staff)
    again = print_letter(notice=letter, by=paper.printer().staff)

    assert first.pdf == again.pdf
    assert IssuedPaper.objects.count() == 1


def test_a_message_is_no_letter() -> None:
    message = notice(phone=MOBILE)

    with pytest.raises(NoLetter):
        print_letter(notice=message, by=paper.printer().staff)


def test_a_clerk_prints_it(client: Client) -> None:
    letter = notice(address=ADDRESS)
    client.force_login(paper.printer().staff)

    answer = client.get(f"/api/v1/notices/{letter.pk}/letter.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
