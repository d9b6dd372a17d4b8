"""The update rules: SGD with momentum, RMSprop, Adam and AdamW.

Each class says what it keeps for every weight and how a stretch of weights changes, in place and
without temporary arrays; the formula stands above the code.  Names and defaults are PyTorch's.
Learning-rate schedules are not here: assign to `lr`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from ..engine import Value
from .flat import Array
from .optimizer import Optimizer


def with_decay(g: Array, w: Array, weight_decay: float, out: Array) -> Array:
    """The gradient of the loss plus weight_decay / 2 · |w|², which is g + weight_decay · w."""
    if not weight_decay:
        return g
    np.multiply(w, weight_decay, out=out)
    out += g
    return out


def decayed_sum(total: Array, decay: float, x: Array) -> None:
    """total = decay · total + x, in place."""
    total *= decay
    total += x


def moving_average(average: Array, decay: float, x: Array, work: Array) -> None:
    """average = decay · average + (1 − decay) · x, in place; `work` may be `x` itself."""
    np.multiply(x, 1.0 - decay, out=work)
    decayed_sum(average, decay, work)


def check_eps(eps: float, dtypes: Iterable[np.dtype[Any]], factor: float = 1.0) -> None:
    """Raise ValueError where `eps`, times `factor`, is nothing: a weight whose gradient is 0 would become 0 / 0."""
    for dtype in dtypes:
        if not dtype.type(eps * factor) > 0:
            raise ValueError(f"eps={eps} becomes 0 in {dtype}, and would lead to 0 / 0; choose a larger one")


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for:

        velocity = momentum · velocity + g
        w = w − lr · velocity                        (Polyak 1964)
        w = w − lr · (g + momentum · velocity)       with `nesterov` (Nesterov 1983, in the form of
                                                     Sutskever et al. 2013)

    `weight_decay` adds that many times w to the gradient g.

    >>> w = Value([1.0, -2.0])
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.8, -1.6]

    Raises ValueError for a negative setting, or nesterov without momentum.
    """

    settings: ClassVar = {"lr": math.inf, "momentum": math.inf, "nesterov": math.inf, "weight_decay": math.inf}
    keeps = ("velocity",)
    momentum: float
    nesterov: bool
    weight_decay: float

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def check(self) -> None:
        """Raise ValueError for a setting that makes no sense."""
        super().check()
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: nesterov looks ahead along the velocity, so it needs momentum, such as 0.9")

    def update(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:  # noqa: ARG002
        """One step of gradient descent on a stretch of weights."""
        (velocity,), (first, second) = kept, work
        g = with_decay(g, w, self.weight_decay, out=first)
        if self.momentum:
            decayed_sum(velocity, self.momentum, g)
            if self.nesterov:
                np.multiply(velocity, self.momentum, out=second)
                second += g
                g = second
            else:
                g = velocity
        np.multiply(g, self.lr, out=first)
        w -= first


class RMSprop(Optimizer):
    """Each weight's gradient divided by its recent size (Tieleman & Hinton 2012, lecture 6.5):

        square = alpha · square + (1 − alpha) · g²
        w = w − lr · g / (√square + eps)

    With `momentum`, the quotient goes into a velocity as in `SGD`; `weight_decay` likewise.

    >>> w = Value([1.0, -2.0])
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6).tolist()
    [0.8, -1.8]

    Raises ValueError for a negative setting, or alpha outside [0, 1).
    """

    settings: ClassVar = {
        "lr": math.inf, "alpha": 1.0, "eps": math.inf, "weight_decay": math.inf, "momentum": math.inf,
    }  # fmt: skip
    keeps = ("square", "velocity")
    alpha: float
    eps: float
    weight_decay: float
    momentum: float

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)

    def check(self) -> None:
        """Raise ValueError for a setting that makes no sense."""
        super().check()
        check_eps(self.eps, self._dtypes)

    def update(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:  # noqa: ARG002
        """One step of RMSprop on a stretch of weights."""
        (square, velocity), (first, second) = kept, work
        g = with_decay(g, w, self.weight_decay, out=first)
        np.multiply(g, g, out=second)
        moving_average(square, self.alpha, second, work=second)
        np.sqrt(square, out=second)
        second += self.eps
        np.divide(g, second, out=first)
        if self.momentum:
            decayed_sum(velocity, self.momentum, first)
            first[...] = velocity
        first *= self.lr
        w -= first


class Adam(Optimizer):
    """Momentum and RMSprop in one, corrected for starting at 0 (Kingma & Ba 2015, algorithm 1):

        mean   = β₁ · mean   + (1 − β₁) · g
        square = β₂ · square + (1 − β₂) · g²
        w = w − lr · (mean / (1 − β₁ᵗ)) / (√(square / (1 − β₂ᵗ)) + eps)      at step t

    `weight_decay` adds that many times w to the gradient g; see `AdamW` for the other way.

    >>> w = Value([1.0, -2.0])
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6).tolist()
    [0.9, -1.9]

    Raises ValueError for a negative setting, or a beta outside [0, 1).
    """

    settings: ClassVar = {"lr": math.inf, "betas": 1.0, "eps": math.inf, "weight_decay": math.inf}
    keeps = ("mean", "square")
    betas: tuple[float, float]
    eps: float
    weight_decay: float

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check(self) -> None:
        """Raise ValueError for a setting that makes no sense."""
        super().check()
        if not isinstance(self.betas, tuple) or len(self.betas) != 2:  # a list is a tuple by now
            raise ValueError(f"{type(self).__name__}: betas={self.betas} must be two numbers, such as (0.9, 0.999)")
        check_eps(self.eps, self._dtypes, factor=math.sqrt(1.0 - self.betas[1]))  # see `descend`

    def update(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:
        """One step of Adam on a stretch of weights."""
        self.descend(w, with_decay(g, w, self.weight_decay, out=work[1]), kept, work[0], step)

    def descend(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:
        """The formula above, once the gradient is settled; numerator and denominator are both taken times
        √(1 − β₂ᵗ), which saves a pass over the weights (Kingma & Ba 2015, the end of section 2)."""
        mean, square = kept
        b1, b2 = self.betas
        moving_average(mean, b1, g, work)
        np.multiply(g, g, out=work)
        moving_average(square, b2, work, work)
        np.sqrt(square, out=work)
        factor = math.sqrt(1.0 - b2**step)
        work += self.eps * factor
        np.divide(mean, work, out=work)
        work *= self.lr * factor / (1.0 - b1**step)
        w -= work


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly, outside the gradient:

        w = w − lr · weight_decay · w,      and then a step of `Adam` without decay

    (Loshchilov & Hutter 2019, algorithm 2, with the learning rate as PyTorch applies it).

    >>> w = Value([1.0, -2.0])
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6).tolist()
    [0.85, -1.8]

    Raises as `Adam` does.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, w: Array, g: Array, kept: list[Array], work: Array, step: int) -> None:
        """One step of AdamW on a stretch of weights."""
        if self.weight_decay:
            w *= 1.0 - self.lr * self.weight_decay
        self.descend(w, g, kept, work[0], step)
