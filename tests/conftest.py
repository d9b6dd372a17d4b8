"""What every test of the project shares: Hypothesis profiles, and helpers that any test can import.

`laws` (beside this file) is a package of strategies and laws.  pytest's importlib mode leaves the
import path alone, so it is put there once, here.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tinygrad_edu.notation import BY_NUMPY, OPS

sys.path.insert(0, str(Path(__file__).parent))

# A slow machine is no bug, so there are no deadlines.  `derandomize` makes a run repeatable: the same
# examples on every machine, and none remembered from an earlier run.
COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("dev", max_examples=6, **COMMON)
settings.register_profile("ci", max_examples=14, derandomize=True, database=None, print_blob=True, **COMMON)
settings.register_profile("deep", max_examples=400, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(autouse=True)
def _nothing_is_left_behind():
    """Tests share no state: none may change the tables, or what NumPy warns about."""
    before = len(OPS), len(BY_NUMPY), np.geterr()
    yield
    assert (len(OPS), len(BY_NUMPY), np.geterr()) == before
