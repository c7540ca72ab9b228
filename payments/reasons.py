"""Why a bank did not pay (退票原因): what follows from each. Pure."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Reason:
    """A reason of our own, to which every bank's codes are mapped."""

    code: str
    label: str
    repaired_by: str  # role of whoever must act
    suspends: bool  # the account is not paid to again until it is corrected
    proposal: str


_ALL = (
    Reason("ACCOUNT_NOT_FOUND", "无此账户", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("NAME_MISMATCH", "账号户名不符", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("CLOSED", "已销户", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("FROZEN", "账户冻结", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("LOST", "账户挂失", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("DORMANT", "睡眠账户", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("NO_MANDATE", "未签约", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("LIMIT", "超过账户限额", "FINANCE", False, "REISSUE"),
    Reason("DOCUMENT", "证件信息有误", "CLERK", True, "CORRECT_ACCOUNT"),
    Reason("BANK_BUSY", "银行系统忙", "FINANCE", False, "REISSUE"),
    Reason("OTHER", "其他原因", "FINANCE", True, "QUERY_BANK"),
    Reason("ACCOUNT_DIFFERS", "已付入另一账号", "FINANCE", False, "CLAIM_BACK"),
    Reason("NAME_DIFFERS", "已付给另一户名", "FINANCE", False, "CLAIM_BACK"),
    Reason("DUPLICATE_REF", "同一明细回盘多次", "FINANCE", False, "QUERY_BANK"),
    Reason("CONTRADICTS", "与此前的回盘矛盾", "FINANCE", False, "QUERY_BANK"),
    Reason("DECIDED", "经银行查复确认未付", "CLERK", False, "REISSUE"),
)
REASONS = MappingProxyType({reason.code: reason for reason in _ALL})
SUSPENDING = tuple(reason.code for reason in _ALL if reason.suspends)

PROPOSAL_LABELS = MappingProxyType(
    {
        "CORRECT_ACCOUNT": "改账户后二次发放",
        "REISSUE": "二次发放",
        "QUERY_BANK": "问银行，不得重发",
        "CLAIM_BACK": "向银行追回",
    }
)

# What is proposed, and to whom, where no reason says more: by kind of discrepancy.
PROPOSALS = MappingProxyType(
    {
        "SILENT": ("QUERY_BANK", "FINANCE"),
        "UNKNOWN": ("QUERY_BANK", "FINANCE"),
        "DUPLICATE": ("QUERY_BANK", "FINANCE"),
        "AMOUNT_DIFFERS": ("QUERY_BANK", "FINANCE"),
        "NAME_DIFFERS": ("CLAIM_BACK", "FINANCE"),
        "LATE_RETURN": ("QUERY_BANK", "FINANCE"),
        "RETURNED": ("QUERY_BANK", "FINANCE"),
        "EXTRA": ("QUERY_BANK", "FINANCE"),
        "OTHER_BATCH": ("QUERY_BANK", "FINANCE"),
    }
)
