"""Small files of ink, and their inks."""

import pytest

from reverie.errors import InputError
from reverie.formats.ink_files import read_file


def read(tmp_path, name, content):
    return read_all(tmp_path, name, content).inks


def read_all(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path)


def check_refusal(tmp_path, name, content, message):
    """The file is refused in a line that names it."""
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, name, content)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def svg(body, attributes=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'


def inkml(body):
    return f'<ink xmlns="http://www.w3.org/2003/InkML">{body}</ink>'


def channels(*names):
    return f"<traceFormat>{''.join(f'<channel name={n!r}/>' for n in names)}</traceFormat>"
