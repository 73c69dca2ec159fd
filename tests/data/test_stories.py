"""Stories and questions from files in all their forms, and what is not as it should be in them."""

import gzip
import json
import tarfile
from io import BytesIO

import pytest

from reverie.codecs.stories import HEAD, Stories
from reverie.data.dataset import Report
from reverie.data.stories.babi import open_babi, parse_babi, read_babi
from reverie.data.stories.files import read_questions, read_story
from reverie.data.stories.jsonl import read_objects, read_spans
from reverie.data.stories.questions import Question, SpanQuestion, check_question, split_sentences
from reverie.data.stories.squad import read_squad
from reverie.errors import InputError

FACTS = ("Ann is here.", "Bob took the tea.", "Ann left.")
BABI = """1 Ann is here.
2 Bob took the tea.
3 Who is here? \tAnn\t1
4 Ann left.
5 What has Bob?\ttea,cup\t4 2
1 It rains.
2 Is it dry?\tno
"""


def written(tmp_path, text, name="stories.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# bAbI.


def test_questions_know_what_was_told_before_them(tmp_path):
    first, second, third = read_babi(written(tmp_path, BABI))
    assert first == Question(FACTS, "Who is here?", "Ann", (0,), told=2)
    assert first.story == FACTS[:2] and second.story == FACTS
    assert second.sentences is first.sentences
    assert second.answer == "tea,cup" and second.support == (2, 1)
    assert third == Question(("It rains.",), "Is it dry?", "no", told=1)


def test_the_name_of_a_file_says_its_task(tmp_path):
    zipped = written(tmp_path, gzip.compress(BABI.encode()), "qa7_x_train.txt.gz")
    assert {question.kind for question in read_babi(zipped)} == {"qa7 counting"}
    other = written(tmp_path, BABI.replace("\n", "\r\n") + "\n", "qa77_train.txt")
    assert [question.kind for question in read_babi(other)] == [""] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 A.\n3 B.\n", "line 2 of f has the number 3 where 2 follows"),
        ("1 A.\n2 B.\n2 C?\tx\n", "line 3 of f has the number 2 where 3 follows"),
        ("2 A.\n", "line 1 of f has the number 2 where 1 follows"),
        ("1 A.\n\n2 B?\tx\n", "line 2 of f is empty"),
        ("1 A.\n \n", "line 2 of f is empty"),
        ("A.\n", "line 1 of f is not a number, a blank and a sentence: 'A.'"),
        ("1\tA.\n", "line 1 of f is not a number"),
        ("1 \n", "line 1 of f is not a number"),
        ("1 Ann\tis here.\n", "line 1 of f has a tab where none belongs"),
        ("1 A.\n2 B?\tx\t1\t1\n", "line 2 of f has a tab where none belongs"),
        ("1 A.\n2 B?\n", "line 2 of f asks without an answer"),
        ("1 A.\n2 B?\t \t1\n", "line 2 of f asks without an answer"),
        ("1 B?\tx\n", "line 1 of f asks before anything is told"),
        ("1 A.\n2 B?\tx\t1 2\n", "line 2 of f has the supporting fact '2', which is not"),
        ("1 A.\n2 B?\tx\tone\n", "line 2 of f has the supporting fact 'one'"),
        ("1 A.\n1 B.\n2 C?\tx\t3\n", "line 3 of f has the supporting fact '3'"),
        ("1 A.\n2 B.\n", "f asks nothing"),
        ("1 \x1b[2J\x07?\n", r"line 1 of f asks without an answer"),
    ],
)
def test_what_is_not_babi_is_told_with_its_line(text, said):
    with pytest.raises(InputError, match=said) as error:
        parse_babi(text, "f")
    assert str(error.value).isprintable()


def test_ten_thousand_facts_and_as_many_questions_share_one_story():
    lines = []
    for n in range(10_000):
        lines += [f"{2 * n + 1} Ann went to place {n}.", f"{2 * n + 2} Where is Ann?\t{n}"]
    found = parse_babi("\n".join(lines), "f")
    assert len(found) == 10_000 and found[-1].told == 10_000
    assert all(question.sentences is found[0].sentences for question in found)


