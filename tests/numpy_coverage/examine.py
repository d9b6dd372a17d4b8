"""Whether a function is right, refused or wrong: its expressions are run, not its name believed.

Each expression of `cases` is evaluated on plain arrays and on Values.  Values, shapes and dtypes must
agree; reverse mode must be the slope of the plain function, forward mode must be adjoint to it, and the
second derivatives must agree in every order of modes and with differences.
"""

import ast
import csv
import operator
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.signal
import scipy.special
import scipy.stats
from laws import rules
from laws.calls import Call

import tinygrad_edu as te
import tinygrad_edu.scipy.integrate
import tinygrad_edu.scipy.linalg
import tinygrad_edu.scipy.signal
import tinygrad_edu.scipy.special
import tinygrad_edu.scipy.stats
from tinygrad_edu import Value
from tinygrad_edu.trees import leaves

from .cases import CASES, DATA, wave

COMMON = {"np": np, "special": scipy.special, "operator": operator}
PLAIN = {**COMMON, "ours": scipy, "te": SimpleNamespace(array=np.array)}
OURS = {**COMMON, "ours": tinygrad_edu.scipy, "te": te}
CHECKS = ("value", "reverse", "forward", "second")

with open(Path(__file__).parent / "functions.tsv", encoding="utf-8") as lines:
    FUNCTIONS = {row["function"]: row for row in csv.DictReader(lines, delimiter="\t")}
"""Function → its tier (1: everybody uses it, 3: few do), its kind and which of four other libraries have its
derivative.  The kind is "diff"; "zero-grad", a derivative of zero; or "leaves", which leaves the record on
purpose (`.item()`), so that only the value is looked at."""


@dataclass(frozen=True)
class Outcome:
    """What came out for one function: "right", "refused", "wrong" or "absent", and why."""

    status: str
    failed: str = ""  # which check, of which expression
    why: str = ""


def examine(name):
    """The outcome for a function; of its expressions the worst."""
    if (module_lacks := absent(name)) is not None:
        return Outcome("absent", why=module_lacks)
    zero = FUNCTIONS[name]["kind"] == "zero-grad"
    checks = CHECKS[:1] if FUNCTIONS[name]["kind"] == "leaves" else CHECKS
    for text in CASES[name]:
        for check in checks:
            try:
                CHECK[check](text, zero)
            except Exception as error:
                if check == "value" and isinstance(error, TypeError):  # at the call, not when it is too late
                    return Outcome("refused", f"{check} of {text}", str(error).partition("\n")[0])
                return Outcome("wrong", f"{check} of {text}", f"{type(error).__name__}: {error}".strip())
    return Outcome("right")


def absent(name):
    """What this NumPy or SciPy does not have, if it is an older one."""
    path = name.removeprefix("numpy.").split(".")
    if name.startswith("numpy.") and len(path) <= 2 and path[-1].isidentifier():
        try:
            operator.attrgetter(".".join(path))(np)
        except AttributeError:
            return None if path[-1] in ("row_stack", "iteration") else f"not in NumPy {np.__version__}"
    return None


# ---- expressions as calls -----------------------------------------------------------------------


def used(text):
    """The data that an expression uses, by name."""
    names = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
    return sorted(names & DATA.keys())


def evaluated(text, namespace, data):
    """The results of an expression, as a flat list."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's own, as of `where=` without `out=`
        return leaves(eval(text, {**namespace, **data}))


def differentiable(x):
    """Whether a datum becomes a Value."""
    return np.asarray(x).dtype.kind in "fc"


def call_of(text, zero=False):
    """An expression as a function of its floating data, all results in one vector."""
    text = text.replace("np.float32", "np.float64")  # differences need the precision
    names = used(text)
    moving = [name for name in names if differentiable(DATA[name])]
    fixed = {name: DATA[name] for name in names if name not in moving}
    opened = {name: Value(DATA[name]) for name in moving}
    kept = [type(v) is Value and v.dtype.kind in "fc" for v in evaluated(text, OURS, {**fixed, **opened})]

    def joined(namespace):
        def function(*xs):
            data = dict(zip(moving, xs, strict=True))
            parts = [v for v, keep in zip(evaluated(text, namespace, {**fixed, **data}), kept, strict=True) if keep]
            flat = np.concatenate([np.reshape(v, (-1,)) for v in parts])
            # What is constant everywhere has no record to walk: something is added that has.
            return np.concatenate([flat, np.stack([np.sum(np.real(x)) for x in xs])]) if zero else flat

        return function

    return Call(None, joined(OURS), tuple(DATA[name] for name in moving), joined(PLAIN))


def direction(like, start):
    """A cotangent or tangent without pattern, complex for what is complex."""
    shape = np.shape(like)
    t = wave(shape, start) if shape else float(np.sin(start))
    return t + 1j * wave(shape, start + 2.0) if np.iscomplexobj(like) else t


def directions(call):
    """A cotangent of the results and a tangent for each input."""
    u = direction(call.oracle(*call.inputs), 1.0)
    return u, [direction(x, 2.0 + i) for i, x in enumerate(call.inputs)]


# ---- checks -------------------------------------------------------------------------------------


def value_is_numpys(text, _zero):
    """Values, shapes and dtypes of all results."""
    data = {name: DATA[name] for name in used(text)}
    with np.errstate(all="ignore"):
        expected = evaluated(text, PLAIN, data)
        found = evaluated(text, OURS, {n: Value(x) if differentiable(x) else x for n, x in data.items()})
    assert len(found) == len(expected), f"{len(found)} results for {len(expected)}"
    for one, other in zip(found, expected, strict=True):
        data = one.data if type(one) is Value else one
        assert np.shape(data) == np.shape(other), f"shape {np.shape(data)} for {np.shape(other)}"
        if np.shape(other):
            assert data.dtype == other.dtype, f"dtype {data.dtype} for {other.dtype}"
        eps = np.finfo(np.result_type(other)).eps if np.result_type(other).kind in "fc" else 0.0
        tolerance = 1e3 * eps if "odeint" not in text else 1e-8  # two ways to go, each with an error of its own
        np.testing.assert_allclose(data, other, rtol=tolerance, atol=tolerance)


def reverse_is_the_slope(text, zero):
    """Reverse mode against measured slopes."""
    call = call_of(text, zero)
    rules.gradient_is_the_slope(call, *directions(call))


def forward_is_adjoint(text, zero):
    """Forward mode against reverse mode, and against differences."""
    call = call_of(text, zero)
    u, ts = directions(call)
    rules.modes_are_adjoint(call, u, ts)
    rules.tangent_is_the_slope(call, ts)


def second_orders_agree(text, zero):
    """Second derivatives by every order of modes, and against differences."""
    call = call_of(text, zero)
    u, ts = directions(call)
    rules.second_orders_agree(call, u, 0.5 * u, ts, [direction(x, 5.0 + i) for i, x in enumerate(call.inputs)])


CHECK = dict(zip(CHECKS, (value_is_numpys, reverse_is_the_slope, forward_is_adjoint, second_orders_agree), strict=True))
