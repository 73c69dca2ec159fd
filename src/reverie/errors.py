"""What the library says when it is given something that it cannot use."""


class InputError(ValueError):
    """Bad input, told in one sentence: what is wrong, where, and what to do about it."""


def missing_extra(package: str, extra: str) -> InputError:
    """The error for an optional `package` that is not installed; `extra` brings it."""
    return InputError(
        f"this needs the package {package!r}, which is not installed: "
        f"run pip install 'reverie[{extra}]'"
    )
