"""What an agency's papers name (机构文书信息): where it is, who looks at its decisions again."""

from dataclasses import dataclass
from datetime import date

from backend.access.models import Agency
from backend.kernel.errors import Refusal
from insurance.issuing.models import OfficeFacts
from insurance.policy.remedy import Office


class OfficeNotConfigured(Refusal):
    """The agency's address, reviewing body and court are not set up (机构文书信息未配置)."""

    code = "issuing_office_not_configured"


@dataclass(frozen=True)
class Facts:
    """What is told at the set-up of an office."""

    from_date: date
    place: str
    reviewing_body: str
    court: str


def office_on(*, agency: Agency, day: date) -> Office:
    """Give what papers of a day name.

    Raises:
        OfficeNotConfigured.
    """
    told = OfficeFacts.objects.filter(agency=agency, from_date__lte=day).order_by("-from_date")
    found = told.first()
    if found is None:
        raise OfficeNotConfigured(
            f"{agency.name}的地址、行政复议机关、管辖法院未配置（{day}），不能出具文书。",
            agency=agency.code,
        )
    return Office(agency.name, found.place, found.reviewing_body, found.court)


def tell(*, agency: Agency, facts: Facts) -> bool:
    """Write down what holds from a day on, once; whether it is new."""
    told = {"place": facts.place, "reviewing_body": facts.reviewing_body, "court": facts.court}
    return OfficeFacts.objects.get_or_create(
        agency=agency, from_date=facts.from_date, defaults=told
    )[1]
