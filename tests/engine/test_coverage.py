"""Every function of tiers 1 and 2 is right; every other is right or refused.  See `numpy_coverage`."""

import pytest
from numpy_coverage.cases import CASES
from numpy_coverage.examine import FUNCTIONS, examine


def test_every_function_has_a_case():
    assert CASES.keys() == FUNCTIONS.keys()
    assert all(CASES.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_right_or_refused(name):
    outcome = examine(name)
    if outcome.status == "absent":
        pytest.skip(outcome.why)
    expected = {"right"} if FUNCTIONS[name]["tier"] in "12" else {"right", "refused"}
    assert outcome.status in expected, f"{outcome.failed}: {outcome.why}"
