"""Optimisers: gradient descent and its kin, over one flat array of weights.

>>> from tinygrad_edu import Value, optim
>>> w = Value(5.0)
>>> optimizer = optim.SGD([w], lr=0.1, momentum=0.5)
>>> for _ in range(50):
...     optimizer.zero_grad()
...     ((w - 3.0) ** 2).backward()
...     optimizer.step()
>>> round(w.data, 6)
3.0
"""

from .clip import clip_gradients
from .optimizer import Optimizer
from .rules import SGD, Adam, AdamW, RMSprop

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "clip_gradients"]
