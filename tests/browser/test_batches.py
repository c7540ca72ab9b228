"""A batch walks from its seal to the archive before the eyes of five people (批次)."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from backend.people.models import Person
from payments import bank_files, reconcile
from payments.models import Batch, BatchRefusal, ReturnFile
from payments.signing import APPROVE, CHECK, SEND
from tests import builders, funds
from tests.browser.desk import ELSEWHERE, Desk
from tests.browser.people import somebody
from tests.payments import payment_builders as pay
from tests.payments.payment_builders import Line, Said

MISSING = "还须打开增减证明、暂缓原因"


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def payees() -> list[Person]:
    people = [builders.person(name=name) for name in ("汪桂兰", "操家明", "江守义")]
    for one in people:
        pay.account(one)
    return people


def sealed() -> Batch:
    return pay.sealed(*(Line(one, holder_name="汪桂兰") for one in payees()))


def at(desk: Desk, role: str, path: str) -> None:
    desk.seated(somebody(role))
    desk.open(path)


def sign(desk: Desk, role: str, label: str) -> None:
    """Open what must be opened, then sign."""
    button = desk.page.get_by_role("button", name=f"{label} · {MISSING}")
    button.click(force=True)  # it says that it does nothing yet
    assert desk.page.get_by_role("dialog").count() == 0
    desk.page.keyboard.press("m")
    desk.page.get_by_role("button", name="暂缓发放 · 按原因").click()
    desk.page.get_by_role("button", name=label, exact=True).click()
    desk.prove(somebody(role))
    desk.page.get_by_role("dialog").get_by_role("button", name=label, exact=True).click()


def test_three_people_sign_a_batch_and_it_is_in_doubt_until_the_bank_has_it(
    desk: Desk, tmp_path: Path
) -> None:
    batch = sealed()
    at(desk, "REVIEWER", "/")
    desk.says("1 个批次等您签名")
    desk.require_accessible()
    desk.picture("finance-home")
    desk.page.get_by_role("link", name="去看").first.click()
    desk.page.get_by_role("row", name=batch.no).wait_for()
    desk.require_accessible()
    desk.picture("batches", also=ELSEWHERE)
    desk.page.keyboard.press("Enter")
    desk.says(MISSING)
    desk.picture("batch-closed")

    sign(desk, "REVIEWER", "复核")
    desk.says("审批 · 等审批岗位的人")
    desk.says("方立")

    at(desk, "APPROVER", f"/batches/{batch.pk}")
    sign(desk, "APPROVER", "审批")
    desk.says("放款 · 等放款岗位的人")
    desk.require_accessible()
    desk.picture("batch-approved", also=ELSEWHERE)

    bank_files.prepare_file(batch_id=batch.pk)
    funds.cover([batch])
    at(desk, "CASHIER", f"/batches/{batch.pk}")
    desk.page.get_by_role("button", name="放款", exact=True).click()
    desk.says("报盘文件将交给银行，不能撤回。")
    desk.require_accessible()
    desk.picture("batch-sign")
    desk.prove(somebody("CASHIER"))
    desk.page.get_by_role("dialog").get_by_role("button", name="放款", exact=True).click()
    desk.says("结果未知，不得重发")
    desk.says("报盘 · 结果未知，不得重发")
    desk.require_accessible()
    desk.picture("batch-doubt")
    batch.refresh_from_db()
    assert batch.state == "SENDING"


def test_a_wrong_code_signs_nothing_and_is_told_in_the_panel(desk: Desk) -> None:
    desk.expect(401)
    batch = sealed()
    at(desk, "REVIEWER", f"/batches/{batch.pk}")
    desk.page.get_by_role("button", name="增减证明", exact=True).click()
    desk.page.get_by_role("button", name="暂缓发放 · 按原因").click()
    desk.page.get_by_role("button", name="复核", exact=True).click()
    desk.page.get_by_label("密码").fill("wrong-password-1")
    desk.page.get_by_label("动态口令").fill("000000")

    desk.page.get_by_role("dialog").get_by_role("button", name="复核", exact=True).click()

    desk.says("用户名、密码或动态口令不正确，或账号已停用。")
    desk.picture("batch-sign-refused")
    desk.page.keyboard.press("Escape")
    desk.page.get_by_role("dialog").wait_for(state="detached")
    batch.refresh_from_db()
    assert batch.state == "SEALED"


def test_who_does_not_agree_says_why_and_takes_it_back(desk: Desk) -> None:
    batch = pay.sign(sealed(), CHECK)
    approver = somebody("APPROVER")
    at(desk, "APPROVER", f"/batches/{batch.pk}")
    desk.page.get_by_role("button", name="不同意", exact=True).click()
    panel = desk.page.get_by_role("dialog")
    panel.get_by_role("button", name="不同意审批 · 还缺理由").wait_for()
    panel.get_by_label("理由").fill("操某的金额与核定不符（演示）")
    desk.prove(approver)

    panel.get_by_role("button", name="不同意审批", exact=True).click()

    desk.says("审批环节不同意：操某的金额与核定不符（演示）")
    desk.says("审批 · 先要撤回不同意")
    desk.require_accessible()
    desk.picture("batch-refused")
    desk.page.get_by_role("button", name="撤回不同意").click()
    panel.get_by_label("理由").fill("已核对原件，金额无误")
    desk.prove(approver)
    panel.get_by_role("button", name="撤回不同意").click()
    desk.says(MISSING)
    assert [one.lifts_id is None for one in BatchRefusal.objects.order_by("pk")] == [True, False]


def return_file(batch: Batch, tmp_path: Path, *said: Said) -> Path:
    path = tmp_path / f"HP340800NSB{batch.bankfile.serial:08d}_01.txt"
    path.write_bytes(pay.return_bytes(batch=batch, said=said))
    return path


def test_a_return_file_is_taken_in_or_refused_readably(desk: Desk, tmp_path: Path) -> None:
    desk.expect(422)
    batch = pay.deliver(pay.sign(_approved(), SEND))
    lines = pay.lines_of(batch)
    said = [Said(lines[0]), Said(lines[1], fen=25_400), Said(lines[2], pay.CLOSED_ACCOUNT)]
    good = return_file(batch, tmp_path, *said)
    bad = tmp_path / "cut.txt"
    bad.write_bytes(good.read_bytes()[:-20])
    at(desk, "FINANCE", f"/batches/{batch.pk}")
    desk.says("回盘 · 等银行的文件")
    desk.page.get_by_role("button", name="上传回盘文件").click()
    panel = desk.page.get_by_role("dialog")
    panel.get_by_label("选择文件").set_input_files(bad)
    desk.prove(somebody("FINANCE"))
    panel.get_by_role("button", name="上传", exact=True).click()
    desk.says("整份没有接收，账上没有任何改动。")
    desk.require_accessible()
    desk.picture("upload-refused")

    panel.get_by_label("选择文件").set_input_files(good)
    desk.prove(somebody("FINANCE"))
    panel.get_by_role("button", name="上传", exact=True).click()

    desk.says("✓ 已接收")
    desk.picture("upload-taken")
    desk.page.keyboard.press("Escape")
    desk.says("多付 1 笔")
    desk.says("✓ 未解释 0.00")
    desk.require_accessible()
    desk.picture("batch-returned", also=ELSEWHERE)
    assert ReturnFile.objects.filter(accepted=True).count() == 1


def _approved() -> Batch:
    batch = pay.sign(pay.sign(sealed(), CHECK), APPROVE)
    bank_files.prepare_file(batch_id=batch.pk)
    return batch


def test_a_settled_batch_has_eight_stages_behind_it(desk: Desk) -> None:
    batch = pay.answered(pay.PAID, pay.PAID)
    reconcile.reconcile(batch_ids=[batch.pk], now=timezone.now())

    at(desk, "FINANCE", f"/batches/{batch.pk}")

    desk.page.get_by_role("list", name="批次阶段").wait_for()
    assert desk.page.locator(".ribbon li.done").count() == 8
    desk.picture("batch-closed-month")


def test_what_is_read_what_is_empty_and_what_fails_are_told_apart(desk: Desk) -> None:
    with desk.waiting("**/api/v1/batches/*"):
        at(desk, "FINANCE", "/batches")
        desk.says("正在读取批次")
        desk.picture("batches-loading")
    desk.says("还没有发放批次")
    desk.picture("batches-empty")
    at(desk, "FINANCE", "/")
    desk.says("没有等着办的")
    desk.picture("finance-home-empty")

    desk.broken("**/api/v1/batches/*")
    desk.open("/batches")

    desk.says("与中心连接不上")
    desk.picture("batches-failed")


def test_a_role_without_batches_is_told_so(desk: Desk) -> None:
    at(desk, "CLERK", "/batches")

    desk.says("您的岗位不能使用“发放批次”")
    desk.says("您今天的岗位：经办")
    desk.require_accessible()
    desk.picture("not-permitted")


def test_a_batch_that_is_not_there_is_told_so(desk: Desk) -> None:
    desk.expect(404)
    at(desk, "FINANCE", "/batches/4711")

    desk.says("没有找到。")
    desk.picture("batch-not-there")
