"""Written stories: a solver that knows only their sentences finds the same answers."""

import re
from collections import Counter, defaultdict, deque

import numpy as np
import pytest

from reverie.codecs.stories import answer_words
from reverie.data.lanes import Position
from reverie.data.stories.dataset import StoryDataset, StoryExamples, measure_story
from reverie.tasks.stories.endless import endless_stories, write_stories
from reverie.tasks.stories.kinds import KINDS, StoryWriter, part_of
from reverie.tasks.stories.wording import QUESTIONS, SENTENCES, answers, story_codec
from reverie.training.sequences import SequenceReader

NUMBERS = ["none", "one", "two", "three"]
TIMES = ["yesterday", "this morning", "this afternoon", "this evening"]
BACK = {"north": "south", "south": "north", "east": "west", "west": "east"}
WHEN = "|".join(TIMES)
FACTS = {
    "go": r"(\w+) (?:went|walked|ran) to the (\w+)",
    "take": r"(\w+) (?:took|picked up|grabbed) the (\w+)",
    "drop": r"(\w+) (?:put down|dropped) the (\w+)",
    "give": r"(\w+) (?:gave|handed|passed) the (\w+) to (\w+)",
    "at": rf"({WHEN}) (\w+) was in the (\w+)",
    "at last": rf"(\w+) was in the (\w+) ({WHEN})",
    "lie": r"the (\w+) is (north|south|east|west) of the (\w+)",
    "be": r"(\w+) is a (\w+)",
    "fear": r"every (\w+) fears the (\w+)",
    "frighten": r"the (\w+) frightens every (\w+)",
    "exceed": r"the (\w+) is larger than the (\w+)",
    "fit": r"the (\w+) fits into the (\w+)",
}
ASKED = {
    "where": r"where is (?:the )?(\w+)",
    "in": r"is (\w+) in the (\w+)",
    "then": rf"where was (\w+) ({WHEN})",
    "before": r"where was (?:the )?(\w+) before the (\w+)",
    "given": r"what did (\w+) give to (\w+)",
    "giver": r"who gave the (\w+) to (\w+)",
    "receiver": r"who did (\w+) give the (\w+) to",
    "owner": r"who has the (\w+)",
    "count": r"how many things does (\w+) carry",
    "list": r"what does (\w+) carry",
    "path": r"how do you go from the (\w+) to the (\w+)",
    "fear": r"what does (\w+) fear",
    "larger": r"is the (\w+) larger than the (\w+)",
    "fit": r"does the (\w+) fit into the (\w+)",
}


