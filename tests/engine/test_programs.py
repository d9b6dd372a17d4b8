"""Random programs: reverse mode = forward mode = measured slopes, to second order."""

import numpy as np
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call

import tinygrad_edu as te
from tinygrad_edu.testing.program import programs_with_directions

FLOATS = st.sampled_from([np.float16, np.float32, np.float64])

MORE = settings(max_examples=6 * settings().max_examples)


@MORE
@given(programs_with_directions())
def test_reverse_mode_is_forward_mode_is_the_slope(drawn):
    program, ts = drawn
    note(program)
    call = Call(None, program, tuple(program.inputs.values()), program)
    np.testing.assert_allclose(program(*map(te.Value, call.inputs)).data, program(*call.inputs), rtol=1e-12)
    rules.gradients_are_like_inputs(call, 1.0)
    rules.modes_are_adjoint(call, 1.0, ts)
    rules.gradient_is_the_slope(call, 1.0, ts)
    rules.backward_adds_up(call, 1.0)


@given(programs_with_directions())
def test_second_orders_agree(drawn):
    program, ts = drawn
    note(program)
    call = Call(None, program, tuple(program.inputs.values()), program)
    rules.second_orders_agree(call, 1.0, -0.5, ts, [np.cos(3.0 * np.asarray(t)) if np.shape(t) else 0.3 for t in ts])


@MORE
@given(programs_with_directions(kinks=True))
def test_modes_agree_at_kinks_and_ties_too(drawn):
    """Whatever the convention is, it is the same in both modes."""
    program, ts = drawn
    note(program)
    call = Call(None, program, tuple(program.inputs.values()), program)
    np.testing.assert_allclose(program(*map(te.Value, call.inputs)).data, program(*call.inputs), rtol=1e-12)
    rules.modes_are_adjoint(call, 1.0, ts)
    rules.gradients_are_like_inputs(call, 1.0)
    rules.nothing_is_changed(call, 1.0)


@given(programs_with_directions(kinks=True), st.lists(FLOATS, min_size=3, max_size=3))
def test_gradients_have_the_dtypes_of_inputs(drawn, dtypes):
    program, _ = drawn
    inputs = [x.astype(d) if np.shape(x) else x for x, d in zip(program.inputs.values(), dtypes, strict=False)]
    with np.errstate(all="ignore"):  # float16 overflows
        rules.gradients_are_like_inputs(Call(None, program, tuple(inputs), program), 1.0)
