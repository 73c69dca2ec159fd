"""Answers from stories: what is learned from, searched, measured, asked and shown."""

import io
import json
import tarfile
from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cli import main
from reverie.codecs.stories import Stories, story_words
from reverie.cores.attentive import attention_states
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.recipes import recipe
from reverie.rollout import rollout
from reverie.samplers import Greedy
from reverie.settings import change
from reverie.storage import Loaded, save
from reverie.tasks.stories.answer import (
    Answer,
    Looks,
    best_answers,
    look,
    rank_choices,
    score_choices,
)
from reverie.tasks.stories.ask import show
from reverie.tasks.stories.build import form_of, story_model
from reverie.tasks.stories.data import (
    divide_stories,
    longer_stories,
    measured_stories,
    open_questions,
    story_writer,
    written_parts,
)
from reverie.tasks.stories.forms import SlotForm, StoryForm, TextForm
from reverie.tasks.stories.hops import Shown, answer_lines, hops_page, look_lines
from reverie.tasks.stories.inspect import in_turn, same_answer
from reverie.tasks.stories.measure import measure_stories
from reverie.tasks.stories.options import StoryData, StoryNetwork
from reverie.tasks.stories.task import TASK
from reverie.tasks.stories.wording import story_codec
from reverie.training.evaluation import sequence_nats
from reverie.training.linear_start import LinearStart
from reverie.training.objectives import TeacherForcing

STORY = ("Ann has a cat.", "Bob left.", "Bob has it.")
WORDS = ("ann", "has", "a", "cat", "bob", "left", "it", "who", "cat ann")
CODEC = Stories.of_words(WORDS[:-1])
WHOLE = Stories.of_words(WORDS, split_answers=False)
TINY = {"width": 5, "hops": 2, "recent": 8, "slots": 3, "words": 6, "dropout": 0.0}
NETWORKS = pytest.mark.parametrize("network", ["memory", "entity", "reader"])


def asked(question: str = "Who has a cat?", answer: str = "ann", story=STORY, **more) -> Question:
    return Question(story, question, answer, **more)


QUESTIONS = [
    asked(support=(0,), kind="one"),
    asked("Who left?", "bob", kind="one"),
    asked("Who has it?", "cat,ann", kind="two", told=2),
    asked("Has Ann a cat?", "it", ("Ann has it.",) * 5, kind="two"),
]


def make(network: str = "memory", codec: Stories = CODEC, spread: float = 8.0, **options):
    """A form and an untrained model with strong opinions."""
    chosen = StoryNetwork(**TINY | {"network": network} | options)
    model = story_model(chosen, codec.size, rng=np.random.default_rng(1))
    # The reader's are strong soon.
    spread = spread if network == "memory" else 2.0
    return form_of(chosen, codec), jax.tree.map(lambda a: spread * a, model)


# What a network reads.


def test_each_network_has_its_form():
    memory, entity, reader = (make(name)[0] for name in ("memory", "entity", "reader"))
    assert isinstance(memory, StoryForm) and not isinstance(memory, SlotForm)
    assert isinstance(entity, SlotForm) and isinstance(reader, TextForm)
    assert all(form.codec is CODEC and form.examples.recent == 8 for form in (memory, reader))


@NETWORKS
def test_padding_changes_no_probability(network):
    form, model = make(network)
    question = QUESTIONS[0]
    values = form.examples.answer(question)
    plain = form.dataset([question])[0].source
    for source in (form.source(question), form.reader(QUESTIONS, 4).batch(np.arange(4))):
        if not isinstance(source, type(plain)):
            source = jax.tree.map(lambda a: a[0], source.examples.source)
        ours, theirs = (log_prob(model, each, values) for each in (source, plain))
        assert ours == pytest.approx(theirs, rel=1e-4)


def log_prob(model, source, values) -> float:
    """log p of an answer in one unroll."""
    return float(read(model, source, values)[0])


