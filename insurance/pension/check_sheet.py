"""What is looked at before somebody retires (退休预审核对表). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from backend.kernel.months import Month
from insurance.accounts.places import PlaceMonths
from insurance.policy.regions import region_said


class Look(Enum):
    """What was found."""

    THERE = "齐全"
    MISSING = "缺少"
    DOUBT = "待查明"


@dataclass(frozen=True)
class Item:
    """One line of the sheet (核对项)."""

    code: str
    label: str
    look: Look
    detail: str


@dataclass(frozen=True)
class Known:
    """What the registers say of somebody who retires soon."""

    birth_month: Month | None  # recognised; None: the archive was not looked at
    id_month: Month
    deemed_months: int
    months_here: int
    months_least: int
    past_age: bool  # the statutory month is over
    enrolled_before: Month | None  # insured before this system's own bills
    open_months: Sequence[Month]
    difference_months: Sequence[Month]  # paid as billed at first; a difference is not
    account_fen: int
    has_payee_account: bool
    special_work: bool
    approval_no: str
    other_schemes: Sequence[str]  # 170 insured or drawn
    doubly_changed: bool
    brought_months: int = 0  # of years that transfers brought
    elsewhere: Sequence[PlaceMonths] = ()  # what transfers brought of other provinces
    months_of_place: int = 0  # with so many months a place awards the pension
    temporary_since: Month | None = None  # a temporary account here
    household_untold_since: Month | None = None  # newly joined past the age
    places_untold: tuple[str, ...] = ()  # provinces of transfers that tell no months


def check_sheet(*, known: Known) -> tuple[Item, ...]:
    """Go through everything that an award will ask for."""
    return (
        _archive(known),
        _months(known),
        _open(known),
        _place(known),
        _item("ACCOUNT", "个人账户", known.account_fen > 0, "没有个人账户记录，须查明。"),
        _item("PAYEE_ACCOUNT", "收款账户", known.has_payee_account, "没有登记收款账户。"),
        _others(known),
        _changes(known),
        *_notice(known),
        _item(
            "APPROVAL",
            "退休审批",
            bool(known.approval_no),
            "行政部门尚未审批退休。",
            known.approval_no,
        ),
    )


def _archive(known: Known) -> Item:
    if known.birth_month is None:
        return Item("ARCHIVE", "档案认定", Look.MISSING, "出生年月、退休类别、视同缴费尚未认定。")
    same = known.birth_month == known.id_month
    said = "" if same else f"，与证件的 {known.id_month} 不一致，以认定为准"
    return Item("ARCHIVE", "档案认定", Look.THERE, f"认定出生年月 {known.birth_month}{said}。")


def _months(known: Known) -> Item:
    counted = known.deemed_months + known.brought_months + known.months_here
    said = f"本系统所知 {counted} 个月（含视同 {known.deemed_months}），须满 {known.months_least}"
    if known.enrolled_before is not None:
        detail = f"{said}；{known.enrolled_before} 起已参保，须提供以前的缴费明细。"
        return Item("MONTHS", "缴费年限", Look.DOUBT, detail)
    if counted >= known.months_least:
        return Item("MONTHS", "缴费年限", Look.THERE, f"{said}。")
    paying_on = "已过法定退休年月，可以延长缴费，缴满以后退休。" if known.past_age else ""
    return Item("MONTHS", "缴费年限", Look.MISSING, f"{said}。{paying_on}")


def _open(known: Known) -> Item:
    listed = "、".join(str(month) for month in known.open_months)
    if known.difference_months and not listed:
        owed = "、".join(str(month) for month in known.difference_months)
        detail = f"{owed} 的补差未缴，先按已缴的基数核定，缴清后更正。"
        return Item("OPEN_MONTHS", "欠缴月份", Look.DOUBT, detail)
    return _item("OPEN_MONTHS", "欠缴月份", not listed, f"{listed} 已核定未缴。")


def _place(known: Known) -> Item:
    code, label = "AWARD_PLACE", "待遇领取地"
    if known.temporary_since is not None:
        detail = f"{known.temporary_since} 起是临时缴费账户，待遇不在本地领取，须办理关系转出。"
        return Item(code, label, Look.DOUBT, detail)
    if known.household_untold_since is not None:
        since = known.household_untold_since
        detail = f"{since} 首次参保时已到建立临时账户的年龄，户籍所在地没有登记，须查明。"
        return Item(code, label, Look.DOUBT, detail)
    if known.places_untold:
        listed = "、".join(region_said(region=one) for one in known.places_untold)
        detail = f"关系从{listed}转入，那里的缴费月数没有登记，须查明。"
        return Item(code, label, Look.DOUBT, detail)
    if not known.elsewhere:
        return Item(code, label, Look.THERE, "")
    listed = "、".join(
        f"{one.region} {one.months} 个月（至 {one.until}）" for one in known.elsewhere
    )
    here = known.deemed_months + known.months_here
    said = f"外地缴费：{listed}；本地所知 {here} 个月，规定 {known.months_of_place} 个月"
    if here >= known.months_of_place:
        return Item(code, label, Look.THERE, f"{said}。")
    return Item(code, label, Look.DOUBT, f"{said}，须查明本地以前的缴费和户籍所在地。")


def _others(known: Known) -> Item:
    listed = "、".join(known.other_schemes)
    return _doubt("OTHER_SCHEMES", "其他养老保险", bool(listed), f"还有 {listed}，须先清理。")


def _changes(known: Known) -> Item:
    return _doubt(
        "DOUBLE_CHANGE", "姓名证件变更", known.doubly_changed, "近两年姓名、证件都改过，须复核。"
    )


def _notice(known: Known) -> tuple[Item, ...]:
    if not known.special_work:
        return ()
    return (Item("PUBLIC_NOTICE", "公示", Look.DOUBT, "有特殊工种期间，按特殊工种退休的须公示。"),)


def _item(code: str, label: str, there: bool, missing: str, said: str = "") -> Item:
    return Item(code, label, Look.THERE if there else Look.MISSING, said if there else missing)


def _doubt(code: str, label: str, doubtful: bool, detail: str) -> Item:
    return Item(code, label, Look.DOUBT if doubtful else Look.THERE, detail if doubtful else "")
