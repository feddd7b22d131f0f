"""The store of the page on adapters keeps the contract, as the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.test_docs import BLOCK
from tests.testing.faulty_stores import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-your-own-adapter.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMES: dict[str, Any] = {"__name__": "page"}
for block in BLOCK.finditer(TEXT):
    exec(compile(block[1], str(PAGE), "exec", dont_inherit=True), NAMES)  # noqa: S102 - it is ours

TestMyStore = NAMES["TestMyStore"]


def test_the_laws_on_the_page_are_those_that_find_the_faults():
    listed = re.findall(r"\| `test_(\w+)` \|", TEXT)
    assert listed == [law.partition("[")[0] for law in FAULTS.values()]
