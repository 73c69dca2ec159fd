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
    use: str = "sample"
    """The command that uses a model of it."""
    example: str = "reverie sample {model}\nreverie evaluate {model} --dynamic"
    """What to do with a model, a command a line."""

    def next_commands(self, model: str) -> list[str]:
        """What to do with the model in this file."""
        return self.example.format(model=model).splitlines()
