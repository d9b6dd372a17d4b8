"""Optimisers against textbook versions, parameter by parameter, and the laws of the flat arrays."""

import math
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu.optim.flat as flat
from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, cross_entropy
from tinygrad_edu.optim import SGD, Adam, AdamW, Optimizer, RMSprop, clip_gradients

# ---- textbook versions: one tensor, fresh arrays, PyTorch's documented algorithms ---------------


class TextbookSGD:
    def __init__(self, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        self.lr, self.mu, self.nesterov, self.decay, self.v = lr, momentum, nesterov, weight_decay, 0.0

    def __call__(self, w, g):
        g = g + self.decay * w
        if self.mu:
            self.v = self.mu * self.v + g
            g = g + self.mu * self.v if self.nesterov else self.v
        return w - self.lr * g


class TextbookRMSprop:
    def __init__(self, lr, alpha, eps, weight_decay, momentum):
        self.lr, self.alpha, self.eps, self.decay, self.mu = lr, alpha, eps, weight_decay, momentum
        self.s, self.v = 0.0, 0.0

    def __call__(self, w, g):
        g = g + self.decay * w
        self.s = self.alpha * self.s + (1 - self.alpha) * g**2
        d = g / (np.sqrt(self.s) + self.eps)
        if self.mu:
            d = self.v = self.mu * self.v + d
        return w - self.lr * d


class TextbookAdam:
    def __init__(self, lr, betas, eps, weight_decay, decoupled):
        self.lr, self.betas, self.eps, self.decay, self.decoupled = lr, betas, eps, weight_decay, decoupled
        self.m, self.v, self.t = 0.0, 0.0, 0

    def __call__(self, w, g):
        self.t += 1
        if self.decoupled:
            w = w - self.lr * self.decay * w
        else:
            g = g + self.decay * w
        b1, b2 = self.betas
        self.m = b1 * self.m + (1 - b1) * g
        self.v = b2 * self.v + (1 - b2) * g**2
        m, v = self.m / (1 - b1**self.t), self.v / (1 - b2**self.t)
        return w - self.lr * m / (np.sqrt(v) + self.eps)


shares = st.sampled_from([0.0, 0.25, 0.5, 0.9])
decays = st.sampled_from([0.0, 0.01, 0.5])
rates = st.sampled_from([0.001, 0.1, 1.0])


@st.composite
def rules(draw):
    """An optimiser's class, its settings, and its textbook version for one tensor."""
    lr, momentum, decay = draw(rates), draw(shares), draw(decays)
    name = draw(st.sampled_from(["SGD", "RMSprop", "Adam", "AdamW"]))
    if name == "SGD":
        nesterov = bool(momentum) and draw(st.booleans())
        settings = {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay}
        return SGD, settings, lambda: TextbookSGD(**settings)
    if name == "RMSprop":
        settings = {"lr": lr, "alpha": draw(shares), "eps": 1e-3, "weight_decay": decay, "momentum": momentum}
        return RMSprop, settings, lambda: TextbookRMSprop(**settings)
    settings = {"lr": lr, "betas": (draw(shares), draw(shares)), "eps": 1e-3, "weight_decay": decay}
    return (Adam if name == "Adam" else AdamW), settings, lambda: TextbookAdam(**settings, decoupled=name == "AdamW")


# ---- parameters and gradients to try them on ----------------------------------------------------

shapes = st.sampled_from([(), (1,), (3,), (2, 3), (0,), (2, 0), (2, 1, 2)])
dtypes = st.sampled_from([np.float32, np.float64])


def drawn_parameters(rng, layout):
    """Floats and arrays of mixed dtypes, some not in C order."""
    parameters = []
    for shape, dtype in layout:
        data = rng.normal(size=shape).astype(dtype) if shape else float(rng.normal())
        parameters.append(Value(data))
    return parameters


def drawn_gradient(rng, p):
    """A gradient as `backward` would leave it; some in Fortran order, as a transposed product is."""
    if not p.shape:
        return float(rng.normal())
    g = rng.normal(size=p.shape).astype(p.dtype)
    return np.asfortranarray(g) if rng.random() < 0.5 else g


def numbers_of(parameters):
    return [np.array(p.data) for p in parameters]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


layouts = st.lists(st.tuples(shapes, dtypes), min_size=1, max_size=6)
seeds = st.integers(0, 2**32)


def one_step(rng, optimizer, parameters, missing=0.0):
    """Give every parameter a gradient, or None with the chance `missing`, and take a step."""
    for p in parameters:
        p.grad = None if rng.random() < missing else drawn_gradient(rng, p)
    optimizer.step()


# ---- the formulas -------------------------------------------------------------------------------


@given(rules(), layouts, seeds, st.sampled_from([0.0, 0.4]), st.sampled_from([3, flat.BLOCK]))
def test_every_optimiser_is_its_textbook_version_parameter_by_parameter(rule, layout, seed, missing, block):
    """Also where some gradients are missing, and where blocks are as small as a parameter."""
    make, settings, textbook = rule
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    expected, books = numbers_of(parameters), [textbook() for _ in parameters]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "BLOCK", block)
        optimizer = make(parameters, **settings)
        for _ in range(4):
            one_step(rng, optimizer, parameters, missing)
            for i, (p, book) in enumerate(zip(parameters, books, strict=True)):
                if p.grad is not None:
                    expected[i] = book(expected[i], p.grad)
                tolerance = 1e-4 if p.dtype == np.float32 else 1e-12
                np.testing.assert_allclose(p.data, expected[i], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("make", "book"),
    [
        (lambda p: SGD(p, 0.1, 0.9, True, 0.01), lambda: TextbookSGD(0.1, 0.9, True, 0.01)),
        (lambda p: RMSprop(p, 0.1, 0.9, 1e-8, 0.01, 0.5), lambda: TextbookRMSprop(0.1, 0.9, 1e-8, 0.01, 0.5)),
        (lambda p: Adam(p, 0.1), lambda: TextbookAdam(0.1, (0.9, 0.999), 1e-8, 0.0, False)),
        (lambda p: AdamW(p, 0.1), lambda: TextbookAdam(0.1, (0.9, 0.999), 1e-8, 0.01, True)),
    ],
)
def test_the_usual_settings_over_many_steps(make, book):
    rng = np.random.default_rng(0)
    w = Value(rng.normal(size=5))
    expected, book, optimizer = w.data.copy(), book(), make([w])
    for _ in range(20):
        w.grad = rng.normal(size=5)
        optimizer.step()
        expected = book(expected, w.grad)
    np.testing.assert_allclose(w.data, expected, rtol=1e-12)


