"""Answers in a passage: what is learned from, searched, measured, asked and drawn."""

import gzip
import json
from itertools import islice

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cli import main
from reverie.codecs.spans import Spans, SplitText
from reverie.data.dataset import Report
from reverie.data.stories.files import read_passages
from reverie.data.stories.questions import Question, SpanQuestion
from reverie.errors import InputError
from reverie.layers import Role, Undrawn, roles
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import Loaded, save
from reverie.tasks.spans.answer import answer_question, answer_questions, match_attention
from reverie.tasks.spans.ask import ToldStory
from reverie.tasks.spans.build import span_model
from reverie.tasks.spans.data import (
    PassageDataset,
    PassageExamples,
    divide_articles,
    endless_passages,
    passage_reader,
    read_questions,
)
from reverie.tasks.spans.measure import measure_answers, score
from reverie.tasks.spans.options import SpanNetwork
from reverie.tasks.spans.page import answer_page
from reverie.tasks.spans.task import TASK, learn_codec
from reverie.tasks.spans.written import (
    ANSWERED,
    PassageWriter,
    as_span,
    passage_codec,
    write_passages,
)

PASSAGE = "Ann has a cat. Bob, her son, has two dogs."
CODEC = Spans.learn([PASSAGE, "Who has a cat?"])
TINY = {"hidden": 4, "width": 3, "embedding": 3}


def asked(question: str, answer: str, passage: str = PASSAGE, article: str = "") -> SpanQuestion:
    begin = passage.index(answer)
    return SpanQuestion(passage, question, ((begin, begin + len(answer)),), article)


QUESTIONS = [asked("Who has a cat?", "Ann"), asked("Who is her son?", "Bob"), asked("Dogs?", "two")]


def make(codec: Spans = CODEC, spread: float = 4.0, **options):
    """An untrained model with strong opinions."""
    network = SpanNetwork(**TINY | {"dropout": 0.0} | options)
    model = span_model(network, codec, rng=np.random.default_rng(1))
    return jax.tree.map(lambda a: spread * a, model)


# Passages that are written.


def test_written_questions_are_answered_by_a_word_of_a_supporting_fact(rng):
    codec, writer = passage_codec(), PassageWriter(6)
    most, longest = writer.sizes()
    drawn = [writer(rng) for _ in range(300)]
    for each in drawn:
        assert len(set(each.answers)) == 1 and SplitText(each.answers[0]).words == [each.answers[0]]
        assert not codec.unknown(f"{each.passage} {each.question}")
        assert len(SplitText(each.passage).words) <= most
        assert len(SplitText(each.question).words) <= longest
    assert {each.kind for each in drawn} == set(ANSWERED)


def test_a_span_is_in_a_supporting_fact_only():
    told = ("Ann ran to the hall.", "Bob is in the hall.", "Ann took the key.", "Annie left.")
    found = as_span(Question(told, "Where is Bob?", "hall", (1, 2), "place"))
    assert found.spans == ((35, 39),) and found.kind == "place"
    assert found.passage[:35].endswith("Bob is in the ")
    assert as_span(Question(told, "Is Bob here?", "yes", (1,))) is None
    assert as_span(Question(told, "Who left?", "Ann", (3,))) is None


def test_no_passage_is_in_two_parts_and_a_seed_makes_the_same():
    parts = [write_passages(PassageWriter(2, part), 60) for part in ("train", "valid", "test")]
    train, valid, test = ({(q.passage, q.question) for q in part} for part in parts)
    assert not (train & valid or train & test or valid & test)
    assert parts[0][:10] == write_passages(PassageWriter(2), 10)
    assert parts[0] != write_passages(PassageWriter(2), 60, seed=1)


def test_a_position_says_all_of_a_batch():
    writer, codec = PassageWriter(20), passage_codec()
    one, other = (endless_passages(writer, codec, 1) for _ in range(2))
    batch, following = one.at((2, 99))
    assert following == (3, 0)
    again, another = other.at((2, 99))[0], other.at((2, 98))[0]
    jax.tree.map(np.testing.assert_array_equal, batch, again)
    assert another.examples.values.tolist() != batch.examples.values.tolist()
    widths = {batch.examples.source.words.mask.shape[1] for batch, _ in map(one.at, epoch())}
    assert widths <= {shape[1] for shape in one.shapes} and len(widths) > 1


def epoch():
    return [(0, n) for n in range(20)]


