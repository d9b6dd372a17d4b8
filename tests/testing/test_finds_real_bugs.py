"""What docs/bugs-found.md lists is wrong as it says; from drawn arguments the kit finds each line, and shrinks it."""

import re
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy import array, ones, zeros

from tinygrad_edu.testing import by_hand, gradient_test, in_autograd, in_mygrad
from tinygrad_edu.testing.strategies import (
    aimed,
    arrays,
    away_from,
    distinct,
    float_dtypes,
    positive,
    reduced_axes,
    shapes,
    some_axis,
    well_conditioned,
)

ag = pytest.importorskip("autograd.numpy", reason="needs HIPS autograd, which comes with the test extra")
mg = pytest.importorskip("mygrad", reason="needs MyGrad, which comes with the test extra")
pytest.importorskip("scipy", reason="autograd.scipy needs SciPy, which comes with the test extra")
autograd = pytest.importorskip("autograd")
special = pytest.importorskip("autograd.scipy.special")
stats = pytest.importorskip("autograd.scipy.stats")
sl = pytest.importorskip("autograd.scipy.linalg")
la, fft = ag.linalg, ag.fft
nll = pytest.importorskip("mygrad.nnet.losses").negative_log_likelihood

PAGE = Path(__file__).parents[2] / "docs" / "bugs-found.md"
TESTED = {"autograd": "1.9.1", "mygrad": "2.5.0"}
NAMES = {"np": ag, "la": la, "fft": fft, "special": special, "stats": stats, "sl": sl, "mg": mg}
NAMES |= {"array": array, "ones": ones, "zeros": zeros, "nan": np.nan}


# ---- the page ----------------------------------------------------------------------------------------


def rows():
    """Each line of the tables: its section, the function as code, and the code in the other cells."""
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("##"):
            section = line.strip("# ")
        elif line.startswith("| `"):
            yield section, *(cell[0] for cell in map(re.compile("`([^`]+)`").findall, line.split("|")[1:5]))


ROWS = list(rows())
EACH_ROW = pytest.mark.parametrize(("section", "code", "x", "claimed", "right"), ROWS, ids=[row[1] for row in ROWS])


def skip_on_other_versions(section):
    engine = "mygrad" if section.startswith("MyGrad") else "autograd"
    if version(engine) != TESTED[engine]:
        pytest.skip(f"the page is about {engine} {TESTED[engine]}, and {version(engine)} is installed")


