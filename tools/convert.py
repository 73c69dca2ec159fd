"""Writes model files anew in the format of today, with the same weights in the same precision.

python tools/convert.py src/reverie/models/*.reverie
"""

import argparse
from pathlib import Path

from safetensors.numpy import load as unpacked

from reverie.header import VERSION, read_header
from reverie.loading import load
from reverie.storage import save


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("files", nargs="+", type=Path, help="model files")
    for path in arguments.parse_args().files:
        earlier = read_header(path).version
        halves = any(a.dtype == "float16" for a in unpacked(path.read_bytes()).values())
        model, codec, recipe, config, facts = load(path)
        save(
            path,
            model,
            recipe=recipe,
            config=config,
            codec=codec,
            facts=facts,
            dtype="float16" if halves else "float32",
        )
        print(f"{path}: format {earlier} is format {VERSION} now")


if __name__ == "__main__":
    main()
