"""The textbook neuron, one scalar at a time: `Neuron`, `Layer`, `MLP` with micrograd's signatures.

Every weight is a Value of its own, so the record of a forward pass shows each product and each sum.
That is for learning and for pictures; for speed use the arrays of `layers`.  Code written for
micrograd runs with its imports changed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import Value
from .module import Module, parameter


class Neuron(Module):
    """relu(w·x + b), or w·x + b if `nonlin` is False, for `nin` inputs.

    Weights are drawn evenly from −1 to 1, from `rng` or else Python's own `random`; b starts at 0.

    >>> neuron = Neuron(2, rng=random.Random(0))
    >>> neuron
    ReLUNeuron(2)
    >>> [w.label for w in neuron.w], neuron.b.data
    (['w1', 'w2'], 0.0)
    >>> neuron([1.0, 1.0]).item() == max(0.0, sum(w.data for w in neuron.w))
    True

    Raises ValueError when called with another number of inputs.
    """

    def __init__(self, nin: int, nonlin: bool = True, *, rng: random.Random | None = None) -> None:
        draw = (rng or random).uniform
        self.w = [parameter(draw(-1, 1), f"w{i}") for i in range(1, nin + 1)]
        self.b = parameter(0.0, "b")
        self.nonlin = nonlin

    def forward(self, x: Iterable[Any]) -> Any:
        """The activation for the inputs `x`: numbers or Values."""
        x = named(x)
        if len(x) != len(self.w):
            raise ValueError(f"a neuron of {len(self.w)} inputs was given {len(x)}")
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.relu() if self.nonlin else act

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that see the same `nin` inputs.  A single neuron's output comes without a list.

    >>> layer = Layer(2, 3, nonlin=False, rng=random.Random(0))
    >>> len(layer([1.0, 2.0])), len(layer.parameters())
    (3, 9)
    """

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def forward(self, x: Iterable[Any]) -> Any:
        """The outputs of the neurons: a list, or the one output."""
        x = named(x)
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers of `nouts` neurons each, for `nin` inputs; all but the last are rectified.

    >>> net = MLP(2, [3, 1], rng=random.Random(0))
    >>> net
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]
    >>> net([1.0, -2.0]).backward()
    >>> len(net.parameters())
    13
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, rng: random.Random | None = None) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1, rng=rng) for i in range(len(nouts))]

    def forward(self, x: Iterable[Any]) -> Any:
        """The output of the last layer."""
        out: Any = x
        for layer in self.layers:
            out = layer(out)
        return out

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def named(x: Any) -> Sequence[Any]:
    """The inputs as a sequence; Values that are leaves without a label are called x1, x2, … in pictures."""
    if type(x) is Value and not x.shape:
        x = [x]  # what a layer of one neuron returns
    inputs: Sequence[Any] = x.tolist() if isinstance(x, np.ndarray) else x if isinstance(x, list | tuple) else list(x)
    for i, xi in enumerate(inputs, start=1):
        if type(xi) is Value:
            if xi.op is not None or xi.notes:
                break  # a hidden layer, or done before
            xi.label = f"x{i}"
    return inputs
