"""The sheet of an account that is paid out for good (个人账户支付核定表), to be signed. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from backend.kernel.capital_numerals import capital_numerals
from backend.kernel.money import Money
from backend.kernel.months import Month
from backend.papers.figures import figure
from backend.papers.paper import (
    Align,
    Column,
    Field,
    Fields,
    Paper,
    Paragraphs,
    Piece,
    Signature,
    Style,
    Table,
)
from insurance.accounts.leaving_steps import BEFORE, interest_name
from insurance.accounts.shares import share_steps
from insurance.issuing.compared import Compared, compared_table
from insurance.issuing.issued import SIGNED_FOR, Issued
from insurance.policy.remedy import remedy
from insurance.policy.retirement import month_said
from insurance.policy.step_table import step_table
from insurance.policy.steps import Step, percent

TO_POOL, PAID, OWN = "并入统筹", "账户支付金额", "本人缴费本息"
COLUMNS = (Column("收款人", 268), Column("金额（元）", 200, Align.RIGHT))


@dataclass(frozen=True)
class Share:
    """Who is paid how much (收款人)."""

    name: str
    fen: int
    weight: int = 1


@dataclass(frozen=True)
class LeavingSheet:
    """What an account held, what it bore until then, and to whom it goes."""

    title: str
    person_name: str
    id_number: str
    insurance: str
    of_the_dead: bool
    reason: str  # why a living person is paid
    month: Month
    before_fen: int
    interest: tuple[tuple[int, int], ...]  # by year, as it was settled with it
    rates: tuple[tuple[int, Decimal], ...]  # by year, as this case made them final
    to_pool_fen: int
    shares: tuple[Share, ...]
    document: str  # on what it rests
    account_steps: tuple[Step, ...] = ()  # how balance and interest came about
    compared: Compared | None = None  # with the one whose place it takes

    @property
    def paid_fen(self) -> int:
        """All that is paid."""
        return sum(share.fen for share in self.shares)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was there and bore, all of it less what the pool has, and the shares of several."""
        amount = Money(self.paid_fen)
        rates = "、".join(f"{year}年{percent(ratio)}" for year, ratio in self.rates)
        paid = self._less(
            TO_POOL,
            self.to_pool_fen,
            name=PAID,
            sentence=f"个人账户连同结算到支付上月的利息，共支付 {figure(amount=amount)} 元。"
            + (f"记账利率：{rates}。" if rates else ""),
        )
        shares = share_steps(
            of=(PAID, self.paid_fen), shares=[(one.weight, one.fen) for one in self.shares]
        )
        if not self.to_pool_fen:
            return (*self.account_steps, paid, *shares)
        to_pool = self._less(
            OWN,
            self.paid_fen,
            name=TO_POOL,
            sentence="服刑期间死亡的，只继承本人缴费本息，其余并入统筹基金。",
        )
        return (*self.account_steps, to_pool, paid, *shares)

    def _less(self, less: str, less_fen: int, *, name: str, sentence: str) -> Step:
        """All that was there and bore, less something."""
        inputs = [
            (BEFORE, self.before_fen),
            *((interest_name(year=year), fen) for year, fen in self.interest),
        ]
        formula = " + ".join(label for label, _ in inputs)
        if less_fen:
            formula += f" − {less}"
            inputs.append((less, less_fen))
        return Step(
            formula=formula,
            inputs=tuple((label, str(Money(fen))) for label, fen in inputs),
            result=str(Money(sum(fen for _, fen in inputs) - 2 * less_fen)),
            version="",
            article=self.document,
            name=name,
            sentence=sentence,
            rounding="",
        )


def leaving_sheet(*, sheet: LeavingSheet, issued: Issued) -> Paper:
    """Write the sheet.

    Raises:
        StepDoesNotHold: the step does not come out again.
    """
    paid, compared = Money(sheet.paid_fen), sheet.compared
    told_apart = (
        (compared_table(compared=compared, heading="四、与原核定比较"),) if compared else ()
    )
    return issued.paper(
        title=compared.titled(sheet.title) if compared else sheet.title,
        body=(
            Fields(
                (
                    Field(
                        "逝者姓名" if sheet.of_the_dead else "姓名",
                        sheet.person_name,
                        style=Style.STRONG,
                    ),
                    Field("公民身份号码", sheet.id_number),
                    Field("险种", sheet.insurance, wide=True),
                    Field("支付月份", month_said(month=sheet.month), wide=bool(sheet.reason)),
                    *((Field("支付事由", sheet.reason, wide=True),) if sheet.reason else ()),
                ),
                "一、基本情况",
            ),
            Fields(
                (
                    Field(PAID, f"{figure(amount=paid)} 元", wide=True, style=Style.AMOUNT),
                    Field(
                        "金额大写",
                        f"人民币{capital_numerals(amount=paid)}",
                        wide=True,
                        style=Style.STRONG,
                    ),
                ),
                "二、核定结果",
            ),
            Table(COLUMNS, tuple(_row(share) for share in sheet.shares), "三、发给"),
            *told_apart,
            step_table(steps=sheet.steps, heading="五、计算过程" if told_apart else "四、计算过程"),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            Signature(
                "继承人（签名）" if sheet.of_the_dead else "本人（签名）",
                statement=SIGNED_FOR,
                wide=True,
            ),
            *issued.signatures,
            Signature("经办机构（盖章）", wide=issued.approver is not None),
        ),
    )


@dataclass(frozen=True)
class Restored:
    """An account that holds again what was paid out of it (恢复个人账户)."""

    person_name: str
    id_number: str
    insurance: str
    ground: str
    steps: tuple[Step, ...]


def restored_sheet(*, restored: Restored, issued: Issued) -> Paper:
    """Write that nothing was to leave the account; whoever receives it signs for it.

    Raises:
        StepDoesNotHold: the step does not come out again.
    """
    amount = restored.steps[-1].result
    said = (
        f"原来一次支付您个人账户的核定不成立，予以撤销，{amount} 元记回您的个人账户。已经领取的，"
        "另行告知，听取您的意见以后再决定怎样退回。"
    )
    return issued.paper(
        title="个人账户一次性支付撤销决定书",
        addressee=restored.person_name,
        body=(
            Paragraphs((said,)),
            Fields(
                (
                    Field("姓名", restored.person_name, style=Style.STRONG),
                    Field("公民身份号码", restored.id_number),
                    Field("险种", restored.insurance, wide=True),
                    Field("撤销依据", restored.ground, wide=True),
                )
            ),
            step_table(steps=restored.steps),
        ),
        remedy=remedy(terms=issued.terms, office=issued.office),
        signatures=(
            *issued.signatures,
            Signature("收件人（签名）", statement=("本决定书已收到。",), wide=True),
        ),
    )


def _row(share: Share) -> tuple[tuple[Piece, ...], ...]:
    return (Piece(share.name, Style.STRONG),), (Piece(figure(amount=Money(share.fen))),)
