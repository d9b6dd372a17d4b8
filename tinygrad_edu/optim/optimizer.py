"""What all optimisers share: steps, gradients, state and checks.

An optimiser is a subclass that states its settings, the numbers it keeps for each weight, and one
`update` of a stretch of weights.  It is written once and never sees how parameters are laid out; that
is in `flat`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from ..engine import Value
from ..state import State, as_array, matched
from ..tracing import TRACE, Trace
from .flat import Array, Flat, Plan, Slot, parameter_list


class Optimizer:
    """Changes parameters by their gradients: `step()` after `backward()`, then `zero_grad()`.

    The parameters' arrays become views of the optimiser's own, which a step changes in place: to keep
    the numbers of before, copy `p.data`.  Assigning `p.data` stays possible, and so do several
    optimisers over the same parameters.  Settings such as `lr` are attributes and may be changed
    between steps.

    A parameter whose `.grad` is None is left out of a step: no decay, no momentum, no count.

    To write one of your own, state its settings and what it keeps, and write `update`:

    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g, kept, work, step):
    ...         w -= self.lr * np.sign(g)
    >>> w = Value([1.0, -2.0])
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -1.5]
    """

    settings: ClassVar[dict[str, float]] = {"lr": math.inf}
    """The settings, which are attributes: each is from 0 to below the number given here."""

    keeps: ClassVar[tuple[str, ...]] = ()
    """The names of the numbers that are kept for each weight, all 0 at first."""

    read_live: ClassVar[bool] = True
    """A compiled step reads settings and state when it runs; nothing of an optimiser is frozen in a program."""

    lr: float

    _checked: bool = False  # whether the settings were checked since one was assigned

    def __setattr__(self, name: str, new: Any) -> None:
        super().__setattr__(name, new)
        if name in self.settings:
            self._checked = False

    def __init__(self, parameters: Iterable[Value], **settings: Any) -> None:
        self._parameters = parameter_list(parameters)
        self._dtypes = {p.dtype for p in self._parameters}
        vars(self).update(settings)
        self._check_anew()
        by_dtype: dict[Any, list[tuple[str, Value]]] = {}
        for i, p in enumerate(self._parameters):
            by_dtype.setdefault(p.dtype, []).append((name_of(p, i), p))
        self._flats = [Flat(named, self.keeps) for named in by_dtype.values()]

    # ---- what a subclass writes -------------------------------------------------------------------

    def update(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:
        """Change the weights `w` and what is `kept` of them in place, by their gradients `g`.

        All are of one length; `g` must not be changed, the two rows of `work` may be used freely, and
        `step` counts from 1."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def check(self) -> None:
        """Raise ValueError for a setting that makes no sense."""
        for name, below in self.settings.items():
            setting = getattr(self, name)
            if type(setting) is float and 0.0 <= setting < below:
                continue
            setting = plain(setting)
            if not all(0 <= number < below for number in (setting if isinstance(setting, tuple) else (setting,))):
                upper = "finite" if below == math.inf else f"below {below:g}"
                raise ValueError(f"{type(self).__name__}: {name}={setting} must be at least 0 and {upper}")
            setattr(self, name, setting)

    def _check_anew(self) -> None:
        """Check the settings if one was assigned since they were checked."""
        if not self._checked:
            self.check()
            self._checked = True

    # ---- a step -----------------------------------------------------------------------------------

    def step(self) -> None:
        """Update every parameter that has a gradient.

        Raises FloatingPointError for a gradient that is not finite, and ValueError for one of another
        shape or a bad setting, in each case before any parameter or any state was changed.
        """
        if (trace := TRACE.get()) is not None:
            self._noted_step(trace)
            return
        self._check_anew()
        gathered = [(flat, flat.runs()) for flat in self._flats]
        for flat, runs in gathered:
            flat.adopt()
            for run in runs:
                flat.apply(run, self.update)

    def _noted_step(self, trace: Trace) -> None:
        """A step inside a function that is being compiled: done, and noted for the program."""
        gradients = [p.grad for p in self._parameters]
        plan = Plan(self._flats, self._parameters, self._check_anew, self.update)
        plan.write([g._data if type(g) is Value else g for g in gradients])
        trace.add_effect(plan, gradients, self._parameters)
        plan.apply()

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: `.grad` is None until the next backward pass."""
        for p in self._parameters:
            p.grad = None

    # ---- saving and loading -----------------------------------------------------------------------

    def state_dict(self) -> State:
        """Copies of all that a resumed training needs, as arrays by name.

        Settings come under their own names; for parameter number i there is `i.steps`, and one array
        in its shape for each of `keeps`, such as `i.velocity`."""
        state = {name: as_array(plain(getattr(self, name))) for name in self.settings}
        for i, flat, slot in self._slots():
            state[f"{i}.steps"] = np.array(slot.steps)
            for name, kept in flat.kept.items():
                state[f"{i}.{name}"] = kept[slot.start : slot.stop].reshape(slot.parameter.shape).copy()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over a state, all of it or nothing: training goes on bit for bit as it would have.

        Returns the optimiser.  Raises ValueError that lists everything that does not fit, before
        anything was changed.
        """
        found = matched(self.state_dict(), state, f"{type(self).__name__} of {len(self._parameters)} parameters")
        before = {name: getattr(self, name) for name in self.settings}
        for name in self.settings:
            setattr(self, name, found[name])
        try:
            self.check()
        except ValueError:
            vars(self).update(before)
            raise
        for i, flat, slot in self._slots():
            slot.steps = int(found[f"{i}.steps"])
            for name, kept in flat.kept.items():
                kept[slot.start : slot.stop] = found[f"{i}.{name}"].reshape(-1)
        return self

    def _slots(self) -> list[tuple[int, Flat, Slot]]:
        """Every parameter's slot with its number, in the order in which the parameters were given."""
        position = {id(p): i for i, p in enumerate(self._parameters)}
        slots = [(position[id(slot.parameter)], flat, slot) for flat in self._flats for slot in flat.slots]
        return sorted(slots, key=lambda numbered: numbered[0])

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)}" for name in self.settings)
        weights = sum(flat.weights.size for flat in self._flats)
        return f"{type(self).__name__}({settings}) of {len(self._parameters)} parameters, {weights:,} weights"


def name_of(p: Value, i: int) -> str:
    """A parameter in messages: `'layers.0.weight' of shape (64, 10)`."""
    return f"{p.label!r} of shape {p.shape}" if p.label else f"parameter {i} of shape {p.shape}"


def plain(setting: Any) -> Any:
    """A setting as Python numbers, so that it never changes the dtype of the weights."""
    setting = setting.tolist() if isinstance(setting, np.ndarray | np.generic) else setting
    if isinstance(setting, tuple | list):
        return tuple(map(float, setting))
    return setting if isinstance(setting, bool) else float(setting)
