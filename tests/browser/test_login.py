"""Log in and out in the browser: what was wrong is told, a session that ended leads back."""

import pytest

from backend.access.attempts import FAILURES_MAX
from backend.access.models import Staff, StaffSession
from tests import builders
from tests.browser.desk import ELSEWHERE, Desk


@pytest.fixture
def finance(desk: Desk) -> Staff:
    return builders.staff_with_password(role="FINANCE", username="caiwu1")


def test_password_and_code_open_the_pages_of_the_role(desk: Desk, finance: Staff) -> None:
    desk.open()
    desk.says("演示")
    desk.require_accessible()
    desk.picture("login", also=ELSEWHERE)

    desk.log_in(finance)

    desk.says("caiwu1 · 财务")
    desk.page.get_by_role("heading", name="今天要办").wait_for()
    desk.page.get_by_role("link", name="我的岗位").click()
    desk.page.get_by_role("cell", name="财务").first.wait_for()
    desk.require_accessible()
    desk.picture("my-roles")
    desk.page.get_by_role("button", name="退出").click()
    desk.says("您已退出登录。")
    assert not StaffSession.objects.exists()


def test_a_wrong_code_is_told_and_the_name_stays(desk: Desk, finance: Staff) -> None:
    desk.expect(401)
    desk.open()

    desk.log_in(finance, code="000000")

    desk.says("用户名、密码或动态口令不正确，或账号已停用。")
    assert desk.page.get_by_label("用户名").input_value() == "caiwu1"
    assert desk.page.get_by_label("密码").input_value() == ""
    desk.require_accessible()
    desk.picture("login-refused")


def test_after_too_many_guesses_the_page_says_how_long_to_wait(desk: Desk, finance: Staff) -> None:
    desk.expect(401, 429)
    desk.open()

    for _ in range(FAILURES_MAX):
        desk.log_in(finance, password="wrong-password-1")
        desk.says("用户名、密码或动态口令不正确，或账号已停用。")
        desk.page.get_by_role("button", name="登录 · 还缺密码").wait_for()
    desk.log_in(finance)

    desk.says("密码或动态口令错误次数过多，请十五分钟后再试，或联系安全管理员。")
    desk.picture("login-locked")


def test_a_session_that_ended_leads_back_to_where_it_was(desk: Desk, finance: Staff) -> None:
    desk.expect(401)
    desk.seated(finance)
    desk.open("/password")
    desk.says("再输一次新密码")
    StaffSession.objects.all().delete()

    desk.page.get_by_label("现在的密码").fill(builders.PASSWORD)
    desk.page.get_by_label("新密码", exact=True).fill("another-password-1")
    desk.page.get_by_label("再输一次新密码").fill("another-password-1")
    desk.page.get_by_label("动态口令").fill("123456")
    desk.page.get_by_role("button", name="修改", exact=True).click()

    desk.says("登录已经过期，请重新登录。没有提交的内容不会保存。")
    desk.picture("login-expired")
    desk.log_in(finance)
    desk.says("再输一次新密码")


def test_an_initial_password_opens_nothing_but_its_change(desk: Desk, finance: Staff) -> None:
    Staff.objects.filter(pk=finance.pk).update(password_initial=True)
    desk.open("/me")

    desk.log_in(finance)

    desk.says("这是别人发给您的初始密码，改过以后才能使用其他功能。")
    desk.picture("password")


def test_a_page_that_is_not_there_leads_home(desk: Desk, finance: Staff) -> None:
    desk.seated(finance)
    desk.open("/nothing")

    desk.says("没有这个页面")
    desk.require_accessible()
    desk.picture("not-found")
    desk.page.get_by_role("link", name="回到首页").click()
    desk.page.get_by_role("heading", name="今天要办").wait_for()


def test_without_the_centre_the_page_says_that_nothing_was_read(desk: Desk, finance: Staff) -> None:
    desk.broken("**/api/v1/staff/csrf")
    desk.open()

    desk.says("与中心连接不上")
    desk.says("页面没有读到任何数据。请检查网络后刷新本页。")
    desk.picture("unreachable")
