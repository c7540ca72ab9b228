"""The audit chain among the promises (审计链): rows, vouchers, heads inside and outside agree."""

from collections.abc import Iterator

from backend.audit.heads_file import heads_file
from backend.audit.prove import prove
from payments.ledger.invariants import Broken
from payments.ledger.recorded import Vouchers

UNBROKEN = "审计链完整，与凭证、库外链头一致"


def promises() -> Iterator[str]:
    """The one promise."""
    yield UNBROKEN


def broken_promises() -> Iterator[Broken]:
    """The first row that is broken, and what else is not in the chain."""
    proof = prove(posted=Vouchers(), heads=heads_file())
    for sentence in proof.sentences:
        yield Broken(UNBROKEN, sentence, "与封存时一致", "不一致")
