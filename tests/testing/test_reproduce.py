"""Code that reproduces a failure really runs, on its own, with the same arguments to the last bit, and fails alike."""

import contextlib
import functools
import io
import subprocess
import sys
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_edu as te
from tinygrad_edu.testing import by_hand, check_gradients, gradient_test
from tinygrad_edu.testing.adapters.own import in_tinygrad
from tinygrad_edu.testing.reproduce import found_in, reproduction
from tinygrad_edu.testing.spelling import spelled
from tinygrad_edu.testing.strategies import arrays
from tinygrad_edu.trees import leaves


def half(x):
    return x.data * x


def of_net(net, power=2):
    return net["w"].data * net["w"] + net["point"].x ** power


named_lambda = lambda x: x.data * x
wrong = by_hand(np.square, vjp=lambda g, x: g * x)
by_name = in_tinygrad(half)


class Point(NamedTuple):
    x: float
    y: float = 0.0


@dataclass
class Layer:
    w: object
    name: str = field(default="first", metadata={"static": True})


def ran(code):
    """What a program prints that has nothing but the code."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "reproduction", "exec"), {"__name__": "elsewhere"})
    return out.getvalue()


def bits(tree):
    return [(type(x), np.asarray(x).dtype, np.shape(x), np.asarray(x).tobytes()) for x in leaves(tree)]


# ---- arguments ---------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.integers(-(2**62), 2**62),
    st.booleans(),
    st.floats(allow_nan=False, width=32).map(np.float32),
    st.floats(allow_nan=False, width=16).map(np.float16),
    st.complex_numbers(allow_nan=False, width=64).map(np.complex64),
    st.floats(allow_nan=False).map(np.float64),
    st.integers(-128, 127).map(np.int8),
)
DTYPES = [np.dtype(kind) for kind in ["f8", "c16", "i8", "?", "f4", "f2", "c8", "i1"]]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
        elements=hnp.from_dtype(dtype, **{"allow_nan": False} if dtype.kind in "fc" else {}),
    )
)
TREES = st.recursive(
    NUMBERS | ARRAYS | st.text(max_size=3) | st.none(),
    lambda part: st.one_of(
        st.lists(part, max_size=3),
        st.lists(part, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2) | st.integers(), part, max_size=3),
        st.builds(Point, part, part),
        st.builds(Layer, part),
    ),
    max_leaves=6,
)


@given(TREES)
def test_arguments_are_spelled_so_that_they_are_the_same_again_to_the_last_bit(tree):
    again = eval(spelled(tree), {"np": np, "Point": Point, "Layer": Layer})
    assert repr(again) == repr(tree)
    assert bits(again) == bits(tree)


# ---- functions ---------------------------------------------------------------------------------------------

FUNCTIONS = {
    "a function": (half, "half"),
    "a lambda with a name": (named_lambda, "named_lambda"),
    "a Subject with a name": (wrong, "wrong"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_named_in_a_module_is_imported_from_there(name):
    f, expression = FUNCTIONS[name]
    args = (np.array([0.5, -1.25]),)
    code = reproduction(f, args, {"order": 1}, ["x"], home=__name__)
    assert f"import {expression}" in code
    assert ran(code) == f"{check_gradients(f, *args)}\n"


@pytest.mark.parametrize("f", [np.tanh, te.softplus, te.softmax, np.linalg.inv], ids=["tanh", "plus", "max", "inv"])
def test_what_is_public_is_imported_from_where_it_is_public(f):
    (module,) = found_in(f).imports.values()
    assert module in ("numpy", "tinygrad_edu", "numpy.linalg")
    assert ran(reproduction(f, (np.eye(2),))).startswith(f"{check_gradients(f, np.eye(2)).name}: pass")


def test_a_method_of_a_class_is_reached_through_it():
    assert found_in(Layer.__init__).expression == "Layer.__init__"
    assert found_in(dict.fromkeys) is None or found_in(dict.fromkeys).expression == "dict.fromkeys"


def test_a_subject_that_has_no_name_is_made_anew():
    code = reproduction(in_tinygrad(half), (2.0,), home=__name__)
    assert "check_gradients(in_tinygrad(half), x0)" in code
    assert ran(code) == f"{check_gradients(by_name, 2.0)}\n"


def test_containers_and_their_classes_are_reproduced():
    net = {"w": np.array([0.5]), "point": Point(1.5, 2.0), "rest": [Layer(np.float32(1.0))]}
    code = reproduction(of_net, (net, 2), {"kinks": "interval", "seed": 3}, ["net", "power"])
    assert ran(code) == f"{check_gradients(of_net, net, 2, kinks='interval', seed=3)}\n"


def test_names_of_arguments_do_not_hide_what_is_imported():
    code = reproduction(half, (2.0, 3.0), {}, ["half", "np"])
    assert "half_ = 2.0\nnp_ = 3.0\nprint(check_gradients(half, half_, np_))" in code


def test_what_cannot_be_imported_is_left_to_be_put_in_with_a_comment_that_shows_it():
    def local(x):
        return x.data * x

    code = reproduction(local, (2.0,), {}, ["x"], home=__name__)
    assert "local in here" in code
    assert "#     def local(x):\n#         return x.data * x\nf = ...\n" in code
    assert ran(code.replace("f = ...", "f = lambda x: x.data * x")).startswith("f: fail")


@pytest.mark.parametrize(
    "f",
    [lambda x: x, functools.partial(half), by_hand(np.sin, vjp=lambda g, x: g)],
    ids=["lambda", "partial", "Subject"],
)
def test_nothing_is_imported_that_is_something_else(f):
    assert found_in(f, __name__) is None
    assert "\nf = ...\n" in reproduction(f, (2.0,), home=__name__)


# ---- whole programs ----------------------------------------------------------------------------------------


def test_the_code_in_a_failure_fails_in_the_same_way_in_a_process_of_its_own(tmp_path):
    with pytest.raises(AssertionError) as caught:
        gradient_test(half, x=arrays(2, dtype=np.float32), seed=0)()
    code = str(caught.value).partition("To reproduce it:\n\n")[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    (call,) = [line for line in code.splitlines() if line.startswith("print(")]
    known = {"check_gradients": check_gradients, "half": half, "np": np}
    exec(code.partition("\n\n")[2].rpartition("\n")[0], known)
    assert done.stdout == f"{eval(call.removeprefix('print(')[:-1], known)}\n"
    assert done.stdout.startswith("half: fail\n")


def test_a_file_that_is_not_installed_is_found_by_the_code(tmp_path):
    (tmp_path / "rules_of_mine.py").write_text("def half(x):\n    return x.data * x\n")
    program = (
        "import rules_of_mine\nfrom tinygrad_edu.testing.reproduce import reproduction\n"
        "print(reproduction(rules_of_mine.half, (2.0,)))"
    )
    made = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"sys.path.insert(0, {str(tmp_path)!r})" in made.stdout
    done = subprocess.run([sys.executable, "-c", made.stdout], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("half: fail\n")
