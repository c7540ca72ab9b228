"""Steps that lie within others (套在别的步骤里的步骤), wherever their functions are called."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from backend.city.bench.meter import Meter
from payments import bank_files, returns, tasks

POSTINGS = "postings"
OUTCOMES = "outcomes"
DIFFERENCE = "difference"


@contextmanager
def watched(meter: Meter) -> Iterator[None]:
    """While this is open, what they take in this process counts towards them."""
    with ExitStack() as watching:
        for name, module, function in (
            (POSTINGS, bank_files, "post_sent"),
            (POSTINGS, returns, "post_returned"),
            (OUTCOMES, returns, "_type_lines"),
            (DIFFERENCE, tasks, "reconcile"),
        ):
            watching.enter_context(meter.inside(name, of=module, function=function))
        yield