def read(text: str, patterns: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """The one pattern that a sentence is of, and what stands in its gaps."""
    said = text.lower().rstrip(".?")
    found = [(name, m.groups()) for name, p in patterns.items() if (m := re.fullmatch(p, said))]
    (only,) = found
    return only


def solve(sentences, question: str) -> str:
    """The answer, from nothing but the text."""
    facts = [read(sentence, FACTS) for sentence in sentences]
    asked, words = read(question, ASKED)
    match asked:
        case "where":
            return walks(facts, words[0])[-1]
        case "in":
            return "yes" if walks(facts, words[0])[-1] == words[1] else "no"
        case "then" | "before":
            return diary(facts, *words) if asked == "then" else before(facts, *words)
        case "given" | "giver" | "receiver":
            return gift(facts, asked, words)
        case "owner":
            return owner(facts, words[0]) or "nobody"
        case "count" | "list":
            has = [thing for thing in gotten(facts) if owner(facts, thing) == words[0]]
            return NUMBERS[len(has)] if asked == "count" else ",".join(has) or "nothing"
        case "path":
            return path(facts, *words)
        case "fear":
            return dict(fears(facts))[dict(w for name, w in facts if name == "be")[words[0]]]
    larger, smaller = words if asked == "larger" else words[::-1]
    assert not (above(facts, larger, smaller) and above(facts, smaller, larger))
    return "yes" if above(facts, larger, smaller) else "no"


def walks(facts, who: str) -> list[str]:
    """Every place somebody or something was in, told by looking back for whoever had it."""
    places, keeper = [], None
    at = {}
    for name, words in facts:
        if name == "go":
            at[words[0]] = words[1]
            if words[0] in (who, keeper):
                places.append(words[1])
        elif name in ("take", "drop", "give") and words[1] == who:
            keeper = {"take": words[0], "drop": None, "give": words[-1]}[name]
            here = at.get(words[0], at.get(words[-1]))
            if here and places[-1:] != [here]:
                places.append(here)
    return places


def diary(facts, who: str, time: str) -> str:
    """Where somebody was at a time."""
    return {w[0]: w[2] for w in told_times(facts) if w[1] == who}[time]


def told_times(facts) -> list[tuple[str, str, str]]:
    return [w if name == "at" else (w[2], *w[:2]) for name, w in facts if name.startswith("at")]


def before(facts, who: str, place: str) -> str:
    """Where somebody or something was before it was in a place for the last time."""
    timed = sorted((TIMES.index(w[0]), w[2]) for w in told_times(facts) if w[1] == who)
    places = [where for _, where in timed] or walks(facts, who)
    last = len(places) - 1 - places[::-1].index(place)
    assert last > 0
    return places[last - 1]


def gift(facts, asked: str, words) -> str:
    gap = {"given": 1, "giver": 0, "receiver": 2}[asked]
    others = [n for n in range(3) if n != gap]
    fitting = [w for name, w in facts if name == "give" and tuple(w[n] for n in others) == words]
    return fitting[-1][gap]


def owner(facts, thing: str) -> str | None:
    told = [(name, w) for name, w in facts if name in ("take", "drop", "give") and w[1] == thing]
    name, words = told[-1]
    return None if name == "drop" else words[-1] if name == "give" else words[0]


def gotten(facts) -> list[str]:
    """All things, in the order in which they came to where they are."""
    last = {w[1]: n for n, (name, w) in enumerate(facts) if name in ("take", "give")}
    return sorted(last, key=last.get)


def path(facts, begin: str, end: str) -> str:
    """The shortest way, by search; it must be the only one of its length, and of two steps."""
    steps = defaultdict(dict)
    for name, words in facts:
        if name == "lie":
            place, way, other = words
            steps[other][place] = way
            steps[place][other] = BACK[way]
    found, queue = [], deque([(begin, ())])
    while queue:
        place, ways = queue.popleft()
        if place == end:
            found.append(ways)
        elif len(ways) < 3:
            queue.extend((other, (*ways, way)) for other, way in steps[place].items())
    shortest = [ways for ways in found if len(ways) == len(found[0])]
    assert len(shortest) == 1 and len(shortest[0]) == 2
    return ",".join(shortest[0])


def fears(facts):
    for name, (one, other) in ((n, w) for n, w in facts if n in ("fear", "frighten")):
        yield (one, other) if name == "fear" else (other, one)


def above(facts, larger: str, smaller: str) -> bool:
    """Whether it follows from what is told, by as many steps as it takes."""
    links = {w if name == "exceed" else w[::-1] for name, w in facts if name in ("exceed", "fit")}
    reached = {larger}
    for _ in links:
        reached |= {low for high, low in links if high in reached}
    return smaller in reached - {larger}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("facts", [1, 5, 12, 40])
def test_the_answers_follow_from_the_sentences_alone(kind, facts):
    rng = np.random.default_rng(facts)
    for _ in range(60):
        asked = kind.write(rng, max(facts, kind.least))
        assert len(asked.sentences) == max(facts, kind.least) and asked.kind == kind.name
        assert solve(asked.sentences, asked.question) == asked.answer.lower(), asked


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_supporting_facts_suffice(kind):
    """What an answer follows from, without all else, is enough for the solver."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        asked = kind.write(rng, 12)
        assert asked.support == tuple(sorted(set(asked.support)))
        told = [asked.sentences[n] for n in asked.support]
        assert solve(told, asked.question) == asked.answer.lower(), asked


def test_every_kind_says_how_many_facts_it_needs():
    rng = np.random.default_rng(1)
    counts = {
        kind.name: Counter(len(kind.write(rng, 10).support) for _ in range(80)) for kind in KINDS
    }
    assert {name: set(count) for name, count in counts.items() if len(count) == 1} == {
        "person": {1},
        "thing": {2},
        "giving": {1},
        "yes-no": {1},
        "path": {2},
        "deduction": {2},
    }
    assert counts["before"].most_common(1)[0][0] == 3 and set(counts["before"]) == {3, 4}
    assert set(counts["time"]) == set(counts["size"]) == {1, 2}


def test_answers_are_balanced():
    """No answer can be guessed: none has much more than its share."""
    rng = np.random.default_rng(2)
    for kind in KINDS:
        found = Counter(kind.write(rng, 10).answer for _ in range(300))
        most = {"yes-no": 0.6, "size": 0.6, "counting": 0.45}.get(kind.name, 0.3)
        assert max(found.values()) <= most * 300, (kind.name, found)


def test_the_vocabulary_is_all_that_is_ever_said():
    words, whole = story_codec(), story_codec(split_answers=False)
    said, used = set(answers()), set()
    for asked in write_stories(StoryWriter(1, 12), 500):
        assert asked.answer in said and len(whole.encode_answer(asked.answer)) == 1
        for text in (*asked.sentences, asked.question):
            used.update(words.encode(text).tolist())
            assert whole.encode(text).min() > whole.unknown
        used.update(words.encode_answer(asked.answer).tolist())
    unused = set(range(words.size)) - used
    assert [words.symbols()[n] for n in sorted(unused)] == ["<null>", "<unk>"]


def test_stories_are_of_the_lengths_that_are_asked_for():
    writer = StoryWriter(4, 6)
    found = write_stories(writer, 60)
    assert {len(asked.sentences) for asked in found} == {4, 5, 6}
    assert {asked.kind for asked in found} == {kind.name for kind in KINDS}
    twice = write_stories(StoryWriter(7, 12, part="test"), 20)
    assert all(7 <= len(asked.sentences) <= 12 for asked in twice)
    codec = story_codec()
    dataset = StoryDataset(StoryExamples(codec), found)
    assert (dataset.all_sizes() <= writer.sizes()).all()
    assert SequenceReader(dataset, 8, [writer.sizes()]).batches == 7


def test_no_two_parts_have_a_story_in_common():
    parts = {part: StoryWriter(1, 3, part=part) for part in ("train", "valid", "test")}
    found = {
        part: {(asked.sentences, asked.question) for asked in write_stories(writer, 60)}
        for part, writer in parts.items()
    }
    assert all(part_of(asked) == "valid" for asked in write_stories(parts["valid"], 20))
    assert not found["train"] & found["test"] and not found["train"] & found["valid"]
    assert write_stories(parts["test"], 5) == write_stories(parts["test"], 9)[:5]
    assert write_stories(parts["test"], 5) != write_stories(parts["test"], 5, seed=1)


@pytest.mark.parametrize("split", [True, False])
def test_reading_goes_on_where_it_was_left(split):
    examples = StoryExamples(story_codec(split_answers=split), recent=5)
    reader = endless_stories(StoryWriter(1, 8), examples, rows=3, seed=7)
    first, position = reader.at(Position())
    second, _ = reader.at(position)
    again, _ = endless_stories(StoryWriter(1, 8), examples, rows=3, seed=7).at(position)
    np.testing.assert_array_equal(second.examples.source.words, again.examples.source.words)
    np.testing.assert_array_equal(second.examples.values, again.examples.values)
    assert not np.array_equal(first.examples.source.words, second.examples.source.words)
    assert first.examples.source.words.shape == (3, 5, 10)
    assert first.examples.values.shape == (3, 4 if split else 1)
    halves = [reader.shard(n, 3).at(position)[0].examples.source.question for n in range(3)]
    np.testing.assert_array_equal(np.concatenate(halves), second.examples.source.question)


def test_the_words_are_what_the_codec_reads():
    assert answer_words("milk,lamp") == ["milk", "lamp"]
    assert all(text.endswith(".") for way in SENTENCES.values() for text in way)
    assert all(text.endswith("?") for text in QUESTIONS.values())
    examples = StoryExamples(story_codec())
    sizes = [measure_story(examples(asked)) for asked in write_stories(StoryWriter(1, 9), 50)]
    assert max(size[2] for size in sizes) <= StoryWriter(1, 9).sizes()[2]