@eqx.filter_jit
def read(model, source, values):
    """log p of an answer, and the states."""
    found = model.unroll(values, condition=model.condition(source))
    return found.distribution.log_prob(values).sum(), found.states


def test_the_places_of_a_memory_are_sentences():
    question = asked("Who has it?", told=2)
    assert make("memory")[0].places(question).tolist() == [0, 1]
    assert make("memory", recent=1)[0].places(question).tolist() == [1]
    assert make("entity")[0].places(question) is None
    assert make("reader")[0].places(question).tolist() == [0] * 4 + [1] * 2 + [-1] * 3
    assert make("reader", recent=1)[0].places(question).tolist() == [1] * 2 + [-1] * 3


def test_a_sentence_that_is_too_long_for_an_entity_network_is_told():
    form, _ = make("entity", words=4)
    assert form.source(QUESTIONS[0]).words.shape == (8, 4)
    long = asked("Who has a cat, a cat?")
    for read in (form.source, lambda question: form.dataset([question])):
        with pytest.raises(InputError, match="question has 7 words, and the network reads 4"):
            read(long)
    with pytest.raises(InputError, match="question has 10 words, and the network reads 4"):
        form.endless(story_writer(StoryData()), 2, 0)


@NETWORKS
def test_written_stories_are_read_without_an_end(network):
    data = StoryData(fewest=2, sentences=3)
    form, model = make(network, story_codec(), words=10)
    batch, _ = form.endless(story_writer(data), 3, 0).at((0, 0))
    again, _ = form.endless(story_writer(data), 3, 0).at((0, 0))
    jax.tree.map(np.testing.assert_array_equal, batch, again)
    losses = eqx.filter_jit(jax.vmap(sequence_nats, (None, 0)))(model, batch.examples)
    assert losses.shape == (3,) and np.isfinite(losses).all()


# Data.


def test_stories_stay_together_when_they_are_divided():
    questions = [asked(f"Q{n}?", story=(f"Ann is {n // 4}.",)) for n in range(40)]
    parts = divide_stories(questions, 0.2, 0.3, 0)
    told = [{each.sentences for each in part} for part in parts]
    assert list(map(len, told)) == [5, 2, 3] and len(set.union(*told)) == 10
    assert sum(map(len, parts)) == 40
    assert parts == divide_stories(questions, 0.2, 0.3, 0) != divide_stories(questions, 0.2, 0.3, 1)
    with pytest.raises(InputError, match="1 story cannot be divided so"):
        divide_stories(questions[:4], 0.3, 0.6, 0)


def babi(people: str, place: str = "hall") -> str:
    """A file of a task: a story for each person."""
    lines = (f"1 {who} went to the {place}.\n2 Where is {who}?\t{place}\t1\n" for who in people)
    return "".join(lines)


@pytest.fixture
def archive(tmp_path) -> str:
    """Two tasks of bAbI, of which the second has questions to watch."""
    files = {
        "en/qa1_a_train.txt": babi("ABCDEFGHIJ"),
        "en/qa1_a_test.txt": babi("KL"),
        "en/qa2_b_train.txt": babi("MN", "shed"),
        "en/qa2_b_test.txt": babi("O", "attic"),
        "en-valid/qa2_train.txt": babi("MN"),
        "en-valid/qa2_valid.txt": babi("P"),
        "en-valid/qa2_test.txt": babi("O"),
    }
    with tarfile.open(tmp_path / "babi.tar.gz", "w:gz") as packed:
        for name, text in files.items():
            info = tarfile.TarInfo(f"tasks/{name}")
            info.size = len(text)
            packed.addfile(info, io.BytesIO(text.encode()))
    return str(tmp_path / "babi.tar.gz")


def test_babi_is_watched_by_a_part_of_what_there_is_to_learn_from(archive):
    parts, report = open_questions(StoryData(data=archive, tasks="1", valid_part=0.2), 0)
    assert list(map(len, parts)) == [8, 2, 2] and not report.text
    assert {q.kind for part in parts for q in part} == {"qa1 single supporting fact"}
    whole, _ = open_questions(StoryData(data=archive, tasks="2,1"), 0)
    assert list(map(len, whole)) == [11, 1, 3]
    given, _ = open_questions(StoryData(data=archive, folder="en-valid", tasks="2"), 0)
    assert [len(part) for part in given] == [2, 1, 1]


