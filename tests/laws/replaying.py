"""The laws of compiling: a replay gives what the function itself gives, to the last bit, on numbers it never saw.

Results are compared as `bits`: type, dtype, shape and the bytes of the numbers, where −0 is not 0, and any nan
is like any other.  An error counts as a result: the same kind must come from both.
"""

import warnings

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.compiler.program import interpret
from tinygrad_edu.compiler.trace import Run
from tinygrad_edu.custom import fresh
from tinygrad_edu.payload import plain
from tinygrad_edu.testing.laws import agreement
from tinygrad_edu.testing.strategies import SPECIAL
from tinygrad_edu.trees import leaves

SPECIAL_HERE = st.sampled_from([x for x in SPECIAL if not 1.0 < abs(x) < np.inf])
"""Without the largest floats, of which products overflow."""


# ---- what comes out --------------------------------------------------------------------------------------


def bits(x):
    """A number, an array or a Value as something that is equal only if it is the same."""
    if type(x) is Value:
        return "Value", *bits(x._data)
    x = plain(x) if isinstance(x, np.ndarray | np.generic | float | complex | int) else x
    return type(x).__name__, agreement.bits(x)


def outcome(f, *args):
    """The results of `f` as bits, without warnings; or its error."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [bits(x) for x in leaves(f(*args))]
        except Exception as error:
            return error


def kind_of_error(found):
    """The type of an error, or what was found."""
    return type(found) if isinstance(found, Exception) else found


def on_values(f):
    """`f` on fresh Values of plain data, which makes NumPy's functions those of this library; plain data come out."""

    def bare(*args):
        out = f(*(fresh(x) if isinstance(x, float | complex | np.ndarray) else x for x in args))
        return [x._data if type(x) is Value else x for x in leaves(out)]

    return bare


def pulled(f, n):
    """The function of `n` inputs and a cotangent that gives the result of `f` and the cotangents of the inputs."""

    def reverse(*args):
        out, back = te.vjp(f, *args[:n])
        return out, back(args[n])

    return reverse


def pushed(f, n):
    """The function of `n` inputs and their tangents that gives the result of `f` and its tangent."""
    return lambda *args: te.jvp(f, args[:n], args[n:])


# ---- new numbers -----------------------------------------------------------------------------------------


def changed(x, how):
    """An array or a number in the same shape and dtype, with other digits; `how` is 0 or 1."""
    if not isinstance(x, np.ndarray):
        return x * (0.7371, -1.3719)[how]
    if x.dtype.kind not in "fc":
        return x[::-1].copy() if how else x.copy()
    scaled = x * x.dtype.type((0.7371, -1.3719)[how])
    return (np.flip(scaled).copy() if how else scaled).astype(x.dtype)


@st.composite
def renewed(draw, x, specials=True):
    """Other numbers in the shape and dtype of `x`, of which one may be special."""
    new = changed(x, draw(st.integers(0, 1)))
    special = draw(st.none() | SPECIAL_HERE) if specials else None
    if special is None or (isinstance(new, np.ndarray) and (new.size == 0 or new.dtype.kind not in "fc")):
        return new
    if not isinstance(new, np.ndarray):
        return type(new)(special)
    new.flat[draw(st.integers(0, new.size - 1))] = special
    return new


def all_renewed(args, specials=True):
    """Other numbers for all arguments."""
    return st.tuples(*(renewed(x, specials) for x in args))


# ---- laws ------------------------------------------------------------------------------------------------


def replays_are_eager(f, first, *later, eager=None, **settings):
    """Traced on the first arguments, `f` gives on the later ones what it gives by itself, from one program.

    No call changes its arguments or the results of another call, and no results share memory with arguments
    or with one another.  Returns the compiled function; or the error, where tracing refuses."""
    compiled, eager = te.compile(f, **settings), eager or f
    kept = []
    for args in (first, *later):
        before = [np.array(x) for x in args]
        expected = outcome(eager, *args)
        results = []

        def run(*args, results=results):
            results.append(compiled(*args))
            return results[0]

        found = outcome(run, *args)
        if isinstance(found, Exception) and not compiled.programs:
            if isinstance(expected, Exception):
                return found  # nothing to compile
            assert isinstance(found, TypeError), found
            return found
        assert kind_of_error(found) == kind_of_error(expected)
        assert [bits(x) for x in before] == [bits(np.asarray(x)) for x in args], "an argument was written to"
        assert len(compiled.programs) == 1, compiled.reasons
        if results:
            nothing_is_shared(leaves(results[0]), args)
            kept.append((leaves(results[0]), found))
    for results, as_found in kept:
        assert [bits(x) for x in results] == as_found, "a later call changed the results of an earlier one"
    return compiled


def arrays_of(things):
    """The arrays among numbers, arrays and Values."""
    data = [x._data if type(x) is Value else x for x in things]
    return [x for x in data if isinstance(x, np.ndarray)]


def nothing_is_shared(results, *others):
    """No result shares memory with another result, nor with any of the other things."""
    found = arrays_of(results)
    for i, x in enumerate(found):
        for y in (*found[:i], *(y for things in others for y in arrays_of(things))):
            assert not np.shares_memory(x, y), "two things share memory"


# ---- programs --------------------------------------------------------------------------------------------


def program_of(f, *data):
    """The program of a function as it was recorded."""
    return Run(f, list(data), lambda values: f(*values)).program()


def steps(program):
    """The names of the rows of a program, in order."""
    return [step.op.name for step in program.instructions()]


def interpreted(program, args):
    """What a program gives, one row at a time, as bits; errors too."""

    def run(*args):
        with np.errstate(all="ignore"):
            return [plain(x) for x in interpret(program, args)]

    return outcome(run, *args)


def passes_keep_results(f, first, *later, passes):
    """After each pass, the program of `f` gives on new numbers what it gave before."""
    expected = [interpreted(program_of(f, *first), args) for args in (first, *later)]
    program = program_of(f, *first)
    for name, one in passes:
        program = one(program)
        found = [interpreted(program, args) for args in (first, *later)]
        assert list(map(kind_of_error, found)) == list(map(kind_of_error, expected)), name
    return program
