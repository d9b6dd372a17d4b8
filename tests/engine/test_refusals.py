"""Contract 5: never silently wrong.  Each keyword of each of NumPy's functions is right or refused.

So is what NumPy never hands to a Value's class at all: `np.array([v])`, `float(v)`, `a[0] = v`.
"""

import inspect
import math
import operator

import numpy as np
import pytest
from laws import rules
from laws.registry import CANDIDATES, NEEDED, PLAIN, UNSIGNED
from laws.samples import MASK, SQUARE, A, V
from scipy import special

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import BY_NUMPY

# ---- NumPy's functions: the data and what else must be given ------------------------------------


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
    functions = {f for f in BY_NUMPY if not isinstance(f, np.ufunc) and f is not operator.getitem} - set(PLAIN)
    plain = {f for f in functions if not isinstance(answer(f), Value | list)}
    missing = functions - plain - set(NEEDED)
    assert not missing, f"add these functions to NEEDED of a module in tests/laws/areas: {missing}"
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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # NumPy's, of what it will drop
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
    outs, expecteds = (out, expected) if isinstance(out, list | tuple) else ([out], [expected])
    for one, other in zip(outs, expecteds, strict=True):
        if not isinstance(one, Value):  # a rank, or a sum of weights that are no Values
            np.testing.assert_array_equal(one, other)
            continue
        np.testing.assert_allclose(one.data, other, rtol=1e-12)
        assert one.dtype == np.result_type(other) or (one.shape == () and one.dtype.kind == other.dtype.kind)
        if one.op is None or not one.op.constant:
            for leaf in leaves:
                leaf.grad = None
            check_slope(
                lambda xs: f(*replaced(args, xs), **kwargs), one, leaves, outs.index(one), np.result_type(other)
            )


def replaced(given, xs):
    """Arguments with their arrays replaced, in order."""
    following = iter(xs)

    def new(x):
        if isinstance(x, list) and x and isinstance(x[0], np.ndarray):
            return [new(part) for part in x]
        return next(following) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    return [new(x) for x in given]


