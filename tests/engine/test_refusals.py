"""Contract 5: never silently wrong.  Each keyword of each of NumPy's functions is right or refused.

So is what NumPy never hands to a Value's class at all: `np.array([v])`, `float(v)`, `a[0] = v`.
"""

import inspect
import math
import operator

import numpy as np
import pytest
from laws import rules
from scipy import special

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import BY_NUMPY

A = np.cos(np.arange(1.0, 7.0)).reshape(2, 3)
SQUARE = np.cos(np.arange(1.0, 10.0)).reshape(3, 3)
V = np.array([0.3, -0.7, 1.1])
MASK = np.array([[True, False, True], [True, True, True]])

# ---- NumPy's functions: the data and what else must be given ------------------------------------

NEEDED = {
    np.flip: (A,), np.roll: (A, 1), np.rot90: (A,), np.repeat: (A, 2), np.tile: (A, 2), np.tril: (SQUARE,),
    np.triu: (SQUARE,), np.diag: (SQUARE,), np.diagonal: (SQUARE,), np.reshape: (A, (3, 2)), np.expand_dims: (A, 0),
    np.squeeze: (A[:1],), np.transpose: (A,), np.swapaxes: (A, 0, 1), np.moveaxis: (A, 0, 1),
    np.broadcast_to: (V, (2, 3)), np.sum: (A,), np.mean: (A,), np.cumsum: (A,), np.max: (A,), np.min: (A,),
    np.prod: (A,), np.var: (A,), np.std: (A,), np.linalg.norm: (A,), np.argmax: (A,), np.argmin: (A,),
    np.argsort: (A,), np.any: (A,), np.all: (A,), np.concatenate: ([A, A],), np.stack: ([A, A],),
    np.vstack: ([A, A],), np.hstack: ([A, A],), np.column_stack: ([V, V],), np.array_split: (V, 2),
    np.split: (V, 3), np.ravel: (A,), np.copy: (A,), np.atleast_1d: (A,), np.atleast_2d: (A,),
    np.clip: (A, -0.5, 0.5), np.dot: (A, V), np.inner: (A, V), np.vdot: (V, V), np.outer: (V, V),
    np.tensordot: (A, SQUARE, 1), np.trace: (SQUARE,), np.where: (MASK, A, A), np.einsum: ("ij,j->i", A, V),
}  # fmt: skip

# What `inspect` cannot read, or reads as `*args`.
UNSIGNED = {
    np.concatenate: ("axis", "out", "dtype", "casting"),
    np.dot: ("out",),
    np.where: (),
    np.inner: (),
    np.vdot: (),
    np.einsum: ("out", "optimize", "dtype", "order", "casting"),
    np.atleast_1d: (),
    np.atleast_2d: (),
}

AXES = (0, -1, 1, (0, 1), None)
CANDIDATES = {
    "axis": AXES, "axis1": (1, -1), "axis2": (0, -2), "axes": ((1, 0), None, ([1], [0]), 0), "offset": (1, -1),
    "dtype": (np.float32, float, np.float16, None), "out": ("result", None), "keepdims": (True, False),
    "initial": (0.5, 2.0), "where": (MASK, True), "ddof": (1, 2), "correction": (1, 0), "mean": ("mean",),
    "order": ("F", "A", "C", "K"), "copy": (True, False), "casting": ("unsafe", "no", "same_kind"), "k": (1, -1),
    "kind": ("stable",), "stable": (True,), "subok": (True, False), "ord": (1, 2, np.inf, "fro", "nuc", None),
    "a_min": (-0.2,), "a_max": (0.2,), "min": (-0.2,), "max": (0.2,), "shift": (2,), "repeats": (3,), "reps": (3,),
    "indices_or_sections": (1, [1]), "source": (-1,), "destination": (-2,), "shape": ((6,), -1),
    "optimize": (True, False), "newshape": (6,), "kwargs": (),
}  # fmt: skip


def each_keyword():
    """Every keyword of every function, with values that are not its default."""
    for f, given in NEEDED.items():
        names = UNSIGNED.get(f)
        if names is None:
            names = list(inspect.signature(f).parameters)[1:]
        for at, name in enumerate(names, 1):
            if at < len(given) and isinstance(given[at], np.ndarray):
                continue  # data
            for value in CANDIDATES.get(name, ("untried",)):  # NumPy may have grown a keyword
                yield pytest.param(f, given, name, value, id=f"{f.__name__}-{name}-{value}")


def as_values(given):
    """The arrays among arguments as Values, and those Values."""
    leaves = []

    def opened(x):
        if isinstance(x, list) and x and isinstance(x[0], np.ndarray):
            return [opened(part) for part in x]
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            leaves.append(Value(x))
            return leaves[-1]
        return x

    return [opened(x) for x in given], leaves


