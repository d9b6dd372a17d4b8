"""PyTorch's functions on a GPU are tested like those on a CPU; skipped where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu.testing import by_hand, check_gradients, in_torch
from tinygrad_edu.testing.measure.report import Verdict
from tinygrad_edu.testing.strategies import arrays

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is here")

FUNCTIONS = {
    "elementwise": lambda x: torch.sin(x) * torch.exp(0.3 * x),
    "softmax": lambda x: torch.softmax(x, dim=-1),
    "product": lambda x: x @ x.T + torch.outer(x[:, 0], x[0]),
    "normalised": lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=5, deadline=None)
@given(x=arrays((3, 3)), dtype=st.sampled_from([np.float64, np.float32]))
def test_what_is_right_on_a_gpu_is_not_accused(name, x, dtype):
    x = (x + 0.1 * np.arange(9.0).reshape(3, 3) ** 2).astype(dtype)
    subject = in_torch(FUNCTIONS[name], device="cuda")
    report = check_gradients(subject, x, order=2 if dtype == np.float64 else 1)
    assert report.verdict is not Verdict.FAIL, str(report)


def test_a_wrong_rule_on_a_gpu_is_caught():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            assert g.is_cuda
            return 1.0005 * 2.0 * g * ctx.saved_tensors[0]

    x = np.linspace(0.5, 2.0, 4)
    report = check_gradients(in_torch(Square.apply, device="cuda"), x)
    assert report.verdict is Verdict.FAIL
    assert check_gradients(by_hand(np.square, lambda g, x: 2.0 * g * x), x).verdict is Verdict.PASS
