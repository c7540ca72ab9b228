"""Who joins away from home on a temporary account (临时基本养老保险缴费账户). Pure.

国办发〔2009〕66号第五条: a man of 50 or a woman of 40 who newly joins 110 in another province than
the household's keeps the relation where it was; here all is paid into a temporary account.
"""

from dataclasses import dataclass
from datetime import date

from backend.kernel.identity import Sex
from backend.kernel.months import Month
from backend.kernel.parameters import ParameterTree, Resolved
from insurance.policy.regions import province_of

AGE = "transfer.temporary_account_age"
PARTS = {Sex.MALE: "male", Sex.FEMALE: "female"}


@dataclass(frozen=True)
class Joiner:
    """Who newly joins 110, and where from."""

    birth_date: date
    sex: Sex
    household: str  # six digits
    district: str  # where the account is opened


@dataclass(frozen=True)
class AgeTerms:
    """From which age on an account away from home is a temporary one."""

    rule: Resolved

    def years(self, sex: Sex) -> int:
        """Whole years."""
        return self.rule.part(PARTS[sex]).whole


def age_terms(*, tree: ParameterTree, region: str, month: Month, demo: bool = False) -> AgeTerms:
    """Resolve the ages for who joins in a month.

    Raises:
        NotConfigured, NotVerified.
    """
    return AgeTerms(tree.resolve(AGE, region, month.first_day, demo))


def is_temporary(*, joiner: Joiner, month: Month, terms: AgeTerms) -> bool:
    """Tell whether a newcomer's account is a temporary one: of that age by the first day of the
    month, and at home in another province."""
    if province_of(region=joiner.household) == province_of(region=joiner.district):
        return False
    return is_of_age(birth_date=joiner.birth_date, sex=joiner.sex, month=month, terms=terms)


def is_of_age(*, birth_date: date, sex: Sex, month: Month, terms: AgeTerms) -> bool:
    """Tell whether somebody has completed the age by the first day of a month."""
    first = month.first_day
    reached = (birth_date.year + terms.years(sex), birth_date.month, birth_date.day)
    return reached <= (first.year, first.month, first.day)
