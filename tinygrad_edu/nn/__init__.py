"""Neural networks: modules, layers, initial weights and losses, on the operations of the engine.

A `Module` is a tree of parameters; `MLP`, `Linear`, `Dropout` and `Sequential` are ready-made ones, on arrays.
`scalar` has the textbook neuron.  Optimisers are in `optim`, files of weights in `checkpoint`.
"""

from ..ops.comparison import leaky_relu, relu
from ..ops.elementary import gelu, sigmoid, silu, softplus, tanh
from ..ops.reduce import softmax
from . import init, scalar
from .layers import ACTIVATIONS, MLP, Dropout, Linear, Sequential
from .losses import binary_cross_entropy_with_logits, cross_entropy, hinge_loss, mse_loss
from .module import Module, parameter

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "Dropout",
    "Linear",
    "Module",
    "Sequential",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "gelu",
    "hinge_loss",
    "init",
    "leaky_relu",
    "mse_loss",
    "parameter",
    "relu",
    "scalar",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
