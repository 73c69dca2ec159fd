"""Questions as examples: sentences and words are padded, and only the last of a story are kept."""

import numpy as np
import pytest

from reverie.codecs.stories import Stories
from reverie.concepts import Story
from reverie.data.dataset import InMemory, Report, Stored
from reverie.data.lanes import Position
from reverie.data.stories.dataset import LARGEST, StoryDataset, StoryExamples, measure_story
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.padding import bucket_shapes
from reverie.training.sequences import SequenceReader

CODEC = Stories.of_words(["ann", "is", "here", "the", "tea", "where", "not"])
ANN, IS, HERE, THE, TEA, WHERE, NOT = range(3, 10)
TOLD = ("Ann is here.", "The tea is here.", "Ann is not here.")
SHORT = Question(TOLD, "Where is Ann?", "here", told=1)
LONG = Question(TOLD, "Where is the tea?", "here,the")


def test_an_example_is_an_answer_and_its_source():
    example = StoryExamples(CODEC)(LONG)
    assert example.values.tolist() == [HERE, THE, CODEC.end]
    story = example.source
    assert isinstance(story, Story) and story.memory_size == 3 and story.mask.all()
    assert story.words.tolist() == [[ANN, IS, HERE, 0], [THE, TEA, IS, HERE], [ANN, IS, NOT, HERE]]
    assert story.question.tolist() == [WHERE, IS, THE, TEA]
    assert measure_story(example) == (3, 3, 4) and measure_story(StoryExamples(CODEC)(SHORT))[
        1:
    ] == (1, 3)


def test_the_target_is_what_the_answer_follows_from():
    question = LONG._replace(support=(0, 2))
    examples = StoryExamples(CODEC)
    assert examples(question).target.tolist() == [1, 0, 1]
    assert StoryExamples(CODEC, recent=2)(question).target.tolist() == [0, 1]
    assert examples(question._replace(told=2)).target.tolist() == [1, 0]
    assert examples(LONG).target.tolist() == [0, 0, 0]
    padded = StoryDataset(examples, []).pad(examples(question), (4, 5, 5))
    assert padded.target.tolist() == [1, 0, 1, 0, 0] and padded.target.dtype == np.float32


def test_an_answer_may_be_one_symbol():
    codec = Stories.of_words([*CODEC.vocabulary[3:], "here the"], split_answers=False)
    assert StoryExamples(codec)(LONG).values.tolist() == [codec.size - 1]


def test_the_last_sentences_before_the_question_are_kept():
    def first_words(question, recent):
        return StoryExamples(CODEC, recent)(question).source.words[:, 0].tolist()

    assert first_words(LONG, 2) == [THE, ANN] and first_words(LONG, 9) == [ANN, THE, ANN]
    assert first_words(LONG._replace(told=2), 1) == [THE]


def test_stories_are_padded_by_sentences_and_words():
    padded = StoryDataset(StoryExamples(CODEC), []).pad(StoryExamples(CODEC)(SHORT), (4, 3, 5))
    assert padded.values.tolist() == [HERE, CODEC.end, 0, 0]
    assert padded.mask.tolist() == [True, True, False, False]
    assert padded.source.words.tolist() == [[ANN, IS, HERE, 0, 0], [0] * 5, [0] * 5]
    assert padded.source.mask.tolist() == [True, False, False]
    assert padded.source.question.tolist() == [WHERE, IS, ANN, 0, 0]
    assert padded.source.words.dtype == np.int32


def test_a_reader_reads_stories_of_three_sizes():
    report = Report("said", 1)
    dataset = Stored(StoryDataset(StoryExamples(CODEC), [SHORT, LONG, SHORT], report))
    assert dataset.all_sizes().tolist() == [[2, 1, 3], [3, 3, 4], [2, 1, 3]]
    reader = SequenceReader(dataset, 2, bucket_shapes(dataset.all_sizes(), 2, (1, 1, 1)))
    assert reader.report.dropped == 1 and reader.report.text.startswith("said; ")
    assert reader.batch(np.array([0, 2])).examples.source.words.shape == (2, 1, 3)
    batch, _ = reader.at(Position())
    story = reader.batch(np.array([0, 1])).examples.source
    assert story.words.shape == (2, 3, 4) and story.question.shape == (2, 4)
    assert story.mask.sum(1).tolist() == [1, 3] and batch.examples.values.shape[0] == 2


def test_a_story_and_its_question_as_one_text():
    example = StoryExamples(CODEC, recent=1).flat(SHORT)
    assert example.source.values.tolist() == [ANN, IS, HERE, WHERE, IS, ANN]
    assert InMemory([example]).sizes(0) == (2, 6)


def test_unknown_words_and_answers_are_named_or_replaced():
    odd = Question(("Ann is lost.",), "Where is Bob?", "nowhere")
    example = StoryExamples(CODEC)(odd)
    assert example.values.tolist() == [CODEC.unknown, CODEC.end]
    assert example.source.words.tolist() == [[ANN, IS, CODEC.unknown]]
    strict = StoryExamples(CODEC, unknown="error")
    for question, word in ((odd, "nowhere"), (odd._replace(answer="here"), "lost")):
        with pytest.raises(InputError, match=f"does not know: '{word}'"):
            strict(question)
    with pytest.raises(InputError, match="does not know: 'bob'"):
        strict(odd._replace(answer="here", sentences=TOLD))


def test_a_story_without_facts_is_refused():
    for question in (SHORT._replace(sentences=()), SHORT._replace(told=0)):
        with pytest.raises(InputError, match="nothing is told before the question 'Where is Ann"):
            StoryExamples(CODEC)(question)


def test_ten_thousand_facts():
    many = Question(TOLD * 4000, "Where is Ann?", "here")
    story = StoryExamples(CODEC)(many).source
    assert story.words.shape == (12_000, 4)
    assert story.pad(1, 12_500).pad_words(6).words.shape == (12_500, 6)
    assert StoryExamples(CODEC, recent=50)(many).source.words.shape == (50, 4)
    long = " ".join(["ann"] * (LARGEST // 10_000 + 1))
    with pytest.raises(InputError, match="a story of 10,000 sentences has one of 1,678 words"):
        StoryExamples(CODEC)(Question(("ann",) * 9_999 + (long,), "where", "here"))
