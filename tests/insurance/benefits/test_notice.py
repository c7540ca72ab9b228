"""Who is paid no more is told so: why, by which law, how it ends, what may be done."""

from dataclasses import replace

import pytest

from backend.papers.paper import Fields, Mark, Paper, Paragraphs
from insurance.benefits.notice import Change, StopNotice, stop_notice
from tests.insurance.benefits.paper_builders import QIAN, held_pension, issued


def opening(paper: Paper) -> str:
    [text] = next(block.texts for block in paper.body if isinstance(block, Paragraphs))
    return text


def written(notice: StopNotice) -> Paper:
    return stop_notice(notice=notice, issued=issued(marks=(Mark.DEMO,)))


def test_a_held_pension_is_told_with_reason_article_and_way_back() -> None:
    notice = held_pension()

    paper = written(notice)

    [fields] = [block for block in paper.body if isinstance(block, Fields)]
    shown = {entry.label: entry.value for entry in fields.entries}
    assert paper.title == "暂停养老保险待遇告知书"
    assert paper.addressee == QIAN.name
    assert opening(paper).startswith("您的企业职工基本养老金，从2026年12月起暂停发放。")
    assert shown["暂停原因"] == notice.reason
    assert shown["查明的事实"] == notice.facts
    assert shown["依据"] == notice.article
    assert shown["怎样恢复"] == notice.way_back


def test_a_pension_that_ends_is_told_as_ended() -> None:
    paper = written(held_pension(Change.STOP))

    assert paper.title == "停止养老保险待遇告知书"
    assert "停止发放" in opening(paper)
    assert "暂停" not in opening(paper)


def test_a_notice_to_a_relative_names_whose_pension_it_is() -> None:
    paper = written(replace(held_pension(Change.STOP), addressee="王小某"))

    assert paper.addressee == "王小某"
    assert opening(paper).startswith(f"{QIAN.name}的企业职工基本养老金")


@pytest.mark.parametrize("change", list(Change))
def test_the_receiver_signs_and_learns_what_may_be_done(change: Change) -> None:
    paper = written(held_pension(change))

    assert len(paper.remedy) == 3
    assert paper.signatures[-1].role == "收件人（签名）"
    assert paper.marks == (Mark.DEMO,)