@given(rules(), layouts, seeds, st.sampled_from([0.0, 0.4]))
def test_flat_is_the_same_as_one_optimiser_a_parameter(rule, layout, seed, missing):
    """Bit for bit, whatever the neighbours are."""
    make, settings, _ = rule
    together, apart = (drawn_parameters(np.random.default_rng(seed), layout) for _ in range(2))
    whole, single = make(together, **settings), [make([p], **settings) for p in apart]
    rng = np.random.default_rng(seed + 1)
    for _ in range(3):
        one_step(rng, whole, together, missing)
        for p, q, optimizer in zip(together, apart, single, strict=True):
            q.grad = p.grad
            optimizer.step()
        assert_same(numbers_of(together), numbers_of(apart))


@given(rules(), layouts, seeds)
def test_kinds_of_data_and_dtypes_stay(rule, layout, seed):
    make, settings, _ = rule
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    before = [(type(p.data), p.shape, p.dtype) for p in parameters]
    one_step(rng, make(parameters, **settings), parameters)
    assert [(type(p.data), p.shape, p.dtype) for p in parameters] == before


@given(rules(), layouts, seeds)
def test_gradients_are_not_changed_by_a_step(rule, layout, seed):
    make, settings, _ = rule
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    optimizer = make(parameters, **settings)
    gradients = [drawn_gradient(rng, p) for p in parameters]
    kept = deepcopy(gradients)
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = g
    optimizer.step()
    assert_same(gradients, kept)
    assert all(p.grad is g for p, g in zip(parameters, gradients, strict=True))


def test_defaults_are_pytorchs():
    w = [Value(1.0)]
    expected = {
        SGD(w, 0.1): {"lr": 0.1, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
        RMSprop(w): {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0},
        Adam(w): {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
        AdamW(w): {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2},
    }
    for optimizer, settings in expected.items():
        assert {name: getattr(optimizer, name) for name in optimizer.settings} == settings


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, 0.9, True), RMSprop, Adam, AdamW])
def test_a_model_learns(make):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype(np.float32)
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = MLP([4, 16, 2], rng=0)
    optimizer = make(net.parameters())
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert losses[-1] < 0.8 * losses[0]


