"""The supervision's views among the promises (监督视图): as the classes of fields say."""

from collections.abc import Iterator

from backend.privacy.views import stand
from payments.ledger.invariants import Broken

AS_CLASSED = "监督视图与字段分类一致"


def promises() -> Iterator[str]:
    """The one promise."""
    yield AS_CLASSED


def broken_promises() -> Iterator[Broken]:
    """Whether tables or classes changed, and the views did not."""
    if not stand(using="default"):
        yield Broken(AS_CLASSED, "监督视图", "按字段分类重建(manage.py migrate)", "不一致")
