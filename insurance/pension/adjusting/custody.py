"""Who serves a sentence on the first day of an adjustment (服刑羁押与调整): by which rule. Pure.

That of pensions (``benefits.custody_forms``) for the yearly adjustment. For the residents' standard
one of its own, resolved when a run is decided and kept by it: who takes no part has after the
release what he had before, and takes part in later raises only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.kernel.months import Month
from backend.kernel.parameters import NotConfigured, NotVerified, ParameterTree, Resolved
from insurance.benefits.life.timeline import Form, Pay, Rule, RuleOf, Topic
from insurance.pension.adjusting.assess import LeftOut

RULE = "resident_pension.raise_in_custody"
KEPT = "custody"  # among the parameters of a run
FORMS = tuple(form for form in Form if form.topic is Topic.CUSTODY)


@dataclass(frozen=True)
class Custody:
    """Which forms take part in an adjustment, and what is said of the others.

    ``adjusted``: by the name of the form; None: as the law of pensions says of the form's month.
    """

    adjusted: Mapping[str, bool] | None = None
    left_out: LeftOut = LeftOut.IN_PRISON
    source: Resolved | None = None  # none: that of pensions, or there is none that counts

    def by(self, *, law: RuleOf) -> RuleOf:
        """What each form does, as the timeline of a person asks it; ``law``: that of pensions."""
        adjusted = self.adjusted
        if adjusted is None:
            return law
        return lambda form, month: Rule(Pay.PAID, adjusted=adjusted.get(form.name, True))

    @property
    def is_prison_left_out(self) -> bool:
        """Whether whom the old system held for prison takes no part."""
        return self.adjusted is None or not self.adjusted.get(Form.SENTENCED.name, True)

    def as_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return {"adjusted": self.adjusted, "left_out": self.left_out.name}


PENSIONERS = Custody()
EVERYBODY = Custody(adjusted={})  # as a standard rose before there was a rule


def custody_of_raise(
    *, tree: ParameterTree, region: str, since: Month, demo: bool = False
) -> Custody:
    """Resolve the rule for a raise of the residents' standard.

    Where none counts nobody in custody takes part, and each is told apart until it is known: it
    holds up nobody else's raise.
    """
    try:
        rule = tree.resolve(RULE, region, since.first_day, demo)
    except (NotConfigured, NotVerified):
        unknown = dict.fromkeys((form.name for form in FORMS), False)
        return Custody(unknown, LeftOut.RULE_UNKNOWN)
    return Custody({name: said is True for name, said in rule.table.items()}, source=rule)


def kept_custody(*, parameters: Mapping[str, Any], yearly: bool) -> Custody:
    """Give the rule by which a run was decided, of what it keeps."""
    kept = parameters.get(KEPT)
    if kept is None:
        return PENSIONERS if yearly else EVERYBODY
    return Custody(kept["adjusted"], LeftOut[kept["left_out"]])
