"""IAM-OnDB: small ones made by hand, and the real one where it is."""

import io
import tarfile
import time

import numpy as np
import pytest

from reverie.codecs.strokes import Strokes
from reverie.codecs.text import Characters
from reverie.data.ink import iamondb
from reverie.data.ink.iamondb import open_iamondb, transcription
from reverie.data.ink.inks import Inks
from reverie.errors import InputError
from reverie.formats import iamondb_strokes

XML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<WhiteboardCaptureSession>
  <WhiteboardDescription>
    <SensorLocation corner="top_left"/>
    <DiagonallyOppositeCoords x="6512" y="1376"/>
  </WhiteboardDescription>
  <StrokeSet>
{}  </StrokeSet>
</WhiteboardCaptureSession>
"""
LINE = [[(1073, 1058, 769.05), (1072, 1085, 769.07)], [(1100, 1058, 769.5)]]
LISTS = {
    "trainset": " a01-000u\n b02-000z\n",
    "testset_v": " c03-000\n",
    "testset_t": " d04-000\n",
    "testset_f": " e05-000\n",
}


def xml(strokes=LINE):
    said = ""
    for stroke in strokes:
        points = "".join(f'      <Point x="{x}" y="{y}" time="{t}"/>\n' for x, y, t in stroke)
        said += f'    <Stroke colour="black" start_time="1.0" end_time="2.00">\n{points}'
        said += "    </Stroke>\n"
    return XML.format(said)


def form_files(form, lines, texts):
    folder = f"{form[:3]}/{form[:7]}"
    written = "\n".join(f"{text} " for text in texts)
    files = {f"ascii/{folder}/{form}.txt": f"OCR:\n\nbroken\notherwise\n\nCSR:\n\n{written}\n\n"}
    for number in range(1, lines + 1):
        files[f"lineStrokes/{folder}/{form}-{number:02d}.xml"] = xml()
    return files


def small_database():
    files = form_files("a01-000u", 2, ["A MOVE", "to \xe9stop"])
    files |= form_files("b02-000z", 2, ["only one line"])
    for form in ("c03-000", "d04-000", "e05-000"):
        files |= form_files(form, 1, [f"text of {form}"])
    files |= {"ascii/z99/z99-000/z99-000.txt": "CSR:\n\nno strokes\n"}
    return files


def write_folder(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode("latin-1"))


def write_archive(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, f"w:{path.suffix[1:]}") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode("latin-1"))
            archive.addfile(member, io.BytesIO(text.encode("latin-1")))


def check_small(database):
    assert database.lines.names == ("a01-000u-01", "a01-000u-02", *LAST)
    assert database.lines.texts[:2] == ("A MOVE", "to \xe9stop")
    assert database.lines[1].text == "to \xe9stop"
    assert [s.tolist() for s in database.lines[0].strokes] == [
        [[1073, 1058, 0], [1072, 1085, pytest.approx(0.02)]],
        [[1100, 1058, pytest.approx(0.45)]],
    ]
    assert database.notes == ("left out form b02-000z: 2 lines of strokes, 1 of text",)


LAST = ("c03-000-01", "d04-000-01", "e05-000-01")


def test_an_unpacked_folder_is_read(tmp_path):
    write_folder(tmp_path / "db" / "ascii in a name", small_database())
    check_small(open_iamondb(tmp_path / "db", cache=tmp_path / "cache"))


def test_archives_are_read_as_they_are_distributed(tmp_path):
    files = small_database()
    for part in ("lineStrokes", "ascii"):
        chosen = {name: text for name, text in files.items() if name.startswith(part)}
        write_archive(tmp_path / "db" / f"{part}-all.tar.gz", chosen)
    write_archive(tmp_path / "db" / "task1.tar.gz", {f"t1/{n}.txt": t for n, t in LISTS.items()})
    (tmp_path / "db" / "lineImages-all.tar.gz").write_bytes(b"never opened")
    database = open_iamondb(tmp_path / "db", cache=tmp_path / "cache")
    check_small(database)
    assert len(database.split().train) == 3


def test_one_archive_with_the_lists_beside_it(tmp_path):
    write_archive(tmp_path / "db" / "all.tar.xz", small_database())
    write_folder(tmp_path / "db", {f"{name}.txt": text for name, text in LISTS.items()})
    for path in (tmp_path / "db" / "all.tar.xz", tmp_path / "db"):
        database = open_iamondb(path, cache=tmp_path / "cache")
        check_small(database)
        clean, graves = database.split(), database.graves_split()
        assert [part.names for part in clean] == [
            ("a01-000u-01", "a01-000u-02", "d04-000-01"),
            ("c03-000-01",),
            ("e05-000-01",),
        ]
        assert graves.train.names == (*clean.train.names, "e05-000-01")
        assert graves.valid.names == clean.valid.names and len(graves.test) == 0


def test_without_lists_there_is_no_split(tmp_path):
    write_folder(tmp_path / "db", small_database())
    with pytest.raises(InputError, match=r"trainset\.txt .* is missing: put it"):
        open_iamondb(tmp_path / "db", cache=tmp_path).split()


def test_the_second_time_nothing_is_parsed(tmp_path, monkeypatch):
    write_folder(tmp_path / "db", small_database())
    first = open_iamondb(tmp_path / "db", cache=tmp_path / "cache")

    def fail(*arguments):
        raise AssertionError("parsed again")

    monkeypatch.setattr(iamondb, "_read", fail)
    again = open_iamondb(tmp_path / "db", cache=tmp_path / "cache")
    check_small(again)
    assert again.lists == first.lists and np.array_equal(again.lines.points, first.lines.points)
    write_folder(tmp_path / "db", {"ascii/x/x-0.txt": "new"})
    with pytest.raises(AssertionError):
        open_iamondb(tmp_path / "db", cache=tmp_path / "cache")


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_damaged_cache_is_made_again(tmp_path, suffix):
    write_folder(tmp_path / "db", small_database())
    open_iamondb(tmp_path / "db", cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob(f"*{suffix}")
    for content in (b"", b"{}", kept.read_bytes()[:-40]):
        kept.write_bytes(content)
        check_small(open_iamondb(tmp_path / "db", cache=tmp_path / "cache"))


def test_broken_files_are_left_out_and_named(tmp_path):
    files = small_database()
    broken = [name for name in files if name.endswith("a01-000u-02.xml")]
    huge = xml().replace("1058", "9" * 400)
    for content in ("", "<Stroke ", xml([]), xml()[:-250], xml().replace("1058", "10x58"), huge):
        write_folder(tmp_path / "db", {**files, broken[0]: content})
        database = open_iamondb(tmp_path / "db", cache=tmp_path / "cache")
        assert database.notes[-1].startswith("left out line a01-000u-02")
        assert "a01-000u-01" in database.lines.names
        assert "a01-000u-02" not in database.lines.names


def test_what_is_no_iamondb(tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(InputError, match="there is no IAM-OnDB in"):
            open_iamondb(path, cache=tmp_path)
    write_archive(tmp_path / "db" / "all.tar.xz", small_database())
    whole = (tmp_path / "db" / "all.tar.xz").read_bytes()
    for name, content in (("cut.tar.xz", whole[:-300]), ("no.tar", b"text"), ("no.tar.gz", b"?")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name} is damaged"):
            open_iamondb(tmp_path / name, cache=tmp_path)
    write_folder(tmp_path / "half", {"lineStrokes/a/a-01.xml": xml(), "ascii/b/b.txt": "CSR:\nb"})
    with pytest.raises(InputError, match="of the same database"):
        open_iamondb(tmp_path / "half", cache=tmp_path)


def test_a_transcription_is_what_follows_csr():
    assert transcription("OCR:\n\na b\n\nCSR:\n\n a \r\n\n b\n") == ["a", "b"]
    assert transcription("nothing") == []


# Repairs.


def repaired(*strokes):
    points = np.array([point for stroke in strokes for point in stroke], float)
    if points.shape[1] == 2:
        points = np.column_stack([points, np.arange(len(points)) / 75])
    ends = np.zeros(len(points), bool)
    ends[np.cumsum([len(stroke) for stroke in strokes]) - 1] = True
    return iamondb_strokes.repair(points, ends)


def test_a_spike_is_removed():
    points, ends = repaired([(0, 0), (10, 0), (15, 150), (20, 0), (30, 0)])
    assert points[:, 0].tolist() == [0, 10, 20, 30] and ends.tolist() == [0, 0, 0, 1]
    apart, ends = repaired([(0, 0), (10, 0)], [(15, 150)], [(20, 0), (30, 0)])
    assert len(apart) == 5 and ends.sum() == 3


def test_a_gap_on_a_straight_way_is_filled():
    points, ends = repaired([(0, 0), (20, 0), (160, 0), (180, 0)])
    assert np.allclose(points[:, 0], [0, 20, 20 + 140 / 3, 20 + 280 / 3, 160, 180])
    assert np.allclose(np.diff(points[1:5, 2]), 1 / 75 / 3) and ends.sum() == 1


@pytest.mark.parametrize(
    "stroke",
    [
        [(0, 0), (20, 0), (160, 30), (160, 50)],
        [(0, 0), (20, 0), (20, 0), (160, 0), (180, 0)],
        [(0, 0), (20, 0), (360, 0), (380, 0)],
        [(0, 0), (120, 0), (140, 0)],
    ],
)
def test_another_gap_was_a_lift(stroke):
    points, ends = repaired(stroke)
    assert points[:, :2].tolist() == [list(map(float, point)) for point in stroke]
    assert ends.sum() == 2 and ends[-1]


def test_a_lifted_pen_may_go_anywhere():
    points, ends = repaired([(0, 0), (20, 0)], [(-3000, 0), (-2990, 0)])
    assert len(points) == 4 and points[2, 0] == -3000 and ends.tolist() == [0, 1, 0, 1]


def test_time_that_runs_backwards_stands_still():
    points, _ = repaired([(0, 0, 5.0), (1, 0, 5.5), (2, 0, 1.0), (3, 0, 1.25)])
    assert points[:, 2].tolist() == [0, 0.5, 0.5, 0.75]


def test_one_point_is_a_line():
    points, ends = iamondb_strokes.repair(*iamondb_strokes.parse(xml([[(3, 4, 5.5)]]).encode()))
    assert points.tolist() == [[3, 4, 0]] and ends.tolist() == [True]


# Many inks.


def test_inks_are_a_sequence(tmp_path):
    write_folder(tmp_path / "db", small_database())
    lines = open_iamondb(tmp_path / "db", cache=tmp_path).lines
    assert len(lines) == 5 and lines[-1].text == "text of e05-000"
    assert lines[1:3].names == ("a01-000u-02", "c03-000-01") and lines.lengths().tolist() == [3] * 5
    assert [ink.text for ink in lines] == list(lines.texts)
    assert lines[3:][0].text == "text of d04-000" and len(Inks.from_records([])) == 0
    with pytest.raises(IndexError):
        lines[5]
    (tmp_path / "no.npz").write_bytes(b"PK")
    for name in ("no.npz", "missing.npz"):
        with pytest.raises(InputError, match="not an .npz file|cannot read|is not a file of inks"):
            Inks.load(tmp_path / name)


# The real one.


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.slow
def test_the_real_database_has_the_published_lines(data, kept):
    if not (data / "iamondb").is_dir():
        pytest.skip("IAM-OnDB is not there")
    database = open_iamondb(data / "iamondb", cache=kept)
    begin = time.perf_counter()
    again = open_iamondb(data / "iamondb", cache=kept)
    assert time.perf_counter() - begin < 3
    assert np.array_equal(again.lines.spans, database.lines.spans)
    assert len(database.lines) == 12_178 and len(database.notes) == 2
    counts = {name: len(database.select(name)) for name in database.lists}
    # trainset is published with 5364; 9 are of a form whose texts do not fit.
    assert counts == {"trainset": 5355, "testset_v": 1438, "testset_t": 1518, "testset_f": 3859}
    clean, graves = database.split(), database.graves_split()
    assert [len(part) for part in clean] == [6873, 1438, 3859]
    assert len(graves.train) == 10_732
    texts = Characters.learn(database.lines.texts)
    assert texts.size == 81 and texts.replacement == " "
    assert database.lines.texts[0] == "A MOVE to stop Mr . Gaitskell"


def test_the_real_offsets_are_normal(data, kept):
    if not (data / "iamondb").is_dir():
        pytest.skip("IAM-OnDB is not there")
    lines = open_iamondb(data / "iamondb", cache=kept).split().valid
    codec = Strokes.learn(lines)
    encoded = [codec.encode(ink) for ink in lines]
    offsets = np.concatenate([offsets for offsets, _ in encoded], dtype=np.float64)
    assert np.allclose(offsets.mean(0), 0, atol=1e-4) and np.allclose(offsets.std(0), 1, atol=1e-4)
    steps = np.array([len(bits) for _, bits in encoded])
    # A point is where the writing begins, but where it begins with a dot.
    assert ((lines.lengths() - steps) <= 1).all() and steps.min() > 20
    back = codec.decode(encoded[0])
    assert (
        np.abs(np.diff(back.points, axis=0) - np.diff(lines[0].points[:, :2], axis=0)).max() < 0.01
    )
