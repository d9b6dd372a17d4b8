"""An engine as a student may hand it in: two lines of it are wrong, and long chains end in a RecursionError.

See ../14_grade_an_engine.py.
"""

import math


class Value:
    """A number that remembers how it was computed."""

    def __init__(self, data, parents=()):
        self.data, self.grad = data, 0.0
        self.parents, self.rule = parents, lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def rule():
            self.grad += out.grad
            other.grad += out.grad

        out.rule = rule
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def rule():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out.rule = rule
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), (self,))

        def rule():
            self.grad += (1.0 - self.data**2) * out.grad

        out.rule = rule
        return out

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for parent in v.parents:
                    visit(parent)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v.rule()