def entries():
    """The files of a small bAbI by name; task 3 has nothing to learn from."""
    for part in ("train", "test"):
        for task in (1, 3, 12):
            if (task, part) != (3, "train"):
                yield f"tasks/en/qa{task}_name_{part}.txt", BABI
    for part in ("train", "valid", "test"):
        yield f"tasks/en-valid/qa1_{part}.txt", BABI
    yield "tasks/README.txt", "read me"


def packed(tmp_path):
    """They in an archive."""
    path = tmp_path / "babi.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in entries():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, BytesIO(text.encode()))
    return path


def unpacked(tmp_path):
    """They in folders."""
    for name, text in entries():
        path = tmp_path / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "unpacked"


@pytest.fixture(params=[packed, unpacked])
def babi(request, tmp_path):
    return request.param(tmp_path)


def test_the_tasks_of_a_folder_in_their_parts(babi):
    parts, report = open_babi(babi)
    assert [len(part) for part in parts] == [6, 0, 6]
    kinds = ["qa1 single supporting fact"] * 3 + ["qa12 conjunction"] * 3
    assert [question.kind for question in parts.train] == kinds
    assert report.text.endswith(
        "no whole task 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
        "13, 14, 15, 16, 17, 18, 19, 20 in 'en': left out"
    )
    assert open_babi(babi, tasks=[12, 1])[1] == Report()
    parts, _ = open_babi(babi, "en-valid", [1])
    assert [len(part) for part in parts] == [3, 3, 3]


def test_what_babi_has_not_is_told(babi, tmp_path):
    for folder, tasks, said in (
        ("hn", [1], "has no tasks of bAbI that are asked for in 'hn': it has en, en-valid"),
        ("en", [3], "has no whole task of bAbI in 'en'"),
        ("en", [21], "has no task 21: it has tasks 1 to 20"),
    ):
        with pytest.raises(InputError, match=said):
            open_babi(babi, folder, tasks)
    with pytest.raises(InputError, match="there is no file or folder"):
        open_babi(tmp_path / "none")
    with pytest.raises(InputError, match="neither a folder nor an archive"):
        open_babi(written(tmp_path, BABI))


def test_the_folder_of_the_files_itself(tmp_path):
    for part in ("train", "test"):
        written(tmp_path, BABI, f"qa2_{part}.txt")
    assert [len(part) for part in open_babi(tmp_path, "en-10k")[0]] == [3, 0, 3]
    written(tmp_path, BABI, "qa2_again_test.txt")
    with pytest.raises(InputError, match="two files for the test part of task 2"):
        open_babi(tmp_path)


