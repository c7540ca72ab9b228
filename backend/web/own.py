"""What a citizen at a terminal may read (本人查询): his own, and what is another's is not there."""

import tomllib
from functools import cache
from pathlib import Path

from django.http import QueryDict

OWN_FILE = Path(__file__).with_name("own.toml")


@cache
def own_routes() -> dict[str, str]:
    """Route name → the query parameter that names the person; empty where nobody is named."""
    table: dict[str, str] = tomllib.loads(OWN_FILE.read_text(encoding="utf-8"))
    return table


def is_own(*, route: str, person_id: int, query: QueryDict) -> bool:
    """Whether what is asked for is the person's own, and nobody's else beside it."""
    parameter = own_routes().get(route)
    if parameter is None:
        return True  # no route of citizens: whoever is none of its roles is refused
    return not parameter or query.getlist(parameter) == [str(person_id)]
