"""Mistakes that people make in derivatives: what each would claim, and a sentence where that is what is claimed.

Every function here takes the evidence of what is wrong and gives a sentence, or None where its mistake does not
fit.  The table in `diagnosis` says which are asked, and in which order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from ...numerals import number_text
from ..measure.packing import Space
from ..subject import Array
from .evidence import Change, Evidence, derivative_text, listed, share_text

Each = Callable[[Array, int], Array]
"""What a mistake makes of the columns of one variable: an array of rows × its shape, and its number of axes."""


# ---- how much: the same entries, of another size ---------------------------------------------------


def not_finite(e: Evidence) -> str | None:
    """nan or infinite where the derivative is not."""
    finite = np.isfinite(e.claimed)
    if finite[e.wrong].any() or not np.isfinite(e.numeric[e.wrong]).all():
        return None
    what = "nan" if np.isnan(e.claimed[e.wrong]).any() else "infinite"
    return (
        f"{derivative_text(e)} is {what} at {int(e.wrong.sum())} of {e.wrong.size} entries where the measured one is "
        "finite: look for a division by 0, a logarithm of 0 or 0 times ∞ in the rule."
    )


def zero(e: Evidence) -> str | None:
    """Zero altogether."""
    if not e.vanishes.all() or not _zero_where_wrong(e):
        return None
    return (
        f"{derivative_text(e)} is zero, but the result does depend on it: its contribution is never added, "
        "or it is treated as a constant."
    )


def _zero_where_wrong(e: Evidence) -> bool:
    return bool((np.abs(e.claimed) <= 1e-6 * np.abs(e.numeric))[e.wrong].all())


def wrong_sign(e: Evidence) -> str | None:
    """−J where J belongs."""
    return f"{derivative_text(e)} has the wrong sign." if e.is_changed_by(lambda J: -J) else None


def constant_factor(e: Evidence) -> str | None:
    """c·J where J belongs."""
    return _factor(e, np.ones_like(e.wrong), "")


def power(e: Evidence) -> str | None:
    """1/J or J² where J belongs, entry by entry."""
    J, alive = e.measured, e.alive
    if e.fits(np.where(alive, 1.0 / J, J), np.where(alive, e.error / J**2, e.error)):
        return f"{derivative_text(e)} is 1 over the measured one: a division where a product belongs, or the reverse."
    if e.fits(np.where(alive, J**2, J), np.where(alive, 2.0 * J * e.error, e.error)):
        return f"{derivative_text(e)} is the square of the measured one: the local derivative is multiplied in twice."
    return None


def factor_of_values(e: Evidence) -> str | None:
    """A power of the input or of the result too many, or too few."""
    real = all(dtype.kind == "f" for dtype in (*e.inputs.dtypes, *e.outputs.dtypes))
    if not real or e.claimed.shape != (e.y.size, e.x.size):
        return None
    x = f"`{e.inputs.names[0]}`" if len(e.inputs.names) == 1 else "its input"
    for values, what in ((e.x[None, :], x), (e.y[:, None], "the result")):
        for power, words in ((1, "times"), (-1, "over"), (2, "times the square of"), (-2, "over the square of")):
            if e.is_changed_by(_times(values**power)) and not _is_constant(e):
                return f"{derivative_text(e)} is the measured one {words} {what}, element by element."
    return None


def _is_constant(e: Evidence) -> bool:
    """Whether a factor is the same everywhere, as far as can be seen."""
    c, _ = _ratio(e)
    changed = _ratio_elsewhere(e)
    return e.is_changed_by(lambda J: c * J) and not abs(changed - c) > 1e-3 * abs(c)


def _factor(e: Evidence, places: Array, extent: str) -> str | None:
    """A factor common to some places, if there is more to show for it than one number."""
    c, uncertain = _ratio(e)
    if not math.isfinite(c) or not e.is_changed_by(lambda J: np.where(places, c * J, J)):
        return None
    changed, reasons = _ratio_elsewhere(e), _reasons(e, c, uncertain)
    steady = abs(changed - c) <= max(min(1e-3, abs(c - 1.0) / 8.0), 3.0 * uncertain) * abs(c)
    varies, witnesses = math.isfinite(changed) and not steady, int((e.wrong & e.alive).sum())
    if (varies and witnesses < 3) or (witnesses < 2 and not reasons and not steady):
        return None
    said = f"{derivative_text(e)} is {_size(c)}{extent}"
    if varies:
        return f"{said} here, and {_size(changed)} at another point: the factor depends on the values."
    return f"{said}: {reasons}." if reasons else f"{said}."


def _ratio_elsewhere(e: Evidence) -> float:
    """The factor at another point: a sixteenth further from 0, on the same side of most kinks.  nan if unknown."""
    other = e.moved_to(e.x * (1.0 + 1.0 / 16.0) + (e.x == 0.0) / 16.0)
    return math.nan if other is None else _ratio(other)[0]


def _size(c: float) -> str:
    if 0.0 < abs(c - 1.0) < 0.02:
        return f"{number_text(100.0 * abs(c - 1.0), 2)} % too {'large' if c > 1.0 else 'small'}"
    return f"{number_text(c)} times the measured one"


def _ratio(e: Evidence) -> tuple[float, float]:
    """The factor that fits the wrong entries best (weighted least squares), and its relative uncertainty."""
    J = e.numeric[e.wrong]
    weight = 1.0 / e.noise(J, e.error[e.wrong]) ** 2
    total = np.sum(weight * J**2)
    c = float(np.sum(weight * J * e.claimed[e.wrong]) / total) if total > 0.0 else math.nan
    return (c, float(1.0 / np.sqrt(total))) if c else (math.nan, math.nan)


def _reasons(e: Evidence, c: float, uncertain: float) -> str:
    """Where such a factor comes from, if it is known."""
    if uncertain > 1e-2:
        return ""
    known = [why for value, why in _known_factors(e) if abs(abs(c) / value - 1.0) <= 2.0 * max(uncertain, 1e-6)]
    if known:
        return ("apart from the sign, " if c < 0.0 else "") + ", or ".join(list(dict.fromkeys(known))[:2])
    if abs(c - 1.0) < 0.02 and e.wrong.sum() > 1:
        return "look for a constant with too few digits, or a small number added to a denominator"
    return ""


def _known_factors(e: Evidence) -> Iterator[tuple[float, str]]:
    """Factors with a history, and what it is."""
    for size, name in _sizes(e).items():
        yield size, f"{size} is {name}, so a mean is treated as a sum"
        yield 1.0 / size, f"{size} is {name}, so a sum is treated as a mean, or one of {size} uses is counted"
        if size > 2:
            yield size / (size - 1.0), f"N/(N − 1), where N = {size} is {name}"
            yield (size - 1.0) / size, f"(N − 1)/N, where N = {size} is {name}"
    yield 2.0, "a term is counted twice, or a ½ is missing"
    yield 0.5, "a 2 is missing (of a square?), or one of two equal terms"
    for value, name in ((math.log(10.0), "ln 10"), (math.log(2.0), "ln 2"), (math.pi, "π"), (2.0 * math.pi, "2π")):
        yield value, f"{name} is not divided by"
        yield 1.0 / value, f"{name} is not multiplied by, or divided by once too often"
    yield math.pi / 180.0, "degrees are turned into radians once too often (π/180)"
    yield 180.0 / math.pi, "the π/180 of degrees is missing"
    yield math.sqrt(math.pi) / 2.0, "the 2/√π of erf is missing"
    yield math.sqrt(2.0), "√2 is not divided by"
    yield math.sqrt(0.5), "√2 is not multiplied by"


def _sizes(e: Evidence) -> dict[int, str]:
    """Numbers of elements that a sum or a mean may run over, and of what."""
    found: dict[int, str] = {}
    if copied := _copied_axes(e):
        copies = math.prod(e.outputs.shapes[0][axis] for axis in copied)
        found[copies] = f"how often each element of `{e.inputs.names[0]}` is used"
    for space in (e.inputs, e.outputs):
        for k, shape in enumerate(space.shapes):
            owner = f"`{space.names[k]}`" if space is e.inputs or len(space.names) > 1 else "the result"
            for axis, length in enumerate(shape if len(shape) > 1 else ()):
                found.setdefault(length, f"the length of axis {axis} of {owner}")
            found.setdefault(math.prod(shape), f"the number of elements of {owner}")
    return {size: name for size, name in found.items() if size > 1}


# ---- which: right numbers in the wrong place ---------------------------------------------------


def transposed(e: Evidence) -> str | None:
    """Jᵀ where J belongs."""
    if e.claimed.shape[0] != e.claimed.shape[1] or not e.is_changed_by(np.transpose):
        return None
    J = np.abs(np.rint(e.measured))
    if (J.sum(axis=1) == 1.0).all() and np.allclose(J, e.measured, atol=1e-4):
        return (
            f"{derivative_text(e)} is the transpose of the measured Jacobian: a permutation, a shift or a flip is done "
            "again where it must be undone."
        )
    return (
        f"{derivative_text(e)} is the transpose of the measured Jacobian: the rule multiplies by J where Jᵀ belongs, "
        "or the reverse (in a matrix product, `g @ B.T`, not `g @ B`)."
    )


def swapped_inputs(e: Evidence) -> str | None:
    """What belongs to one input is given to another of its shape."""
    names, starts = e.inputs.names, e.inputs.starts
    if not 2 <= len(names) <= 4 or len(set(e.inputs.shapes)) > 1 or len(set(e.inputs.sizes)) > 1:
        return None
    for order in permutations(range(len(names))):
        columns = np.concatenate([np.arange(starts[k], starts[k + 1]) for k in order])
        if e.is_changed_by(_taken(columns)):
            given = ", ".join(f"`{names[i]}` gets that of `{names[k]}`" for i, k in enumerate(order) if i != k)
            return f"The derivatives by {listed(names)} are interchanged: {given}."
    return None


def conjugated(e: Evidence) -> str | None:
    """Imaginary parts with the wrong sign."""
    rows, columns = _imaginary(e.outputs), _imaginary(e.inputs)
    both = np.where(rows, -1.0, 1.0)[:, None] * np.where(columns, -1.0, 1.0)
    pairing = "the pairing is Re Σ u·t, without a conjugate"
    for signs, what in (
        (np.where(columns, -1.0, 1.0), f"is conjugated: its imaginary part has the wrong sign ({pairing})."),
        (both, "is conjugated: the rule has conj(f′(z)) where f′(z) belongs, or the reverse."),
        (np.where(rows, -1.0, 1.0)[:, None], f"is that for the conjugate of the cotangent ({pairing})."),
    ):
        if (signs < 0.0).any() and e.is_changed_by(_times(signs)):
            return f"{derivative_text(e)} {what}"
    return None


def imaginary_part_lost(e: Evidence) -> str | None:
    """Real parts alone."""
    for imaginary, what in ((_imaginary(e.inputs), "its"), (_imaginary(e.outputs)[:, None], "the cotangent's")):
        if imaginary.any() and e.is_changed_by(_kept(~imaginary)):
            return f"{derivative_text(e)} is right but for {what} imaginary part, which is lost: look for `.real`."
    return None


def _imaginary(space: Space) -> Array:
    """Which coordinates are imaginary parts."""
    parts = [
        np.arange(size) % 2 == 1 if dtype.kind == "c" else np.zeros(size, bool)
        for size, dtype in zip(space.sizes, space.dtypes, strict=True)
    ]
    return np.concatenate(parts)


def diagonal_only(e: Evidence) -> str | None:
    """What mixes its elements, treated as elementwise."""
    if not e.one_to_one or not e.is_changed_by(_kept(np.eye(len(e.claimed), dtype=bool))):
        return None
    return (
        f"{derivative_text(e)} has the diagonal of the measured Jacobian, and nothing beside it: the rule treats as "
        "elementwise what is not (as in softmax, where each result depends on every element)."
    )


def one_slice_of_a_broadcast(e: Evidence) -> str | None:
    """Of the copies that broadcasting makes, one sends its gradient back."""
    copied = _copied_axes(e)
    if not copied:
        return None
    shape, pair = e.outputs.shapes[0], e.outputs.sizes[0] // math.prod(e.outputs.shapes[0])
    kept = (~e.vanishes).any(axis=1).reshape(*shape, pair).any(axis=-1)
    rows, slices = np.ones(shape, bool), []
    for axis in copied:
        present = np.unique(np.nonzero(kept)[axis])
        if len(present) == 1:
            rows &= (np.arange(shape[axis]) == present[0]).reshape(-1, *[1] * (len(shape) - axis - 1))
            slices.append(f"index {present[0]} of axis {axis}")
    arriving = np.repeat(rows.ravel(), pair)[:, None]
    if not slices or not e.is_changed_by(_kept(arriving)):
        return None
    axes = copied[0] if len(copied) == 1 else tuple(copied)
    return (
        f"{derivative_text(e)} comes from {' and '.join(slices)} of the result alone: "
        f"`{e.inputs.names[0]}` is broadcast, so the contributions of its copies must be summed (`g.sum(axis={axes})`)."
    )


def _copied_axes(e: Evidence) -> list[int]:
    """The axes of the one result along which the one input is broadcast; none if it is not."""
    if len(e.inputs.names) != 1 or len(e.outputs.names) != 1:
        return []
    inner, outer = e.inputs.shapes[0], e.outputs.shapes[0]
    inner = (1,) * (len(outer) - len(inner)) + inner
    if len(inner) != len(outer) or any(a not in (1, b) for a, b in zip(inner, outer, strict=True)):
        return []
    return [axis for axis, (a, b) in enumerate(zip(inner, outer, strict=True)) if a == 1 < b]


def summed_too_far(e: Evidence) -> str | None:
    """A sum over axes that the input has, spread over all its elements."""
    if e.is_changed_by(_times(np.asarray(_ratio(e)[0]))):
        return None  # a sum of equal numbers, which is better called a factor
    for axes, words in _axes(e.inputs):
        if e.is_changed_by(_blockwise(e.inputs, _summed(axes))):
            return f"{derivative_text(e)} is the same along {words}: it is summed over what it should keep apart."
    return None


def one_contribution(e: Evidence) -> str | None:
    """An element that is used several times, with the gradient of one use."""
    alive = e.alive
    counts = {"last": alive[::-1].cumsum(axis=0)[::-1], "first": alive.cumsum(axis=0)}
    for which, count in counts.items():
        if e.is_changed_by(_kept(~alive | (count == 1))):
            return (
                f"{derivative_text(e)} keeps, of an element that is used several times, the {which} contribution "
                "alone: they must be added up (`+=` where `=` stands; with indices that repeat, `np.add.at`)."
            )
    return None


def input_for_output(e: Evidence) -> str | None:
    """A rule in terms of the result is given the input."""
    there = e.moved_to(e.y) if e.one_to_one else None
    if there is None or not e.fits(e.measured, e.error, claimed=there.claimed):
        return None
    return (
        f"{derivative_text(e)} would be right if the rule were given the result: it uses the input where "
        "the result belongs (as 1 − x² for tanh, where 1 − tanh(x)² is right)."
    )


def output_for_input(e: Evidence) -> str | None:
    """A rule in terms of the input is given the result."""
    there = e.moved_to(e.y) if e.one_to_one else None
    if there is None or not e.fits(there.numeric, there.error):
        return None
    return (
        f"{derivative_text(e)} is the one at f(`{e.inputs.names[0]}`), not at `{e.inputs.names[0]}`: the rule uses "
        "the result where the input belongs."
    )


def something_else(e: Evidence) -> str | None:
    """1, x or f(x) where f′(x) belongs, in something elementwise."""
    if not e.one_to_one or not np.diag(e.wrong | np.isnan(e.measured)).all():
        return None
    for values, what in (
        (np.ones_like(e.x), "1: the cotangent is passed on as it is"),
        (e.x, f"`{e.inputs.names[0]}` itself"),
        (e.y, "the result itself"),
    ):
        if e.fits(np.where(np.isnan(e.measured), np.nan, np.diag(values)), 0.0):
            return f"{derivative_text(e)} is, at each element, {what}."
    return None


def identity_forgotten(e: Evidence) -> str | None:
    """J − 1 where J belongs, or J + 1, in what maps an array to another of its shape."""
    if not e.one_to_one:
        return None
    one = np.eye(len(e.claimed))
    if e.fits(e.measured - one, e.error):
        return f"{derivative_text(e)} lacks the cotangent itself: a path around (as in x + f(x)) is forgotten."
    if e.fits(e.measured + one, e.error):
        return f"{derivative_text(e)} has the cotangent itself added to it: it is counted once too often."
    return None


def mean_forgotten(e: Evidence) -> str | None:
    """What is right once its mean is subtracted."""
    for axes, words in _axes(e.inputs):
        mean = _blockwise(e.inputs, _averaged(axes))
        if e.alive.any() and e.fits(e.measured, e.error, claimed=e.claimed - mean(e.claimed)):
            return (
                f"{derivative_text(e)} would be right less its mean along {words}: a mean that is subtracted is "
                "treated as a constant."
            )
    return None


def limited(e: Evidence) -> str | None:
    """J cut off at some size."""
    limit, J = np.max(np.abs(e.claimed)), e.numeric[e.wrong]
    if e.wrong.sum() < 2 or np.ptp(np.abs(J)) <= e.noise(limit, e.error).max():
        return None  # one limited entry, or equal ones, are not enough to tell
    if not e.fits(np.clip(e.measured, -limit, limit), np.where(e.wrong, 0.0, e.error)):
        return None
    return f"{derivative_text(e)} is never above {number_text(limit)} in size, and right below: look for a clip."


def cotangent_ignored(e: Evidence) -> str | None:
    """The same gradient for each result, or the same tangent for each input."""
    axis, what, product = (0, "cotangent", "gradient") if e.mode == "reverse" else (1, "tangent", "result")
    J, C = e.measured, e.claimed
    alike = np.ptp(C, axis=axis, keepdims=True) <= e.noise(C, 0.0)
    varied = np.abs(J - J.take([0], axis=axis)) > 2.0 * e.noise(J, e.error)
    if not alike.all() or not varied.any() or e.vanishes.all():
        return None
    if min(C.shape) < 2 and not e.is_changed_by(lambda J: _summed(axis)(J, 0)):
        return None  # a single row or column is easily alike for other reasons
    return (
        f"{derivative_text(e)} is the same whichever element of the {what} is set: the {what} is ignored, or summed, "
        f"where the {product} should be a product with it."
    )


def axes_swapped(e: Evidence) -> str | None:
    """A matrix transposed that should not be, or the reverse."""
    return _reordered(e, _transpositions, "a transpose too many, or one too few.")


def symmetric_part(e: Evidence) -> str | None:
    """The symmetric part of the gradient of a matrix."""
    if not _square(e.inputs):
        return None
    for weight, words in ((0.5, "the mean"), (1.0, "the sum")):
        if e.is_changed_by(_blockwise(e.inputs, _symmetric(weight))):
            return f"{derivative_text(e)} is {words} of the right one and its transpose: right for symmetric ones only."
    return None


def reversed_order(e: Evidence) -> str | None:
    """Elements from last to first."""
    return _reordered(e, _reversals, "look for a flip, or for a loop that runs the wrong way.")


def reversed_kernel(e: Evidence) -> str | None:
    """Elements of input and result alike from last to first."""
    if not any(e.inputs.shapes) or not any(e.outputs.shapes):
        return None
    columns, rows = (
        _blockwise(space, lambda J, d: np.flip(J, tuple(range(1, d + 1)))) for space in (e.inputs, e.outputs)
    )
    if not e.is_changed_by(lambda J: columns(_of_rows(rows)(J))):
        return None
    return (
        f"{derivative_text(e)} is that of a reversed kernel: flip the kernel of a convolution once, not twice or never."
    )


def shifted(e: Evidence) -> str | None:
    """Each element in the place of its neighbour."""
    return _reordered(e, _shifts, "an index is off by one.")


def permuted(e: Evidence) -> str | None:
    """Elements in another order."""
    for space, J, error, claimed, what in (
        (e.inputs, e.measured, e.error, e.claimed, "its elements"),
        (e.outputs, e.measured.T, e.error.T, e.claimed.T, "those of the result"),
    ):
        order = _matching(claimed, J, e.noise(J, error)) if 3 <= space.size <= 256 else None
        if order is None:
            continue
        change = _taken(np.array(order))
        if e.is_changed_by(change if space is e.inputs else _of_rows(change)):
            return (
                f"{derivative_text(e)} has {what} in the wrong order: look for a permutation where its inverse belongs."
            )
    return None


def _matching(claimed: Array, measured: Array, noise: Array) -> list[int] | None:
    """For each claimed column, a measured one that it equals and that no other has; None if there is none."""
    free, order = list(range(measured.shape[1])), []
    for column in claimed.T[:, :, None]:
        gap = np.nan_to_num(np.abs(column - measured[:, free]) / noise[:, free], nan=0.0).max(axis=0)
        best = int(np.argmin(gap))
        if not gap[best] <= 1.0:
            return None
        order.append(free.pop(best))
    return order


# ---- in places: some entries are wrong in one way ----------------------------------------------


def zero_in_places(e: Evidence) -> str | None:
    """Zero at the wrong entries."""
    if not _zero_where_wrong(e):
        return None
    return f"{derivative_text(e)} is zero at {share_text(e)} where it should not be: contributions are missing there."


def wrong_sign_in_places(e: Evidence) -> str | None:
    """The wrong sign at the wrong entries."""
    if not e.is_changed_by(lambda J: np.where(e.wrong, -J, J)):
        return None
    return f"{derivative_text(e)} has the wrong sign at {share_text(e)}."


def not_zero(e: Evidence) -> str | None:
    """What should be blocked gets through."""
    blocked = np.abs(e.numeric) <= e.noise(0.0, e.error)
    if not blocked[e.wrong].all() or not e.fits(np.where(e.wrong, e.claimed, e.measured), e.error):
        return None
    return (
        f"{derivative_text(e)} should be zero at {int(e.wrong.sum())} of {e.wrong.size} entries, and is not: "
        "the result does not change with it there."
    )


def constant_factor_in_places(e: Evidence) -> str | None:
    """Off by one factor at the wrong entries."""
    return _factor(e, e.wrong, f" at {share_text(e)}")


# ---- reorderings, sums and selections ---------------------------------------------------------


def _blockwise(space: Space, each: Each) -> Change:
    """A change of the columns of a matrix, one variable of `space` at a time."""

    def change(matrix: Array) -> Array:
        blocks = []
        for k, shape in enumerate(space.shapes):
            block = matrix[:, space.starts[k] : space.starts[k + 1]]
            pair = (2,) if space.dtypes[k].kind == "c" else ()
            blocks.append(each(block.reshape(len(matrix), *shape, *pair), len(shape)).reshape(block.shape))
        return np.concatenate(blocks, axis=1)

    return change


def _reordered(e: Evidence, orders: Callable[[Space], Iterator[tuple[str, Each]]], why: str) -> str | None:
    """Whether a reordering of the elements of each input, or of each result, is what happened."""
    for words, each in orders(e.inputs):
        if e.is_changed_by(_blockwise(e.inputs, each)):
            return f"{derivative_text(e)} is right but {words}: {why}"
    for words, each in orders(e.outputs):
        if e.is_changed_by(_of_rows(_blockwise(e.outputs, each))):
            return f"{derivative_text(e)} is right but for the result {words}: {why}"
    return None


def _of_rows(change: Change) -> Change:
    return lambda J: change(J.T).T


def _kept(mask: Array) -> Change:
    return lambda J: np.where(mask, J, 0.0)


def _times(signs: Array) -> Change:
    return lambda J: J * signs


def _taken(columns: Array) -> Change:
    return lambda J: J[:, columns]


def _flipped(axes: tuple[int, ...]) -> Each:
    return lambda J, d: np.flip(J, axes)


def _rolled(by: int, axis: int) -> Each:
    return lambda J, d: np.roll(J, by, axis)


def _summed(axes: int | tuple[int, ...]) -> Each:
    return lambda J, d: np.broadcast_to(J.sum(axis=axes, keepdims=True), J.shape)


def _averaged(axes: tuple[int, ...]) -> Each:
    return lambda J, d: np.broadcast_to(J.mean(axis=axes, keepdims=True), J.shape)


def _symmetric(weight: float) -> Each:
    return lambda J, d: weight * (J + J.swapaxes(d - 1, d))


def _square(space: Space) -> bool:
    return all(len(shape) >= 2 and shape[-1] == shape[-2] for shape in space.shapes)


def _transpositions(space: Space) -> Iterator[tuple[str, Each]]:
    if _square(space):
        yield "with the last two axes swapped", lambda J, d: J.swapaxes(d - 1, d)
    if all(len(shape) >= 2 for shape in space.shapes):
        yield "reshaped where it should be transposed", lambda J, d: _transpose(J, d)
        yield (
            "transposed where it should be reshaped",
            lambda J, d: _transpose(J.reshape(len(J), *J.shape[d:0:-1], *J.shape[d + 1 :]), d),
        )


def _transpose(J: Array, d: int) -> Array:
    return J.transpose(0, *range(d, 0, -1), *range(d + 1, J.ndim))


def _reversals(space: Space) -> Iterator[tuple[str, Each]]:
    for axes, words in _axes(space):
        yield f"reversed along {words}", _flipped(axes)


def _shifts(space: Space) -> Iterator[tuple[str, Each]]:
    for axis in range(1, min(map(len, space.shapes)) + 1):
        for by in (1, -1):
            yield f"shifted by {number_text(by)} along axis {axis - 1}", _rolled(by, axis)


def _axes(space: Space) -> Iterator[tuple[tuple[int, ...], str]]:
    """The axes that all variables have, one by one and together, as axes of a block of columns."""
    d = min(map(len, space.shapes))
    yield from (((axis + 1,), f"axis {axis}") for axis in range(d))
    if d > 1:
        yield tuple(range(1, d + 1)), "all axes"
