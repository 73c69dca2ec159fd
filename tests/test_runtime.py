"""What is arranged before jax is imported."""

import os

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