def test_a_file_is_divided_by_story(tmp_path):
    rows = [{"story": f"Ann is {n}.", "question": "Who?", "answer": "Ann"} for n in range(10)]
    (tmp_path / "f.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parts, _ = open_questions(StoryData(data=str(tmp_path / "f.jsonl")), 0)
    assert list(map(len, parts)) == [8, 1, 1]


def test_written_stories_are_as_long_as_they_are_to_be_and_in_one_part():
    data = StoryData(fewest=3, sentences=4, kinds="person,size")
    train, valid, _ = written_parts(data)
    assert not set(train) & set(valid)
    tested, longer = measured_stories(data, 20), longer_stories(data, 20)
    for questions, lengths in ((tested, {3, 4}), (longer, {5, 6, 7, 8})):
        assert [q.kind for q in questions] == ["person"] * 20 + ["size"] * 20
        assert {len(q.story) for q in questions} == lengths
    with pytest.raises(InputError, match="no kind of question 'sizes': did you mean size"):
        story_writer(StoryData(kinds="sizes"))
    with pytest.raises(InputError, match="kinds names none"):
        story_writer(StoryData(kinds=" ,"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"linear_start": True}, "give steps or epochs"),
        ({"linear_start": True, "network": "entity", "steps": 9}, "are for the network memory"),
        ({"linear_start": True, "steps": 9, "warmup": 0.0}, "lasts as long as the warm-up"),
        ({"tasks": "1;2"}, "tasks must be numbers with commas"),
        ({"fewest": 9, "sentences": 8}, "the longest stories have 8 sentences"),
    ],
)
def test_what_cannot_be_learned_is_told(options, said):
    with pytest.raises(InputError, match=said):
        change(recipe("stories").Config(), options)


def test_a_linear_start_is_a_part_of_the_updates(archive):
    options = {"linear_start": True, "warmup": 0.25, "steps": 40, "kinds": "person"}
    config = change(recipe("stories").Config(), options)
    objective = TASK.open(config).objective(config.training)
    assert isinstance(objective, LinearStart) and objective.updates == 10
    config = change(config, {"epochs": 2.0})
    assert TASK.open(config).objective(config.training).updates == 50
    babi_config = change(recipe("babi").Config(), {"data": archive, "lanes": 3, "valid_part": 0.0})
    assert TASK.open(babi_config).objective(babi_config.training).updates == 120
    plain = change(config, {"linear_start": False})
    assert isinstance(TASK.open(plain).objective(plain.training), TeacherForcing)


# Answers.


@NETWORKS
@pytest.mark.parametrize("codec", [CODEC, WHOLE], ids=["words", "whole"])
def test_the_answers_are_the_most_probable_ones(network, codec):
    form, model = make(network, codec)
    question = QUESTIONS[0]
    source = form.dataset([question])[0].source
    known = range(3, codec.size)
    if codec.split_answers:
        possible = [(*words, codec.end) for n in (1, 2) for words in product(known, repeat=n)]
    else:
        possible = [(symbol,) for symbol in known]
    scores = {values: log_prob(model, source, np.array(values)) for values in possible}
    expected = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    found = best_answers(model, form, question, 40, longest=2)
    ends = [each for each in found if len(each.values) < 3 or each.values[-1] == codec.end]
    assert [tuple(each.values.tolist()) for each in ends[:2]] == expected
    for each in ends[:2]:
        assert each.log_prob == pytest.approx(scores[tuple(each.values.tolist())], rel=1e-3)
        assert each.probability == pytest.approx(np.exp(each.log_prob))
        assert each.text == codec.decode(each.values)
    assert len(best_answers(model, form, question, 1)) == 1