def arranged(f, given, name, value):
    """Positional arguments, with the keyword's value in its place if it was among them."""
    names = list(inspect.signature(f).parameters) if f not in UNSIGNED else []
    if name in names and names.index(name) < len(given):
        at = names.index(name)
        if at == 0:
            return given, {}
        return given[:at], dict(zip(names[at + 1 :], given[at + 1 :], strict=False)) | {name: value}
    return given, {name: value}


def filled_in(f, given, value):
    """The value of a keyword, where it depends on the call."""
    if isinstance(value, str) and value == "result":
        return np.empty_like(f(*given))
    if isinstance(value, str) and value == "mean":
        return np.mean(given[0], keepdims=True)
    return value


def test_every_function_is_in_the_list():
    functions = {f for f in BY_NUMPY if not isinstance(f, np.ufunc) and f is not operator.getitem}
    plain = {f for f in functions if not isinstance(answer(f), Value | list)}
    assert functions - plain <= set(NEEDED)
    assert set(NEEDED) <= functions


def answer(f):
    """What a function makes of Values, or a Value if it wants other arguments."""
    if f in NEEDED:
        return Value(0.0)
    try:
        return (
            f(Value(V), Value(V))
            if f.__name__ in ("allclose", "isclose", "array_equal", "shares_memory")
            else f(Value(V))
        )
    except TypeError:
        return None


@pytest.mark.filterwarnings("ignore:.*newshape.*:DeprecationWarning")
@pytest.mark.parametrize(("f", "given", "name", "value"), list(each_keyword()))
def test_contract_5_every_keyword_of_numpys_is_right_or_refused(f, given, name, value):
    value = filled_in(f, given, value)
    args, kwargs = arranged(f, given, name, value)
    try:
        expected = f(*args, **kwargs)
    except (TypeError, ValueError, IndexError, np.exceptions.AxisError):
        expected = None
    opened, leaves = as_values(args)
    if expected is None:  # NumPy refuses it, so we may not accept it
        with pytest.raises((TypeError, ValueError, IndexError)):
            f(*opened, **kwargs)
        return
    try:
        out = f(*opened, **kwargs)
    except TypeError as refused:
        assert f"{name}=" in str(refused)  # noqa: PT017
        return
    outs, expecteds = (out, expected) if isinstance(out, list) else ([out], [expected])
    for one, other in zip(outs, expecteds, strict=True):
        np.testing.assert_allclose(one.data, other, rtol=1e-12)
        assert one.dtype == np.result_type(other)
        if not one.op.constant:
            for leaf in leaves:
                leaf.grad = None
            check_slope(lambda xs: f(*replaced(args, xs), **kwargs), one, leaves, outs.index(one))


def replaced(given, xs):
    """Arguments with their arrays replaced, in order."""
    following = iter(xs)

    def new(x):
        if isinstance(x, list) and x and isinstance(x[0], np.ndarray):
            return [new(part) for part in x]
        return next(following) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    return [new(x) for x in given]


def check_slope(f, out, leaves, which):
    """The gradient of `out` is the slope of NumPy's function, in one odd direction."""
    u = np.sin(1.0 + np.arange(out.size)).reshape(out.shape) if out.shape else 1.0
    out.backward(u)
    ts = [np.cos(2.0 + np.arange(x.size)).reshape(x.shape) for x in leaves]

    def pick(*xs):
        result = f(xs)
        return np.sum(u * (result[which] if isinstance(result, list) else result))

    found = sum(0.0 if x.grad is None else rules.dot(x.grad, t) for x, t in zip(leaves, ts, strict=True))
    tolerance = 1e-3 if out.dtype != np.float64 else 1e-6
    if out.dtype == np.float64:
        rules.close(found, rules.slope(pick, [x.data for x in leaves], ts), tolerance, 10.0)


