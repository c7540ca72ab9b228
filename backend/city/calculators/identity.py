"""Look at numbers on papers (证件号码、统一社会信用代码核对)."""

from backend.city.calculators.calculator import Answer, Calculator, Field
from backend.city.calculators.kinds import PAPER_NUMBER
from backend.kernel.identity import CreditCodeInvalid, IdNumberInvalid, citizen_id, credit_code


def _citizen_id(number: str) -> Answer:
    try:
        found = citizen_id(number)
    except IdNumberInvalid as refusal:
        return Answer({"valid": False, "reason": refusal.detail})
    return Answer(
        {
            "valid": True,
            "reason": "",
            "number": found.number,
            "region": found.number[:6],
            "birth_date": found.birth_date.isoformat(),
            "sex": found.sex.label,
        }
    )


def _credit_code(number: str) -> Answer:
    try:
        found = credit_code(number)
    except CreditCodeInvalid as refusal:
        return Answer({"valid": False, "reason": refusal.detail})
    return Answer(
        {
            "valid": True,
            "reason": "",
            "number": found,
            "category": found[:2],
            "region": found[2:8],
            "organisation": found[8:17],
        }
    )


CALCULATORS = (
    Calculator(
        name="citizen-id",
        about="公民身份号码（GB 11643；十五位的先升为十八位）；只核对号码本身，"
        "不看出生日期是否已到、有没有这个人",
        fields=(Field("number", PAPER_NUMBER, "号码"),),
        outputs=(
            ("valid", "是否正确"),
            ("reason", "不正确的原因"),
            ("number", "规范的十八位号码"),
            ("region", "发证时的行政区划代码"),
            ("birth_date", "出生日期"),
            ("sex", "性别"),
        ),
        compute=_citizen_id,
    ),
    Calculator(
        name="credit-code",
        about="统一社会信用代码（GB 32100）",
        fields=(Field("number", PAPER_NUMBER, "代码"),),
        outputs=(
            ("valid", "是否正确"),
            ("reason", "不正确的原因"),
            ("number", "规范的代码"),
            ("category", "登记管理部门和机构类别"),
            ("region", "登记机关行政区划"),
            ("organisation", "主体标识码（GB 11714）"),
        ),
        compute=_credit_code,
    ),
)
