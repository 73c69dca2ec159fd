"""The front door: help, commands, near misses, statuses; and jax stays outside."""

import io
import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from reverie.cli import command, command_names, main
from reverie.cli.verbs import show
from reverie.codecs.characters import Characters
from reverie.errors import InputError
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import Loaded, save
from reverie.tasks.text.task import learned_from


def told(capsys) -> str:
    """The one sentence on standard error."""
    said = capsys.readouterr().err
    assert said.startswith("reverie: ") and said.count("\n") == 1
    return said.removeprefix("reverie: ").rstrip("\n")


def test_help_names_all_commands(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    known = (
        "ask bench caption classify compose data doctor evaluate execute gradients inspect "
        "machines picture read recipes sample score scribble study train translate write"
    )
    expected = known.split()
    assert command_names() == expected
    assert all(f"\n  {name} " in said for name in expected)


def test_nothing_heavy_is_imported_to_help_or_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "def quietly(*argv):\n"
        "    try: return main(argv)\n"
        "    except SystemExit: return 0\n"
        "quietly('--help'); quietly('train', 'characters', '--help'); quietly('recipes')\n"
        "assert quietly('train', 'words', '--hidden', 'x') == 2\n"
        "assert quietly('sample', '--top-k', '0') == 2\n"
        "assert quietly('write', 'a', '--bias', '-1') == 2\n"
        "assert not {'jax', 'numpy', 'equinox', 'optax'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help(name, capsys):
    if name == "train":
        assert main([name, "--help"]) == 0
    else:
        with pytest.raises(SystemExit) as with_eos:
            main([name, "--help"])
        assert with_eos.value.code == 0
    assert f"reverie {name}" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("reverie ")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sampel"], "no command 'sampel': did you mean sample?"),
        (["sample", "--tempreture", "1"], "did you mean --temperature?"),
        (["sample", "--temperature"], "--temperature: expected one argument"),
        (["sample", "a", "b"], "'b' is one argument too many"),
        (["evaluate"], "required: MODEL"),
        (["scribble"], "required: --model"),
        (["translate"], "required: MODEL"),
        (["picture"], "required: KIND"),
        (["data", "weigh", "x"], "'weigh' is not an action of reverie data"),
        (["data", "check", "nowhere.txt"], "no file or folder 'nowhere.txt'"),
        (["recipes", "poems"], "no recipe 'poems'"),
        (["train", "caracters"], "no recipe 'caracters': did you mean characters"),
    ],
)
def test_wrong_words_are_told_in_a_sentence(argv, said, capsys):
    assert main(argv) == 2
    assert said in told(capsys)


def test_near_misses_without_any_near():
    with pytest.raises(InputError, match="no command 'zzz': --help lists them"):
        command("zzz")


def test_data_check(song, capsys):
    assert main(["data", "check", str(song)]) == 0
    assert "bits per character" in capsys.readouterr().out
    assert main(["data", "check", str(song), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["characters"] == 2820


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_shows_what_it_can(encoding, tmp_path, monkeypatch):
    text = tmp_path / "chat.txt"
    text.write_text("so späť 🎉\n" * 200, encoding="utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["data", "check", str(text)]) == 0
    tiny = ["--hidden", "8", "--lanes", "4", "--length", "16", "--steps", "4", "--out", "run"]
    assert main(["train", "characters", "--data", str(text), "--processes", "1", *tiny]) == 0
    assert main(["sample", "run/model.reverie", "--length", "40", "--seed", "0"]) == 0
    assert main(["data", "check", "späť 🎉.txt"]) == 2
    shown, told_of = (stream.buffer.getvalue().decode(encoding) for stream in (out, err))
    assert "8 distinct" in shown and "test: " in shown and "?" in shown
    assert told_of.startswith("reverie: there is no file") and "? ?.txt" in told_of


def test_data_check_tells_what_is_no_text(tmp_path, capsys):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "one.txt").write_text("a")
    (tmp_path / "binary").write_bytes(b"ab\0c")
    (tmp_path / "folder").mkdir()
    for name, said in {
        "empty.txt": "is empty",
        "one.txt": "only one character",
        "binary": "binary file",
        "folder": "no text files",
    }.items():
        assert main(["data", "check", name]) == 2
        assert said in told(capsys)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait\n" * 3)
    assert main(["data", "check", "latin.txt"]) == 0
    assert "line 1, byte offset 3" in capsys.readouterr().out


def test_recipes(capsys):
    import tomllib

    assert main(["recipes"]) == 0
    assert "graves-characters: " in capsys.readouterr().out
    assert main(["recipes", "graves-characters"]) == 0
    shown = capsys.readouterr().out
    tables = tomllib.loads(shown[shown.index("[network]") :])
    assert tables["network"]["hidden"] == 1000 and tables["training"]["momentum"] == 0.99


def test_a_text_that_came_on_standard_input_cannot_be_read_again():
    config = change(recipe("characters").Config(), {"data": "-"})
    with pytest.raises(InputError, match="trained on standard input"):
        learned_from(Loaded(None, None, "characters", config, {}), "error")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["train", "characters", "--hidden", "9" * 20],
            "hidden must be below 2,147,483,648, not 9999",
        ),
        (["train", "characters", "--hidden", f"-{'9' * 400}"], "below 2,147,483,648, not -999"),
        (["train", "characters", "--hidden", "9" * 5000], "must be a whole number, not '999"),
        (["train", "characters", "--rate", "1e400"], "rate must be a number, not '1e400'"),
        (["train", "characters", "--layers", "1000000000"], "10,000 arrays of them"),
        (["train", "characters", "--hidden", "1000000000"], "cannot be trained in the"),
        (["sample", "--seed", "1", "--count", "1000000000"], "choose a smaller number"),
        (["write", "a", "--style", "9" * 5000], "cannot read strokes from '999"),
        (["sample", "x" * 5000, "y" * 5000], "is one argument too many"),
    ],
)
def test_numbers_that_no_machine_holds(argv, said, song, capsys):
    assert main([*argv, "--data", str(song)] if argv[0] == "train" else argv) == 2
    message = told(capsys)
    assert said in message and len(message) < 600


def test_a_terminal_gets_no_control_characters(capsys, monkeypatch):
    pieces = ["\x1b[31mred\r\n", "tab\t\x9b"]
    show(iter(pieces), sys.stdout)
    assert capsys.readouterr().out == "".join(pieces)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    show(iter(pieces), sys.stdout)
    assert capsys.readouterr().out == "␛[31mred␍\ntab\t\ufffd\n"


def test_the_data_that_a_model_names_are_read_beside_its_run_only(song, tmp_path, capsys):
    config = change(recipe("characters").Config(), {"data": str(song), "hidden": 4})
    codec = Characters.learn([song.read_text()])
    model = recipe("characters").build(config, codec, rng=np.random.default_rng(0))
    path = tmp_path / "model.reverie"
    save(path, model, recipe="characters", config=config, codec=codec)
    assert main(["evaluate", str(path)]) == 2
    assert f"learned from {str(song)!r}, which is read unasked only" in told(capsys)
    assert main(["evaluate", str(path), "--dynamic-rms", str(song)]) == 2
    assert main(["evaluate", str(path), str(song)]) == 0
    other = change(config, {"data": "elsewhere"})
    for begun, status in ((other, 2), (config, 0)):
        note = {"recipe": "characters", "config": asdict(begun), "from": None}
        (tmp_path / "run.json").write_text(json.dumps(note))
        assert main(["evaluate", str(path)]) == status