def test_a_damaged_archive_is_told(tmp_path):
    whole = packed(tmp_path).read_bytes()
    for data in (whole[: len(whole) // 2], b"no archive at all"):
        with pytest.raises(InputError, match="is damaged|cannot read"):
            open_babi(written(tmp_path, data, "b.tar.gz"))


def test_an_archive_that_is_a_trap_is_not_unpacked(tmp_path):
    member = tarfile.TarInfo("en/qa1_train.txt")
    member.size = 100 << 20
    path = written(tmp_path, gzip.compress(member.tobuf()), "trap.tar.gz")
    with pytest.raises(InputError, match="would unpack to more than 200 times"):
        open_babi(path)


def test_the_real_tasks(data):
    path = data / "babi" / "tasks_1-20_v1-2.tar.gz"
    if not path.exists():
        pytest.skip(f"no bAbI in {path}")
    parts, report = open_babi(path)
    assert [len(part) for part in parts] == [20_000, 0, 20_000] and report == Report()
    assert len({question.kind for question in parts.train}) == 20
    assert max(len(question.story) for question in parts.train + parts.test) == 228
    assert all(
        question.support and max(question.support) < question.told for question in parts.train
    )
    texts = {said for q in parts.train for said in (*q.sentences, q.question)}
    answers = {q.answer for part in parts for q in part}
    whole = Stories.learn(texts, answers, split_answers=False)
    assert whole.size == len(HEAD) + 174 and "n w" in whole.vocabulary
    assert Stories.learn(texts, answers).size == len(HEAD) + 156
    codec = Stories.learn(texts, answers)
    assert all(codec.encode(said).min() > 2 for said in texts)


# SQuAD.

PASSAGE = "Zoë sang. 12 men came, and one woman."


def squad(*answers, question="Who?", **more):
    asked = [{"id": "q", "question": question, "answers": list(answers)} | more]
    return {"data": [{"title": "T", "paragraphs": [{"context": PASSAGE, "qas": asked}]}]}


def answer(text, begin):
    return {"text": text, "answer_start": begin}


def test_answers_stand_in_their_passage(tmp_path):
    both = squad(answer("12 men", 10), answer("men", 13), answer("12 men", 10))
    zipped = written(tmp_path, gzip.compress(json.dumps(both).encode()), "s.json.gz")
    (found,), report = read_squad(zipped)
    assert found == SpanQuestion(PASSAGE, "Who?", ((10, 16), (13, 16)), "T", "q")
    assert found.answers == ("12 men", "men") and report == Report()
    sentences = ("Zoë sang.", "12 men came, and one woman.")
    assert found.about_sentences() == Question(sentences, "Who?", "12 men")


def test_answers_that_are_not_at_their_offset_are_counted(tmp_path):
    data = squad(answer("12 men", 9), answer("woman", 31), answer("Zoë", -37))["data"]
    data += squad(answer("12 men", 900))["data"]
    data += squad(answer("", 0))["data"] + squad(is_impossible=True)["data"]
    (found,), report = read_squad(written(tmp_path, json.dumps({"data": data})))
    assert found.answers == ("woman",) and report.dropped == 3
    assert "4 answers of" in report.text and "2 questions without another one" in report.text
    assert report.text.endswith("without an answer: left out")
    with pytest.raises(InputError, match="no question with an answer at its offset"):
        read_squad(written(tmp_path, json.dumps(squad(answer("x", 0)))))


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ([], "needs 'data', a list"),
        ({"data": [5]}, "article 1 of .* needs 'paragraphs', a list"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, "paragraph 1 of article 1 .* needs 'context'"),
        (squad(question=None), "question 1 of paragraph 1 of article 1 .* needs 'question', text"),
        (squad({"text": "x"}), "an answer to question 1 .* needs 'answer_start', a whole number"),
        (squad(5), "an answer to question 1 .* needs 'text'"),
    ],
)
def test_what_is_not_squad_is_told_with_its_place(whole, said, tmp_path):
    with pytest.raises(InputError, match=said):
        read_squad(written(tmp_path, json.dumps(whole)))
    with pytest.raises(InputError, match="is not JSON"):
        read_squad(written(tmp_path, json.dumps(whole)[:-1] + "["))


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_real_passages(data, language):
    path = data / "qa" / "xquad" / f"xquad.{language}.json.gz"
    if not path.exists():
        pytest.skip(f"no XQuAD in {path}")
    found, report = read_squad(path)
    assert (len(found), report) == (1190, Report())
    assert len({question.article for question in found}) == 48
    assert len({question.passage for question in found}) == 240
    assert len({question.name for question in found}) == 1190


# Objects.

TOLD = {"story": "Ann has a cat. Bob has none.", "question": "Who has a cat?"}


def test_an_answer_a_span_and_choices(tmp_path):
    rows = [
        TOLD | {"answer": "Ann", "kind": "who", "support": [0]},
        TOLD | {"story": ["Ann has a cat.", "Bob has none."], "answer": "Ann"},
        TOLD | {"span": [0, 3]},
        TOLD | {"span": [0, 3], "answer": "Bob"},
        TOLD | {"choices": ["Ann", "Bob"], "answer": 1},
        TOLD | {"choices": ["Ann", "Bob"], "answer": "Ann"},
    ]
    for text in ("\n".join(map(json.dumps, rows)), json.dumps(rows)):
        found, report = read_objects(written(tmp_path, text))
        assert {question.story for question in found} == {("Ann has a cat.", "Bob has none.")}
        assert [question.answer for question in found] == ["Ann", "Ann", "Ann", "Bob", "Ann"]
        assert found[0][3:5] == ((0,), "who") and found[-1].choices == ("Ann", "Bob")
        assert report.dropped == 1 and "1 answer of" in report.text