# ---- steps and the record -----------------------------------------------------------------------


def test_a_record_from_before_a_step_is_refused():
    for data in (2.0, [1.0, 2.0]):
        w = Value(data)
        optimizer = SGD([w], lr=0.1)
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        with pytest.raises(RuntimeError, match="changed after it was used"):
            loss.backward()
        (w * w).sum().backward()


def test_a_record_stays_good_if_its_parameters_were_skipped():
    w, v = Value([2.0]), Value([3.0])
    optimizer = SGD([w, v], lr=0.1)
    kept = (w * w).sum()
    (v * v).sum().backward()
    optimizer.step()
    kept.backward()
    assert w.grad.tolist() == [4.0]


def test_settings_may_be_changed_between_steps():
    w = Value([1.0])
    optimizer = SGD([w], lr=0.5)
    for lr, momentum, expected in ((0.5, 0.0, 0.5), (0.25, 0.0, 0.25), (1, 0.5, -0.75), (0.0, 0.5, -0.75)):
        optimizer.lr, optimizer.momentum, w.grad = lr, momentum, np.array([1.0])
        optimizer.step()
        assert w.tolist() == [expected]
    optimizer.lr = -1.0
    with pytest.raises(ValueError, match=r"lr=-1\.0"):
        optimizer.step()
    assert w.tolist() == [-0.75]


def test_a_setting_from_numpy_computes_as_a_python_number():
    one, other = Value(np.ones(3, np.float32)), Value(np.ones(3, np.float32))
    for p, lr in ((one, 0.1), (other, np.float64(0.1))):
        optimizer = Adam([p], lr=lr)
        p.grad = np.ones(3, np.float32)
        optimizer.step()
    assert_same([one.data], [other.data])


def test_zero_grad_forgets_and_a_step_without_gradients_does_nothing():
    w = Value([1.0])
    optimizer = AdamW([w], lr=0.1)
    w.grad = np.ones(1)
    optimizer.zero_grad()
    assert w.grad is None
    optimizer.step()
    assert w.tolist() == [1.0]
    assert int(optimizer.state_dict()["0.steps"]) == 0


@pytest.mark.parametrize("shapes", [[(2,), (3,), (0,), (1,)], [(0,), (0,), (2,)], [(2,), (0,), (1,)]])
@pytest.mark.parametrize("skipped", [0, 1, 2])
def test_skipping_among_empty_parameters_touches_nothing_else(shapes, skipped):
    parameters = [Value(np.ones(shape)) for shape in shapes]
    optimizer = SGD(parameters, lr=0.5, momentum=0.5, weight_decay=0.5)
    for i, p in enumerate(parameters):
        p.grad = None if i == skipped else np.ones(p.shape)
    optimizer.step()
    for i, p in enumerate(parameters):
        np.testing.assert_array_equal(p.data, np.full(p.shape, 1.0 if i == skipped else 0.25))


# ---- who owns the numbers -----------------------------------------------------------------------


@given(rules(), rules(), layouts, seeds)
def test_two_optimisers_may_share_parameters(first, second, layout, seed):
    """Each takes over where the other left off: as if the numbers had been assigned."""
    shared, mirror = (drawn_parameters(np.random.default_rng(seed), layout) for _ in range(2))
    copies = [drawn_parameters(np.random.default_rng(seed), layout) for _ in range(2)]
    ours = [make(shared, **settings) for make, settings, _ in (first, second)]
    theirs = [make(copy, **settings) for (make, settings, _), copy in zip((first, second), copies, strict=True)]
    rng = np.random.default_rng(seed + 1)
    for turn in (0, 1, 1, 0, 1):
        one_step(rng, ours[turn], shared)
        for p, q, m in zip(shared, copies[turn], mirror, strict=True):
            q.data, q.grad = m.data, p.grad
        theirs[turn].step()
        for q, m in zip(copies[turn], mirror, strict=True):
            m.data = q.data
        assert_same(numbers_of(shared), numbers_of(mirror))


