"""The demo: what it prints is true, what it writes is whole, and nothing is lost."""

import csv
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinygrad_edu as te
from tinygrad_edu.command import demo, gradient_check, progress
from tinygrad_edu.data import digits
from tinygrad_edu.training import Row, Score, evaluate

SHORT = ("demo", "--epochs", "2", "--out", "out")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A short demo in a process of its own: what it printed, and its folder."""
    folder = tmp_path_factory.mktemp("demo")
    return in_a_process(SHORT, folder), folder / "out"


def in_a_process(words, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tinygrad_edu", *words],
        cwd=folder, env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# ---- what it achieves ----------------------------------------------------------------------------


def test_the_defaults_read_at_least_97_of_100_digits(run):
    ran = run("demo")
    assert (ran.code, ran.err) == (0, "")
    right, among = map(int, re.search(r"Test accuracy .*: (\d+) of (\d+) digits never", ran.out).groups())
    assert right / among >= 0.97
    assert float(re.search(r"largest relative error (\S+)\. They agree", ran.out)[1]) < 1e-5


# ---- what it writes ------------------------------------------------------------------------------


def test_all_files_are_there_and_nothing_else(written):
    assert sorted(path.name for path in written[1].iterdir()) == sorted(demo.FILES)


def test_the_saved_network_is_as_good_as_was_printed(written):
    out, folder = written
    line = next(line for line in out.splitlines() if "te.load" in line)
    model = eval(
        line.partition("the network: ")[2],
        {"te": te, "nn": te.nn, "path": folder / "model.safetensors"},
    )
    for_split = np.random.default_rng(0).spawn(4)[0]
    score = evaluate(model, te.nn.cross_entropy, digits().split(demo.TRAIN_SHARE, rng=for_split)[1])
    assert f"Test accuracy {100 * score.accuracy:.1f} %" in out
    last = table(folder)[-1]
    assert float(last["held_out_accuracy"]) == score.accuracy


def test_the_history_has_a_row_an_epoch(written):
    first, last = table(written[1])
    assert (first["epoch"], last["epoch"]) == ("1", "2")
    assert list(first) == [
        "epoch",
        "train_loss",
        "train_accuracy",
        "held_out_loss",
        "held_out_accuracy",
    ]
    assert float(last["train_loss"]) < float(first["train_loss"])


def table(folder):
    return list(csv.DictReader((folder / "history.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("name", ["neuron.svg", "loss.svg"])
def test_pictures_are_whole_documents_without_a_date(written, name):
    root = ElementTree.parse(written[1] / name).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(r"<dc:date>|20\d\d-\d\d-\d\d", (written[1] / name).read_text(encoding="utf-8"))


def test_the_neuron_is_differentiated_rightly_and_the_picture_has_its_numbers(written):
    out = demo.neuron()
    leaves = {x.label: x for x in te.engine.history(out) if x.op is None}
    values = {name: x.data for name, x in leaves.items()}

    def neuron(x1, x2, w1, w2, b):
        return np.tanh(w1 * x1 + w2 * x2 + b)

    assert out.data == pytest.approx(neuron(**values))
    for name, leaf in leaves.items():
        up, down = ({**values, name: values[name] + h} for h in (1e-6, -1e-6))
        assert leaf.grad == pytest.approx((neuron(**up) - neuron(**down)) / 2e-6, rel=1e-8)
    text = (written[1] / "neuron.svg").read_text(encoding="utf-8")
    assert all(f"{abs(leaf.grad):.4g}" in text for leaf in leaves.values())


def test_the_chain_rule_is_printed_with_its_numbers(written):
    w1 = next(x for x in te.engine.history(demo.neuron()) if x.label == "w1")
    assert f"∂out/∂w1 += ∂out/∂p · ∂p/∂w1 = 0.961 × 0.5 = {w1.grad:.4g}" in written[0]


def test_the_size_of_the_network_is_printed(written):
    weights = [fan_in * fan_out for fan_in, fan_out in zip(demo.SIZES, demo.SIZES[1:], strict=False)]
    biases = sum(demo.SIZES[1:])
    assert f"{sum(weights) + biases:,} parameters = {sum(weights):,} synapses + {biases:,} biases" in written[0]
    assert re.search(r"steps of 32 digits, [\d,]+ µs each", written[0])


def test_the_time_of_a_step_is_told_compiled_and_as_it_is(written):
    found = re.search(
        r"te\.compile made from one step in \d+ ms\.\s+Timed alone, it takes ([\d,]+) µs; the same step "
        r"not compiled takes ([\d,]+) µs:\s+([\d.]+) times as long", written[0],
    )  # fmt: skip
    compiled, eager, ratio = (float(text.replace(",", "")) for text in found.groups())
    assert eager / compiled == pytest.approx(ratio, rel=0.1)  # of rounded numbers


def test_timing_a_step_leaves_the_network_as_it_is():
    model = te.nn.MLP(demo.SIZES, demo.ACTIVATION, rng=0)
    before = model.state_dict()
    demo.show_speed(model, digits())
    assert all(np.array_equal(before[name], now) for name, now in model.state_dict().items())


def test_the_same_seed_gives_the_same_bytes_in_every_process(written, tmp_path):
    in_a_process(SHORT, tmp_path, PYTHONHASHSEED="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    for name in demo.FILES:
        assert (tmp_path / "out" / name).read_bytes() == (written[1] / name).read_bytes(), name


def test_another_seed_gives_another_network(run, written, tmp_path):
    assert run(*SHORT, "--seed", "1").code == 0
    for name in ("history.csv", "model.safetensors"):
        assert (tmp_path / "out" / name).read_bytes() != (written[1] / name).read_bytes()


# ---- nothing is lost -----------------------------------------------------------------------------


def test_what_is_there_is_replaced_by_a_success_only(run, refused, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    (out / "loss.svg").write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(demo, "save_curves", raising(OSError(28, "No space left on device", "loss.svg")))
        assert "No space left on device" in refused(*SHORT)
    assert run(*SHORT).code == 0
    assert (out / "mine.txt").read_text() == "keep"
    assert (out / "loss.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_ctrl_c_is_130_and_leaves_everything_as_it_was(run, tmp_path, contents, monkeypatch):
    monkeypatch.setattr(demo, "fit", raising(KeyboardInterrupt()))
    ran = run("demo", "--out", "deep/er")
    assert (ran.code, ran.err) == (130, "Interrupted: nothing was written.\n")
    assert contents(tmp_path) == {}


def test_a_place_that_cannot_be_written_is_found_before_training(refused, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "fit", raising(AssertionError("it went on to train")))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder" / "model.safetensors").mkdir(parents=True)
    assert "file is a file, not a folder" in refused("demo", "--out", "file")
    assert "model.safetensors is a folder" in refused("demo", "--out", "folder")


def test_no_program_to_draw_with_is_told_before_training(refused, monkeypatch):
    monkeypatch.setattr(demo, "fit", raising(AssertionError("it went on to train")))
    monkeypatch.setattr("tinygrad_edu.picture.Picture.save", raising(RuntimeError("no layout engine is installed")))
    assert "no layout engine" in refused(*SHORT)


def test_a_gradient_that_is_wrong_is_reported(run, monkeypatch):
    agreement = gradient_check.Agreement(0.25, 10, 60)
    monkeypatch.setattr(demo, "gradient_check", lambda *args: agreement)
    assert "largest relative error 2.5e-01. That is too much" in run(*SHORT).out


def raising(error):
    def call(*args, **kwargs):
        raise error

    return call


# ---- terminals and signals -----------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_a_real_ctrl_c(tmp_path):
    words = [sys.executable, "-m", "tinygrad_edu", "demo", "--epochs", "1000000", "--out", "out"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        next(line for line in process.stdout if "epoch" in line)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Interrupted: nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_stops_reading_is_no_error(tmp_path):
    words = [sys.executable, "-m", "tinygrad_edu", *SHORT]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (1, "")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_without_mathematical_signs_shows_letters(tmp_path):
    out = in_a_process((*SHORT[:2], "1", *SHORT[3:]), tmp_path, PYTHONIOENCODING="ascii")
    assert "dout/dw1 += dout/dp * dp/dw1 = 0.961 x 0.5" in out


def test_a_bar_on_a_terminal_and_lines_elsewhere(capsys, monkeypatch):
    row = Row(1, Score(0.5, 0.75), Score(0.25, 0.5))
    with progress.progress(1) as report:
        report(row)
    lines = capsys.readouterr()
    assert "epoch 1 of 1   training: loss 0.5, 75.0 % right   test: loss 0.25, 50.0 % right" in lines.out
    assert lines.err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress(1) as report:
        report(row)
    bar = capsys.readouterr()
    assert "100%" in bar.err
    assert "75.0 % right" in bar.err
    assert bar.out == ""


@given(st.integers(1, 10_000))
def test_a_log_stays_short_and_ends_with_the_end(epochs):
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr(progress, "print", lambda text, **_: lines.append(text), raising=False)
        for epoch in range(1, epochs + 1):
            progress.print_now_and_then(Row(epoch, Score(0.5)), epochs)
    assert min(epochs, 2) <= len(lines) <= progress.LINES + 2
    assert f"epoch {epochs} of {epochs}" in lines[-1]


# ---- varied digits -------------------------------------------------------------------------------


@given(arrays(np.float32, (3, 64), elements=st.floats(0, 1, width=32)), st.integers(0, 99))
def test_varied_digits_are_the_same_pictures_moved_by_less_than_a_pixel(images, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "NOISE", 0.0)
        varied = demo.varied(images, np.random.default_rng(seed))
    assert (varied.shape, varied.dtype) == (images.shape, np.float32)
    near = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    window = np.lib.stride_tricks.sliding_window_view(near, (3, 3), axis=(1, 2)).reshape(-1, 64, 9)
    assert (varied <= window.max(axis=-1) + 1e-6).all()
    assert (varied >= window.min(axis=-1) - 1e-6).all()
    assert (varied.sum(axis=1) <= images.sum(axis=1) + 1e-3).all()  # ink may leave, and none comes


def test_a_shift_moves_the_centre_of_the_ink_either_way():
    dot = np.zeros((500, 8, 8), np.float32)
    dot[:, 4, 4] = 1.0
    varied = demo.varied(dot.reshape(500, 64), np.random.default_rng(0)).reshape(500, 8, 8)
    across = (varied.sum(axis=1) @ np.arange(8.0)) - 4.0 * varied.sum(axis=(1, 2))
    assert across.min() < -0.2
    assert across.max() > 0.2
    assert abs(across.mean()) < 0.2
