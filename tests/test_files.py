"""Files are written whole or not at all."""

import errno
import os

import pytest

from reverie import files
from reverie.errors import InputError
from reverie.files import (
    WriteError,
    cache_directory,
    lock,
    make_directory,
    remove_parts,
    replace_file,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written(tmp_path):
    with replace_file(tmp_path / "a.txt") as file:
        file.write("é\r\n")
    with replace_file(tmp_path / "b", "wb") as file:
        file.write(b"\0")
    assert (tmp_path / "a.txt").read_bytes() == "é\r\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\0"
    assert names(tmp_path) == ["a.txt", "b"]


def test_the_old_file_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with replace_file(path) as file:
        file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_an_exception_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(KeyError), replace_file(path) as file:
        file.write("new")
        raise KeyError
    assert path.read_text() == "old" and names(tmp_path) == ["a"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_refusal_leaves_the_old_file(tmp_path, monkeypatch, call, reason):
    def refuse(*arguments):
        raise OSError(reason, os.strerror(reason))

    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(files.os, call, refuse)
    with pytest.raises(WriteError, match=os.strerror(reason)) as caught, replace_file(path) as file:
        file.write("new")
    assert (caught.value.path, caught.value.reason) == (path, os.strerror(reason))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert path.read_text() == "old" and names(tmp_path) == ["a"]


def test_a_disk_that_fills_up_while_writing(tmp_path):
    with pytest.raises(InputError, match="No space left"), replace_file(tmp_path / "a", "wb"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


def test_places_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "a", tmp_path / "file" / "a", tmp_path):
        with pytest.raises(InputError, match="cannot write"), replace_file(path):
            pass
    with pytest.raises(InputError, match="cannot make the folder"):
        make_directory(tmp_path / "file" / "below")


def test_an_error_about_another_file_passes(tmp_path):
    with pytest.raises(FileNotFoundError), replace_file(tmp_path / "a"):
        (tmp_path / "other").read_text()
    assert names(tmp_path) == []


def test_what_a_killed_process_left_half_written_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "below").mkdir()
    kept = [".a.part", "a.0123abcd.part", ".a.0123ABCD.part", ".a.0123abcd"]
    for name in [*kept, ".a.0123abcd.part", "below/.b.txt.ffffffff.part"]:
        (tmp_path / name).touch()
    remove_parts(tmp_path)
    assert names(tmp_path) == sorted([*kept, "below"]) and names(tmp_path / "below") == []


def test_one_at_a_time_has_a_lock_and_closing_ends_it(tmp_path):
    path = tmp_path / "a"
    with open(path, "a") as one, open(path, "a") as other:
        assert lock(one) and lock(one) and not lock(other)
        one.close()
        assert lock(other)


def test_links_and_permissions_are_kept(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with replace_file(link) as file:
        file.write("new")
    assert link.is_symlink() and path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_and_not_replaced():
    with replace_file(os.devnull) as file:
        file.write("gone")
    assert not os.path.isfile(os.devnull)


def test_the_cache_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("REVERIE_CACHE", raising=False)
    assert cache_directory() == tmp_path / "xdg" / "reverie"
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path / "mine"))
    assert cache_directory() == tmp_path / "mine"
    monkeypatch.delenv("REVERIE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless():
        raise RuntimeError("no home")

    with monkeypatch.context() as context:
        context.setattr(files.Path, "home", homeless)
        with pytest.raises(InputError, match="REVERIE_CACHE"):
            cache_directory()
    monkeypatch.setattr(files.sys, "platform", "darwin")
    assert cache_directory().parts[-3:] == ("Library", "Caches", "reverie")
    monkeypatch.setattr(files.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_directory() == tmp_path / "local" / "reverie"
