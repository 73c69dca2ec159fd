"""BLEU and chrF of translations, as sacrebleu computes them (Post 2018)."""

from collections.abc import Sequence
from typing import NamedTuple

from reverie.errors import require


class CorpusScores(NamedTuple):
    """The scores of a corpus of translations, from 0 to 100."""

    bleu: float | None
    """BLEU (Papineni 2002); none where no translation has four words, and so no 4-gram."""
    chrf: float
    """chrF (Popovic 2015), on characters."""
    signatures: tuple[str, str]
    """What sacrebleu says about how both were computed, to be quoted with them."""

    def summary(self) -> str:
        """The scores, for people."""
        bleu = "no BLEU of short lines" if self.bleu is None else f"BLEU {self.bleu:.2f}"
        return f"{bleu}, chrF {self.chrf:.2f}"


def corpus_scores(translations: Sequence[str], targets: Sequence[str]) -> CorpusScores:
    """The scores of translations against one reference each.

    Raises InputError where the extra "translation" is not installed.
    """
    metrics = require("sacrebleu.metrics", "translation")
    bleu, chrf = metrics.BLEU(), metrics.CHRF()
    one, other = (m.corpus_score(list(translations), [list(targets)]) for m in (bleu, chrf))
    signatures = str(bleu.get_signature()), str(chrf.get_signature())
    return CorpusScores(one.score if one.totals[-1] else None, other.score, signatures)