def test_what_was_looked_at_is_what_the_memory_weighed():
    form, model = make(recent=2)
    question = asked("Who has it?")
    answer = Answer("cat ann", 0.0, CODEC.encode_answer("cat,ann"))
    looks = look(model, form, question, answer)
    assert looks.words == ["cat", "ann"] and looks.weights.shape == (2, 2, 3)
    np.testing.assert_array_equal(looks.weights[..., 0], 0)
    source = form.dataset([question])[0].source
    _, states = read(model, source, answer.values)
    np.testing.assert_allclose(looks.weights[..., 1:], states.weights[:2], rtol=1e-4)


def test_what_a_reader_looked_at_is_summed_by_sentence():
    form, model = make("reader")
    answer = Answer("ann", 0.0, CODEC.encode_answer("ann"))
    looks = look(model, form, QUESTIONS[0], answer)
    source = form.dataset(QUESTIONS[:1])[0].source
    _, states = read(model, source, answer.values)
    (attention,) = attention_states(states)
    alpha = attention.alpha
    ends = np.cumsum([len(story_words(told)) for told in STORY])
    sums = [alpha[0, a:b].sum() for a, b in zip([0, *ends], ends, strict=False)]
    np.testing.assert_allclose(looks.weights[0, 0], sums, rtol=1e-4)
    assert look(make("entity")[1], make("entity")[0], QUESTIONS[0], answer) is None


# Measures.


def greedy(model, form, question) -> list[int]:
    """The answer, each symbol the most probable one."""
    source = form.dataset([question])[0].source
    return write(model, source, len(form.examples.answer(question))).tolist()


@eqx.filter_jit
def write(model, source, length):
    condition = model.condition(source)
    drawn = rollout(
        model, Greedy(), length, key=jax.random.key(0), condition=condition, score=False
    )
    return drawn.values


@NETWORKS
def test_right_is_what_a_model_says_itself(network):
    form, model = make(network)
    own = [q._replace(answer=CODEC.decode(greedy(model, form, q)[:1]) or "ann") for q in QUESTIONS]
    questions = [*own, *QUESTIONS]
    expected = [greedy(model, form, q) == form.examples.answer(q).tolist() for q in questions]
    found = measure_stories(model, form, questions)
    assert found.questions == 8 and list(found.kinds) == ["one", "two"]
    assert sum(score.right for score in found.kinds.values()) == sum(expected)
    losses = [
        -log_prob(model, form.dataset([q])[0].source, form.examples.answer(q)) for q in questions
    ]
    symbols = sum(len(form.examples.answer(q)) for q in questions)
    assert found.nats == pytest.approx(sum(losses) / symbols, rel=1e-3)


def test_an_answer_with_unknown_words_is_wrong_and_counted():
    """Even where the word for the unknown ones is what the model says."""
    form, model = make(codec=WHOLE)
    ones = jax.tree.map(jnp.ones_like, model)
    # Of equal words the first is the most probable but for the null word, which is zero.
    one = eqx.tree_at(lambda m: m.core.E, ones, ones.core.E.at[:, WHOLE.unknown].set(2.0))
    assert best_answers(one, form, QUESTIONS[0], 1)[0].text != "<unk>"
    questions = [asked(answer=answer, kind="one") for answer in ("a dragon", "ann")]
    assert greedy(one, form, questions[0]) == [WHOLE.unknown]
    found = measure_stories(one, form, questions)
    assert found.unknown == 1 and found.kinds["one"] == (2, 0)