@given(rules(), layouts, seeds)
def test_assigned_data_are_where_the_next_step_starts(rule, layout, seed):
    make, settings, textbook = rule
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    optimizer = make(parameters, **settings)
    fresh = [drawn_gradient(rng, p) for p in parameters]
    for p, new in zip(parameters, fresh, strict=True):
        p.data = new
    one_step(rng, optimizer, parameters)
    for p, new in zip(parameters, fresh, strict=True):
        tolerance = 1e-4 if p.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(p.data, textbook()(np.array(new), p.grad), rtol=tolerance, atol=tolerance)


def root(array):
    """The array that owns the memory."""
    while array.base is not None:
        array = array.base
    return array


def test_parameters_of_a_dtype_lie_in_one_array():
    parameters = [Value(np.ones((2, 3), np.float32)), Value([1.0]), Value(np.ones(3, np.float32)), Value(2.0)]
    SGD(parameters, lr=0.1)
    roots = [root(p.data) for p in parameters[:3]]
    assert roots[0] is roots[2]
    assert [array.size for array in roots] == [9, 2, 9]


def test_a_parameter_given_twice_is_updated_once():
    w = Value([1.0])
    optimizer = SGD([w, w], lr=0.5)
    w.grad = np.ones(1)
    optimizer.step()
    assert w.tolist() == [0.5]
    assert "1.steps" not in optimizer.state_dict()


def test_the_gradient_of_a_parameter_larger_than_a_block_is_not_copied(monkeypatch):
    monkeypatch.setattr(flat, "BLOCK", 3)
    sizes = [2, 1, 2, 5, 1]
    parameters = [Value(np.ones(size)) for size in sizes]
    for p in parameters:
        p.grad = np.ones(p.shape)
    runs = flat.Flat([("", p) for p in parameters], ()).runs()
    assert [[slot.stop - slot.start for slot in run.slots] for run in runs] == [[2, 1], [2], [5], [1]]
    assert np.shares_memory(runs[2].gradient, parameters[3].grad)


# ---- state --------------------------------------------------------------------------------------


@given(rules(), layouts, seeds, st.sampled_from([0.0, 0.4]))
def test_training_resumes_bit_for_bit(rule, layout, seed, missing):
    make, settings, _ = rule
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    optimizer = make(parameters, **settings)
    for _ in range(2):
        one_step(rng, optimizer, parameters, missing)
    optimizer.lr = optimizer.lr / 2
    again = deepcopy(parameters)
    resumed = make(again, **{**settings, "lr": 0.7}).load_state_dict(optimizer.state_dict())
    one, other = (np.random.default_rng(seed + 1) for _ in range(2))
    for _ in range(3):
        one_step(one, optimizer, parameters, missing)
        one_step(other, resumed, again, missing)
        assert_same(numbers_of(parameters), numbers_of(again))
    assert_same(optimizer.state_dict().values(), resumed.state_dict().values())


def test_a_state_is_a_copy_named_by_position():
    w, v = Value([1.0]), Value(np.ones((2, 2), np.float32))
    optimizer = SGD([w, v], lr=0.1, momentum=0.5)
    v.grad = np.ones((2, 2), np.float32)
    optimizer.step()
    state = optimizer.state_dict()
    assert set(state) == {*optimizer.settings, "0.steps", "0.velocity", "1.steps", "1.velocity"}
    assert (int(state["0.steps"]), int(state["1.steps"])) == (0, 1)
    assert (state["1.velocity"].dtype, state["1.velocity"].tolist()) == (np.float32, [[1.0, 1.0], [1.0, 1.0]])
    state["1.velocity"][...] = 9.0
    assert optimizer.state_dict()["1.velocity"].tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_a_state_that_does_not_fit_is_refused_whole():
    w = Value([1.0])
    optimizer = Adam([w])
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match="does not fit Adam of 1 parameters") as caught:
        optimizer.load_state_dict(SGD([Value([1.0, 2.0])], lr=0.1).state_dict())
    for problem in ("betas: missing", "0.mean: missing", "momentum: unknown", "0.velocity: unknown"):
        assert problem in str(caught.value)
    with pytest.raises(ValueError, match="lr=-1"):
        optimizer.load_state_dict({**before, "lr": np.array(-1.0), "0.steps": np.array(3)})
    for name, array in optimizer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert optimizer.lr == 1e-3


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("block", [1, flat.BLOCK])
def test_a_gradient_that_is_not_finite_is_named_and_nothing_changes(monkeypatch, bad, block):
    monkeypatch.setattr(flat, "BLOCK", block)
    parameters = [Value([1.0, 2.0]), Value(np.ones((2, 3), np.float32), label="culprit"), Value(3.0)]
    optimizer = Adam(parameters)
    for p in parameters:
        p.grad = np.ones(p.shape, p.dtype) if p.shape else 1.0
    optimizer.step()
    before, state = numbers_of(parameters), optimizer.state_dict()
    births = [p.birth for p in parameters]
    parameters[1].grad[1, 2] = bad
    with pytest.raises(FloatingPointError, match=r"the gradient of 'culprit' of shape \(2, 3\) is not finite"):
        optimizer.step()
    assert_same(numbers_of(parameters), before)
    assert_same(optimizer.state_dict().values(), state.values())
    assert [p.birth for p in parameters] == births
    parameters[1].grad, parameters[2].grad = None, bad
    with pytest.raises(FloatingPointError, match=r"parameter 2 of shape \(\)"):
        optimizer.step()