# Questions of files.


def squad(*articles: tuple[str, list[SpanQuestion]]) -> str:
    def paragraph(each: SpanQuestion) -> dict:
        answers = [
            {"text": text, "answer_start": begin}
            for text, (begin, _) in zip(each.answers, each.spans, strict=True)
        ]
        return {"context": each.passage, "qas": [{"question": each.question, "answers": answers}]}

    data = [{"title": title, "paragraphs": [paragraph(q) for q in qs]} for title, qs in articles]
    return json.dumps({"version": "1.1", "data": data})


def row(each: SpanQuestion) -> str:
    return json.dumps({"story": each.passage, "question": each.question, "span": each.spans[0]})


def test_a_folder_is_all_its_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.json.gz").write_bytes(
        gzip.compress(squad(("x", QUESTIONS[:1]), ("y", QUESTIONS[1:2])).encode())
    )
    (tmp_path / "two.jsonl").write_text(row(QUESTIONS[2]) + "\n")
    (tmp_path / "read.me").write_text("no JSON")
    found, report = read_questions(tmp_path)
    assert [(q.question, q.answers) for q in found] == [(q.question, q.answers) for q in QUESTIONS]
    assert [q.article for q in found] == ["x", "y", ""]
    assert report == Report()


def test_what_cannot_be_learned_from_is_counted(tmp_path):
    wrong = squad(("x", [*QUESTIONS, asked("?", "Ann"), asked("  ", "Bob")]))
    wrong = wrong.replace('"answer_start": 0', '"answer_start": 1', 1)
    (tmp_path / "f.json").write_text(wrong)
    found, report = read_questions(tmp_path / "f.json")
    assert [q.question for q in found] == ["Who is her son?", "Dogs?", "?"]
    assert report.dropped == 2
    assert "1 answer of" in report.text and "not at the offset" in report.text
    assert report.text.endswith("1 question without words: left out")


def test_an_answer_without_words_is_no_answer(tmp_path):
    blank = SpanQuestion(PASSAGE, "Who?", ((3, 4),))
    (tmp_path / "f.jsonl").write_text(f"{row(blank)}\n{row(QUESTIONS[0])}\n")
    found, report = read_questions(tmp_path / "f.jsonl")
    assert [q.answers for q in found] == [("Ann",)] and report.dropped == 1
    (tmp_path / "f.jsonl").write_text(f"{row(blank)}\n")
    with pytest.raises(InputError, match="no question of .* has words"):
        read_questions(tmp_path / "f.jsonl")


def test_a_folder_without_questions_and_a_file_of_something_else_are_told(tmp_path):
    with pytest.raises(InputError, match=r"no file whose name ends in .json or .jsonl"):
        read_questions(tmp_path)
    (tmp_path / "babi.txt").write_text("1 Ann is here.\n2 Who?\tAnn\n")
    with pytest.raises(InputError, match="babi.txt is not JSON"):
        read_passages(tmp_path / "babi.txt")


def test_articles_stay_together_and_passages_without_one_do():
    named = [asked("Q?", "Ann", f"Ann {n}", f"article {n // 3}") for n in range(30)]
    bare = [asked(f"Q{n}?", "Bob", f"Bob {n // 2}") for n in range(20)]
    for questions, key in ((named, lambda q: q.article), (bare, lambda q: q.passage)):
        parts = divide_articles(questions, 0.2, 0.3, 0)
        keys = [set(map(key, part)) for part in parts]
        assert list(map(len, keys)) == [5, 2, 3]
        assert len(set.union(*keys)) == 10 and sum(map(len, parts)) == len(questions)
        assert parts == divide_articles(questions, 0.2, 0.3, 0)
        assert parts != divide_articles(questions, 0.2, 0.3, 1)
    with pytest.raises(InputError, match="1 article cannot be divided so"):
        divide_articles(named[:3], 0.3, 0.6, 0)


def test_examples_are_places_of_their_answers_and_are_padded(rng):
    dataset = PassageDataset(PassageExamples(CODEC), QUESTIONS)
    for question, example in zip(QUESTIONS, dataset, strict=True):
        assert CODEC.decode(question.passage, example.values) == question.answers[0]
    assert dataset.all_sizes().tolist() == [[2, 14, 5], [2, 14, 5], [2, 14, 2]]
    padded = dataset.pad(dataset[2], (2, 16, 8))
    assert dataset.measure(padded) == (2, 16, 8)
    assert padded.source.words.mask.sum() == 14 and padded.source.question.mask.sum() == 2
    np.testing.assert_array_equal(padded.source.words.values[:14], dataset[2].source.words.values)


