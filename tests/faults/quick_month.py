"""Run a month as ``manage.py run_month`` does, with codes that nobody need wait for.

python -m tests.faults.quick_month YYYY-MM [--bank …]
"""

import sys

import django
import pytest

import manage


def main(arguments: list[str]) -> None:
    django.setup()
    from tests.quick_codes import quick_codes  # knows models

    with pytest.MonkeyPatch.context() as patch:
        quick_codes(patch)
        manage.main(["manage.py", "run_month", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
