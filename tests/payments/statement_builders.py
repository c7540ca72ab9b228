"""Bank statements written by hand, as docs/formats describes them, without the profiles (演示)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from backend.cases.models import Case
from payments.ledger.models import Book
from payments.own_accounts import ENDING, KIND
from payments.statement_models import BankStatement, OwnAccount
from payments.take_statement import take_statement
from tests import builders
from tests.payments import payment_builders as pay

ACCOUNT = "340001700001"
START, END = date(2026, 11, 1), date(2026, 11, 30)


def asked(book: Book, /, **changes: object) -> Case:
    """A case of finance that asks to put an account beside 支出户."""
    content: dict[str, object] = {
        "book": book.pk,
        "code": "1004",
        "bank": "NSB",
        "account_no": ACCOUNT,
        "document": "开户批复 演示1号",
    }
    return builders.case(
        kind=KIND, party=builders.chen(), content={**content, **changes}, at=book.agency
    )


def ending(account: OwnAccount, *, day: date = END, **changes: object) -> Case:
    """A case of finance that asks to end an account."""
    content: dict[str, object] = {
        "own_account": account.pk,
        "day": day.isoformat(),
        "document": "销户证明 演示1号",
        "received_date": day.isoformat(),
    }
    return builders.case(
        kind=ENDING,
        party=builders.chen(),
        content={**content, **changes},
        at=account.book.agency,
    )


def ours(book: Book, *, of: str = "NSB", account_no: str = ACCOUNT) -> OwnAccount:
    """An account beside 支出户, as a decided case leaves it."""
    case = pay.decided(asked(book, bank=of, account_no=account_no))
    return OwnAccount.objects.get(case_id=case.pk)


@dataclass(frozen=True)
class Moved:
    """A movement; above zero when money came."""

    fen: int
    day: date = date(2026, 11, 10)
    our_ref: str = ""
    bank_ref: str = ""
    summary: str = "往来"
    name: str = "安庆市财政局"
    account: str = "340000000001"


@dataclass
class Month:
    """What a bank says of an account and a month; ``said`` overrides what it says once."""

    lines: Sequence[Moved] = ()
    opening: int = 0
    start: date = START
    end: date = END
    account: str = ACCOUNT
    number: str = "DZ-1"
    said: dict[str, str] = field(default_factory=dict)

    def frame(self) -> dict[str, str]:
        """Opening, closing, and sums of both directions."""
        came = [x.fen for x in self.lines if x.fen > 0]
        went = [-x.fen for x in self.lines if x.fen < 0]
        return {
            "opening": yuan(self.opening),
            "closing": yuan(self.opening + sum(came) - sum(went)),
            "came": str(len(came)),
            "came_total": yuan(sum(came)),
            "went": str(len(went)),
            "went_total": yuan(sum(went)),
            "account": self.account,
        } | self.said


def yuan(fen: int) -> str:
    """As banks write it."""
    return f"{fen // 100}.{fen % 100:02d}"


def text(month: Month) -> bytes:
    """The statement of NSB: lines with bars between."""
    told, balance = month.frame(), month.opening
    days = f"{month.start:%Y%m%d}|{month.end:%Y%m%d}"
    rows = [f"S|1.0|NSB|{month.number}|{told['account']}|{days}|{told['opening']}"]
    for seq, x in enumerate(month.lines, start=1):
        balance += x.fen
        rows.append(
            f"{seq:06d}|{x.day:%Y%m%d}|{'贷' if x.fen > 0 else '借'}|{yuan(abs(x.fen))}"
            f"|{yuan(balance)}|{x.bank_ref}|{x.our_ref}|{x.account}|{x.name}|{x.summary}"
        )
    body = "".join(f"{row}\r\n" for row in rows).encode("gb18030")
    end = f"E|{told['went']}|{told['went_total']}|{told['came']}|{told['came_total']}"
    return body + f"{end}|{told['closing']}|{digest(body)}\r\n".encode()


def camt(month: Month) -> bytes:
    """The statement of CSB: a camt.053 message, indented as some banks do."""
    told = month.frame()
    entries = "".join(
        f"""
      <Ntry><NtryRef>{seq:06d}</NtryRef><Amt Ccy="CNY">{yuan(abs(x.fen))}</Amt>
        <CdtDbtInd>{"CRDT" if x.fen > 0 else "DBIT"}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>{x.day}</Dt></BookgDt><AcctSvcrRef>{x.bank_ref}</AcctSvcrRef>
        <NtryDtls><TxDtls><Refs><EndToEndId>{x.our_ref}</EndToEndId></Refs>
          <RltdPties><TradgPty><Nm>{x.name}</Nm></TradgPty>
            <TradgAcct><Id>{x.account}</Id></TradgAcct></RltdPties></TxDtls></NtryDtls>
        <AddtlNtryInf>{x.summary}</AddtlNtryInf></Ntry>"""
        for seq, x in enumerate(month.lines, start=1)
    )
    balances = "".join(
        f"""
      <Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>
        <Amt Ccy="CNY">{told[name]}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"""
        for code, name in (("OPBD", "opening"), ("CLBD", "closing"))
    )
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>{month.number}</MsgId></GrpHdr>
    <Stmt>
      <FrToDt><FrDt>{month.start}</FrDt><ToDt>{month.end}</ToDt></FrToDt>
      <Acct><Id><Othr><Id>{told["account"]}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{balances}
      <TxsSummry>
        <TtlCdtNtries><NbOfNtries>{told["came"]}</NbOfNtries><Sum>{told["came_total"]}</Sum>
        </TtlCdtNtries>
        <TtlDbtNtries><NbOfNtries>{told["went"]}</NbOfNtries><Sum>{told["went_total"]}</Sum>
        </TtlDbtNtries>
      </TxsSummry>{entries}
    """.encode()
    return body + closed_camt(body)


def closed_camt(body: bytes) -> bytes:
    """The end that belongs to what stands before it."""
    return (
        f"</Stmt><SplmtryData><Envlp><SHA256>{digest(body)}</SHA256></Envlp></SplmtryData>"
        "</BkToCstmrStmt></Document>\n"
    ).encode()


def digest(body: bytes) -> str:
    """What the last line says."""
    return hashlib.sha256(body).hexdigest()


def taken(
    folder: Path, content: bytes, *, bank: str = "NSB", name: str = "dz.txt"
) -> BankStatement:
    """Hand a statement in."""
    path = folder / name
    path.write_bytes(content)
    return take_statement(bank=bank, path=path, name=name, received_by=7)
