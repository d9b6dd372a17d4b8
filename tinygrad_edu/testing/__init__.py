"""Gradients under test: does what an engine, or a rule of your own, says of a derivative hold?

`check_gradients` compares with measured slopes and explains what it found; `gradient_test` makes a test out
of a function and strategies for its arguments; the laws need no step size at all; `check_engine` grades a
whole engine.  A function of another engine is made a `Subject` by its adapter first.  NumPy and Hypothesis
are all that is needed; an adapter needs its engine.
"""

from importlib import import_module
from typing import Any

# Loaded when first asked for (PEP 562): an adapter needs its engine, and strategies need Hypothesis.
LATER = {
    "check_gradients": "check",
    "assert_gradients": "check",
    "gradient_test": "decorator",
    "Subject": "subject",
    "Report": "measure.report",
    "Comparison": "measure.report",
    "Entry": "measure.report",
    "Verdict": "measure.report",
    "by_hand": "adapters.by_hand",
    "in_tinygrad": "adapters",
    "in_autograd": "adapters",
    "in_mygrad": "adapters",
    "in_torch": "adapters",
    "in_jax": "adapters",
    "in_scalars": "adapters",
    "in_tensors": "adapters",
    "of_parameters": "adapters.parameters",
    "Engine": "adapters.engine",
    "engine": "adapters.engine",
    "check_engine": "grading.engines",
    "EngineReport": "grading.table",
    "Operation": "grading.operations",
    "programs": "program",
    "values": "drawn_values",
}
"""Name → module that has it; modules of this package are found by their own names as well."""
MODULES = ("laws", "strategies", "specimens")


def __getattr__(name: str) -> Any:
    if name not in LATER and name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = import_module(f".{LATER.get(name, name)}", __name__)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError(f"{name} needs Hypothesis: pip install 'tinygrad_edu[testing]'", name="hypothesis") from error
    return getattr(found, name) if name in LATER else found


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER, *MODULES})


__all__ = [*LATER, *MODULES]