def test_gradients_whose_square_overflows_are_still_finite():
    w = Value(np.zeros(2, np.float32))
    optimizer = SGD([w], lr=1e-30)
    w.grad = np.full(2, 1e30, np.float32)
    optimizer.step()
    np.testing.assert_allclose(w.data, [-1.0, -1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("gradient", "kind", "message"),
    [
        (np.ones((3, 2)), ValueError, r"'w' of shape \(2, 3\) has shape \(3, 2\)"),
        (1.0, ValueError, r"has shape \(\)"),
        ([[1.0] * 3] * 2, TypeError, "is a list"),
        (Value(np.ones((2, 3))), TypeError, "is a Value"),
        (np.ones((2, 3), complex), TypeError, "complex"),
    ],
)
def test_a_gradient_set_by_hand_must_fit(gradient, kind, message):
    w, v = Value(np.ones((2, 3)), label="w"), Value(1.0)
    optimizer = SGD([v, w], lr=0.1)
    v.grad, w.grad = 1.0, gradient
    with pytest.raises(kind, match=message):
        optimizer.step()
    assert v.data == 1.0


def test_a_gradient_set_by_hand_may_be_of_another_dtype():
    w, v = Value(np.ones(2, np.float32)), Value(1.0)
    optimizer = SGD([w, v], lr=0.5)
    w.grad, v.grad = np.array([1, 2]), 2
    optimizer.step()
    assert (w.tolist(), w.data.dtype, v.data) == ([0.5, 0.0], np.float32, 0.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, lr=-0.1),
        lambda p: SGD(p, lr=math.nan),
        lambda p: SGD(p, lr=math.inf),
        lambda p: SGD(p, lr=0.1, momentum=-0.1),
        lambda p: SGD(p, lr=0.1, nesterov=True),
        lambda p: SGD(p, lr=0.1, weight_decay=-1),
        lambda p: RMSprop(p, alpha=1.0),
        lambda p: RMSprop(p, alpha=-0.1),
        lambda p: RMSprop(p, eps=0.0),
        lambda p: RMSprop(p, momentum=-1),
        lambda p: Adam(p, betas=(1.0, 0.9)),
        lambda p: Adam(p, betas=(0.9, -0.1)),
        lambda p: Adam(p, betas=(0.9,)),
        lambda p: Adam(p, betas=0.9),
        lambda p: Adam(p, eps=0.0),
        lambda p: Adam(p, eps=-1e-8),
        lambda p: AdamW(p, weight_decay=-1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(make):
    w = Value([1.0])
    data = w.data
    with pytest.raises(ValueError, match=r"must be|needs momentum|becomes 0 in"):
        make([w])
    assert np.shares_memory(w.data, data)


def test_an_eps_that_is_nothing_in_half_precision_is_refused():
    w = Value(np.ones(2, np.float16))
    with pytest.raises(ValueError, match="eps=1e-08 becomes 0 in float16"):
        Adam([w])
    with pytest.raises(ValueError, match="eps=1e-07 becomes 0 in float16"):  # at the first step, not by itself
        Adam([w], eps=1e-7)
    RMSprop([w], eps=1e-7)
    optimizer = Adam([w], eps=1e-4)
    w.grad = np.zeros(2, np.float16)
    optimizer.step()
    assert w.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ([], ValueError, r"no parameters; pass model\.parameters\(\)"),
        (Value(1.0), TypeError, r"put this Value in one: \[value\]"),
        (MLP([2, 1], rng=0), TypeError, r"not a MLP; pass model\.parameters\(\)"),
        ({"w": Value(1.0)}, TypeError, r"not a dict"),
        ([Value(1.0), 2.0], TypeError, "parameter 1 is a float, not a Value"),
        ([np.ones(2)], TypeError, "parameter 0 is a ndarray"),
        (list(MLP([2, 1], rng=0).named_parameters()), TypeError, "parameter 0 is a tuple"),
        ([Value(1.0) * 2.0], TypeError, "result of multiply"),
        (3, TypeError, "not a int"),
    ],
)
@pytest.mark.parametrize("use", [lambda p: SGD(p, lr=0.1), lambda p: clip_gradients(p, 1.0)])
def test_only_leaf_values_are_parameters(use, parameters, kind, message):
    with pytest.raises(kind, match=message):
        use(parameters)


