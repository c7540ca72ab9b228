"""Demo staff's codes: accepted when they arrive, not only when they are made."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.access.totp import STEP_SECONDS, code_at, matching_step
from backend.city.demo_staff import ON_ITS_WAY_SECONDS, unused_step

SECRET = b"twenty bytes of demo"
SECONDS = st.floats(1_700_000_000, 1_800_000_000)


@given(SECONDS, st.floats(0, ON_ITS_WAY_SECONDS - 1), st.integers(-3, 3))
def test_a_code_is_accepted_while_the_call_is_on_its_way(
    made: float, travels: float, ahead: int
) -> None:
    used = int(made) // STEP_SECONDS + ahead
    step = unused_step(used=used, seconds=made)
    if step is None:
        assert ahead >= 1, "one of the next step is left"
        return
    arrives = datetime.fromtimestamp(made + travels, tz=UTC)
    code = code_at(secret=SECRET, step=step)
    assert matching_step(secret=SECRET, code=code, now=arrives, used_step=used) is not None


def test_at_the_end_of_a_step_the_one_before_is_no_longer_taken() -> None:
    border = 56_666_700 * STEP_SECONDS
    assert unused_step(used=0, seconds=border - 1) == 56_666_699
    assert unused_step(used=0, seconds=border - ON_ITS_WAY_SECONDS - 1) == 56_666_698