def test_long_passages_are_left_out_of_learning_and_told():
    short = asked("Who?", "Ann", "Ann left.")
    reader = passage_reader(CODEC, [*QUESTIONS, short], 2, longest=5)
    assert len(reader.dataset) == 1 and reader.rows == 1
    assert "3 questions are longer, or their passages, than 5 words" in reader.report.text
    with pytest.raises(InputError, match="no passage has 2 words or less"):
        passage_reader(CODEC, QUESTIONS, 2, longest=2)


def test_a_text_that_is_too_large_is_told():
    source = PassageExamples(CODEC).source
    with pytest.raises(InputError, match="the question has 100,001 words"):
        source(PASSAGE, "who " * 100_001)


# Answers.


def all_spans(model, passage: str, question: str) -> dict[tuple[int, int], float]:
    """log p of every span, one after the other."""
    source = PassageExamples(CODEC).source(passage, question)
    condition = model.condition(source)
    places = range(source.memory_size)
    spans = [(i, j) for i in places for j in places if i <= j]
    read = eqx.filter_jit(
        jax.vmap(lambda v: model.unroll(v, condition=condition).distribution.log_prob(v).sum())
    )
    return dict(zip(spans, read(jnp.array(spans)).tolist(), strict=True))


@pytest.mark.parametrize("longest", [1, 3, 12])
def test_the_answers_are_the_most_probable_spans(longest):
    model = make()
    scores = all_spans(model, PASSAGE, "Who has two cats?")
    allowed = {span: score for span, score in scores.items() if span[1] - span[0] < longest}
    expected = sorted(allowed, key=allowed.__getitem__, reverse=True)[:3]
    found = answer_question(model, CODEC, PASSAGE, "Who has two cats?", longest, 3)
    assert [(each.first, each.last) for each in found] == expected
    for each in found:
        assert each.log_prob == pytest.approx(scores[each.first, each.last], rel=1e-4)
        assert each.probability == pytest.approx(np.exp(each.log_prob))


def test_there_are_no_more_answers_than_spans():
    assert len(answer_question(make(), CODEC, "Ann.", "Who?", 1, 40)) == 2
    assert len(answer_question(make(), CODEC, "Ann", "Who?", 12, 40)) == 1


def test_questions_are_answered_side_by_side_as_each_alone():
    model = make()
    other = asked("What is old?", "It", "It is old, and Ann has it, and Bob, and two cats.")
    questions = [*QUESTIONS, other]
    texts = answer_questions(model, CODEC, questions, 3)
    for question, text in zip(questions, texts, strict=True):
        (best,) = answer_question(model, CODEC, question.passage, question.question, 3)
        assert text == CODEC.decode(question.passage, (best.first, best.last))
    assert len(set(texts)) > 1


def test_measures_are_of_the_answers_beside_what_needs_no_learning():
    found = measure_answers(make(), CODEC, QUESTIONS, 3)
    right = score(QUESTIONS, [question.answers[0] for question in QUESTIONS])
    assert right.exact.value == right.f1.value == 100
    assert found.model == score(QUESTIONS, answer_questions(make(), CODEC, QUESTIONS, 3))
    first = score(QUESTIONS, ["Ann has a cat."] * 3)
    assert found.baselines["first sentence"] == first and first.f1.value > 0
    losses = [
        -all_spans(make(), each.passage, each.question)[tuple(example.values.tolist())]
        for each, example in zip(
            QUESTIONS, PassageDataset(PassageExamples(CODEC), QUESTIONS), strict=True
        )
    ]
    assert found.nats == pytest.approx(np.mean(losses) / 2, rel=1e-4)
    facts = found.facts()
    assert facts["test_questions"] == 3 and facts["first_sentence_f1"] == first.f1.value
    lines = found.lines()
    assert lines[0].startswith("3 questions, ")
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "model",
        "first sentence",
        "sliding window",
    ]


# Vectors, and models to begin with.


@pytest.fixture
def vectors(tmp_path) -> str:
    path = tmp_path / "vectors.txt"
    path.write_text("lion 1 2 3\nann 4 5 6\nzebra 7 8 9\n")
    return str(path)


