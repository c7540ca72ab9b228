"""Tell a person that a benefit is held or ended (停止/暂停待遇告知书), why, what to do. Pure."""

from dataclasses import dataclass
from enum import Enum

from backend.kernel.months import Month
from backend.papers.paper import Field, Fields, Paper, Paragraphs, Signature
from insurance.issuing.issued import Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said


class Change(Enum):
    """What happens to the benefit; each with what that leaves to the person."""

    HOLD = ("暂停", "暂停不是取消。暂停的原因消除以后恢复发放，应当补发的一并补发。")
    STOP = ("停止", "停止以后不再发放。多领了的，另行通知退回；少发了的，补发。")

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


@dataclass(frozen=True)
class StopNotice:
    """Why a benefit is not paid on, and how that ends."""

    change: Change
    insurance: str  # 养老保险, as in the title
    benefit: str  # 企业职工基本养老金
    person_name: str
    id_number: str
    addressee: str  # the person, or who speaks for one that is dead or missing
    from_month: Month
    month_because: str  # empty: by the decision itself
    reason: str
    facts: str  # what was found, where and when
    article: str  # document and article
    way_back: str  # what to bring, where, how soon it is paid again


def stop_notice(*, notice: StopNotice, issued: Issued) -> Paper:
    """Write the notice; whoever receives it signs for it."""
    word = notice.change.word
    month = month_said(month=notice.from_month)
    whose = "您" if notice.addressee == notice.person_name else notice.person_name
    return issued.paper(
        title=f"{word}{notice.insurance}待遇告知书",
        addressee=notice.addressee,
        body=(
            Paragraphs(
                (f"{whose}的{notice.benefit}，从{month}起{word}发放。{notice.change.meaning}",)
            ),
            Fields(
                (
                    Field("公民身份号码", notice.id_number),
                    Field("起始月份", month),
                    *_because(notice),
                    Field(f"{word}原因", notice.reason, wide=True),
                    Field("查明的事实", notice.facts, wide=True),
                    Field("依据", notice.article, wide=True),
                    Field(
                        "怎样恢复" if notice.change is Change.HOLD else "怎样办理",
                        notice.way_back,
                        wide=True,
                    ),
                )
            ),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本告知书已收到。",)),
        ),
    )


def _because(notice: StopNotice) -> tuple[Field, ...]:
    said = notice.month_because
    return (Field("起始月份的由来", said, wide=True),) if said else ()
