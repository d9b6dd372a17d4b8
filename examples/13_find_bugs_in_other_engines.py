"""Put a released library to the test: draw arguments, compare gradients with slopes, and shrink what fails.

Each search names a function of HIPS autograd and what to draw for it.  Where a gradient is wrong, it ends with
the smallest arguments that show it.  On a version later than 1.9.1 it may find less, which is good news.  All
that was found in two libraries is in docs/bugs-found.md.

Run me: python examples/13_find_bugs_in_other_engines.py
"""

import re
from tempfile import TemporaryDirectory

import autograd.numpy as np  # HIPS autograd's NumPy
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from tinygrad_edu.testing import gradient_test, in_autograd
from tinygrad_edu.testing.strategies import arrays

MASKS = st.sampled_from([[True, True], [True, False], [False, True]])
AXES = st.sampled_from([0, 1, -1])
SEARCHES = {
    "np.sum(x, where=mask)": (lambda x, mask: np.sum(x, where=mask), arrays(2), MASKS),
    "np.mean(x, where=mask)": (lambda x, mask: np.mean(x, where=mask), arrays(2), MASKS),
    "np.var(x, correction=n)": (lambda x, n: np.var(x, correction=n), arrays(2), st.sampled_from([0, 1])),
    "np.prod(x)": (lambda x: np.prod(x), arrays(2)),
    "np.repeat(x, 2, axis)": (lambda x, axis: np.repeat(x, 2, axis), arrays((2, 2)), AXES),
    "np.fft.rfft(x, n=n)": (lambda x, n: np.fft.rfft(x, n=n), arrays(2), st.sampled_from([2, 4])),
    "np.cumsum(x, axis)": (lambda x, axis: np.cumsum(x, axis), arrays((2, 2)), AXES),
}


def search(f, *strategies):
    """The smallest arguments at which the reverse mode of `f` is wrong, and how; None if none are found."""
    test = gradient_test(in_autograd(f), arguments=st.tuples(*strategies), modes=["reverse"], examples=100, seed=0)
    try:
        with np.errstate(all="ignore"):  # a rule that divides by zero warns of it as well
            test()
    except AssertionError as failure:
        said, _, program = str(failure).partition("To reproduce it:")
        arguments = re.findall(r"^\w+ = .+$", program.replace("f = ...", ""), flags=re.MULTILINE)
        return ", ".join(arguments), re.search("worst: (.+)", said)[1]
    return None


def main():
    for name, how in SEARCHES.items():
        found = search(*how)
        print(f"{name}: {'nothing was found' if found is None else 'wrong at ' + found[0]}")
        if found is not None:
            print(f"    {found[1]}")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)  # otherwise it makes a folder where you are
        main()
