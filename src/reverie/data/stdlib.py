"""The source code of Python's standard library, as a text that every user has."""

import sysconfig
from pathlib import Path

from reverie.errors import InputError

LEFT_OUT = {
    "site-packages",
    "dist-packages",
    "test",
    "tests",
    "idle_test",
    "idlelib",
    "__pycache__",
}


def library_files() -> tuple[list[Path], int]:
    """The library's modules, sorted by path, and how many more there are that are not UTF-8.

    Packages installed beside it, tests and idlelib are left out.
    Raises InputError where the interpreter came without its sources.
    """
    root = Path(sysconfig.get_path("stdlib"))
    files = [
        path
        for path in sorted(root.rglob("*.py"), key=lambda path: path.parts)
        if not LEFT_OUT.intersection(path.relative_to(root).parts) and path.is_file()
    ]
    decodable = [path for path in files if _is_utf8(path)]
    if not decodable:
        raise InputError(
            f"this Python came without the sources of its library (none in {root}): "
            "name a folder of Python files"
        )
    return decodable, len(files) - len(decodable)


def _is_utf8(path: Path) -> bool:
    try:
        path.read_bytes().decode()
    except (UnicodeDecodeError, OSError):
        return False
    return True
