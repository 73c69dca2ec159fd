"""Characters per second of a whole training step on a GPU: Reverie against PyTorch's cuDNN."""

from __future__ import annotations

import argparse
import contextlib

import torch
from side_by_side import best
from training import Peepholes, Plainly, V, reverie

from reverie.runtime import prepare


def pytorch(shape: tuple[int, int, int, int], peepholes: bool, bfloat16: bool):
    """The same update in PyTorch, on the GPU."""
    layers, hidden, rows, length = shape
    net = (Peepholes if peepholes else Plainly)(layers, hidden).cuda()
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    y = torch.randint(0, V, (rows, length + 1)).cuda()
    one_hot = torch.eye(V).cuda()

    def work():
        optimiser.zero_grad()
        with torch.autocast("cuda", torch.bfloat16) if bfloat16 else contextlib.nullcontext():
            logits = net(one_hot[y[:, :-1]])
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), y[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        torch.cuda.synchronize()

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    prepare()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    print(f"characters per second, best of {rounds}, {torch.cuda.get_device_name()}")
    for layers, hidden, rows, length, peepholes, bfloat16 in (
        (1, 256, 32, 64, False, False),
        (2, 512, 64, 64, False, False),
        (2, 1024, 128, 128, False, False),
        (2, 512, 64, 64, True, False),
        (2, 512, 64, 64, False, True),
        (2, 1024, 128, 128, False, True),
    ):
        shape = (layers, hidden, rows, length)
        ours = best({"": reverie(*shape, peepholes, bfloat16)}, rounds)[""]
        theirs = best({"": pytorch(shape, peepholes, bfloat16)}, 3 if peepholes else rounds)[""]
        print(
            f"{layers}x{hidden} B {rows} T {length}{' peepholes' * peepholes}"
            f"{' bfloat16' * bfloat16}: reverie {rows * length / ours:.0f} ({ours * 1e3:.2f} ms) "
            f"| PyTorch {rows * length / theirs:.0f} ({theirs * 1e3:.2f} ms), "
            f"ratio {theirs / ours:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
