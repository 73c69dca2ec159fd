"""What a recipe says about itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A system: what it is, where it was published, how well it did there and does here."""

    title: str
    description: str
    """One sentence."""
    paper: str
    published: str
    ours: str
    """Our number, or "not yet measured"."""
    command: str
    """What prints our number."""
