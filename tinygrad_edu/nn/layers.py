"""Layers of neurons as arrays: `Linear`, `Dropout`, `Sequential`, and the `MLP` that most people start with.

A layer turns rows into rows: inputs of shape (n, fan_in), or one of shape (fan_in,), give outputs of
shape (n, fan_out) or (fan_out,).  The textbook neuron, one scalar at a time, is in `scalar`.
Convolution, attention and normalisation are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..checks import Rng, count, generator
from ..kinds import shape_of
from ..ops import random
from ..ops.comparison import leaky_relu, relu, where
from ..ops.elementary import gelu, sigmoid, silu, softplus, tanh
from ..ops.reduce import softmax
from .init import Initialiser, he_normal, xavier_uniform, zeros
from .module import Module, parameter, title

Layer = Callable[[Any], Any]

RECTIFIERS: dict[str, Layer] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "gelu": gelu,
    "silu": silu,
    "softplus": softplus,
}
ACTIVATIONS: dict[str, Layer] = {**RECTIFIERS, "tanh": tanh, "sigmoid": sigmoid, "softmax": softmax}
"""The activation functions that can be given by name."""


class Linear(Module):
    """`x @ weight + bias`, with a weight of shape (fan_in, fan_out) and a bias of shape (fan_out,).

    `rng` is a `numpy.random.Generator` or an integer seed; `init` draws the weight (see `init`), and
    the bias starts at 0.

    >>> layer = Linear(3, 2, rng=0)
    >>> layer(np.ones((5, 3), np.float32)).shape
    (5, 2)
    >>> layer
    Linear 3→2 (weight 3×2, bias 2): 8 parameters = 6 synapses + 2 biases

    Raises ValueError for sizes below 1 and, when called, for inputs of another width; TypeError for
    sizes that are not integers, an `rng` of another type or a dtype that is not floating point.
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        bias: bool = True,
        *,
        rng: Rng,
        init: Initialiser = xavier_uniform,
        dtype: Any = np.float32,
    ) -> None:
        shape = count(fan_in, "fan_in", least=1), count(fan_out, "fan_out", least=1)
        self.weight = parameter(drawn(init, shape, generator(rng), dtype))
        self.bias = parameter(zeros(shape[1:], dtype=dtype)) if bias else None

    def forward(self, x: Any) -> Any:
        """Outputs of shape (..., fan_out) for inputs of shape (..., fan_in)."""
        try:
            out = x @ self.weight
        except ValueError as error:
            name = f"{self._place} ({self.describe()})" if self._place else self.describe()
            raise ValueError(
                f"{name} has a weight of shape {self.weight.shape} and takes inputs of shape "
                f"(..., {self.weight.shape[0]}); these have shape {shape_of(x)}"
            ) from error
        return out if self.bias is None else out + self.bias

    def describe(self) -> str:
        """`Linear 64→10`."""
        return f"Linear {'→'.join(map(str, self.weight.shape))}"


def drawn(init: Initialiser, shape: tuple[int, int], rng: np.random.Generator, dtype: Any) -> Any:
    """What an initialiser returns, checked: it may be the user's own."""
    weight = init(shape, rng, dtype)
    if np.shape(weight) != shape:
        raise ValueError(f"init={title(init)} returned shape {np.shape(weight)}; a weight of shape {shape} is needed")
    return weight


