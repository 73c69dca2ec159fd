"""Score captions against references: reverie score CANDIDATES REFERENCES."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverie.cli.parsing import Parser
from reverie.data.caption_files import read_caption_file, read_captions
from reverie.data.caption_matching import match_captions
from reverie.settings import Options, change_group, option

if TYPE_CHECKING:
    from reverie.metrics.captions import CaptionDifferences, CaptionScores


@dataclass(frozen=True)
class ScoreOptions(Options):
    """What the scores are compared with, and how sure they are."""

    frequencies: str = option("", "captions whose document frequencies CIDEr takes")
    against: str = option("", "other candidates, whose scores are compared")
    samples: int = option(1000, "resamples of the pictures", least=1, below=1_000_001)
    seed: int = option(0, "which resamples", least=0)
    json: bool = option(False, "print one JSON object")


def run(argv: list[str]) -> int:
    """Prints BLEU, ROUGE-L and CIDEr of captions, with their 95 % intervals."""
    parser = Parser(
        "score",
        "CANDIDATES REFERENCES [options]",
        "Score captions of pictures against what people wrote: BLEU-1 to 4, ROUGE-L, CIDEr and "
        "CIDEr-D, which is what papers call CIDEr, as coco-caption computes them.",
    )
    parser.add_argument("candidates", metavar="CANDIDATES", help="one caption for each picture")
    parser.add_argument("references", metavar="REFERENCES", help="captions that people wrote")
    parser.add_options("scores", ScoreOptions())
    values = parser.parse_options(argv)
    score(values["candidates"], values["references"], change_group(ScoreOptions(), values))
    return 0


def score(candidates: str, references: str, options: ScoreOptions) -> None:
    """Reads the files, and prints what there is to say of them."""
    sets = [read_caption_file(path) for path in (candidates, options.against) if path]
    matched = match_captions(read_caption_file(references), sets)
    counted = read_captions(options.frequencies).captions if options.frequencies else None

    from reverie.metrics import captions  # brings NumPy

    known = captions.document_frequencies(
        matched.references if counted is None else list(counted.values()),
        captions.OWN if counted is None else options.frequencies,
    )
    asked = (matched.references, known, options.samples, options.seed)
    first, *others = matched.candidates
    scores = captions.caption_scores(first, *asked)
    compared = captions.paired_bootstrap(first, others[0], *asked) if others else None
    if options.json:
        print(as_json(scores, compared, matched.notes))
        return
    for note in matched.notes:
        print(note, file=sys.stderr)
    print(scores.summary())
    if compared:
        print(f"\n{candidates} less {options.against}:\n{compared.summary()}")


def as_json(
    scores: CaptionScores, compared: CaptionDifferences | None, notes: tuple[str, ...]
) -> str:
    """All that is printed, as one object."""
    said = scores._asdict() | {"notes": [*notes, *scores.notes]}
    said["scores"] = {name: score._asdict() for name, score in scores.scores.items()}
    if compared:
        differences = compared.differences.items()
        said["differences"] = {name: difference._asdict() for name, difference in differences}
    return json.dumps(said)
