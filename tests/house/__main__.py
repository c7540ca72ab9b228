"""``python -m tests.house``: print what is against the rules; exit 1 when there is anything."""

import sys

from tests.house.rules import found_in_house, not_accepted

if found := not_accepted(found_in_house()):
    sys.stdout.write("".join(f"{one}\n" for one in found))
    sys.exit(1)
