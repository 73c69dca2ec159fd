"""Templates of self-contained web pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SLOT = re.compile(r"\{\{(\w+)\}\}")


def fill_template(template: Path, slots: Mapping[str, str]) -> str:
    """A template with each {{slot}} replaced by its value."""
    # In one pass, so that values are not searched for slots.
    return SLOT.sub(lambda match: slots[match[1]], template.read_text(encoding="utf-8"))


def embed_json(data: Any) -> str:
    """JSON that can be embedded in a script of a page: it cannot end the script."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
