"""What is generated is fresh, and the pages hold together: links lead somewhere, code is run."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILD = runpy.run_path(str(DOCS / "build.py"))
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md"]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")


def said(svg):
    """Everything that a picture says and how it is styled, without where it stands: places, and the id that
    is made from them, depend on the layout engine."""
    nodes = ElementTree.fromstring(re.sub(r"\bg[0-9a-f]{12}\b", "", svg)).iter()
    return [(node.tag, node.get("class"), node.text) for node in nodes]


# ---- freshness ---------------------------------------------------------------------------------------


def test_the_table_of_operations_is_fresh():
    fresh = BUILD["ops_page"]()
    assert (DOCS / "ops.md").read_text(encoding="utf-8") == fresh, "run `python docs/build.py`"


def test_the_table_of_operations_leaves_none_out():
    names = "from tinygrad_edu.notation import OPS; import tinygrad_edu.nn, tinygrad_edu.scipy; print(*OPS)"
    rows = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True, cwd=ROOT)
    assert set(re.findall(r"^\| `(\w+)` \|", BUILD["ops_page"](), re.MULTILINE)) == set(rows.stdout.split())


def test_the_figures_are_fresh_and_reproducible():
    fresh = BUILD["figures"]()
    assert fresh == BUILD["figures"]()
    assert {path.name for path in (DOCS / "figures").iterdir()} == set(fresh)
    for name, svg in fresh.items():
        assert said((DOCS / "figures" / name).read_text(encoding="utf-8")) == said(svg), "run `python docs/build.py`"


# ---- pages -------------------------------------------------------------------------------------------


@each_page
def test_every_link_leads_somewhere(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            found = (page.parent / path).resolve() if path else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def anchors(page):
    """The headings of a page as links name them: small letters, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_block_of_python_is_run(page):
    """A block is a doctest, or says that it is text; a blank line keeps the fence out of the output."""
    for _, language, body in FENCE.findall(page.read_text(encoding="utf-8")):
        assert language in {"python", "text", "console"}
        if language == "python":
            assert body.lstrip().startswith(">>>")
            assert body.endswith("\n\n")


@each_page
def test_nothing_but_doctests_begins_with_a_prompt(page):
    outside = FENCE.sub("", page.read_text(encoding="utf-8"))
    assert ">>>" not in outside