@pytest.fixture(autouse=True)
def _quiet():
    """Rules that divide by zero warn of it, which is not what is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def derivative(section, f, x):
    """What the engine gives, as the page says it is asked."""
    if section.startswith("MyGrad"):
        x = mg.tensor(x)
        f(x).backward()
        return x.grad
    if section.startswith("Forward"):
        return autograd.make_jvp(f)(x)(np.ones_like(x))[1]
    return autograd.grad(f)(x)


def measured(section, f, x, h=1e-6):
    """Central differences of the function itself, as the page writes gradients and tangents."""
    numbers = (lambda x: f(mg.tensor(x)).data) if section.startswith("MyGrad") else f

    def slope(t):
        return (np.asarray(numbers(x + h * t)) - np.asarray(numbers(x - h * t))) / (2.0 * h)

    if section.startswith("Forward"):
        return slope(np.ones_like(x))
    basis = np.eye(np.size(x)).reshape(np.size(x), *np.shape(x)).astype(np.asarray(x).dtype)
    slopes = [slope(t) - 1j * slope(1j * t) if np.iscomplexobj(x) else slope(t) for t in basis]
    return np.reshape(slopes, np.shape(x))


@EACH_ROW
def test_the_page_tells_what_comes_out_and_what_is_right(section, code, x, claimed, right):
    skip_on_other_versions(section)
    f, x = eval(f"lambda x: {code}", NAMES), eval(x, NAMES)
    if claimed == "NameError":
        with pytest.raises(NameError):
            derivative(section, f, x)
        return
    found = derivative(section, f, x)
    if "dtype" in section:
        assert (found.dtype, np.asarray(x).dtype) == (claimed, right)
        return
    wanted, right = eval(claimed, NAMES), eval(right, NAMES)
    if wanted is None:
        assert found is None
    else:
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-12)
    assert np.shape(right) == (np.shape(x) if not section.startswith("Forward") else np.shape(f(x)))
    np.testing.assert_allclose(measured(section, f, x), right, rtol=1e-5, atol=1e-5)


# ---- finding it --------------------------------------------------------------------------------------


def reverse(f):
    """The gradient of the first argument just as `grad` would have it."""
    return by_hand(f, vjp=lambda g, *args: autograd.make_vjp(f, 0)(*args)[0](g))


def forward(f):
    """The tangent that the first argument causes just as `make_jvp` has it."""
    return by_hand(f, jvp=lambda t, *args: autograd.make_jvp(f, 0)(*args)(t)[1])


@st.composite
def with_mask(draw, elements=arrays):
    shape = draw(shapes(1, 1, 1, 3))
    mask = draw(hnp.arrays(bool, shape).filter(np.any))
    return draw(elements(shape)), mask


@st.composite
def with_axis(draw, axes, elements=arrays):
    shape = draw(shapes(1, 2, 1, 3))
    return draw(elements(shape)), draw(axes(shape))


@st.composite
def permuted(draw):
    shape = draw(shapes(3, 3, 1, 2))
    axes = draw(st.permutations(range(3)))
    return draw(arrays(shape)), tuple(a - 3 if draw(st.booleans()) else a for a in axes)


def drawn(*strategies):
    return st.tuples(*strategies)


def tall(complex_too=True):
    return well_conditioned(2, 1, dtype=np.complex128 if complex_too else np.float64)


SMALL = shapes(1, 2, 1, 2)
LAST_TWO = st.sampled_from([(1, 2), (-2, -1)])
SPECTRA = drawn(arrays(st.sampled_from([2, 4])), st.sampled_from([None, "backward", "ortho", "forward"]))
REVERSE = {
    "np.sum(x, where=[False, True])": (in_autograd(lambda x, m: ag.sum(x, where=m)), with_mask()),
    "np.mean(x, where=[False, True])": (in_autograd(lambda x, m: ag.mean(x, where=m)), with_mask()),
    "np.prod(x, where=[False, True])": (in_autograd(lambda x, m: ag.prod(x, where=m)), with_mask(positive)),
    "np.var(x, where=[False, True])": (in_autograd(lambda x, m: ag.var(x, where=m)), with_mask()),
    "np.max(x, where=[False, True], initial=-9.0)": (
        in_autograd(lambda x, m: ag.max(x, where=m, initial=-9.0)),
        with_mask(lambda shape: arrays(shape, interval=(-1.0, 1.0))),
    ),
    "np.max(x, initial=1.0)": (in_autograd(lambda x: ag.max(x, initial=1.0)), drawn(away_from(1.0, shape=2))),
    "np.var(x, correction=1)": (
        in_autograd(lambda x, c: ag.var(x, correction=c)),
        drawn(distinct(3), st.integers(0, 1)),
    ),
    "np.var(x, mean=zeros(1))": (in_autograd(lambda x: ag.var(x, mean=zeros(1))), drawn(arrays(2))),
    "np.prod(x)": (in_autograd(lambda x, axis: ag.prod(x, axis=axis)), with_axis(reduced_axes)),
    "np.repeat(x, 2, axis=-1)[1]": (in_autograd(lambda x, axis: ag.repeat(x, 2, axis=axis)), with_axis(some_axis)),
    "np.tile(x, 2)[0, 1]": (in_autograd(ag.tile), drawn(arrays((2, 1)), st.sampled_from([1, 2, (1, 2), (2, 1)]))),
    "np.transpose(x, (-1, 0, 1))[1, 0, 0]": (reverse(ag.transpose), permuted()),
    'np.ravel(x.T, order="A")[1]': (
        in_autograd(lambda x, order: ag.ravel(x.T, order=order)),
        drawn(arrays((2, 2)), st.sampled_from("CFA")),
    ),
    "np.kron(x, array([[[1.0], [0.0]]]))[0, 0, 1]": (
        in_autograd(ag.kron),
        drawn(arrays(shapes(2, 3, 1, 2)), arrays((1, 2, 1))),
    ),
    "np.full(2, x)[0]": (reverse(lambda x: ag.full(2, x)), drawn(arrays(st.sampled_from([(), (2,)])))),
    "np.full_like(zeros(2), x)[0]": (in_autograd(lambda x: ag.full_like(zeros(2), x)), drawn(arrays(()))),
    "np.sinc(x)": (in_autograd(ag.sinc), drawn(arrays(SMALL))),
    "la.norm(x, np.inf)": (
        in_autograd(lambda x, largest: la.norm(x, np.inf if largest else 2)),
        drawn(distinct(2).filter(np.all), st.booleans()),
    ),
    "la.norm(x, 1.5)": (
        in_autograd(lambda x, halves: la.norm(x, halves / 2)),
        drawn(aimed(0.0, shape=2).filter(np.any), st.integers(3, 6)),
    ),
    'np.real(fft.rfft(x, norm="backward")[0])': (in_autograd(lambda x, norm: fft.rfft(x, norm=norm)), SPECTRA),
    "np.real(fft.rfft(x, n=4)[0])": (
        in_autograd(lambda x, n: fft.rfft(x, n=n)),
        drawn(arrays(2), st.sampled_from([None, 2, 4])),
    ),
    "np.imag(la.pinv(x)[0, 1])": (in_autograd(la.pinv), drawn(st.booleans().flatmap(tall))),
    "np.imag(la.slogdet(x)[0])": (in_autograd(lambda x: la.slogdet(x)[0]), drawn(well_conditioned(1, dtype=complex))),
    "special.ive(1, x)": (in_autograd(lambda x, n: special.ive(n, x)), drawn(arrays(1), st.integers(1, 3))),
    "stats.chi2.logpdf(x, 2.5)": (
        in_autograd(lambda x, halves: stats.chi2.logpdf(x, halves / 2)),
        drawn(positive(1), st.integers(2, 8)),
    ),
    "stats.gamma.cdf(x, 2.0)": (in_autograd(lambda x: stats.gamma.cdf(x, 2.0)), drawn(away_from(0.0, shape=1))),
    "sl.solve_triangular(array([[2.0]]), x, unit_diagonal=True)[0]": (
        in_autograd(lambda a, b, unit: sl.solve_triangular(a, b, unit_diagonal=unit)),
        drawn(well_conditioned(2).map(lambda a: a + 2.0 * np.eye(2)), arrays(2), st.booleans()),
    ),
    'np.real(sl.solve_triangular(array([[1j]]), x, trans="C")[0])': (
        reverse(lambda a, trans: sl.solve_triangular(a, ones(2), trans=trans)),
        drawn(well_conditioned(2, dtype=complex).map(lambda a: a + 2.0 * np.eye(2)), st.sampled_from("NTC")),
    ),
    'np.einsum("i,i", x, ones(1))': (
        reverse(lambda x, y: ag.einsum("i,i", x, np.asarray(y, float))),
        drawn(arrays(2), st.sampled_from([[2, 3], [1]])),
    ),
    "np.sum(np.where([False, True], x, 0.0))": (
        reverse(lambda x, mask: ag.where(mask, x, 0.0)),
        drawn(arrays(st.sampled_from([(2,), (1,), ()])), hnp.arrays(bool, 2)),
    ),
    "np.sum(np.clip(x, array([-1.0, -2.0]), 1.0))": (
        reverse(lambda x: ag.clip(x, array([-4.0, -5.0]), 4.0)),
        drawn(arrays(st.sampled_from([(2,), (1,)]))),
    ),
    "np.cross(array([[1.0, 0.0, 0.0]]), x)[0, 2]": (
        reverse(lambda x, rows: ag.cross(np.eye(3)[:rows], x)),
        drawn(arrays(3), st.integers(1, 2)),
    ),
    "np.sum(la.solve(ones((2, 1, 1)), x))": (
        reverse(lambda x, shape: la.solve(ones(shape), x)),
        drawn(arrays((1, 1)), st.sampled_from([(1, 1), (2, 1, 1)])),
    ),
    "la.norm(x, axis=0, keepdims=True)[0]": (
        reverse(lambda x, keep: la.norm(x, axis=0, keepdims=keep)),
        drawn(positive(SMALL), st.booleans()),
    ),
    "np.diag(x)[0]": (reverse(ag.diag), drawn(arrays(SMALL))),
    "np.sum(np.triu(x))": (reverse(ag.triu), drawn(arrays(SMALL))),
    "special.logsumexp(x, b=ones(2))": (
        reverse(lambda x: special.logsumexp(x, b=ones(2))),
        drawn(arrays(st.sampled_from([(2,), (1,)]))),
    ),
    "np.sum(special.jn(array([0, 1]), x))": (
        reverse(lambda x: special.jn(array([0, 1]), x)),
        drawn(arrays(st.sampled_from([(2,), (1,), ()]))),
    ),
    "np.sum(sl.solve_banded((0, 0), x, ones((2, 2))))": (
        reverse(lambda a, shape: sl.solve_banded((1, 0), a, ones(shape))),
        drawn(positive((2, 2)), st.sampled_from([(2,), (2, 2)])),
    ),
    "np.mean(x)": (reverse(ag.mean), drawn(arrays(SMALL, dtype=float_dtypes(half=False)))),
    "np.real(np.inner(x, array([1j])))": (
        reverse(lambda x, imaginary: ag.inner(x, array([1j if imaginary else 1.0]))),
        drawn(arrays(1), st.booleans()),
    ),
}
FORWARD = {
    "np.sum(x, initial=2.0)": (in_autograd(lambda x: ag.sum(x, initial=2.0)), drawn(arrays(SMALL))),
    "np.max(x, axis=(-2, -1))": (
        in_autograd(lambda x, axis: ag.max(x, axis=axis)),
        drawn(distinct(shapes(3, 3, 1, 2)), LAST_TWO),
    ),
    "special.logsumexp(x, axis=(-2, -1))": (
        in_autograd(lambda x, axis: special.logsumexp(x, axis=axis)),
        drawn(arrays(shapes(3, 3, 1, 2)), LAST_TWO),
    ),
    "np.var(x, axis=(0,))": (in_autograd(lambda x, axis: ag.var(x, axis=axis)), with_axis(reduced_axes)),
    "np.sort(x)": (forward(ag.sort), drawn(distinct(SMALL))),
    "la.norm(x)": (forward(la.norm), drawn(arrays(1, dtype=complex).filter(np.any))),
}
MYGRAD = {
    "mg.std(x)": (in_mygrad(lambda x, axis: mg.std(x, axis=axis)), with_axis(reduced_axes, distinct)),
    "mg.sech(x)": (in_mygrad(mg.sech), drawn(away_from(0.0, shape=1, gap=712.0, interval=(-800.0, 800.0)))),
    "mg.nnet.losses.negative_log_likelihood(zeros((1, 2)) - 1.0, array([0]), weights=x)": (
        in_mygrad(lambda x, w: nll(x, array([0]), weights=w)),
        drawn(arrays((1, 2)), positive(2)),
    ),
    "mg.maximum(x, x)": (in_mygrad(lambda x: mg.maximum(x, x)), drawn(arrays(()))),
}
SEARCHES = {**REVERSE, **FORWARD, **MYGRAD}


def test_there_is_a_search_for_every_row():
    assert set(SEARCHES) == {row[1] for row in ROWS}
    assert len(SEARCHES) == len(ROWS)


def smallest(subject, arguments):
    """The arguments in the failure that `gradient_test` ends with, by name, and all that it says."""
    modes = ("reverse", "forward") if subject.vjp and subject.jvp else ("reverse",) if subject.vjp else ("forward",)
    with pytest.raises((AssertionError, NameError)) as failure:
        gradient_test(subject, arguments=arguments, modes=modes, examples=300, seed=0)()
    said = "\n".join([str(failure.value), *getattr(failure.value, "__notes__", [])])
    lines = re.findall(r"^(\w+) = (.+)$", said.partition("To reproduce it:")[2], flags=re.MULTILINE)
    return {name: eval(text, {"np": np}) for name, text in lines if text != "..."}, said


@EACH_ROW
def test_drawn_arguments_find_it_and_shrink_to_a_few_numbers(section, code, x, claimed, right):
    skip_on_other_versions(section)
    args, said = smallest(*SEARCHES[code])
    assert sum(np.size(x) for x in args.values() if isinstance(x, np.ndarray | float)) <= 6, said
    assert "nothing could be decided" not in said