def test_an_optimiser_without_an_update_says_so():
    w = Value(1.0)
    optimizer = Optimizer([w], lr=0.1)
    w.grad = 1.0
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        optimizer.step()


def test_the_repr_names_settings_and_sizes():
    assert repr(SGD(MLP([3, 2], rng=0).parameters(), lr=0.1)) == (
        "SGD(lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0) of 2 parameters, 8 weights"
    )


# ---- clipping -----------------------------------------------------------------------------------


@given(layouts, seeds, st.floats(0.01, 10.0))
def test_clipping_keeps_the_direction_and_bounds_the_length(layout, seed, max_norm):
    rng = np.random.default_rng(seed)
    parameters = drawn_parameters(rng, layout)
    for p in parameters:
        p.grad = drawn_gradient(rng, p)
    before = [np.array(p.grad, float) for p in parameters]
    norm = clip_gradients(parameters, max_norm)
    assert norm == pytest.approx(math.sqrt(sum(np.sum(g**2) for g in before)), rel=1e-5)
    factor = min(1.0, max_norm / norm) if norm else 1.0
    for p, g in zip(parameters, before, strict=True):
        np.testing.assert_allclose(p.grad, factor * g, rtol=1e-5, atol=1e-7)
        assert np.result_type(p.grad) == p.dtype
        assert type(p.grad) is (np.ndarray if p.shape else float)


def test_short_gradients_and_missing_ones_are_left_alone():
    w, v = Value([1.0]), Value([2.0])
    w.grad = g = np.array([0.5])
    assert clip_gradients([w, v], 1.0) == 0.5
    assert w.grad is g
    assert v.grad is None
    assert clip_gradients([v], 1.0) == 0.0
    assert clip_gradients([w], math.inf) == 0.5


def test_clipping_does_not_change_an_array_that_others_share():
    w = Value([3.0, 4.0])
    w.grad = g = np.array([3.0, 4.0])
    clip_gradients([w], 1.0)
    assert g.tolist() == [3.0, 4.0]
    np.testing.assert_allclose(w.grad, [0.6, 0.8])


def test_long_float32_gradients_do_not_overflow():
    w = Value(np.zeros(4, np.float32))
    w.grad = np.full(4, 1e30, np.float32)
    assert clip_gradients([w], 1.0) == pytest.approx(2e30, rel=1e-6)
    np.testing.assert_allclose(w.grad, 0.5, rtol=1e-6)


@pytest.mark.parametrize("max_norm", [0.0, -1.0, math.nan])
def test_a_bound_must_be_positive(max_norm):
    with pytest.raises(ValueError, match="must be positive"):
        clip_gradients([Value(1.0)], max_norm)


def test_a_gradient_that_is_not_finite_is_not_clipped():
    w, v = Value([1.0]), Value([2.0], label="v")
    w.grad, v.grad = np.array([9.0]), np.array([math.nan])
    with pytest.raises(FloatingPointError, match=r"'v' of shape \(1,\)"):
        clip_gradients([w, v], 1.0)
    assert w.grad.tolist() == [9.0]
