"""Pictures measured by a browser, where one is installed: nothing overlaps, no text leaves its card."""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from tinygrad_edu import Value
from tinygrad_edu.picture import draw

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=3000,3000", "--dump-dom"]  # fmt: skip

MEASURE = """
<script>
const bad = [], box = e => e.getBoundingClientRect();
const before = (a, b, by) => a.left + by < b.right && a.top + by < b.bottom;
const overlap = (a, b, by) => before(a, b, by) && before(b, a, by);
for (const svg of document.querySelectorAll("svg")) {
  const cards = [...svg.querySelectorAll(".card")], frames = cards.map(c => box(c.querySelector(".body")));
  const labels = [...svg.querySelectorAll(".label")];
  cards.forEach((card, i) => {
    const frame = frames[i], texts = [...card.querySelectorAll("text")];
    for (const t of texts) {
      const b = box(t);
      if (b.left < frame.left + 2 || b.right > frame.right - 2 || b.top < frame.top || b.bottom > frame.bottom)
        bad.push(["text outside its card", t.textContent]);
    }
    texts.forEach((t, j) => texts.slice(0, j).forEach(u => {
      if (overlap(box(t), box(u), 2)) bad.push(["texts overlap", t.textContent, u.textContent]);
    }));
    frames.slice(0, i).forEach(other => { if (overlap(frame, other, 0)) bad.push(["cards overlap"]); });
  });
  labels.forEach((label, i) => {
    frames.forEach(frame => { if (overlap(box(label), frame, 1)) bad.push(["label on a card", label.textContent]); });
    labels.slice(0, i).forEach(other => {
      if (overlap(box(label), box(other), 2.5)) bad.push(["labels overlap", label.textContent, other.textContent]);
    });
  });
}
document.body.innerHTML = "<pre></pre>";
document.querySelector("pre").textContent = JSON.stringify(bad);
</script>
"""


def measured(pictures, folder):
    """What a browser finds wrong with the pictures, on one page."""
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{''.join(p.svg for p in pictures)}{MEASURE}", "utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return json.loads(html.unescape(re.search(r"<pre>(.*?)</pre>", done.stdout.decode(), re.S)[1]))


def network(names, data):
    """A record with many edges, in names and numbers that take room."""
    xs = [
        Value(d, label=n, role="parameter" if i % 2 else "input")
        for i, (n, d) in enumerate(zip(names, data, strict=True))
    ]
    hidden = [np.tanh(xs[0] * x + xs[1]) for x in xs[2:]]
    for h, name in zip(hidden, names, strict=False):
        h.label = f"h {name}"
    y = sum(hidden[1:], hidden[0] * hidden[0])
    y.backward()
    return draw(y)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_finds_nothing_out_of_place(tmp_path):
    numbers = [-1.234e-05, -9.876e-300, 123456.7, 0.5, -2.0]
    pictures = [
        network(["w1", "x1", "w2", "x2", "b"], numbers),
        network(["입력", "가중치", "편향", "아주 긴 한국어 이름을 가진 값입니다 정말로", "층1"], numbers),
        network([f"encoder.layers.{i}.attention.query.weight" for i in range(5)], numbers),
        network(["WWWWWWWWWWWW", "</script>", '"&<>\\', "線形層の重み", "Ωψλ"], numbers),
    ]
    X, W = Value(np.linspace(-1, 1, 12).reshape(3, 4), label="X"), Value(np.ones((4, 5)), label="W", role="parameter")
    loss = (np.tanh(X @ W) ** 2).mean()
    loss.backward()
    assert measured([*pictures, draw(loss), draw(loss, limit=4)], tmp_path) == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_browser_would_notice(tmp_path):
    picture = network(["w1", "x1", "w2"], [1.0, 2.0, 3.0])
    picture.svg = picture.svg.replace(">parameter<", ">a word much too long for this card<")
    assert ["text outside its card", "a word much too long for this card"] in measured([picture], tmp_path)