class Dropout(Module):
    """While training, each element is 0 with probability `p`, else divided by 1 − p; otherwise nothing happens.

    So the mean stays what it was, and nothing needs to be scaled when the network is used (N. Srivastava et
    al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, section 10; inverted, as in
    PyTorch).  `rng` is a `numpy.random.Generator` or an integer seed for a new one; it moves on with each call.
    Elements that are dropped have gradient 0.

    >>> layer = Dropout(0.5, rng=0)
    >>> layer(np.ones(6)).tolist()
    [0.0, 0.0, 0.0, 2.0, 2.0, 2.0]
    >>> layer.eval()(np.ones(6)).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    >>> Sequential(Linear(8, 4, rng=0), relu, Dropout(0.2, rng=1)).describe()
    'Sequential of Linear 8→4, relu, Dropout 0.2'

    Inside `te.checkpoint` the layer would drop others when it runs again, which is refused there.

    Raises ValueError for a `p` outside [0, 1], TypeError for a `p` that is no number or an `rng` of another type.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng) -> None:
        self.p = probability(p)
        self.rng = generator(rng)

    def forward(self, x: Any) -> Any:
        """`x` with some elements 0 and the others larger, in its shape and precision."""
        if not self.training or self.p == 0.0:
            return x
        kept = random.bernoulli(self.rng, 1.0 - self.p, size=shape_of(x) or None, dtype=np.float32)
        return where(kept, x if self.p == 1.0 else x * (1.0 / (1.0 - self.p)), 0.0)

    def describe(self) -> str:
        """`Dropout 0.5`."""
        return f"Dropout {self.p:g}"


def probability(p: float) -> float:
    """`p` as a float from 0 to 1."""
    if isinstance(p, bool) or not isinstance(p, int | float | np.integer | np.floating):
        raise TypeError(f"p={p!r}: the probability of an element to be dropped is a number from 0 to 1")
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p={p}: the probability of an element to be dropped is from 0 to 1")
    return float(p)


class Sequential(Module):
    """Layers one after the other: modules, or any functions of one argument such as `te.relu`.

    >>> net = Sequential(Linear(2, 8, rng=0), tanh, Linear(8, 1, rng=1))
    >>> net(np.ones((5, 2), np.float32)).shape
    (5, 1)
    >>> len(net), [name for name, _ in net.named_parameters()][:2]
    (3, ['layers.0.weight', 'layers.0.bias'])

    Raises TypeError for a layer that cannot be called.
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(
                    f"layer {i} is a {type(layer).__name__}, which cannot be called; "
                    "give modules and functions one by one: Sequential(Linear(...), te.relu)"
                )
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """What the last layer makes of what the others made of `x`."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, i: int | slice) -> Any:
        """A layer; or, for a slice, a Sequential of the same layers."""
        return Sequential(*self.layers[i]) if isinstance(i, slice) else self.layers[i]

    def describe(self) -> str:
        """`Sequential of Linear 2→8, tanh, Linear 8→1`."""
        return f"Sequential of {', '.join(map(title, self.layers)) or 'nothing'}"


class MLP(Module):
    """A multilayer perceptron: `Linear` layers of these `sizes` with an activation between them.

    The last layer has no activation: its outputs are logits, or predictions.  `activation` is a
    function of one argument or a name in `ACTIVATIONS`.  Weights are drawn by `init`; by default
    `he_normal` for rectifiers and `xavier_uniform` otherwise.  `rng` is a generator or a seed.

    >>> net = MLP([64, 64, 64, 10], rng=0)
    >>> net(np.zeros((32, 64), np.float32)).shape
    (32, 10)
    >>> net
    MLP 64→64→64→10 (relu): 8,970 parameters = 8,832 synapses + 138 biases
      layers.0: Linear 64→64 (weight 64×64, bias 64)
      layers.1: Linear 64→64 (weight 64×64, bias 64)
      layers.2: Linear 64→10 (weight 64×10, bias 10)

    Raises ValueError for fewer than two sizes or an unknown activation; otherwise as `Linear` does.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Layer | str = relu,
        *,
        rng: Rng,
        dtype: Any = np.float32,
        init: Initialiser | None = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"sizes={list(sizes)}: an MLP needs at least the numbers of inputs and of outputs")
        self.activation = activation_named(activation)
        rectifies = any(self.activation is rectifier for rectifier in RECTIFIERS.values())
        init = init or (he_normal if rectifies else xavier_uniform)
        source = generator(rng)
        self.layers = [
            Linear(fan_in, fan_out, rng=source, init=init, dtype=dtype) for fan_in, fan_out in pairwise(sizes)
        ]

    def forward(self, x: Any) -> Any:
        """Outputs of shape (..., sizes[-1]) for inputs of shape (..., sizes[0])."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def describe(self) -> str:
        """`MLP 64→64→64→10 (relu)`."""
        sizes = [self.layers[0].weight.shape[0], *(layer.weight.shape[1] for layer in self.layers)]
        return f"MLP {'→'.join(map(str, sizes))} ({title(self.activation)})"


def activation_named(activation: Layer | str) -> Layer:
    """The function of that name, or the function itself."""
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(f"there is no activation named {activation!r}; the names are {', '.join(ACTIVATIONS)}")
        return ACTIVATIONS[activation]
    if not callable(activation):
        raise TypeError(f"an activation is a function or its name, not a {type(activation).__name__}")
    return activation
