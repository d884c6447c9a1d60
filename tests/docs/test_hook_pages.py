"""The example of every hook's page runs; apart from the other pages, so that two processes share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.test_examples import name_of, of_language, run_blocks

PAGES = [page for page in of_language("python") if page.parent.name == "hooks"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_blocks_run(page: Path, workplace: Path) -> None:
    run_blocks(page, workplace)
