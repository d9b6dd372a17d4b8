"""What a checker is here: something that is handed a specimen once, and then asked about one point after another."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.testing.specimens import Specimen

Args = tuple[Any, ...]


class Outcome(StrEnum):
    """What a checker says of a rule at one point."""

    PASSED = "passed"
    ACCUSED = "accused"
    UNDECIDED = "undecided"


class Answer(NamedTuple):
    """An outcome, and what the checker said if it was not content."""

    outcome: Outcome
    words: str = ""


class Checker(NamedTuple):
    """A checker: its name, the package that it needs, the module here that asks it, and how it is used."""

    name: str
    package: str
    module: str
    used: str
    options: tuple[Any, ...] = ()


class Unfit(Exception):  # noqa: N818  # it is no error: not every checker is made for every function
    """A checker is not made for such a function; says why."""


CHECKERS = (
    Checker(
        "tinygrad_edu",
        "tinygrad_edu",
        "ours",
        "`check_gradients(subject, *args)`; `order=2` for second order",
    ),
    Checker(
        "PyTorch",
        "torch",
        "pytorch",
        "`torch.autograd.gradcheck`: central differences with the step 10⁻⁶, every entry compared with "
        "atol = 10⁻⁵, rtol = 10⁻³; `gradgradcheck` for second order, `check_forward_ad=True` for forward mode",
        (False,),
    ),
    Checker(
        "PyTorch, fast",
        "torch",
        "pytorch",
        "the same with `fast_mode=True`: one random combination of the entries",
        (True,),
    ),
    Checker(
        "JAX",
        "jax",
        "with_jax",
        '`jax.test_util.check_grads(…, modes=["rev"])` with 64 bits: central differences with the step 10⁻⁴ in one '
        'random direction, atol = rtol = 10⁻⁵; order 2 for second order, `modes=["fwd"]` for forward mode',
    ),
    Checker(
        "HIPS autograd",
        "autograd",
        "with_autograd",
        '`autograd.test_util.check_grads(…, modes=["rev"])`: central differences with the step 10⁻⁶ in one random '
        'direction, within 10⁻⁶ absolutely or relatively; order 2 for second order, `modes=["fwd"]` for forward mode',
    ),
    Checker(
        "MyGrad's method",
        "numpy",
        "as_mygrad",
        "MyGrad ships no checker. Its test suite has one (`backprop_test_factory` in `tests/wrappers/uber.py` and "
        "`tests/utils/numerical_gradient.py` of rsokl/MyGrad), which is restated here: a random cotangent from −10 to "
        "10; complex steps of 10⁻²⁰, element by element, compared with atol = rtol = 10⁻⁸, or central differences "
        "with the step 10⁻⁸ and the tolerances of its `test_logaddexp2_bkwd`, 10⁻⁴. There the author of a test picks "
        "one of the two; here a rule passes if either is content. Arrays that are overwritten are faults, as there",
    ),
)


def arrays(x: Any) -> tuple[Any, ...]:
    """The results of a function, or its gradients: always a tuple, of new arrays."""
    parts = x if isinstance(x, tuple) else (x,)
    return tuple(np.array(part, order="C") for part in parts)


def alike(parts: Any, several: bool) -> Any:
    """Cotangents or tangents as a specimen's rules want them: a tuple, or the only one."""
    return tuple(parts) if several else parts[0]


def low_precision(specimen: Specimen) -> bool:
    """Whether it takes less than double precision."""
    return any(np.asarray(x).dtype in (np.float32, np.float16) for x in specimen.drawn(0))


def is_complex(specimen: Specimen) -> bool:
    """Whether complex numbers go in or come out."""
    args = specimen.drawn(0)
    return any(np.iscomplexobj(x) for x in (*args, *arrays(specimen.fresh().f(*args))))


def has_several_results(specimen: Specimen) -> bool:
    """Whether the function returns a tuple."""
    return isinstance(specimen.fresh().f(*specimen.drawn(0)), tuple)


Asked = Callable[[Args], Answer]
"""A checker that knows its specimen."""
