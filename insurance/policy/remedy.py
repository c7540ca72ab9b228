"""What a person may do against a decision (救济途径): objection, review, lawsuit. Pure."""

from dataclasses import dataclass
from datetime import date

from backend.kernel.parameters import ParameterTree, Resolved

OBJECTION_DAYS = "service.objection_days"
OBJECTION_ANSWER_DAYS = "service.objection_answer_days"
REVIEW_DAYS = "service.review_days"
LAWSUIT_MONTHS = "service.lawsuit_months"
LAWSUIT_AFTER_REVIEW_DAYS = "service.lawsuit_after_review_days"


@dataclass(frozen=True)
class RemedyTerms:
    """The time limits in force on a day, each with its law (期限)."""

    objection_days: Resolved
    objection_answer_days: Resolved
    review_days: Resolved
    lawsuit_months: Resolved
    lawsuit_after_review_days: Resolved


@dataclass(frozen=True)
class Office:
    """Who decides, and who looks at it again (作出决定的机构、复议机关、管辖法院)."""

    agency: str
    place: str  # address and telephone
    reviewing_body: str
    court: str


def remedy_terms(*, tree: ParameterTree, region: str, on: date, demo: bool = False) -> RemedyTerms:
    """Give the time limits that a decision of ``on`` must name.

    Raises:
        NotConfigured, NotVerified: see ``ParameterTree.resolve``.
    """
    return RemedyTerms(
        *(
            tree.resolve(key, region, on, demo=demo)
            for key in (
                *(OBJECTION_DAYS, OBJECTION_ANSWER_DAYS),
                *(REVIEW_DAYS, LAWSUIT_MONTHS, LAWSUIT_AFTER_REVIEW_DAYS),
            )
        )
    )


def remedy(*, terms: RemedyTerms, office: Office) -> tuple[str, ...]:
    """Say to the person, way by way, to whom and until when (社会保险法 art. 83)."""
    objection = (
        f"异议：自知道本决定之日起{terms.objection_days.whole}日内，您可以先向{office.agency}提出，"
        f"口头、书面都可以（{office.place}）。我们由另外的人员核实，自收到之日起"
        f"{terms.objection_answer_days.whole}日内书面答复；确实错了的，更正并补发"
        f"（《{terms.objection_days.document}》）。提出异议不影响下面两种途径，"
        "它们的期限照算，请不要错过。"
    )
    return _numbered(objection, *_further(terms, office))


def further_remedy(*, terms: RemedyTerms, office: Office) -> tuple[str, ...]:
    """Say what is left once an objection was answered (对异议答复不服)."""
    return _numbered(*_further(terms, office))


def _further(terms: RemedyTerms, office: Office) -> tuple[str, ...]:
    review, lawsuit = terms.review_days, terms.lawsuit_months
    later = terms.lawsuit_after_review_days
    to_the_government = (
        f"行政复议：自知道本决定之日起{review.whole}日内，可以向{office.reviewing_body}"
        f"申请（《{review.document}》{review.article}）。"
    )
    to_the_court = (
        f"行政诉讼：自知道本决定之日起{lawsuit.whole}个月内，可以直接向{office.court}"
        f"起诉（《{lawsuit.document}》{lawsuit.article}）；先申请复议的，自收到复议决定书之日起"
        f"{later.whole}日内可以起诉（同法{later.article}）。"
    )
    return (to_the_government, to_the_court)


def _numbered(*ways: str) -> tuple[str, ...]:
    return tuple(f"{place}、{way}" for place, way in zip("一二三", ways, strict=False))
