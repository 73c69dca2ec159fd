"""How the documentation is built."""

import typing
from typing import Any

typing.GENERATING_DOCUMENTATION = "reverie"  # type: ignore[attr-defined]  # shapes by name

import reverie  # noqa: E402

project = "Reverie"
author = "The Reverie authors"
copyright = author
release = reverie.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Reverie {release}"
html_copy_source = False
highlight_language = "text"

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}


def plainly(
    app: Any, what: str, name: str, found: Any, options: Any, lines: list[str]
) -> None:
    """Shows the indented equations of a docstring as they stand there; drops the words that
    Python puts in place of a missing one."""
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()
    kept: list[str] = []
    inside = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not inside and (not kept or not kept[-1]):
            kept += ["::", ""]
        if line:
            inside = indented
        kept.append(line if inside else line.replace("|", r"\|"))
    lines[:] = kept


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", plainly)