def test_vectors_stay_as_they_are_and_their_words_are_known(vectors):
    data = change(recipe("spans").Config(), {"vector_words": 2, "least_count": 1}).data
    network = SpanNetwork(**TINY, vectors=vectors)
    codec = learn_codec(data, network, QUESTIONS)
    assert "lion" in codec.vocabulary and "zebra" not in codec.vocabulary
    model = span_model(network, codec, rng=np.random.default_rng(0))
    lion, ann = (model.encoder.E[codec.vocabulary.index(word)] for word in ("lion", "ann"))
    np.testing.assert_allclose(np.diff(ann), np.diff(lion), rtol=1e-5)
    assert roles(model).encoder.E is Role.FIXED
    assert roles(make()).encoder.E is Role.TABLE
    loaded = span_model(network, codec, rng=Undrawn())
    assert loaded.encoder.E.shape == model.encoder.E.shape


def earlier_of(model, **options) -> Loaded:
    config = change(recipe("spans").Config(), TINY | options)
    return Loaded(model, CODEC, "spans", config, {})


def test_a_model_goes_on_with_more_words(tmp_path):
    (tmp_path / "f.json").write_text(
        squad(*((f"{n}", [asked("Who sings?", "Ann", f"Ann sings {n} songs.")]) for n in range(4)))
    )
    options = {"data": str(tmp_path / "f.json"), "least_count": 1, "dropout": 0.0}
    model, earlier = make(), earlier_of(make())
    config = change(earlier.config, options)
    begun = TASK.warm_start(config, earlier)
    assert begun.codec.vocabulary[: CODEC.size] == CODEC.vocabulary
    assert "sings" in begun.codec.vocabulary
    assert TASK.open(config, begun.codec).codec is begun.codec
    found = answer_question(begun.model, begun.codec, PASSAGE, "Who has a cat?", 3, 2)
    assert found == answer_question(model, CODEC, PASSAGE, "Who has a cat?", 3, 2)
    for odd in ({"hidden": 5}, {"embedding": 4}):
        with pytest.raises(InputError, match="the model to start from has .* other options"):
            TASK.warm_start(change(config, odd), earlier)


# Verbs.


