"""The code in README.md and docs/ does what the text around it says.

Python blocks of one page run in order, as one module, in an empty folder that is on the path; one
that begins with `# file: NAME` is saved there instead. A shell block runs if the comment
<!-- tested --> stands above it. What trains is slow, and `make pages` runs it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(<!-- tested -->\n)?```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# file: (\S+)\n")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


class Block(NamedTuple):
    """A fenced block of a page, and the line of the page before its first."""

    page: Path
    tested: bool
    code: str
    line: int


def blocks(page: Path, language: str) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match[2] == language:
            yield Block(page, bool(match[1]), match[3], text.count("\n", 0, match.start(3)))


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def mark(what: object, name: str, code: str) -> object:
    """A case of this name, a slow one if its code trains or makes a whole task."""
    long = re.search(r"reverie train|\bfit\(|# file:", code)
    return pytest.param(what, id=name, marks=[pytest.mark.slow] if long else [])


def python_pages() -> Iterator[object]:
    for page in PAGES:
        if code := "".join(block.code for block in blocks(page, "python")):
            yield mark(page, named(page), code)


def shell_blocks() -> Iterator[object]:
    for page in PAGES:
        for block in blocks(page, "sh"):
            if block.tested:
                yield mark(block, f"{named(page)}:{block.line}", block.code)


@pytest.mark.parametrize("page", [*python_pages()])
def test_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.syspath_prepend(tmp_path)
    for block in blocks(page, "python"):
        if saved := FILE.match(block.code):
            path = tmp_path / saved[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
            continue
        # As many empty lines first, so that an error names its line of the page.
        source = "\n" * block.line + block.code
        exec(compile(source, str(page), "exec"), module.__dict__)


@pytest.mark.parametrize("block", [*shell_blocks()])
def test_shell_blocks_run(block, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
