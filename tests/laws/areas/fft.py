"""Fourier transforms and convolutions, of real and complex numbers."""

import numpy as np
from hypothesis import strategies as st
from scipy import signal

from tinygrad_edu.testing.strategies import arrays, real_or_complex, several_axes, shapes, some_axis

from ..calls import call_of, optional, row_call
from ..rules import in_double
from ..samples import A, V

UNIT = (-1.0, 1.0)
NORMS = st.sampled_from([None, "backward", "ortho", "forward"])
MODES = st.sampled_from(["full", "same", "valid"])
HALF_SPECTRA = {np.fft.irfft, np.fft.hfft, np.fft.irfft2, np.fft.irfftn}
OF_REALS = {np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn}


def input_of(f, shape):
    """What a transform takes: only real numbers, or any."""
    return arrays(shape, interval=UNIT, dtype=float if f in OF_REALS else real_or_complex())


@st.composite
def along_an_axis(draw, f):
    """Data and keywords of a transform along one axis: odd and even lengths, padded and cut ones."""
    shape = list(draw(shapes(1)))
    axis = draw(some_axis(shape))
    shape[axis] = draw(st.integers(1, 5))
    lengths = st.integers(1, 7)
    if f not in HALF_SPECTRA or shape[axis] > 1:
        lengths = st.none() | lengths
    given = draw(optional(norm=NORMS)) | {"n": draw(lengths)}
    if axis != -1 or draw(st.booleans()):
        given["axis"] = axis
    return draw(input_of(f, tuple(shape))), given


def transform_calls(f):
    """Calls of the row of a transform."""
    return lambda op: along_an_axis(f).map(lambda drawn: row_call(op, [drawn[0]], f, **drawn[1]))


def transforms(f):
    """Calls of NumPy's function."""
    return along_an_axis(f).map(lambda drawn: call_of(lambda a: f(a, **drawn[1]), drawn[0]))


@st.composite
def along_axes(draw, f):
    """A transform over several axes, none of them or all."""
    two = f.__name__.endswith("2")
    shape = draw(shapes(2 if two else 1, min_side=2))
    given = draw(optional(norm=NORMS))
    axes = several_axes(shape, 2 if two else 1, 2 if two else None)
    if draw(st.booleans()):
        given["axes"] = draw(axes)
    if "axes" in given or two:
        sizes = st.integers(1, 4) | st.just(-1)
        n = len(given.get("axes", (-2, -1)))
        if draw(st.booleans()):
            given["s"] = draw(st.lists(sizes, min_size=n, max_size=n))
    return call_of(lambda a: f(a, **given), draw(input_of(f, shape)))


@st.composite
def shifts(draw, f):
    """Halves exchanged along all axes, or some."""
    shape = draw(shapes(1))
    axes = draw(st.none() | some_axis(shape) | several_axes(shape, 1))
    return call_of(lambda x: f(x, axes=axes), draw(arrays(shape, dtype=real_or_complex())))


# ---- convolutions -------------------------------------------------------------------------------


def convolved(x, y, mode):
    """SciPy's, in double precision, rounded at the end."""
    return signal.convolve(in_double(x), in_double(y), mode, "direct").astype(np.result_type(x, y))


@st.composite
def convolve_calls(draw, op):
    """Two arrays with the same number of axes; the second fits inside the first."""
    outer = draw(shapes(1, 2, min_side=1, max_side=4))
    inner = tuple(draw(st.integers(1, n)) for n in outer)
    mode = draw(st.sampled_from(["full", "valid"]))
    swap = mode == "full" and draw(st.booleans())
    drawn = [draw(arrays(shape, interval=UNIT, dtype=real_or_complex())) for shape in (outer, inner)]
    return row_call(op, drawn[::-1] if swap else drawn, convolved, mode=mode)


@st.composite
def of_two_series(draw, f):
    """A convolution of two vectors, in any mode; `np.convolve` takes a number for a vector of one."""
    lengths = st.tuples(st.integers(1, 5))
    lengths = lengths | st.just(()) if f is np.convolve else lengths
    mode = draw(MODES)
    return call_of(lambda a, v: f(a, v, mode), *(draw(arrays(lengths, dtype=real_or_complex())) for _ in range(2)))


ROWS = {f.__name__: transform_calls(f) for f in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)}
ROWS["convolve"] = convolve_calls

OUR_OWN = {"convolve"}

ONE_AXIS = (np.fft.hfft, np.fft.ihfft)
TWO_AXES = (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)
MANY_AXES = (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)
SHIFTS = (np.fft.fftshift, np.fft.ifftshift)

WRITTEN = {
    **{f: transforms(f) for f in ONE_AXIS},
    **{f: along_axes(f) for f in (*TWO_AXES, *MANY_AXES)},
    **{f: shifts(f) for f in SHIFTS},
    np.convolve: of_two_series(np.convolve),
    np.correlate: of_two_series(np.correlate),
}

NEEDED = {
    **dict.fromkeys((np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, *ONE_AXIS, *TWO_AXES, *SHIFTS), (A,)),
    **dict.fromkeys(MANY_AXES, (A, None, (0, 1))),
    np.convolve: (V, np.cos(V)),
    np.correlate: (V, np.cos(V)),
}

CANDIDATES = {
    "n": (1, 2, 5),
    "s": ((3, 2), (2, 3), (1, -1), (2,)),
    "norm": ("ortho", "forward", "backward", "other"),
    "mode": ("full", "same", "valid", "other"),
}