@pytest.fixture(scope="module")
def model_file(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("spans") / "m.reverie"
    config = change(recipe("spans").Config(), TINY)
    save(path, make(), recipe="spans", config=config, codec=CODEC)
    return str(path)


@pytest.fixture
def story(tmp_path, monkeypatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.txt").write_text("Ann has a cat.\nBob, her son, has two dogs.\n")
    return "story.txt"


def test_answers_come_with_their_sentences(model_file, story, capsys):
    assert (
        main(["ask", "--model", model_file, "--story", story, "Who has two cats?", "--best", "3"])
        == 0
    )
    said = capsys.readouterr()
    found = answer_question(make(), CODEC, PASSAGE, "Who has two cats?", 12, 3)
    told = ToldStory(("Ann has a cat.", "Bob, her son, has two dogs."))
    assert told.passage.text == PASSAGE
    lines = said.out.splitlines()
    for line, answer in zip(lines, found, strict=True):
        n = int(answer.first > 4)
        assert told.sentence_of(answer.first) == n
        assert line.startswith(told.cut(answer))
        assert line.endswith(f" {answer.probability:.1%}  {n + 1}: {told.sentences[n]}")
    assert said.err == "(the model does not know cats)\n"


def test_lines_of_standard_input_are_questions(model_file, story, tmp_path, monkeypatch, capsys):
    (tmp_path / "asked").write_text("Who has a cat?\n\nWho? Whose?\n  has Bob dogs \n")
    with open(tmp_path / "asked") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["ask", "--model", model_file, "--story", story]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 2
    assert said.err == "('Who? Whose?' is more than one question: ask one at a time)\n"


def test_unknown_words_of_the_story_are_counted(model_file, story, tmp_path, capsys):
    (tmp_path / "story.txt").write_text("Ann met Zoe. Zoe has a zebra.")
    assert main(["ask", "--model", model_file, "--story", story, "Who has a cat?"]) == 0
    assert capsys.readouterr().err == "(the model does not know 3 of the 7 words of the story)\n"


def test_a_page_shows_the_answers_and_where_it_was_looked(model_file, story, tmp_path, capsys):
    (tmp_path / story).write_text("Ann has a <b>cat</b>.\nBob, her son, has two dogs.\n")
    question = "Who has <two> dogs?"
    assert main(["ask", "--model", model_file, "--story", story, question, "-o", "page.html"]) == 0
    assert "page.html" in capsys.readouterr().err
    page = (tmp_path / "page.html").read_text()
    assert "<b>" not in page and "<two>" not in page and "{{" not in page
    assert page.count("<tr>") == 16


def test_a_page_is_as_deep_as_its_answers_are_probable():
    passage, question = SplitText(PASSAGE), SplitText("Who?")
    found = answer_question(make(), CODEC, PASSAGE, "Who?", 3, 2)
    alpha = np.array([[1.0, 0.0]] * 14)
    page = answer_page(passage, question, found, alpha)
    depth = sum(each.probability for each in found if each.first <= found[0].first <= each.last)
    word = passage.words[found[0].first]
    assert f'style="--d:{100 * depth:.0f}%">{word}</i>' in page
    assert (
        json.dumps({"looked": [":0"] * 14, "first": found[0].first})[1:-1]
        .replace(": ", ":")
        .replace(", ", ",")
        in page
    )


def test_match_attention_is_where_each_step_looked():
    model, question = make(), "Who has a cat?"
    alpha = match_attention(model, CODEC, PASSAGE, question)
    assert alpha.shape == (14, 5)
    np.testing.assert_allclose(alpha.sum(1), 1, rtol=1e-5)
    source = PassageExamples(CODEC).source(PASSAGE, question)
    encoder = model.encoder
    passage, asked_of = encoder._read_both(source, jnp.arange(CODEC.size), None)
    looked = []
    for core, rows in ((encoder.match.forward, passage), (encoder.match.backward, passage[::-1])):
        core = core.prepare(asked_of)
        state, seen = core.initial_state(asked_of), []
        for x in islice(rows, 14):
            _, state = core.step(x, state, asked_of)
            seen.append(state.core.alpha)
        looked.append(np.array(seen))
    np.testing.assert_allclose(alpha, (looked[0] + looked[1][::-1]) / 2, rtol=1e-4, atol=1e-6)


def test_a_heat_map_is_drawn_of_the_sentence_of_the_answer(model_file, story, tmp_path, capsys):
    assert main(["inspect", model_file, "--story", story, "Who has a cat?", "-o", "a.svg"]) == 0
    (best,) = answer_question(make(), CODEC, PASSAGE, "Who has a cat?", 12)
    n = 1 + (best.first > 4)
    assert f"a.svg: sentence {n}, in which" in capsys.readouterr().err
    # The picture and its colour bar.
    assert (tmp_path / "a.svg").read_text().count("<image") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Who? Whose?", "--story", "story.txt"], "more than one question"),
        (["??", "--story", "story.txt"], "there is no question"),
        (["Who?"], "there is no story to ask about"),
        (["Who?", "--story", "nothing.txt"], "there is no file or folder 'nothing.txt'"),
        (["Who?", "--story", "blank.txt"], "blank.txt tells nothing"),
        (["--story", "-"], "standard input is the story"),
        (["--story", "story.txt", "-o", "a.html"], "a page shows one question"),
        (["Who?", "--story", "story.txt", "-o", "a.png"], "'a.png' is not a page"),
        (["Who?", "--story", "story.txt", "-o", "no/a.html"], "no folder to write no/a.html"),
        (["Who?", "--story", "story.txt", "--best", "0"], "best must be 1 or more"),
    ],
)
def test_what_cannot_be_asked_is_told(model_file, story, tmp_path, capsys, arguments, said):
    (tmp_path / "blank.txt").write_text("\n  \n ...\n")
    assert main(["ask", "--model", model_file, *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_model_is_measured_on_a_file(model_file, story, tmp_path, capsys):
    wrong = squad(("x", QUESTIONS)).replace('"answer_start": 0', '"answer_start": 1')
    (tmp_path / "f.json").write_text(wrong)
    assert main(["evaluate", model_file, "f.json", "--longest", "2"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("f.json: 2 questions, ") and "sliding window" in said.out
    assert said.err == (
        "(1 answer of f.json not at the offset: left out; 1 question without another one)\n"
    )
    assert main(["evaluate", model_file, "f.json", "--most", "1"]) == 0
    assert capsys.readouterr().out.startswith("f.json: 1 question, ")
