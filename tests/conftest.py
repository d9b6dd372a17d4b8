"""What every test of the project shares: Hypothesis profiles, and helpers that any test can import.

`laws` (beside this file) is a package of strategies and laws.  pytest's importlib mode leaves the
import path alone, so it is put there once, here.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from tinygrad_edu.notation import BY_NUMPY, OPS
from tinygrad_edu.testing.profiles import profile

sys.path.insert(0, str(Path(__file__).parent))

# The profiles of the kit, with fewer examples: a law is tried on hundreds of operations.
for name, examples in {"dev": 6, "ci": 14, "deep": 400}.items():
    settings.register_profile(name, profile(name, max_examples=examples))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(autouse=True)
def _nothing_is_left_behind():
    """Tests share no state: none may change the tables, or what NumPy warns about."""
    before = len(OPS), len(BY_NUMPY), np.geterr()
    yield
    assert (len(OPS), len(BY_NUMPY), np.geterr()) == before
