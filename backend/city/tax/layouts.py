"""How files of the tax bureau look (税务文件格式), as the bureau itself reads the agreement."""

import re
from typing import NamedTuple

BILLS = "yikatong-tax-bills/1"
DECLARATIONS = "yikatong-tax-declarations/1"
RECEIPTS = "yikatong-tax-receipts/1"
TRANSFERS = "yikatong-treasury-transfers/1"
REFUNDS = "yikatong-treasury-refunds/1"
REFUNDED = "yikatong-treasury-refunded/1"

BILL_HEADER = (
    *("bill_no", "kind", "payer_number", "payer_name", "scheme", "month"),
    *("person_number", "person_name", "amount", "pay_by"),
)
REFUND_HEADER = (
    *("refund_no", "channel", "payer_number", "payer_name", "scheme", "month"),
    *("person_number", "person_name", "part", "tax_no", "amount"),
)
DECLARED_HEADER = (
    *("payer_number", "payer_name", "scheme", "month"),
    *("person_number", "person_name", "base", "amount"),
)
FISCAL_HEADER = ("payer_number", "payer_name", "scheme", "month", "part", "amount")
HEADERS = {
    DECLARATIONS: "payer_number,scheme,month,person_number,person_name,base,amount",
    RECEIPTS: (
        "tax_no,channel,item,payer_number,payer_name,scheme,month,person_number,person_name,"
        "part,amount,arrived"
    ),
    TRANSFERS: "document_no,scheme,amount,day",
    REFUNDED: "refund_no,outcome,document_no,amount,day,reason",
}
STEMS = {
    DECLARATIONS: "declarations",
    RECEIPTS: "receipts",
    TRANSFERS: "transfers",
    REFUNDED: "refunded",
}

TAX_BUREAU = "国家税务总局安庆市税务局(演示)"
FINANCE_BUREAU = "安庆市财政局(演示)"
TREASURY = "国家金库安庆市中心支库(演示)"

EMPLOYED, FLEXIBLE, RESIDENT = "EMPLOYED", "FLEXIBLE", "RESIDENT"
TAX, FISCAL = "TAX", "FISCAL"
COLLECTIVE = "COLLECTIVE"
PRINCIPAL, LATE_FEE = "PRINCIPAL", "LATE_FEE"

_yuan = re.compile(r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}", re.ASCII).fullmatch


class Receipt(NamedTuple):
    """Money that came in, still without the number of its tax receipt."""

    channel: str
    item: str
    payer_number: str
    payer_name: str
    scheme: str
    month: str
    person_number: str
    person_name: str
    part: str
    fen: int
    arrived: str


def fen_of(text: str) -> int | None:
    """``1234.56`` as 123456; None when it is no amount."""
    return int(text.replace(".", "")) if _yuan(text) is not None else None


def yuan(fen: int) -> str:
    """``1234.56`` for 123456 fen."""
    return f"{fen // 100}.{fen % 100:02d}"