def test_passages_with_spans(tmp_path):
    text = json.dumps(TOLD | {"span": [15, 18], "answer": "Bob"})
    (found,), report = read_spans(written(tmp_path, text))
    assert found.answers == ("Bob",) and found.passage == TOLD["story"] and report == Report()
    with pytest.raises(InputError, match="no question with an answer at its span"):
        read_spans(written(tmp_path, json.dumps(TOLD | {"span": [0, 3], "answer": "Bob"})))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"story": ""}, "object 1 of .* needs a text as 'story', not ''"),
        ({"story": []}, r"needs texts as 'story', not \[\]"),
        ({"story": ["a", 5]}, "needs a text as 'story', not 5"),
        ({"question": None}, "needs a text as 'question', not None"),
        ({"answer": None}, "needs a text as 'answer', not None"),
        ({"support": [2]}, r"has the support \[2\]: give numbers of its sentences, 0 to 1"),
        ({"support": "0"}, "has the support '0'"),
        ({"span": [3, 99]}, r"has the span \[3, 99\]: give .begin, end. .* has 28 characters"),
        ({"span": [3, 3]}, "has the span"),
        ({"span": [True, 3]}, "has the span"),
        ({"span": [0, 3], "story": ["a"]}, "needs a text as 'story'"),
        ({"choices": ["a", "b"]}, "has the answer 'Ann', which is not one of its choices"),
        ({"choices": ["a", "b"], "answer": 2}, "has the answer 2, .* from 0 to 1"),
        ({"choices": []}, "needs texts as 'choices'"),
        ({"choices": ["a"], "answer": {}}, "which is not one of its choices"),
    ],
)
def test_an_object_that_is_built_otherwise_is_told(change, said, tmp_path):
    with pytest.raises(InputError, match=said):
        read_objects(written(tmp_path, json.dumps(TOLD | {"answer": "Ann"} | change)))


# Any file, and a story alone.


def test_a_file_is_known_by_what_is_in_it(tmp_path):
    for text, count in (
        (BABI, 3),
        (json.dumps({"version": "1.1", **squad(answer("men", 13))}), 1),
        (json.dumps(squad(answer("men", 13)), indent=1), 1),
        (json.dumps(TOLD | {"answer": "Ann"}), 1),
    ):
        found, report = read_questions(written(tmp_path, text))
        assert len(found) == count and report == Report()
        assert all(isinstance(question, Question) for question in found)


def test_a_story_in_lines_or_running_on(tmp_path):
    for text in (
        "Ann is here.\nBob took the tea.\nAnn left.\n",
        "1 Ann is here.\n2 Bob took the tea.\n3 Ann left.\n",
        "Ann is here. Bob took the tea.\n\nAnn left.",
    ):
        assert read_story(written(tmp_path, text)) == FACTS
    assert read_story(written(tmp_path, "1 cat.\n3 dogs.")) == ("1 cat.", "3 dogs.")
    with pytest.raises(InputError, match="line 2 of .* has a tab"):
        read_story(written(tmp_path, "1 Ann is here.\n2 Who?\tAnn\t1"))
    with pytest.raises(InputError, match="tells nothing"):
        read_story(written(tmp_path, " \n . \n"))


def test_sentences_of_a_text():
    text = 'He said "Go!" and left. "Who?" she asked. J. Smith paid 3.5 pounds!  Good'
    assert split_sentences(text) == (
        *('He said "Go!" and left.', '"Who?" she asked.'),
        *("J. Smith paid 3.5 pounds!", "Good"),
    )
    assert split_sentences(" ") == ()


def test_one_question_at_a_time():
    assert check_question(" Where is the milk? ") == "Where is the milk?"
    assert check_question("Where is the milk??") and check_question("where is it")
    with pytest.raises(InputError, match="more than one question"):
        check_question("Where is Ann? Where is Bob?")
    with pytest.raises(InputError, match="there is no question"):
        check_question(" ? ")
