"""How the documentation is built."""

import pkgutil
import re
import typing
from pathlib import Path
from typing import Any

typing.GENERATING_DOCUMENTATION = "reverie"  # type: ignore[attr-defined]  # shapes by name

import reverie  # noqa: E402

project = "Reverie"
author = "The Reverie authors"
copyright = author  # noqa: A001
release = reverie.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Reverie {release}"
html_copy_source = False
highlight_language = "text"

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}


def api_pages(app: Any) -> None:
    """Writes a page for each package, with all its modules; the command line has its own help."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    wanted = {}
    for package, modules in packages("reverie", reverie.__path__):
        parts = [f"```{{eval-rst}}\n.. automodule:: {name}\n```\n" for name in modules]
        titles = [f"## {name}\n\n{part}" for name, part in zip(modules, parts, strict=True)]
        about = f"```{{eval-rst}}\n.. automodule:: {package}\n   :no-members:\n```\n"
        wanted[folder / f"{package}.md"] = "\n".join([f"# {package}\n", about, *titles])
    for stale in set(folder.glob("*.md")) - set(wanted):
        stale.unlink()
    for page, text in wanted.items():
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def packages(name: str, path: Any) -> typing.Iterator[tuple[str, list[str]]]:
    """A package and those below it, each with the names of its own modules."""
    found = [m for m in pkgutil.iter_modules(path) if m.name not in ("cli", "__main__")]
    yield name, [f"{name}.{module.name}" for module in found if not module.ispkg]
    for module in found:
        if module.ispkg:
            yield from packages(f"{name}.{module.name}", [f"{p}/{module.name}" for p in path])


def plainly(app: Any, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Shows equations and columns of a docstring as they stand there, and takes the rest for
    words; drops those that Python puts where a field has none."""
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()
    kept: list[str] = []
    for block in re.split(r"\n[ \t]*\n", "\n".join(lines).strip("\n")):
        if block.startswith("    ") or re.search(r"\S {3,}\S", block):
            kept += ["::", "", *(f"    {line}" for line in block.split("\n")), ""]
        else:
            words = re.sub(r"(`[^`]*`)|([*|])", lambda m: m[1] or f"\\{m[2]}", block)
            kept += [*words.split("\n"), ""]
    lines[:] = kept


def setup(app: Any) -> None:
    app.connect("builder-inited", api_pages)
    app.connect("autodoc-process-docstring", plainly)
