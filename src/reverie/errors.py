"""The error for input that cannot be used, and for optional packages that are missing."""

from importlib import import_module
from typing import Any


class InputError(ValueError):
    """Input that cannot be used. The message is one sentence: what is wrong, where, what to do."""


def missing_extra(package: str, extra: str) -> InputError:
    """The error for an optional `package` that is not installed, which `extra` installs."""
    return InputError(
        f"this needs the package {package!r}, which is not installed: "
        f"run pip install 'reverie[{extra}]'"
    )


def require(module: str, extra: str, package: str = "") -> Any:
    """The optional `module`, imported; `package` is its name on PyPI where that is another.

    Raises InputError, with what to install, where it is not there.
    """
    root = module.partition(".")[0]
    try:
        import_module(root)
        return import_module(module)
    except ImportError as error:
        raise missing_extra(package or root, extra) from error
