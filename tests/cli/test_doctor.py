"""`reverie doctor` and `reverie bench`: what they find, test and measure."""

from reverie import cli
from reverie.cli import self_test


def test_a_sound_installation_is_well(capsys):
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    for name in ("reverie", "packages", "devices", "cache", "products", "training", "model file"):
        assert f"\n{name} " in f"\n{said}", name
    assert "bits a character" in said and "saved, loaded and sampled" in said
    assert said.endswith("All is well.\n")


def test_what_does_not_work_is_named_and_the_rest_is_tested(capsys, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("REVERIE_CACHE", str(blocked / "cache"))
    monkeypatch.setattr(self_test, "fit", lambda model, *_, **__: model)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAILED: RuntimeError: 5" in said or "FAILED: RuntimeError: 4" in said
    assert "writable" not in said and "saved, loaded and sampled" in said
    assert "Something does not work" in said


def test_bench_prints_a_speed_a_measurement(capsys):
    sizes = ["--size", "5", "--lanes", "2", "--length", "4", "--count", "3", "--hidden", "4"]
    assert cli.main(["bench", *sizes, "--seconds", "0.05"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.endswith("5 symbols")
    names = ["training, 2 lanes of 4", "generation, 1 sequence", "generation, 3 sequences"]
    assert [line[:32].strip() for line in lines] == names
    for line in lines:
        assert float(line[32:].split()[0].replace(",", "")) > 0
