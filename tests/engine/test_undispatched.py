"""What NumPy never hands to a Value's class: the page that lists it is tried, row by row."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import scipy.special
import scipy.stats
from laws import rules

import tinygrad_edu
import tinygrad_edu as te
import tinygrad_edu.scipy.linalg
import tinygrad_edu.scipy.special
import tinygrad_edu.scipy.stats
from tinygrad_edu import Value

PAGE = (Path(__file__).parents[2] / "docs" / "what-numpy-cannot-dispatch.md").read_text(encoding="utf-8")
REFUSED = re.findall(r"^\| `(.+?)` \| (\w+Error) \| (.+?) \|$", PAGE, re.MULTILINE)
WORKS = re.findall(r"^\| `(.+?)` \| (?!\w+Error)[^|]+ \|$", PAGE, re.MULTILINE)
NUMBERS = {"v": 0.7, "w": 1.3, "m": np.array([0.4, 0.9])}


def names(**data):
    """What a row of the page may use."""
    return {
        "np": np,
        "math": math,
        "te": te,
        "scipy": scipy,
        "tinygrad_edu": tinygrad_edu,
        "a": np.array([1.0, 2.0]),
        **data,
    }


def opened():
    """The Values of a row."""
    return {name: Value(x) for name, x in NUMBERS.items()}


def test_the_page_has_both_tables():
    assert len(REFUSED) > 30
    assert len(WORKS) == 10


@pytest.mark.parametrize(("text", "error", "instead"), REFUSED, ids=[row[0] for row in REFUSED])
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_it_is_refused_and_nothing_is_changed(text, error, instead):
    data = names(**opened())
    before = data["a"].copy()
    with pytest.raises((TypeError, ValueError)) as caught:
        eval(text, data)
    assert caught.type.__name__ == error
    told = (str(caught.value) + str(caught.value.__cause__ or "")).replace(text.partition("(")[0], "", 1)
    assert re.search(r"te\.array|te\.at|np\.\w+|v \+ 0j|\.data|item\(\)", told), told  # what is called is no remedy
    if ".at(" in instead:
        assert re.search(r"te\.at|te\.array", told), told
    np.testing.assert_array_equal(data["a"], before)


@pytest.mark.parametrize("text", [re.findall(r"`(.+?)`", row[2])[0] for row in REFUSED])
def test_the_replacement_works(text):
    """It has a gradient, and that is the slope of the same text on plain numbers."""
    check(text, plain=text.replace("tinygrad_edu.scipy", "scipy"))


@pytest.mark.parametrize("text", WORKS)
def test_what_works_works(text):
    check(text, plain=text)


def check(text, plain):
    """An expression of Values against itself on numbers, where that can be evaluated."""
    if ".item()" in text:
        assert not isinstance(eval(text, names(**opened())), Value)
        return
    used = [name for name in NUMBERS if re.search(rf"\b{name}\b", text)]

    def ours(*xs):
        return np.sum(eval(text, names(**dict(zip(used, xs, strict=True)))) * 1.5)

    def oracle(*xs):
        if "te." in text:  # there is no such thing for plain numbers: the values of the Values serve
            return ours(*map(Value, xs)).data
        xs = (np.float64(x) if np.ndim(x) == 0 and "like=" not in text else np.asarray(x) for x in xs)
        return np.sum(eval(plain, names(**dict(zip(used, xs, strict=True)))) * 1.5)

    xs = [NUMBERS[name] for name in used]
    leaves = [Value(x) for x in xs]
    out = ours(*leaves)
    assert isinstance(out, Value)
    np.testing.assert_allclose(out.data, oracle(*xs), rtol=1e-12)
    if text.startswith("round"):
        return
    ts = [np.ones_like(x) if np.ndim(x) else 1.0 for x in xs]
    seed = 1.0 if out.dtype.kind == "f" else 1.0 + 0j
    out.backward(seed)
    found = sum(rules.dot(x.grad, t) for x, t in zip(leaves, ts, strict=True) if x.grad is not None)
    slope = rules.slope(lambda *xs: np.real(oracle(*xs)), xs, ts)
    np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-9)


def test_object_arrays_are_refused():
    with pytest.raises(TypeError, match=r"te\.array"):
        np.array([Value([1.0])], dtype=object)
    with pytest.raises(TypeError, match=r"object"):
        Value(1.0) * np.array([1.0, None])
