"""Translations: what is asked of a search, other opinions, unknown words, and what is measured."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

from reverie.codecs.characters import Characters
from reverie.codecs.pair import Pair
from reverie.codecs.words import Words
from reverie.concepts import Condition, Memory, SymbolSequence
from reverie.cores.attentive import AttentiveState
from reverie.errors import InputError
from reverie.inspection.alignment import symbol_labels
from reverie.model import nll
from reverie.recipes import recipe
from reverie.search.penalties import CoveragePenalty
from reverie.search.sources import SearchSettings
from reverie.settings import change
from reverie.tasks.translation.data import pairs_reader
from reverie.tasks.translation.exposure import BUCKET, exposures
from reverie.tasks.translation.generate import Translation, Translator
from reverie.tasks.translation.pairs import Pairs
from reverie.tasks.translation.reranking import BackTranslationScorer, LanguageModelScorer, rerank
from reverie.tasks.translation.unknown_words import replace_unknown
from reverie.training.evaluation import sequence_losses

LETTERS = Characters("\nabc", "a")
MEDIUM = Pair(LETTERS, LETTERS)
TINY = {"hidden": 5, "embedding": 3}


def network(seed: int, name: str = "translation", **options):
    """An untrained translator with strong opinions."""
    system = recipe(name)
    config = change(system.Config(), TINY | options)
    return system.build(config, MEDIUM, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(network(0), MEDIUM)


def test_a_search_does_what_is_asked(translator):
    source = ["abca"]
    plain = translator.translate(source, SearchSettings(4, alpha=0.0))[0]
    assert [t.score for t in plain] == pytest.approx([t.log_prob for t in plain])
    longer = translator.translate(source, SearchSettings(4, shortest=6))[0]
    assert all(len(t.values) >= 6 for t in longer if t.finished)
    short = translator.translate(source, SearchSettings(4, longest=2))[0]
    assert all(len(t.values) <= 2 for t in short)
    once = translator.translate(source, SearchSettings(4, block=1, longest=9))[0]
    assert all(len(set(t.values.tolist())) == len(t.values) for t in once)
    groups = translator.translate(source, SearchSettings(4, groups=4, diversity=9.0))[0]
    assert len({t.text[:1] for t in groups}) > 1
    read = translator.translate(source, SearchSettings(4, alpha=0.0, coverage=2.0))[0]
    assert all(t.score < t.log_prob for t in read)


def test_several_models_are_an_ensemble(translator):
    other = network(1)
    both = Translator((translator.models[0], other), MEDIUM)
    found = both.translate(["ab"], SearchSettings(3, coverage=0.1))[0]
    assert found[0].log_prob < 0 and both.alignment("ab", found[0].values).shape[1] == 3


def test_what_was_not_read_costs():
    state = AttentiveState(None, None, None, jnp.array([0.5, 2.0, 0.0, 0.0]))
    memory = Memory(None, None, jnp.array([True, True, True, False]))
    cost = CoveragePenalty(2.0)((state,), Condition(memory=memory))
    assert float(cost) == pytest.approx(2 * (np.log(0.5) + np.log(1e-3)), rel=1e-5)
    assert float(CoveragePenalty(2.0)(jnp.zeros(3), Condition())) == 0


def hypotheses(*texts: str) -> list[Translation]:
    return [Translation(t, -1.0 * n, -1.0 * n, True, np.zeros(1)) for n, t in enumerate(texts)]


def test_a_language_model_has_a_say():
    system = recipe("characters")
    model = system.build(
        change(system.Config(), {"hidden": 4}), LETTERS, rng=np.random.default_rng(0)
    )
    judge = LanguageModelScorer(model, LETTERS)
    targets = ["ab", "c", "abca"]
    expected = []
    for target in targets:
        values = jnp.asarray(LETTERS.encode("\n" + target + "\n"))
        expected.append(-float(nll(model.unroll(values).distribution, values)[1:].sum()))
    np.testing.assert_allclose(judge.log_probs("c", targets), expected, rtol=1e-4)
    found = rerank("c", hypotheses(*targets), judge, 10.0)
    assert [t.text for t in found] == [targets[n] for n in np.argsort(expected)[::-1]]
    assert [t.text for t in rerank("c", hypotheses(*targets), judge, 0.0)] == targets
    assert rerank("c", [], judge, 1.0) == []


def test_a_model_that_translates_back_has_a_say():
    model = network(2)
    judge = BackTranslationScorer(model, MEDIUM)
    reader = pairs_reader(MEDIUM, Pairs("", ["ab", "cc"], ["abc", "abc"]), 2)
    np.testing.assert_allclose(
        judge.log_probs("abc", ["ab", "cc"]), -sequence_losses(model, reader), rtol=1e-4
    )


def test_unknown_words_are_those_that_were_read():
    source, target = Words.learn(["the cat\n"]), Words.learn(["die Katze\n"])
    pair = Pair(source, target)
    values = target.encode("die ??? ???\n", "replace")
    alpha = np.array([[1, 0, 0, 0], [0, 0.4, 0.3, 0.3], [0, 0.1, 0.2, 0.7], [0, 0, 0, 1]])
    known = replace_unknown(pair, "the zebra sleeps", values, alpha, {"zebra": "Zebra"})
    assert known == "die Zebra sleeps"
    with pytest.raises(InputError, match="are not words"):
        replace_unknown(MEDIUM, "a", np.array([1]), np.ones((1, 2)), {})


def test_exposure_is_counted_by_position(translator):
    sources, targets = ["ab", "c", "abcab"], ["abcabca", "ab", "c"]
    reader = pairs_reader(MEDIUM, Pairs("", sources, targets), 2)
    written = [LETTERS.encode(text + "\n") for text in ("abab", "ba", "c")]
    first, *rest = exposures(translator.models[0], reader, written)
    assert first.begin == 0 and first.end == BUCKET and first.symbols == 5 + 3 + 2
    # a ab b(a) ab \n, then b ba \n, then c c\n: what the targets have of it.
    assert first.free == pytest.approx((3 + 0 + 2) / 10)
    assert not rest and 0 <= first.right <= 1
    model, total = translator.models[0], 0.0
    for source, target in zip(sources, targets, strict=True):
        values = jnp.asarray(LETTERS.encode(target + "\n"))
        condition = model.condition(SymbolSequence.of(LETTERS.encode(source + "\n")))
        read = model.unroll(values, model.start(condition), condition)
        total += float(nll(read.distribution, values)[:BUCKET].sum())
    assert first.forced == pytest.approx(total / (5 + 3 + 2), rel=1e-4)


def test_an_alignment_is_pictured(translator, tmp_path):
    pytest.importorskip("matplotlib")
    from reverie.inspection.alignment import alignment_picture
    from reverie.inspection.saving import save_figure

    values = LETTERS.encode("cab\n")
    alpha = translator.alignment("ab", values)
    names = symbol_labels(LETTERS.symbols(), values)
    assert names == ["c", "a", "b", "\u21b5"]
    figure = alignment_picture(
        alpha, symbol_labels(LETTERS.symbols(), LETTERS.encode("ab\n")), names
    )
    save_figure(figure, tmp_path / "alignment.svg")
    assert re.search("<svg", (tmp_path / "alignment.svg").read_text())
    blind = Translator(network(0, "sutskever-translation"), MEDIUM)
    with pytest.raises(InputError, match="no attention"):
        blind.alignment("ab", values)


def test_every_objective_is_built():
    system = recipe("translation")
    task = system.task.load()
    kinds = {
        "teacher-forcing": "TeacherForcing",
        "scheduled-sampling": "ScheduledSampling",
        "always-own": "ScheduledSampling",
        "self-critical": "SelfCritical",
        "mixer": "Mixer",
    }
    for name, kind in kinds.items():
        config = change(
            system.Config(), {"objective": name, "baseline": True, "pairs": 20, "share": 1.0}
        )
        built = task.open(config).objective(config.training)
        assert type(built).__name__ == kind
    config = change(system.Config(), {"hard": True, "pairs": 20})
    assert type(task.open(config).objective(config.training)).__name__ == "ReinforceAttention"
