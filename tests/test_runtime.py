"""What is arranged before jax is imported."""

import ctypes
import os
import resource
import subprocess
import sys

import pytest

from reverie import runtime


def test_wide_vectors_need_a_processor_that_has_them(monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setattr(runtime, "has_avx512", lambda: False)
    assert not runtime.use_wide_vectors() and "XLA_FLAGS" not in os.environ


def test_wide_vectors_are_asked_of_known_versions_only(monkeypatch):
    monkeypatch.setattr(runtime, "has_avx512", lambda: True)
    monkeypatch.setenv("XLA_FLAGS", "")  # so that it is restored
    monkeypatch.delenv("XLA_FLAGS")
    monkeypatch.setattr(runtime, "version", lambda package: "0.12.0")
    assert not runtime.use_wide_vectors() and "XLA_FLAGS" not in os.environ
    monkeypatch.setattr(runtime, "version", lambda package: "0.10.2")
    assert runtime.use_wide_vectors()
    assert os.environ["XLA_FLAGS"] == "--xla_cpu_prefer_vector_width=512"


def test_flags_of_the_user_stay(monkeypatch):
    monkeypatch.setattr(runtime, "has_avx512", lambda: True)
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
    assert not runtime.use_wide_vectors()
    assert os.environ["XLA_FLAGS"] == "--xla_cpu_enable_fast_math=false"


def test_a_cache_that_cannot_be_written_is_told_in_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "")  # so that it is restored
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    (tmp_path / "file").touch()
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path / "file"))
    runtime.keep_programs()
    said = capsys.readouterr().err
    assert said.startswith("note: nothing is kept") and "REVERIE_CACHE" in said
    assert said.count("\n") == 1 and "JAX_COMPILATION_CACHE_DIR" not in os.environ
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path / "cache"))
    runtime.keep_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "cache" / "compiled")
    assert not capsys.readouterr().err and not list((tmp_path / "cache" / "compiled").iterdir())


def test_freed_memory_is_kept_for_all_threads():
    """XLA frees in one thread what another asks for; the system would clear each page anew."""
    if not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("the C library is another one")
    count = """
import ctypes, resource, sys, threading
from reverie.runtime import keep_freed_memory
if "keep" in sys.argv: assert keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
def work(rounds):
    for _ in range(rounds):
        pieces = [libc.malloc(30_000_000) for _ in range(4)]
        for piece in pieces: ctypes.memset(piece, 1, 30_000_000)
        for piece in pieces: libc.free(piece)
def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    threads = [threading.Thread(target=work, args=(rounds,)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(2)
print(faults(3))
"""
    pages = 2 * 3 * 4 * 30_000_000 // resource.getpagesize()

    def faults(*arguments):
        command = [sys.executable, "-c", count, *arguments]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert faults() > pages / 2 and faults("keep") < pages / 10
