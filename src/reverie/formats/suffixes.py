"""The suffixes of files of ink, and what each format can do. No NumPy, so that it loads at once."""

from pathlib import Path

from reverie.errors import InputError

READABLE = (".svg", ".inkml", ".json", ".ndjson", ".npz", ".xml")
WRITABLE = (".svg", ".png", ".gif", ".gcode", ".inkml", ".json", ".npz")
ANIMATED = (".svg", ".gif")
BY_SPEED = (".svg", ".png", ".gif")


def check_format(path: str | Path, *, animated: bool = False, by_speed: bool = False) -> str:
    """The suffix of `path`; InputError where no format has it, or its format lacks an option."""
    suffix = Path(path).suffix.lower()
    if suffix not in WRITABLE:
        raise InputError(f"cannot draw {str(path)!r}: the name must end in {either(WRITABLE)}")
    if animated and suffix not in ANIMATED:
        raise InputError(
            f"a file {suffix!r} cannot be animated: use {either(ANIMATED)}, or a still picture"
        )
    if by_speed and (suffix not in BY_SPEED or (animated and suffix == ".svg")):
        what = "an animated .svg" if suffix == ".svg" else f"a file {suffix!r}"
        raise InputError(
            f"{what} has lines of one width: use a still .svg, .png or .gif, "
            "or leave the width to the format"
        )
    return suffix


def either(suffixes: tuple[str, ...]) -> str:
    """The suffixes as a list in words: ".a, .b or .c"."""
    return f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
