"""Exceptions are worked by keyboard alone, each by two people (异常)."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from payments import open_lines
from payments.models import Batch, Discrepancy
from tests import builders
from tests.browser.desk import ELSEWHERE, Desk, fresh_code
from tests.browser.people import somebody
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import BUSY, CLOSED_ACCOUNT, PAID, UNKNOWN, Line, Said


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def batch() -> Batch:
    """Five lines: one paid too much, one unknown, two that came back, one right."""
    people = [builders.person() for _ in range(5)]
    for one in people:
        pay.account(one)
    batch = pay.sent(*(Line(one) for one in people))
    much, unknown, closed, busy, right = pay.lines_of(batch)
    pay.answer(
        batch,
        Said(much, fen=25_400),
        Said(unknown, UNKNOWN),
        Said(closed, CLOSED_ACCOUNT),
        Said(busy, BUSY),
        Said(right, PAID),
    )
    return batch


def at(desk: Desk, role: str, path: str = "/exceptions") -> None:
    desk.seated(somebody(role))
    desk.open(path)


def test_a_line_is_settled_by_keyboard_alone_and_by_two_people(desk: Desk, batch: Batch) -> None:
    keys = desk.page.keyboard
    at(desk, "FINANCE")
    desk.says("1 / 4")
    desk.page.get_by_label("对照").get_by_text("254.00").first.wait_for()
    desk.require_accessible()
    desk.picture("exceptions", also=ELSEWHERE)

    keys.press("j")
    desk.says("2 / 4")
    desk.page.get_by_role("heading", name="结果不明").wait_for()
    keys.press("1")
    desk.page.get_by_label("银行的书面依据").focus()
    keys.type("查复书 演示-1")
    desk.picture("exception-propose")
    keys.press("Enter")
    desk.says("已提出处理，等复核岗位的另一人决定")
    desk.picture("exception-proposed")

    at(desk, "REVIEWER")
    desk.says("1 / 4")
    keys.press("j")
    desk.page.get_by_role("button", name="不同意").wait_for()
    keys.press("1")
    desk.says("依据 查复书 演示-1")
    desk.page.get_by_label("密码").focus()
    keys.type(builders.PASSWORD)
    keys.press("Tab")
    keys.type(fresh_code(somebody("REVIEWER")))
    keys.press("Enter")

    desk.says("今天已了结 1 条")
    desk.says("共 3 条")
    row = Discrepancy.objects.get(kind="UNKNOWN")
    assert (row.decision, row.closed_at is not None) == ("PAID", True)


def test_marked_lines_are_given_to_an_owner_together(desk: Desk, batch: Batch) -> None:
    clerk = somebody("CLERK")
    at(desk, "FINANCE")
    desk.says("1 / 4")
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("a")
    panel = desk.page.get_by_role("dialog", name="分派 2 条")
    panel.get_by_label("归谁").select_option(label="陈晨 · 经办")
    desk.require_accessible()
    desk.picture("exceptions-assign")

    panel.get_by_role("button", name="分派", exact=True).click()

    desk.says("无人认领 2")
    assert Discrepancy.objects.filter(owner_staff_id=clerk.pk).count() == 2


def test_who_assigns_what_another_assigned_meanwhile_is_told(desk: Desk, batch: Batch) -> None:
    desk.expect(412)
    clerk, finance = somebody("CLERK"), somebody("FINANCE")
    at(desk, "FINANCE")
    desk.says("1 / 4")
    desk.page.keyboard.press("a")
    panel = desk.page.get_by_role("dialog", name="分派 1 条")
    panel.get_by_label("归谁").select_option(label="陈晨 · 经办")
    Discrepancy.objects.update(owner_staff_id=finance.pk)

    panel.get_by_role("button", name="分派", exact=True).click()

    desk.says("记录已被他人修改，请核对后重新提交。")
    desk.says("吴敏 1 条")
    desk.picture("exceptions-conflict")
    panel.get_by_role("button", name="看现在归谁，重新分派").click()
    desk.says("其中 1 条已有人负责，将改归所选的人")
    panel.get_by_role("button", name="分派", exact=True).click()
    panel.wait_for(state="detached")
    assert Discrepancy.objects.filter(owner_staff_id=clerk.pk).count() == 1


def test_a_filter_stands_in_the_address_and_esc_leaves_it(desk: Desk, batch: Batch) -> None:
    at(desk, "FINANCE")
    desk.page.get_by_role("navigation", name="按原因").get_by_role("button", name="已销户").click()
    desk.says("1 / 1")
    assert "reason=CLOSED" in desk.page.url

    desk.page.keyboard.press("Escape")

    desk.says("1 / 4")
    assert "reason" not in desk.page.url


def test_many_of_one_reason_open_as_one_fault(
    desk: Desk, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_lines, "GROUPED_ABOVE", 0)
    at(desk, "FINANCE")
    desk.says("同一银行同一原因超过 200 笔，多半是一件事")
    desk.require_accessible()
    desk.picture("exceptions-grouped")

    desk.page.get_by_role("button", name="看样本、成批分派").first.click()

    desk.says("1 / 1")
    desk.page.keyboard.press("g")
    desk.says("同一银行同一原因超过 200 笔，多半是一件事")


def test_a_long_list_is_drawn_in_part_and_read_page_by_page(desk: Desk, batch: Batch) -> None:
    model = Discrepancy.objects.filter(kind="UNKNOWN").get()
    Discrepancy.objects.bulk_create(
        Discrepancy(
            batch=batch,
            return_file=model.return_file,
            kind="EXTRA",
            ref=f"{order}-1",
            bank_fen=order,
            proposal="QUERY_BANK",
            owner_role="FINANCE",
        )
        for order in range(1, 451)
    )
    at(desk, "FINANCE", "/exceptions?group=no")
    desk.says("共 454 条")
    rows = desk.page.locator("tbody tr[aria-rowindex]")
    rows.first.wait_for()
    assert rows.count() < 60

    desk.page.get_by_role("region", name="异常清单").evaluate("(list) => list.scrollTo(0, 9e6)")
    desk.page.locator("tr[aria-rowindex='210']").wait_for(state="attached")
    desk.page.get_by_role("region", name="异常清单").evaluate("(list) => list.scrollTo(0, 9e6)")
    desk.page.locator("tr[aria-rowindex='390']").wait_for()

    assert rows.count() < 60
    desk.picture("exceptions-long")


def test_nothing_open_says_what_comes_next(desk: Desk) -> None:
    with desk.waiting("**/api/v1/discrepancies/**"):
        at(desk, "FINANCE")
        desk.says("正在读取异常")
        desk.picture("exceptions-loading")
    desk.says("没有未了结的异常")
    desk.require_accessible()
    desk.picture("exceptions-empty")

    desk.broken("**/api/v1/discrepancies/**")
    desk.page.get_by_role("button", name="我的 0").click()

    desk.says("与中心连接不上")
    desk.picture("exceptions-failed")