@pytest.mark.parametrize("f", [f for f in NEEDED if f not in UNSIGNED], ids=lambda f: f.__name__)
def test_contract_5_arguments_by_position_mean_what_numpy_says(f):
    """Every argument that NumPy takes by position, given by position, one at a time from the left."""
    parameters = [
        p for p in inspect.signature(f).parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    given = list(NEEDED[f])
    for p in parameters[len(given) :]:
        candidates = [filled_in(f, NEEDED[f], c) for c in CANDIDATES[p.name]]
        for value in [*candidates, p.default]:
            args = [*given, value]
            try:
                expected = f(*args)
            except (TypeError, ValueError, IndexError):
                continue
            opened, _ = as_values([args[0]])
            try:
                out = f(*opened, *args[1:])
            except TypeError as refused:
                assert f"{p.name}=" in str(refused)  # noqa: PT017
                continue
            if not isinstance(out, list):
                np.testing.assert_array_equal(out.data, expected)
        given.append(p.default)


@pytest.mark.parametrize("f", NEEDED, ids=lambda f: f.__name__)
def test_contract_5_a_keyword_that_numpy_does_not_have_is_refused(f):
    opened, _ = as_values(NEEDED[f])
    with pytest.raises(TypeError, match="nonsense"):
        f(*opened, nonsense=1)


# ---- ufuncs -------------------------------------------------------------------------------------

UFUNCS = [f for f in BY_NUMPY if isinstance(f, np.ufunc) and f is not np.matmul]
UFUNC_KEYWORDS = {
    "where": (np.array([True, False, True]), False, True),
    "out": ("array", None),
    "dtype": (np.float32, None),
    "casting": ("unsafe",),
    "order": ("F",),
    "subok": (False,),
    "signature": ("d->d",),
}


@pytest.mark.parametrize("name", UFUNC_KEYWORDS)
@pytest.mark.parametrize("f", UFUNCS, ids=lambda f: f.__name__)
def test_contract_5_every_keyword_of_a_ufunc_is_right_or_refused(f, name):
    x = np.array([0.3, 0.7, 0.9]) + (1.0 if f is np.arccosh else 0.0)
    for value in UFUNC_KEYWORDS[name]:
        value = np.empty(3, f(*[x] * f.nin).dtype) if isinstance(value, str) and value == "array" else value
        harmless = value is None or value is True
        try:
            out = f(*[Value(x)] * f.nin, **{name: value})
        except TypeError as refused:
            assert not harmless
            assert name in str(refused)  # noqa: PT017
            assert f.__name__ in str(refused)  # noqa: PT017
        else:
            np.testing.assert_array_equal(out.data, f(*[x] * f.nin, **({} if harmless else {name: value})))


@pytest.mark.parametrize("f", [f for f in UFUNCS if f.nin == 2], ids=lambda f: f.__name__)
def test_contract_5_methods_of_a_ufunc_are_right_or_refused(f):
    v = Value(A)
    attempts = {
        "accumulate": lambda: f.accumulate(v),
        "outer": lambda: f.outer(v, v),
        "reduceat": lambda: f.reduceat(v, [0, 1]),
        "at": lambda: f.at(A.copy(), (0, 0), v),
    }
    for method, attempt in attempts.items():
        with pytest.raises(TypeError, match=rf"np\.{f.__name__}\.{method}"):
            attempt()
    with pytest.raises(TypeError, match=r"\.data|in place"):
        f.at(v, (0, 0), 1.0)
    for settings in ({}, {"axis": 1}, {"axis": None}, {"axis": -1, "keepdims": True}):
        try:
            found = f.reduce(v, **settings)
        except TypeError as refused:
            assert f.__name__ in str(refused)  # noqa: PT017
        else:
            np.testing.assert_array_equal(found.data, f.reduce(A, **settings))
    if f in (np.add, np.multiply, np.maximum, np.minimum):
        assert np.shape(f.reduce(v).data) == (3,)
        for name, value in (("initial", 1.0), ("where", MASK), ("dtype", np.float32), ("out", np.empty(3))):
            with pytest.raises(TypeError, match=f"{name}="):
                f.reduce(v, **{name: value})


def test_contract_5_other_peoples_ufuncs_are_refused_by_name():
    for f in (special.expit, special.gamma, np.frompyfunc(math.gamma, 1, 1), np.modf, np.spacing):
        with pytest.raises(TypeError, match=f"{f.__name__.split()[0]}.*no derivative here; use .data"):
            f(Value(V))


# ---- everything else in NumPy -------------------------------------------------------------------

PLAIN_ANSWERS = {
    *("iscomplexobj", "isrealobj", "ndim", "shape", "size", "result_type", "min_scalar_type", "isscalar", "iterable"),
    *("zeros_like", "ones_like", "empty_like", "array_equal", "allclose", "isclose", "count_nonzero", "array_repr"),
    *("array_str", "array2string", "shares_memory", "may_share_memory", "typename", "can_cast", "bmat"),
    *("promote_types", "issubdtype"),
    *("get_include", "isdtype", "format_float_positional", "format_float_scientific", "base_repr", "binary_repr"),
}
TAKE_A_DTYPE = {
    "array",
    "asarray",
    "asanyarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "asmatrix",
}
TAKE_A_DTYPE |= {"frombuffer", "fromiter", "require", "real_if_close", "matrix_rank"}
"""What these take second is a dtype, and anything that has one will do; or a tolerance."""
SIDE_EFFECTS = {"info", "test", "show_config", "show_runtime", "save", "savez", "savez_compressed", "savetxt", "load"}
SIDE_EFFECTS |= {
    "set_printoptions",
    "setbufsize",
    "seterr",
    "seterrcall",
    "printoptions",
    "errstate",
    "memmap",
    "fromfile",
}
SIDE_EFFECTS |= {"loadtxt", "genfromtxt", "fromregex"}


def functions_of_numpy():
    """Every public function of NumPy's that takes numbers."""
    for module in (np, np.linalg, np.fft):
        for name in dir(module):
            f = getattr(module, name)
            if not name.startswith("_") and callable(f) and not isinstance(f, type) and name not in SIDE_EFFECTS:
                yield pytest.param(f, id=f"{module.__name__}.{name}")


def holds_values(x):
    """Whether the answer is a Value, or a list or tuple that holds one."""
    if isinstance(x, list | tuple):
        return any(map(holds_values, x))
    return isinstance(x, Value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("f", list(functions_of_numpy()))
def test_contract_5_every_function_of_numpys_differentiates_or_raises(f):
    """Nothing turns a Value into a plain number or an object array on the quiet."""
    number, vector, square = Value(0.5), Value(V), Value(SQUARE)
    attempts = [
        (vector,),
        (square,),
        (number,),
        (vector, vector),
        (square, square),
        ([vector, vector],),
        ([number, number],),
    ]
    attempts += [(vector, 1), (vector, vector, vector), (vector, V, V)]
    if f.__name__ not in TAKE_A_DTYPE:
        attempts.append((V, vector))
    for args in attempts:
        try:
            found = f(*args)
        except (TypeError, ValueError, IndexError, AttributeError, KeyError):
            continue
        assert holds_values(found) or f.__name__ in PLAIN_ANSWERS, f"{f.__name__}{args} gave {found!r}"


# ---- traps that never reach a protocol ----------------------------------------------------------

v, w, many = Value(2.0), Value(3.0), Value([1.0, 2.0])
TRAPS = {
    "np.array of Values": (lambda: np.array([v, w]), r"te\.array"),
    "np.array of array Values": (lambda: np.array([many, many]), r"te\.array"),
    "np.array of a Value": (lambda: np.array(v), r"te\.array"),
    "np.array as objects": (lambda: np.array([v, w], dtype=float), r"te\.array|float"),
    "np.asarray": (lambda: np.asarray(v), r"te\.array"),
    "np.asarray of an array": (lambda: np.asarray(many), r"te\.array"),
    "np.asanyarray": (lambda: np.asanyarray(many), r"te\.array"),
    "np.ascontiguousarray": (lambda: np.ascontiguousarray(many), r"te\.array"),
    "np.full": (lambda: np.full(3, v), r"te\.array|float"),
    "np.full of an array": (lambda: np.full((3, 2), many), r"te\.array"),
    "np.r_": (lambda: np.r_[v, 1.0], r"te\.array"),
    "np.r_ of an array": (lambda: np.r_[many, many], r"te\.array|concatenate"),
    "np.c_": (lambda: np.c_[many, many], r"te\.array|concatenate"),
    "np.sum of a list": (lambda: np.sum([v, w]), r"te\.array"),
    "np.max of a list": (lambda: np.max([v, w]), r"te\.array"),
    "np.mean of a list": (lambda: np.mean([many, many]), r"te\.array"),
    "float": (lambda: float(v), r"item\(\)"),
    "int": (lambda: int(v), r"item\(\)"),
    "complex": (lambda: complex(v), r"item\(\)"),
    "round": (lambda: round(v), r"round|item\(\)"),
    "np.float64": (lambda: np.float64(v), r"item\(\)|te\.array"),
    "np.float32": (lambda: np.float32(v), r"item\(\)|te\.array"),
    "math.exp": (lambda: math.exp(v), r"np\.exp"),
    "math.sqrt": (lambda: math.sqrt(v), r"np\."),
    "math.floor": (lambda: math.floor(v), r"np\.|item\(\)"),
    "math.fsum": (lambda: math.fsum([v, w]), r"np\.|item\(\)"),
    "np.vectorize": (lambda: np.vectorize(lambda x: x * x)(many), r"te\.array"),
    "np.frompyfunc": (lambda: np.frompyfunc(lambda x: x * x, 1, 1)(many), r"no derivative"),
    "np.linspace": (lambda: np.linspace(v, 3.0, 4), r"linspace"),
    "np.arange": (lambda: np.arange(v), r"item\(\)|te\.array|arange"),
    "np.asarray in matmul of lists": (lambda: np.matmul([[v, w]], [[1.0], [2.0]]), r"te\.array"),
    "np.random": (lambda: np.random.default_rng(0).normal(v), r"item\(\)|te\.array"),
    "out=": (lambda: np.exp(v, out=np.empty(())), r"out="),
    "out= of an array": (lambda: np.add(many, 1.0, out=np.empty(2)), r"out="),
    "out= a Value": (lambda: np.exp(np.ones(2), out=many), r"out="),
    "in": (lambda: 1.0 in many, r"container"),
    "divmod": (lambda: divmod(v, 2.0), r"divmod"),
    "pow with a modulus": (lambda: pow(v, 2, 3), r"pow"),
    "a complex factor": (lambda: v * 1j, r"complex"),
    "a text": (lambda: v + "1", r"str"),
    "None": (lambda: v + None, r"NoneType"),
    "an object array": (lambda: v * np.array([1, None]), r"NoneType|object"),
    "a date": (lambda: many + np.array(["2020-01-01", "2020-01-02"], "M8[D]"), r"M8|datetime|dtype"),
    "SciPy's functions": (lambda: special.logsumexp(many), r"te\.array|derivative|np\.|data"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_contract_5_a_trap_of_numpys_says_what_to_do(name):
    attempt, remedy = TRAPS[name]
    with pytest.raises(TypeError, match=remedy):
        attempt()


def test_contract_5_assignment_into_an_array_is_refused():
    a = np.zeros(2)
    with pytest.raises((TypeError, ValueError), match=r"te\.array|item\(\)|sequence") as caught:
        a[0] = v
    assert "te.array" in str(caught.value) + str(caught.value.__cause__)
    with pytest.raises((TypeError, ValueError)) as caught:
        np.fromiter([v, w], float)
    assert "item()" in str(caught.value) + str(caught.value.__cause__)
    with pytest.raises((TypeError, ValueError)):
        a[:] = many
    np.testing.assert_array_equal(a, 0.0)


def test_contract_5_in_place_changes_are_refused():
    a = np.ones(2)
    with pytest.raises(TypeError, match="out="):
        a += many
    np.testing.assert_array_equal(a, 1.0)
    x = Value([1.0, 2.0])
    with pytest.raises(TypeError, match=r"np\.where"):
        x[0] = 1.0
    with pytest.raises((TypeError, AttributeError)):
        del x[0]
    y = x
    y += 1.0  # makes a new Value
    assert x.tolist() == [1.0, 2.0]
    result = x * 2.0
    with pytest.raises(ValueError, match="read-only"):
        result.data[0] = 5.0
    with pytest.raises(AttributeError, match="result"):
        result.data = np.zeros(2)


@pytest.mark.parametrize(
    "data",
    [1j, np.array([1j]), "one", None, {"a": 1}, [[1.0], [1.0, 2.0]], np.array([None]), object(), {1, 2}, [1.0, None]],
    ids=lambda data: type(data).__name__,
)
def test_contract_5_a_value_holds_real_numbers(data):
    with pytest.raises((TypeError, ValueError), match=r"real number|inhomogeneous|complex|NoneType|not"):
        Value(data)


@pytest.mark.parametrize("make", [lambda x: np.ma.array(x, mask=[0, 1]), np.matrix], ids=["masked", "matrix"])
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_contract_5_other_kinds_of_array_are_refused(make):
    data = make([1.0, 2.0])
    with pytest.raises(TypeError, match="is not differentiated"):
        Value(data)
    with pytest.raises(TypeError, match="is not differentiated"):
        te.grad(lambda x: x.sum())(data)


def test_contract_5_a_value_is_never_a_setting():
    x = Value(np.ones((2, 2)))
    slope = Value(0.1)
    attempts = [
        lambda: te.leaky_relu(x, slope=slope),
        lambda: te.relu(x=x),
        lambda: te.softmax(x=x),
        lambda: np.reshape(x, (slope, 2)),
        lambda: np.sum(x, axis=slope),
        lambda: np.repeat(x, slope),
        lambda: np.roll(x, slope),
        lambda: np.var(x, ddof=slope),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError):
            attempt()


def test_contract_5_too_many_or_too_few_data_are_refused():
    x, y = Value(1.0), Value(2.0)
    for attempt in (lambda: np.add(x), lambda: te.relu(), lambda: te.sigmoid(x, y), lambda: te.softmax(x, y)):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError, match=r"np\.where|where"):
        np.where(x > 0.0)