def test_of_several_choices_the_most_probable_is_taken():
    form, model = make()
    choices = ("ann", "bob", "a cat", "it")
    question = asked(choices=choices, kind="choice")
    source = form.dataset([question])[0].source
    expected = [log_prob(model, source, CODEC.encode_answer(choice)) for choice in choices]
    (scores,) = score_choices(model, form, [question])
    np.testing.assert_allclose(scores, expected, rtol=1e-4)
    ranked = rank_choices(model, form, question)
    assert [each.text for each in ranked] == [choices[n] for n in np.argsort(-scores)]
    assert show(model, form, question, 2).answers[0].log_prob == ranked[0].log_prob
    best, worst = choices[int(np.argmax(expected))], choices[int(np.argmin(expected))]
    questions = [question._replace(answer=best), question._replace(answer=worst)]
    found = measure_stories(model, form, [questions[1], questions[0], questions[0]])
    assert found.kinds["choice"] == (3, 2)


def test_measures_are_means_of_kinds():
    form, model = make()
    found = measure_stories(model, form, QUESTIONS)._replace(nats=np.log(2))
    one, two = found.kinds.values()
    found = found._replace(kinds={"one": one._replace(right=2), "two": two._replace(right=1)})
    assert found.error == 0.25 and found.failed == 1
    lines = found.lines()
    assert lines[1].split() == ["one", "2", "100.0%", "0.0%"]
    assert lines[2].split() == ["two", "2", "50.0%", "50.0%"]
    assert "75.0% right, 25.0% wrong, the mean of 2 kinds; 1 failed" in lines[3]
    assert lines[3].endswith("1.000 bits a word")
    facts = found.facts("test")
    assert facts["test_error"] == 0.25 and facts["test_errors"] == {"one": 0.0, "two": 0.5}
    assert json.loads(json.dumps(facts)) == facts


# Tables and pages.


def shown(question: Question, words=("ann",), **more) -> Shown:
    weights = np.zeros((len(words), 2, len(question.story)))
    weights[:, 0, 0], weights[:, 1, -1] = 0.75, 1.0
    answers = [Answer("ann", np.log(0.5), np.array([3])), Answer("bob <b>", np.log(0.25), ())]
    return Shown(question, answers, Looks(list(words), weights), **more)


def test_a_table_has_the_sentences_that_were_looked_at():
    found = shown(asked(support=(2,)))
    assert list(answer_lines(found.answers)) == ["ann       50.0%", "bob <b>   25.0%"]
    assert [line.split() for line in look_lines(found)] == [
        ["hop", "1", "hop", "2"],
        ["1:", "Ann", "has", "a", "cat.", "0.75", "0.00"],
        ["3:", "Bob", "has", "it.", "0.00", "1.00", "*"],
    ]
    over, names, *_ = look_lines(shown(asked(), ("ann", "cat")))
    assert over.split() == ["ann", "cat"] and names.split() == ["hop", "1", "hop", "2"] * 2
    assert not list(look_lines(found._replace(looks=None)))


def test_a_page_has_all_sentences_and_escapes_them():
    question = asked("Who <i>?", story=("Ann <b>has</b> it.", "Bob left."), support=(1,))
    page = hops_page("Hops", [shown(question, ("ann", "<u>")), shown(question)])
    assert page.count("<section>") == 2 and page.count("<td>yes") == 2
    assert not any(tag in page for tag in ("<b>has", "<i>", "<u>", "{{"))
    assert page.count("--d:75%") == 3 and "50.0%" in page
    late = hops_page("Hops", [shown(question, first=1)])
    assert "Ann" not in late and "Bob left" in late


def test_questions_of_each_kind_come_in_turn():
    assert [q.question for q in in_turn(QUESTIONS, 3)] == [
        "Who has a cat?",
        "Who has it?",
        "Who left?",
    ]
    assert len(in_turn(QUESTIONS, 9)) == 4
    assert same_answer("North west", "north,west") and not same_answer("north", "north,west")


# Verbs.


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, str]:
    """A file of each network."""
    folder = tmp_path_factory.mktemp("models")
    for network in ("memory", "entity", "reader"):
        config = change(recipe("stories").Config(), TINY | {"network": network, "recent": 50})
        _, model = make(network, recent=50)
        path = folder / f"{network}.reverie"
        save(path, model, recipe="stories", config=config, codec=CODEC)
    return {path.stem: str(path) for path in folder.iterdir()}


