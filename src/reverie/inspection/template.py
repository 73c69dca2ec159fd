"""Web pages that hold all they need: a template whose slots are filled, in one file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

SLOT = re.compile(r"\{\{(\w+)\}\}")


def fill_template(name: str, slots: Mapping[str, str]) -> str:
    """The template of that name, with each {{slot}} replaced by what stands for it."""
    template = files(__package__).joinpath(name).read_text(encoding="utf-8")
    # In one pass: what is filled in is not looked at again.
    return SLOT.sub(lambda match: slots[match[1]], template)


def embed_json(data: Any) -> str:
    """JSON that a script within a page can hold: nothing in it ends the script."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
