"""`draw` and `Picture` as users meet them: files, notebooks, processes, errors."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import graphviz
import numpy as np
import pytest
from hypothesis import given

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import history
from tinygrad_edu.picture import Picture, draw, layout
from tinygrad_edu.picture.text import shown
from tinygrad_edu.testing.program import programs

PROGRAM = """
import sys
import numpy as np
from tinygrad_edu import Value, draw
x, w = Value(2.0, label="x"), Value(np.arange(3.0), label="w", role="parameter")
y = np.tanh(x * w).sum() + x * x
y.label = "y"
y.backward()
picture = draw(y)
many = y
for i in range(300):
    many = np.sin(many) if i % 2 else many * 0.5 + w.sum()
texts = [picture.svg, picture.dot, draw(many).svg, draw(many).dot, repr(picture), str(picture)]
sys.stdout.buffer.write("\\n".join(texts).encode())
"""


def output(**environment):
    """What PROGRAM writes in a process of its own."""
    env = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], env=env, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def product():
    w, x = Value(0.5, label="w", role="parameter"), Value(2.0, label="x")
    y = w * x
    y.label = "y"
    return y


@pytest.fixture
def no_engine(monkeypatch):
    """A machine without any layout engine."""

    def absent(name):
        raise layout.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(layout.metadata, "files", absent)
    monkeypatch.setenv("PATH", "")


# ---- criteria 1 and 2: anywhere, and the same everywhere ----------------------------------------


def test_draws_with_an_empty_path_and_the_same_bytes_for_every_hash_seed():
    first, second = output(PATH="", PYTHONHASHSEED="1"), output(PYTHONHASHSEED="4242")
    assert b"<svg" in first
    assert b" at 0x" not in first
    assert first == second


def test_a_process_that_computed_before_draws_the_same_bytes():
    drawn = []
    for _ in range(2):
        _ = [Value(1.0) * 2.0 for _ in range(100)]  # later births, other addresses
        picture = draw(product())
        drawn.append((picture.svg, picture.dot))
    assert drawn[0] == drawn[1]


# ---- criterion 11: draw only looks --------------------------------------------------------------


def state(y):
    """All that a record holds; arrays as bytes."""

    def plain(x):
        return x.tobytes() if isinstance(x, np.ndarray) else id(x) if isinstance(x, Value) else repr(x)

    return [
        (id(v), v.birth, plain(v.data), plain(v.grad), id(v.op), [*map(plain, v.inputs)], repr(v.params), repr(v.notes))
        for v in history(y)
    ]


@given(programs())
def test_draw_changes_nothing_before_and_after_backward(program):
    y = program(*map(Value, program.inputs.values()))
    for _ in range(2):
        before = state(y)
        picture, seeded = draw(y), draw(y, seed=1.0)
        _ = picture.svg, seeded.dot, repr(picture), picture._repr_mimebundle_()
        assert state(y) == before
        y.backward()


def test_a_picture_keeps_the_numbers_of_its_moment():
    y = product()
    picture = draw(y)
    y.backward()
    assert ">–<" in picture.svg
    assert ">–<" not in draw(y).svg


# ---- saving -------------------------------------------------------------------------------------


def test_saves_svg_and_dot(tmp_path):
    picture = te.draw(product())
    assert isinstance(picture, Picture)
    for ending, text in ((".svg", picture.svg), (".dot", picture.dot), (".gv", picture.dot), (".SVG", picture.svg)):
        path = tmp_path / f"그림{ending}"
        picture.save(str(path))
        assert path.read_bytes() == text.encode()
    picture.save(tmp_path / "그림.svg")  # again, over the old one
    assert {p.name for p in tmp_path.iterdir()} == {"그림.svg", "그림.dot", "그림.gv", "그림.SVG"}


@pytest.mark.parametrize("name", ["y.png", "y.pdf", "y", "y.svg.gz"])
def test_other_endings_are_refused_by_name(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg, \.dot or \.gv"):
        draw(product()).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_a_plain_error_that_names_the_file(tmp_path):
    path = tmp_path / "missing" / "y.svg"
    with pytest.raises(FileNotFoundError) as caught:
        draw(product()).save(path)
    assert caught.value.filename == str(path)


def test_a_file_that_cannot_be_written_is_left_as_it_was(tmp_path):
    (tmp_path / "y.svg").mkdir()
    with pytest.raises(OSError, match=r"y\.svg"):
        draw(product()).save(tmp_path / "y.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["y.svg"]


def test_a_failing_layout_leaves_the_old_file(tmp_path, no_engine):
    path = tmp_path / "y.svg"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        draw(product()).save(path)
    assert path.read_text() == "old"


# ---- notebooks and words ------------------------------------------------------------------------


def test_a_notebook_shows_the_svg_with_words_to_fall_back_on():
    picture = draw(product())
    bundle = picture._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {"image/svg+xml": picture.svg, "text/plain": "<picture of y: 3 Values, 2 edges>"}


def test_without_an_engine_a_notebook_says_so_in_words(no_engine):
    text = draw(product())._repr_mimebundle_()["text/plain"]
    assert "y = w × x" in text
    assert "pip install graphviz-pure" in text


def test_a_summary_says_so_in_its_repr():
    y = product()
    for _ in range(10):
        y = np.tanh(y)
    assert repr(draw(y, limit=5)) == "<picture of v₁₀: 13 Values on 5 cards, 4 edges>"


# ---- the layout engine --------------------------------------------------------------------------


def test_without_an_engine_there_is_a_hint_and_the_dot_source(no_engine):
    picture = draw(product())
    with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
        _ = picture.svg
    assert "digraph" in picture.dot


def test_a_slow_engine_is_a_named_error():
    picture = draw(product(), timeout=1e-6)
    with pytest.raises(TimeoutError, match="limit="):
        _ = picture.svg


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in engine is a shell script")
def test_a_dot_on_the_path_is_used_and_its_failure_told(tmp_path, no_engine, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / "dot", "#!/bin/sh\necho no memory >&2\nexit 3\n")
    with pytest.raises(RuntimeError, match=r"failed \(exit 3\): no memory"):
        _ = draw(product()).svg
    script(tmp_path / "dot", "#!/missing/interpreter\n")
    with pytest.raises(RuntimeError, match="cannot be run"):
        _ = draw(product()).svg


LABELS = ["\\N \\E \\l \\\\G \\", '"<>&amp;{}|\n</script>', '\\" \\\\"', "<b>", "긴 이름", "$x %y #z ;"]


@pytest.mark.parametrize("label", LABELS)
def test_graphviz_itself_reads_any_name_in_the_dot_source(label):
    x = Value(2.0, label=label)
    y = np.tanh(x * x)
    graph = draw(y).graph
    assert isinstance(graph, graphviz.Digraph)
    edges = [line for line in graph.source.splitlines() if " -> " in line]
    assert len(edges) == 3
    assert all(line.count(" -> ") == 1 for line in edges)
    source = graph.source.encode()
    done = subprocess.run([layout.find_engine(), "-Tsvg"], input=source, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    drawn = ElementTree.fromstring(done.stdout)
    assert shown(label, 28) in {e.text for e in drawn.iter("{http://www.w3.org/2000/svg}text")}
    tooltips = {e.get("{http://www.w3.org/1999/xlink}title") for e in drawn.iter()}
    assert f"{label} (input)\nvalue 2.0\ngradient not computed" in tooltips


# ---- what is not a picture ----------------------------------------------------------------------


@pytest.mark.parametrize("thing", [2.0, "y", None, [product()], np.ones(3)])
def test_only_a_value_can_be_drawn(thing):
    with pytest.raises(TypeError, match="draw takes the Value at the end of a computation"):
        draw(thing)


@pytest.mark.parametrize("limit", [0, 1, -3, 2.5, "many", None])
def test_a_limit_is_a_number_of_values(limit):
    with pytest.raises(ValueError, match="limit"):
        draw(product(), limit=limit)


def test_a_wrong_seed_is_refused_as_backward_refuses_it():
    with pytest.raises(ValueError, match="shape"):
        draw(product(), seed=np.ones(3))


def test_the_package_draws():
    assert te.draw is draw
    assert Path(layout.find_engine()).is_file()