@pytest.fixture
def story(tmp_path, monkeypatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.txt").write_text("Ann has a cat.\n\nBob left.\nBob has it.\n")
    return "story.txt"


@NETWORKS
def test_answers_come_with_what_each_hop_read(network, models, story, capsys):
    asking = ["ask", "--model", models[network], "--story", story, "Who has a cat?"]
    assert main([*asking, "--best", "2"]) == 0
    said = capsys.readouterr()
    form, model = make(network, recent=50)
    answers = best_answers(model, form, QUESTIONS[0], 2)
    looks = look(model, form, QUESTIONS[0], answers[0])
    expected = Shown(QUESTIONS[0]._replace(support=()), answers, looks)
    assert said.out.splitlines() == [*answer_lines(answers), *look_lines(expected)]
    assert not said.err


def test_lines_of_standard_input_are_questions(models, story, tmp_path, monkeypatch, capsys):
    (tmp_path / "asked").write_text("Who left?\n\nWho? Who?\nWho has a zebra?\n  Has Ann it \n")
    with open(tmp_path / "asked") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["ask", "--model", models["entity"], "--story", story, "--best", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 2
    errors = said.err.splitlines()
    assert errors[0] == "('Who? Who?' is more than one question: ask one at a time)"
    assert errors[1].startswith("(the model does not know zebra of the question: ask in other")


def test_unknown_words_of_a_story_are_named_and_those_of_a_question_skipped(models, story, capsys):
    with open(story, "a") as file:
        file.write("Zoe met Yuri.\n")
    asking = ["ask", "--model", models["memory"], "--story", story]
    assert main([*asking, "Who, Zoe, has it?"]) == 2
    assert "the model does not know zoe of the question" in capsys.readouterr().err
    assert main([*asking, "Who, Zoe, has it?", "--unknown", "skip"]) == 0
    skipped = capsys.readouterr()
    assert skipped.err == "(the model does not know zoe, met, yuri of the story)\n"
    assert main([*asking, "Who , , has it?"]) == 0
    assert capsys.readouterr().out == skipped.out
    assert main([*asking, "Who, Zoe, has it?", "--unknown", "replace"]) == 0
    assert capsys.readouterr().out != skipped.out


def test_of_a_long_story_the_last_sentences_are_remembered(models, story, capsys):
    with open(story, "w") as file:
        file.write("Ann has a cat.\n" * 10_000 + "Bob left.\n")
    assert main(["ask", "--model", models["memory"], "--story", story, "Who left?"]) == 0
    said = capsys.readouterr()
    assert said.err == "(the model remembers the last 50 of 10,001 sentences)\n"
    assert "10001: Bob left." in said.out


def test_a_page_of_hops_is_written(models, story, tmp_path, capsys):
    asking = ["ask", "--model", models["memory"], "--story", story, "Who left?"]
    assert main([*asking, "--hops", "page.html"]) == 0
    assert "page.html" in capsys.readouterr().err
    page = (tmp_path / "page.html").read_text()
    assert page.count("<section>") == 1 and page.count("<tr><td>") == 3 + 3 and "hop 2" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Who? Whose?", "--story", "story.txt"], "more than one question"),
        (["??", "--story", "story.txt"], "there is no question"),
        (["Who left?"], "there is no story to ask about"),
        (["Who left?", "--story", "nothing.txt"], "there is no file or folder 'nothing.txt'"),
        (["Who left?", "--story", "blank.txt"], "blank.txt tells nothing"),
        (["Who left?", "--story", "tab.txt"], "line 2 of tab.txt has a tab"),
        (["Who is a zebra?", "--story", "story.txt"], "does not know is, zebra of the question"),
        (["Zebras?", "--story", "story.txt", "--unknown", "skip"], "there is no question"),
        (["--story", "-"], "standard input is the story"),
        (["--story", "story.txt", "--hops", "a.html"], "a page shows one question"),
        (["Who?", "--story", "story.txt", "--hops", "a.png"], "'a.png' is not a page"),
        (["Who?", "--story", "story.txt", "--hops", "no/a.html"], "no folder to write no/a.html"),
        (["Who?", "--story", "story.txt", "--best", "0"], "best must be 1 or more"),
        (["Who?", "Who?", "--story", "story.txt"], "is one argument too many"),
    ],
)
def test_what_cannot_be_asked_is_told(models, story, tmp_path, capsys, arguments, said):
    (tmp_path / "blank.txt").write_text("\n  \n ...\n")
    (tmp_path / "tab.txt").write_text("Ann left.\nWho left?\tAnn\n")
    assert main(["ask", "--model", models["memory"], *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_long_sentence_is_told_by_an_entity_network(models, story, capsys):
    with open(story, "a") as file:
        file.write("Ann has a cat, a cat, a cat.\n")
    assert main(["ask", "--model", models["entity"], "--story", story, "Who left?"]) == 2
    assert "has 10 words, and the network reads 6" in capsys.readouterr().err


def test_a_model_is_measured_on_its_own_kinds_and_on_longer_stories(models, capsys):
    assert main(["evaluate", models["memory"], "--count", "2", "--longer"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("stories\n") and "\nstories of 21 to 40 sentences\n" in said
    assert said.count("yes-no") == 2 and said.count("the mean of 11 kinds") == 2


def test_a_model_is_measured_on_a_file(models, archive, story, tmp_path, capsys):
    (tmp_path / "f.txt").write_text("1 Ann left.\n2 Who left?\tann\t1\n3 Who has it?\tnobody\n")
    assert main(["evaluate", models["memory"], "f.txt"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("f.txt\n") and " of 2 answers" in said.out
    assert "(1 answer with words that the model does not know: counted as wrong)\n" in said.err
    assert main(["evaluate", models["memory"], "f.txt", "--most", "1"]) == 0
    assert " of 1 answers" in capsys.readouterr().out
    assert main(["evaluate", models["memory"], archive]) == 0
    assert "qa2 two supporting facts" in capsys.readouterr().out
    assert main(["evaluate", models["memory"], "f.txt", "--longer"]) == 2
    assert "leave longer out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 Ann left.\n3 Who left?\tann\t1\n", "has the number 3 where 2 follows"),
        ("1 Ann left.\n\n2 Who left?\tann\t1\n", "line 2 of f.txt is empty"),
        ("1 Ann\tleft.\n2 Who left?\tann\t1\n", "line 1 of f.txt has a tab where none belongs"),
        ("1 Who left?\tann\n", "asks before anything is told"),
        ("1 Ann left.\n", "asks nothing"),
    ],
)
def test_a_file_out_of_order_is_told(models, story, tmp_path, capsys, text, said):
    (tmp_path / "f.txt").write_text(text)
    assert main(["evaluate", models["memory"], "f.txt"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_where_a_model_looked_is_shown_beside_the_supporting_facts(models, story, tmp_path, capsys):
    (tmp_path / "f.txt").write_text("1 Ann left.\n2 Bob left.\n3 Who left?\tann\t1\n")
    for network in ("memory", "reader"):
        assert main(["inspect", models[network], "f.txt", "-o", "hops.html"]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("Who left? ") and "hops.html" in said.err
        page = (tmp_path / "hops.html").read_text()
        assert page.count("<td>yes") == 1 and "true: <b>ann" in page
    assert main(["inspect", models["entity"], "f.txt"]) == 2
    assert "does not look at sentences" in capsys.readouterr().err


def test_a_model_goes_on_with_the_same_network_only():
    config = change(recipe("stories").Config(), TINY)
    model = make()[1]
    earlier = Loaded(model, CODEC, "stories", config, {})
    begun = TASK.warm_start(config, earlier)
    jax.tree.map(np.testing.assert_array_equal, begun.model, model)
    with pytest.raises(InputError, match="the model to start from has .* other options"):
        TASK.warm_start(change(config, {"width": 6}), earlier)
