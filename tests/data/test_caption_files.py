"""Files of captions in all their forms, and what is not as it should be in them."""

import gzip
import json

import pytest

from reverie.data.caption_files import read_caption_file, read_captions
from reverie.data.caption_matching import match_captions
from reverie.errors import InputError

TWO = {"a.jpg": ["a dog runs", "the dog"], "b.jpg": ["a cat"]}
FLICKR = "a.jpg#0\ta dog runs\na.jpg#1\tthe dog\nb.jpg#0\ta cat\n"
COCO = {
    "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 9, "file_name": "b.jpg"}],
    "annotations": [
        {"id": 1, "image_id": 7, "caption": "a dog runs"},
        {"id": 2, "image_id": 9, "caption": "a cat"},
        {"id": 3, "image_id": 7, "caption": "the  dog\n"},
    ],
}
FORMS = {
    "flickr": FLICKR,
    "windows": "\ufeff" + FLICKR.replace("\n", "\r\n\r\n"),
    "names": FLICKR.replace("#0", "").replace("#1", ""),
    "coco": json.dumps(COCO),
    "coco in lines": json.dumps(COCO, indent=2),
    "results": json.dumps(
        [{"image_id": n, "caption": c} for n, captions in TWO.items() for c in captions]
    ),
    "objects": '{"image": "a.jpg", "captions": ["a dog runs", "the dog"]}\n'
    '{"name": "b.jpg", "caption": "a cat"}\n',
    "table": 'image,caption\na.jpg,"a dog runs"\na.jpg,the dog\nb.jpg,a cat\n',
    "numbered table": "image_name| comment_number| comment\na.jpg| 0| a dog runs\n"
    "a.jpg| 1| the dog\nb.jpg| 0| a cat\n",
}


def written(tmp_path, text, name="captions.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form, tmp_path):
    assert read_captions(written(tmp_path, FORMS[form])) == (TWO, ())
    packed = written(tmp_path, gzip.compress(FORMS[form].encode()), "captions.gz")
    assert read_captions(str(packed)).captions == TWO


def test_lines_without_names_are_numbered(tmp_path):
    file = read_caption_file(written(tmp_path, "a dog\n\n[unk] a\tcat\n"))
    assert file.captions == {"1": ["a dog"], "2": [], "3": ["[unk] a cat"]} and not file.named
    assert "1 caption of" in file.notes[0] and "without a word" in file.notes[0]
    assert read_captions(tmp_path / "captions.txt").captions == {
        "1": ["a dog"],
        "3": ["[unk] a cat"],
    }


def test_what_is_lost_in_real_files(tmp_path):
    text = (
        "a.jpg.1#0\tone\na.jpg.1#1\t \na.jpg.1#2\na.jpg.1#3 three words here\n\n"
        "B.JPG four\nmy photo.png\tfive\tsix\n" + FLICKR
    )
    captions, notes = read_captions(written(tmp_path, text))
    expected = {"a.jpg.1": ["one", "three words here"], "B.JPG": ["four"]}
    assert captions == expected | {"my photo.png": ["five six"]} | TWO
    assert list(captions)[:2] == ["a.jpg.1", "B.JPG"]
    assert notes[0].startswith("3 lines of") and notes[1].startswith("2 captions of")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FLICKR + "no tab here\n", "line 4 of .* has no tab between"),
        (FLICKR + "\tno name\n", "line 4 of .* has no tab between"),
        (FLICKR.encode() + b"c.jpg\tcaf\xe9\n", "line 4, byte offset .* is not UTF-8"),
        ("", "is empty"),
        ("a.jpg#0\t \na.jpg#1\t.\t".replace(".", " "), "has no captions"),
        ('{"image": "a", "caption": "b"}\n{"image": \n', "line 2 of .* is not JSON"),
        ('{"image": "a", "caption": "b"}\n{"image": "a"}\n', "object 2 of .* lacks a key"),
        ('[{"caption": "b"}]', 'object 1 of .* lacks a key: give it one of "image_id"'),
        ('[{"image": "a", "caption": 5}]', "has a caption that is no text: 5"),
        ('{"annotations": [3]}', "object 1 of .* is none"),
        ('{"annotations": {"image_id": 3}}', "object 1 of .* lacks a key"),
        ('{"images": [3], "annotations": []}', '"images" of .* must be objects'),
        ('{"images": 3, "annotations": []}', '"images" of .* must be objects'),
        ('[{"image":' + "[" * 100_000, "is not JSON .it is nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_told(text, said, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=said) as error:
        read_captions(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(InputError, match="there is no file of captions"):
        read_captions(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder"):
        read_captions(tmp_path)


def match(tmp_path, references, *sets):
    files = [
        read_caption_file(written(tmp_path, text, f"{n}.txt"))
        for n, text in enumerate((references, *sets))
    ]
    return match_captions(files[0], files[1:])


def test_pictures_are_matched_by_name(tmp_path):
    found = match(tmp_path, FLICKR, "c.jpg\tx\nb.jpg\ty z\n")
    assert found[:3] == (["b.jpg"], [["y z"]], [["a cat"]])
    assert len(found.notes) == 2
    assert (
        found.notes[0].startswith("left out: 1 picture of") and "1 candidate of" in found.notes[1]
    )


def test_pictures_are_matched_by_the_ids_of_coco(tmp_path):
    results = '[{"image_id": 9, "caption": "y"}, {"image_id": 7, "caption": "x"}]'
    assert match(tmp_path, json.dumps(COCO), results) == (
        ["a.jpg", "b.jpg"],
        [["x", "y"]],
        list(TWO.values()),
        (),
    )


def test_lines_are_matched_by_their_place(tmp_path):
    assert match(tmp_path, FLICKR, "x\ny\n", "u\n\n")[:2] == (
        ["a.jpg", "b.jpg"],
        [["x", "y"], ["u", ""]],
    )
    assert match(tmp_path, "x\ny\n", "u\nv\n")[:3] == (["1", "2"], [["u", "v"]], [["x"], ["y"]])


def test_of_several_sets_the_common_pictures_stay(tmp_path):
    found = match(tmp_path, FLICKR, "a.jpg\tx\nb.jpg\ty\n", "b.jpg\tz\n")
    assert found.names == ["b.jpg"] and found.candidates == [["y"], ["z"]]


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ("x.jpg\ta\n", "have no picture in common .*x.jpg, a.jpg"),
        ("a dog\na cat\na cow\n", "3 candidates for 2 pictures"),
        (FLICKR, "has 2 captions of a.jpg: give one"),
    ],
)
def test_what_does_not_match_is_told(candidates, said, tmp_path):
    with pytest.raises(InputError, match=said):
        match(tmp_path, FLICKR, candidates)
