"""Every relative link and every anchor in the README and the documentation leads somewhere, also on GitHub."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.ipynb")),
    *sorted((ROOT / "plugins").glob("*/README.md")),
]
_FENCE = re.compile(r"^(`{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*$", re.MULTILINE)


@cache
def text_of(page: Path) -> str:
    text = page.read_text("utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return _FENCE.sub("", text)


@cache
def anchors_of(page: Path) -> set[str]:
    """Anchors as GitHub makes them of headings: lower case, punctuation dropped, a hyphen for every space."""
    return {
        re.sub(r"[^\w\- ]", "", match["text"].lower().replace("`", "")).replace(" ", "-")
        for match in _HEADING.finditer(text_of(page))
    }


def broken(page: Path) -> list[str]:
    found = []
    for match in _LINK.finditer(_CODE.sub("", text_of(page))):
        target, _, anchor = unquote(match["target"]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (page.parent / target).resolve() if target else page
        is_page = place.suffix in {".md", ".ipynb"}
        if not place.exists() or (anchor and is_page and anchor not in anchors_of(place)):
            found.append(match["target"])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `title`, here\n[a](#a-title-here) [b](#gone) [c](gone.md) [d](page.md#gone) [e](page.md)\n")
    assert broken(page) == ["#gone", "gone.md", "page.md#gone"]


def test_every_page_is_in_a_toctree() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    listed = set(re.findall(r"^[\w./-]+$", index, re.MULTILINE))
    pages = {
        page.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for page in PAGES
        if page.is_relative_to(ROOT / "docs")
    }
    nested = {name for name in pages if name.startswith(("examples/", "deploy/", "example-plugin/"))} | {"index"}
    assert pages - nested - listed - others_listed() == set()


def others_listed() -> set[str]:
    """Pages in toctrees of other pages than the index."""
    found = set()
    for page in (ROOT / "docs").rglob("*.md"):
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            folder = page.parent.relative_to(ROOT / "docs")
            found |= {(folder / line).as_posix() for line in re.findall(r"^[\w./-]+$", block, re.MULTILINE)}
    return found


def test_options_of_every_plugin_are_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "options.md").read_text("utf-8")
    modules = {path.parent.name for path in (ROOT / "plugins").glob("*/*/options.py")}
    assert set(re.findall(r"models:: (\w+)\.options", page)) == modules
