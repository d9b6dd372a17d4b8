"""`check_gradients`: what is claimed about a derivative against what is measured, and a report of it.

The whole Jacobian is compared where it is small, otherwise projections ⟨u, J·t⟩ on random directions; a
projection that fails is halved until one entry is left.  A result is never summed up first: the sum of a
softmax is 1, whatever its gradient is.  Second derivatives are the first ones of `subject.pulled`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from . import laws
from .adapters import as_subject
from .explain.diagnosis import Evidence, diagnose
from .measure.doubting import doubted, doubted_along
from .measure.judging import checked_kinks
from .measure.measuring import Options, comparison, measured, transposed
from .measure.point import Point
from .measure.projecting import PROJECTIONS, Pairs, along, given_directions, located, measured_along
from .measure.report import Comparison, Mark, Report, Verdict
from .subject import Array, Subject

MODES = ("reverse", "forward")

Answer = TypeVar("Answer")


def check_gradients(
    f: Subject | Callable[..., Any],
    *args: Any,
    order: int = 1,
    modes: Sequence[str] = MODES,
    kinks: str | float = "dodge",
    tolerance: float | None = None,
    full: int = 64,
    cotangent: Any = None,
    tangents: Any = None,
    seed: int = 0,
    complex_step: bool = True,
) -> Report:
    """Compare the derivatives that an engine claims for `f` at `args` with differences of its values.

    f             a function for the engine of this package, or a `Subject` from an adapter for another
    args          numbers and arrays in floating point, or containers of them; integers and strings are constants
    order         2: the gradient, in a random cotangent, is differentiated and checked again, and so on
    modes         of "reverse" and "forward", those to check; one that `f` does not have is noted in the report
    kinks         "dodge": where the slopes on both sides differ, the verdict is inconclusive; "interval": any slope
                  between them is right; a number s from 0 to 1: left + s · (right − left) is right
    tolerance     relative; by default 1e-6 in double, 2e-4 in single and 5e-2 in half precision, whichever is the
                  lowest among arguments and results
    full          the whole Jacobian is compared if `f` has at most so many coordinates in, and as many out;
                  otherwise projections on random directions drawn with `seed`
    cotangent, tangents   compare along these alone: a cotangent like the result, a tuple of tangents like `args`
    complex_step  whether measurements may be sharpened with complex arguments, where `f` takes them

    The report has a verdict for every entry, and is inconclusive where the measurement is too rough to tell.
    A function in single or half precision is measured in double precision if it answers in that; otherwise
    within the error that its precision allows.

    >>> import tinygrad_edu as te
    >>> report = check_gradients(lambda x, y: np.sin(x) * y, np.array([0.5, 2.0]), 3.0, order=2)
    >>> print(report)
    f: pass
    first derivative, reverse mode: pass, 6 entries
    first derivative, forward mode: pass, 6 entries
    second derivative, reverse mode: pass, 9 entries
    second derivative, forward mode: pass, 9 entries

    Raises TypeError if nothing in `args` or in the result is in floating point, ValueError for a point that is
    not finite or an option that is unknown.  What `f` and its rules raise passes through.
    """
    modes = checked_modes(modes)
    if order < 1:
        raise ValueError(f"order={order}: the first derivative has order 1")
    options = Options(modes, checked_kinks(kinks), tolerance, full, seed, complex_step)
    subject = as_subject(f)
    rng = np.random.default_rng(seed)
    parts: list[Comparison] = []
    problems: list[str] = []
    notes: list[str] = []
    for level in range(1, order + 1):
        point = Point(subject, args)
        if cotangent is None and tangents is None:
            parts += checked_at(point, level, options, rng, notes)
            u = random_signs(rng, point.outputs.size)
        else:
            u, t = given_directions(point, cotangent if level == 1 else None, tangents, seed + level - 1)
            parts += along_given(point, level, (u, t), options, notes)
        problems += [problem for problem in point.problems if problem not in problems]
        if level < order:
            following = derivative_of(subject, point, u, notes)
            if following is None:
                break
            subject = following
    return Report(as_subject(f).name, tuple(parts), tuple(problems), tuple(notes))


def assert_gradients(f: Subject | Callable[..., Any], *args: Any, strict: bool = False, **options: Any) -> Report:
    """`check_gradients`, raising AssertionError with the report in words if it fails; otherwise returning it.

    With `strict`, an inconclusive report is raised too.  Options are those of `check_gradients`.

    >>> from tinygrad_edu.testing import by_hand
    >>> wrong = by_hand(np.tanh, vjp=lambda g, x: g * (1.0 - x * x))
    >>> try:
    ...     assert_gradients(wrong, 0.5)
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[0])
    tanh: fail
    """
    report = check_gradients(f, *args, **options)
    if report.verdict is Verdict.FAIL or (strict and report.verdict is Verdict.INCONCLUSIVE):
        raise AssertionError(str(report))
    return report


def checked_modes(modes: Sequence[str]) -> tuple[str, ...]:
    """The modes as a tuple; ValueError if there is none, or one that is unknown."""
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or not set(modes) <= set(MODES):
        raise ValueError(f"modes={modes!r}: say some of {MODES}")
    return modes


# ---- one order ---------------------------------------------------------------------------------------------


def checked_at(point: Point, order: int, options: Options, rng: Any, notes: list[str]) -> list[Comparison]:
    """The comparisons for all modes at one point."""
    offered = offered_modes(point.subject, options.modes, notes)
    if max(point.inputs.size, point.outputs.size) <= options.full:
        found = whole_jacobian(point, order, offered, options, notes)
    else:
        found = projections(point, order, offered, options, rng, notes)
    if any(part.mode == "reverse" for part in found):
        again_and_in_sum(point, rng, found)
    return found


def offered_modes(subject: Subject, modes: Sequence[str], notes: list[str]) -> list[str]:
    """Those modes that the subject has; the others are noted."""
    has = {"reverse": subject.vjp is not None, "forward": subject.jvp is not None}
    offered = [mode for mode in modes if has[mode]]
    notes += [note for mode in modes if not has[mode] if (note := f"there is no {mode} mode to check") not in notes]
    return offered


def whole_jacobian(
    point: Point, order: int, modes: Sequence[str], options: Options, notes: list[str]
) -> list[Comparison]:
    """The whole Jacobian, claimed in each mode, against one measurement."""
    claims = {mode: claim for mode in modes if (claim := asked(point.jacobian, mode, notes)) is not None}
    if not claims:
        return []
    found = transposed(measured(point, np.eye(point.inputs.size), options))
    parts = []
    for mode, claimed in claims.items():
        unit = np.nanmax(np.abs(found.value), axis=1 if mode == "reverse" else 0, keepdims=True, initial=0.0)
        part = doubted(point, comparison(point, order, mode, claimed, found, unit, options), found, options)
        parts.append(explained(part, point, options))
        if found.kink.any():
            parts += together(point, order, mode, claimed, np.asarray(found.kink.any(axis=0)), options)
    return parts


def together(
    point: Point, order: int, mode: str, claimed: Array, at_kinks: Array, options: Options
) -> list[Comparison]:
    """The slope along the direction that moves all coordinates with kinks alike, if it is claimed wrongly.

    Each of two tied elements of a maximum has a kink, but to move both has a slope that is certain."""
    t = at_kinks.astype(float)
    found = transposed(measured(point, t[None], options))
    unit = np.full(found.value.shape, np.max(np.abs(claimed) @ t, initial=0.0))
    names = " + ".join(point.inputs.where(int(j)) for j in np.flatnonzero(t)[:4])
    columns = (f"({names} moved together)",)
    part = comparison(point, order, mode, claimed @ t[:, None], found, unit, options, columns=columns, full=False)
    return [part] if part.verdict is Verdict.FAIL else []


def asked(question: Callable[[str], Answer | None], mode: str, notes: list[str]) -> Answer | None:
    """The answer; None, and a note, if the engine says that it does not offer this."""
    try:
        return question(mode)
    except NotImplementedError as error:
        note = f"{mode} mode is not offered: {error}" if str(error) else f"{mode} mode is not offered"
        if note not in notes:
            notes.append(note)
        return None


def explained(part: Comparison, point: Point, options: Options) -> Comparison:
    """The comparison with a diagnosis in words, if it failed."""
    if part.verdict is not Verdict.FAIL:
        return part

    def elsewhere(x: Array) -> tuple[Array, Array]:
        other = point.moved_to(x)
        claimed = other.jacobian(part.mode)
        if claimed is None:
            raise ValueError("the claimed Jacobian has another shape there")
        return claimed, measured(other, np.eye(other.inputs.size), options).value.T

    evidence = Evidence(
        claimed=part.claimed, numeric=part.numeric, error=part.error, wrong=part.marks == Mark.FAIL,
        inputs=point.inputs, outputs=point.outputs, x=point.x, y=point.y, at=elsewhere,
        mode=part.mode, order=part.order,
    )  # fmt: skip
    return replace(part, diagnosis=tuple(diagnose(evidence)))


def again_and_in_sum(point: Point, rng: Any, parts: Sequence[Comparison]) -> None:
    """Problems that one-hot cotangents cannot show: a rule that remembers, and one that is not linear.

    Asked after the function was called elsewhere, the rule must give the same bits as before."""
    u = random_signs(rng, point.outputs.size)
    point.run(point.x)
    first = point.pulled(u)
    point.run(-point.x)
    second = point.pulled(u)
    if first is None or second is None:
        return
    if first.tobytes() != second.tobytes():
        point.note(
            "the vjp gives other numbers when it is asked again at the same point: it depends on chance, or on what "
            "was computed before"
        )
        return
    whole = next((part.claimed for part in parts if part.mode == "reverse" and part.full), None)
    if whole is None:
        half = point.pulled(-0.5 * u)
        parts_added, size = -2.0 * (first if half is None else half), np.abs(first)
    else:
        with np.errstate(all="ignore"):
            parts_added, size = u @ whole, np.abs(u) @ np.abs(whole)
    with np.errstate(all="ignore"):
        apart = first - parts_added
    off = is_off(point, apart, size + np.max(size, initial=0.0) + natural_size(point, u))
    if off.any():
        j = int(np.argmax(off))
        point.note(
            f"the vjp is not linear in the cotangent: for a mixture of cotangents the gradient of "
            f"{point.inputs.where(j)} is {first[j]:.6g}, but those of its parts add up to {parts_added[j]:.6g}"
        )


def natural_size(point: Point, u: Array) -> Array:
    """How large the gradient of ⟨u, f⟩ is for no particular reason: |⟨u, f⟩| over the size of each coordinate."""
    with np.errstate(all="ignore"):
        size: Array = np.sum(np.abs(u * point.y)) / np.where(point.x == 0.0, 1.0, np.abs(point.x))
    return size


def is_off(point: Point, apart: Array, size: Array) -> Array:
    """Whether numbers of some size are further apart than rounding explains."""
    with np.errstate(all="ignore"):
        off: Array = np.abs(apart) > 1e3 * point.eps * size + 64.0 * point.eps
    return off


def random_signs(rng: Any, size: int) -> Array:
    """Numbers of either sign, none of them small: a direction in which everything counts."""
    signs: Array = rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)
    return signs


def derivative_of(subject: Subject, point: Point, u: Array, notes: list[str]) -> Subject | None:
    """The gradient in a cotangent as a subject, named so; None, and a note, if the engine has none."""
    try:
        following = subject.pulled(point.outputs.unpack_dual(u)) if subject.pulled is not None else None
    except NotImplementedError:
        following = None
    if following is None:
        notes.append("there are no higher derivatives to check")
        return None
    return replace(following, name=f"∂{subject.name}", parameters=following.parameters or subject.parameters)


# ---- projections -------------------------------------------------------------------------------------------


def along_given(
    point: Point, order: int, pair: tuple[Array, Array], options: Options, notes: list[str]
) -> list[Comparison]:
    """The comparisons along one pair of directions; and the laws that need no measurement, since one is cheap."""
    found = compared_along(point, order, offered_modes(point.subject, options.modes, notes), [pair], options, notes)
    modes = {part.mode for part in found}
    if "reverse" in modes and not point.problems:
        note_if_not_linear(point, pair[0], random_signs(np.random.default_rng(options.seed), point.outputs.size))
    if modes == set(MODES) and not point.problems:
        note_if_modes_differ(point, *pair)
    return found


def note_if_not_linear(point: Point, u: Array, w: Array) -> None:
    """Note a problem if the gradient of a mixture of cotangents is not that mixture of their gradients."""
    mixed, one, other = (point.pulled(v) for v in (2.0 * u - 0.5 * w, u, w))
    if mixed is None or one is None or other is None:
        return
    size = np.abs(one) + np.abs(other) + natural_size(point, np.abs(u) + np.abs(w))
    if is_off(point, mixed - 2.0 * one + 0.5 * other, size).any():
        note_if_broken(point, laws.linear_in_the_cotangent, *(point.outputs.unpack_dual(v) for v in (u, w)))


def note_if_modes_differ(point: Point, u: Array, t: Array) -> None:
    """Note a problem if ⟨u, J·t⟩ is one thing in forward mode and another in reverse mode."""
    ahead, back = point.pushed(t), point.pulled(u)
    if ahead is None or back is None:
        return
    size = np.abs(u * ahead).sum() + np.abs(back * t).sum() + natural_size(point, u) @ np.abs(t)
    if is_off(point, u @ ahead - back @ t, size):
        note_if_broken(point, laws.adjoint_identity, point.outputs.unpack_dual(u), point.inputs.unpack(t))


def note_if_broken(point: Point, law: Callable[..., None], *directions: list[Any]) -> None:
    """Note a problem if a law says that it does not hold: it measures the rounding, so it has the last word."""
    try:
        law(point.subject, point.args, *directions)
    except AssertionError as error:
        point.note(str(error))


def compared_along(
    point: Point, order: int, modes: Sequence[str], pairs: Pairs, options: Options, notes: list[str]
) -> list[Comparison]:
    """The comparisons along pairs of directions for all modes, by one measurement."""
    if not modes:
        return []
    found = measured_along(point, pairs, options)
    parts = (asked(lambda mode: along(point, order, mode, pairs, found, options), mode, notes) for mode in modes)
    return [doubted_along(point, part, pairs, options) for part in parts if part is not None]


def projections(
    point: Point, order: int, modes: Sequence[str], options: Options, rng: Any, notes: list[str]
) -> list[Comparison]:
    """Comparisons along random directions, in proportion to the point; a failure is traced to one entry."""
    scale = np.where(point.x == 0.0, 1.0, np.abs(point.x))
    pairs = [
        (random_signs(rng, point.outputs.size), random_signs(rng, point.inputs.size) * scale)
        for _ in range(PROJECTIONS)
    ]
    parts = compared_along(point, order, modes, pairs, options, notes)
    return [
        replace(part, located=located(point, part, pairs, options)) if part.verdict is Verdict.FAIL else part
        for part in parts
    ]


__all__ = ["assert_gradients", "check_gradients"]