def check_slope(f, out, leaves, which, dtype):
    """The gradient of `out` is the slope of NumPy's function, in one odd direction; rounded ones are only computed."""
    u = np.sin(1.0 + np.arange(out.size)).reshape(out.shape) if out.shape else 1.0
    u = u * (2.0 - 0.5j) if out.dtype.kind == "c" else u
    out.backward(u)
    ts = [np.cos(2.0 + np.arange(x.size)).reshape(x.shape) for x in leaves]

    def pick(*xs):
        result = f(xs)
        return rules.paired(u, result[which] if isinstance(result, list | tuple) else result)

    found = sum(0.0 if x.grad is None else rules.dot(x.grad, t) for x, t in zip(leaves, ts, strict=True))
    if dtype in (np.float64, np.complex128):
        rules.close(found, rules.slope(pick, [x.data for x in leaves], ts), 1e-6, 10.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
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
            if not isinstance(out, list | tuple):
                np.testing.assert_allclose(out.data, expected, rtol=1e-14)
        given.append(p.default)


@pytest.mark.parametrize("f", NEEDED, ids=lambda f: f.__name__)
def test_contract_5_a_keyword_that_numpy_does_not_have_is_refused(f):
    opened, _ = as_values(NEEDED[f])
    with pytest.raises(TypeError, match="nonsense"):
        f(*opened, nonsense=1)


# ---- ufuncs -------------------------------------------------------------------------------------

UFUNCS = [f for f in BY_NUMPY if isinstance(f, np.ufunc) and f.signature is None and hasattr(np, f.__name__)]
OF_BOOLS = (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
UFUNC_KEYWORDS = {
    "where": (np.array([True, False, True]), False, True),
    "out": ("array", None),
    "dtype": (np.float32, None),
    "casting": ("unsafe",),
    "order": ("F",),
    "subok": (False,),
    "signature": ("d->d",),
}


def ufunc_operands(f):
    """Arrays that a ufunc takes, and the same with Values for what is differentiated."""
    x = np.array([0.3, 0.7, 0.9]) + (1.0 if f is np.arccosh else 0.0)
    if f is np.ldexp:
        return (x, np.array([1, 2, 3])), (Value(x), np.array([1, 2, 3]))
    if f in OF_BOOLS:
        return (x > 0.5,) * f.nin, (Value(x) > 0.5,) * f.nin
    return (x,) * f.nin, (Value(x),) * f.nin


@pytest.mark.parametrize("name", UFUNC_KEYWORDS)
@pytest.mark.parametrize("f", UFUNCS, ids=lambda f: f.__name__)
def test_contract_5_every_keyword_of_a_ufunc_is_right_or_refused(f, name):
    xs, values = ufunc_operands(f)
    for value in UFUNC_KEYWORDS[name]:
        if isinstance(value, str) and value == "array":
            value = np.empty_like(f(*xs)) if f.nout == 1 else tuple(map(np.empty_like, f(*xs)))
        harmless = value is None or value is True
        if name == "out" and value is None and f.nout > 1:
            continue  # NumPy takes no None there
        try:
            out = f(*values, **{name: value})
        except TypeError as refused:
            assert not harmless
            assert name in str(refused)  # noqa: PT017
            assert f.__name__ in str(refused)  # noqa: PT017
        else:
            expected = f(*xs, **({} if harmless or name == "where" else {name: value}))
            for one, other in zip(*((x if f.nout > 1 else (x,)) for x in (out, expected)), strict=True):
                if name == "where":  # the others are whatever NumPy finds there; ours are nan
                    other = np.where(value, other, np.nan) if one.dtype.kind == "f" else other
                np.testing.assert_allclose(one.data, other, rtol=4 * np.finfo(np.result_type(other, np.float16)).eps)
                assert one.dtype == other.dtype


METHODS_OF_A_UFUNC = {
    "accumulate": lambda f, x: f.accumulate(x),
    "accumulate along an axis": lambda f, x: f.accumulate(x, axis=-1),
    "accumulate in another dtype": lambda f, x: f.accumulate(x, dtype=np.float32),
    "outer": lambda f, x: f.outer(x, x[0]),
    "outer in another dtype": lambda f, x: f.outer(x, x[0], dtype=np.float32),
    "reduceat": lambda f, x: f.reduceat(x, [0, 1, 1, 0]),
    "reduceat along an axis": lambda f, x: f.reduceat(x, [2, 0], axis=1),
    "reduce": lambda f, x: f.reduce(x),
    "reduce along an axis": lambda f, x: f.reduce(x, axis=-1, keepdims=True),
    "reduce all": lambda f, x: f.reduce(x, axis=None),
    "reduce several": lambda f, x: f.reduce(x, axis=(0, 1)),
    "reduce with a start": lambda f, x: f.reduce(x, initial=0.25),
    "reduce with a mask": lambda f, x: f.reduce(x, where=MASK),
    "reduce with both": lambda f, x: f.reduce(x, 1, where=MASK, initial=0.25),
    "reduce in another dtype": lambda f, x: f.reduce(x, dtype=np.float32),
    "reduce in place": lambda f, x: f.reduce(x, out=np.empty(3)),
}


@pytest.mark.parametrize("method", METHODS_OF_A_UFUNC)
@pytest.mark.parametrize("f", [f for f in UFUNCS if f.nin == 2 and f.nout == 1], ids=lambda f: f.__name__)
def test_contract_5_methods_of_a_ufunc_are_right_or_refused(f, method):
    attempt = METHODS_OF_A_UFUNC[method]
    try:
        with np.errstate(all="ignore"):
            expected = attempt(f, A)
    except (TypeError, ValueError):  # NumPy refuses it
        with pytest.raises((TypeError, ValueError)):
            attempt(f, Value(A))
        return
    try:
        with np.errstate(all="ignore"):
            found = attempt(f, Value(A))
    except TypeError as refused:
        function = {np.logical_and: np.all, np.logical_or: np.any}.get(f, f)  # whose name the message may have
        assert f.__name__ in str(refused) or f"np.{function.__name__}" in str(refused) or "out=" in str(refused)  # noqa: PT017
        return
    single = np.float32 in (np.result_type(expected), found.dtype)
    np.testing.assert_allclose(found.data, expected, rtol=1e-6 if single else 1e-14)
    assert found.dtype == np.result_type(expected) or found.shape == ()


@pytest.mark.parametrize("f", [np.add, np.multiply, np.maximum, np.minimum])
def test_what_a_ufunc_of_two_must_be_able_to_do(f):
    """The test above would let everything be refused."""
    for method, attempt in METHODS_OF_A_UFUNC.items():
        if method != "reduce in place" and not (f in (np.maximum, np.minimum) and method == "reduce with a mask"):
            assert isinstance(attempt(f, Value(A)), Value)


@pytest.mark.parametrize("f", [f for f in UFUNCS if f.nin == 2 and f.nout == 1], ids=lambda f: f.__name__)
def test_contract_5_a_ufunc_never_changes_an_array_in_place(f):
    for attempt in (lambda: f.at(A.copy(), (0, 0), Value(1.0)), lambda: f.at(Value(A), (0, 0), 1.0)):
        with pytest.raises(TypeError, match=rf"np\.{f.__name__}\.at.*te\.at\(x\)\[i\]"):
            attempt()


def test_contract_5_a_call_in_place_says_what_to_write():
    array, x = A.copy(), Value(A)
    with pytest.raises(TypeError, match=r"out=.*arr = arr \+ v"):
        array += x
    with pytest.raises(TypeError, match=r"out=.*np\.where\(mask, np\.divide"):
        np.divide(x, 2.0, where=MASK, out=array)
    with pytest.raises(TypeError, match=r"out=.*array = np\.exp"):
        np.exp(x, out=array)
    np.testing.assert_array_equal(array, A)
    with pytest.raises(TypeError, match=r"where=.*bool"):
        np.greater(x, 0.0, where=MASK)
    with pytest.raises(TypeError, match=r"where=.*mask of bools"):
        np.exp(x, where=A)


def test_contract_5_other_peoples_ufuncs_are_refused_by_name():
    for f in (special.mathieu_a, special.tklmbda, np.frompyfunc(math.gamma, 1, 1), np.gcd, np.left_shift):
        with pytest.raises(TypeError, match=f"{f.__name__.split()[0]}.*no derivative here; use .data"):
            f(*[Value(V)] * f.nin)


# ---- everything else in NumPy -------------------------------------------------------------------

PLAIN_ANSWERS = {
    *("iscomplexobj", "isrealobj", "ndim", "shape", "size", "result_type", "min_scalar_type", "isscalar", "iterable"),
    *(
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "array_equal",
        "allclose",
        "isclose",
        "count_nonzero",
        "array_repr",
    ),
    *("array_str", "array2string", "shares_memory", "may_share_memory", "typename", "can_cast", "bmat"),
    *("promote_types", "issubdtype", "matrix_rank", "nonzero", "argwhere", "flatnonzero", "where"),
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
    "astype",
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
    "np.float64": (lambda: np.float64(v), r"item\(\)|te\.array"),
    "np.float32": (lambda: np.float32(v), r"item\(\)|te\.array"),
    "math.exp": (lambda: math.exp(v), r"np\.exp"),
    "math.sqrt": (lambda: math.sqrt(v), r"np\."),
    "math.floor": (lambda: math.floor(v), r"np\.|item\(\)"),
    "math.fsum": (lambda: math.fsum([v, w]), r"np\.|item\(\)"),
    "np.vectorize": (lambda: np.vectorize(lambda x: x * x)(many), r"te\.array"),
    "np.frompyfunc": (lambda: np.frompyfunc(lambda x: x * x, 1, 1)(many), r"no derivative"),
    "np.arange": (lambda: np.arange(v), r"item\(\)|te\.array|arange"),
    "np.asarray in matmul of lists": (lambda: np.matmul([[v, w]], [[1.0], [2.0]]), r"te\.array"),
    "np.random": (lambda: np.random.default_rng(0).normal(v), r"item\(\)|te\.array"),
    "out=": (lambda: np.exp(v, out=np.empty(())), r"out="),
    "out= of an array": (lambda: np.add(many, 1.0, out=np.empty(2)), r"out="),
    "out= a Value": (lambda: np.exp(np.ones(2), out=many), r"out="),
    "in": (lambda: 1.0 in many, r"container"),
    "pow with a modulus": (lambda: pow(v, 2, 3), r"pow"),
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
    [
        "one",
        None,
        np.longdouble(1.0),
        np.ones(2, np.longdouble),
        np.ones(2, np.clongdouble),
        {"a": 1},
        [[1.0], [1.0, 2.0]],
        np.array([None]),
        object(),
        {1, 2},
        [1.0, None],
    ],
    ids=lambda data: type(data).__name__,
)
def test_contract_5_a_value_holds_numbers(data):
    with pytest.raises((TypeError, ValueError), match=r"inhomogeneous|NoneType|holds numbers|does not hold"):
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
        np.where(x > 0.0, x)
