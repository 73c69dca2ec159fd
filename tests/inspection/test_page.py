"""The page: all of the text, nothing from outside, and in a browser what the model did."""

import base64
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from reverie.codecs.decoding import decode_pieces
from reverie.codecs.text import Bytes, Characters, Words
from reverie.errors import InputError
from reverie.inspection import page as module
from reverie.inspection.features import correlate, features
from reverie.inspection.page import blocks, page, source
from reverie.inspection.texts import LONGEST, TextTrace, read_text
from reverie.recipes import recipe
from reverie.settings import change

TEXT = 'So "it <b>is</b>" &amp; {{data}}\r\n\t(was) </script> é😀 don\'t\n\nran, running\n' * 3
CODECS = {"characters": Characters.learn([TEXT]), "bytes": Bytes(), "words": Words.learn([TEXT])}


def read(codec, text=TEXT, **options) -> TextTrace:
    """The text as an untrained model reads it."""
    system = recipe("characters")
    config = change(system.Config(), {"hidden": 8} | options)
    return read_text(system.build(config, codec, rng=np.random.default_rng(0)), codec, text)


@pytest.fixture(scope="module", params=CODECS)
def pages(request) -> tuple[TextTrace, str]:
    """What was read, and its page."""
    codec = CODECS[request.param]
    found = read(codec)
    return found, page(found, codec.symbols(), "A <title> & more")


class JointEmission(HTMLParser):
    """The text in the page, and all that could lead out of it."""

    def __init__(self, whole: str):
        super().__init__()
        self.inside, self.text, self.leads = False, "", []
        self.feed(whole)

    def handle_starttag(self, tag, attrs):
        self.inside = self.inside or tag == "main"
        self.leads += [name for name, _ in attrs if name in ("src", "href", "action", "srcset")]
        self.leads += [tag] * (tag in ("link", "img", "iframe", "base", "object"))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "main"

    def handle_data(self, data):
        self.text += data * self.inside


def test_a_page_holds_all_of_the_text_and_leads_nowhere(pages):
    found, whole = pages
    parts = JointEmission(whole)
    assert parts.text == "".join(found.pieces)
    assert not parts.leads and not re.search(r"https?:|url\(|@import|import\(|fetch\(", whole)
    assert "<title>A &lt;title&gt; &amp; more</title>" in whole and "default-src 'none'" in whole
    assert not re.search(r"<b>|\{\{title", whole)


def test_what_is_read_is_what_the_model_did(pages):
    found, _ = pages
    steps = len(found.values)
    assert set(found.units) == {"h", "c", "i", "f", "z", "o"}
    assert all(units.shape == (steps, 8) for units in found.units.values())
    np.testing.assert_allclose(np.exp(found.log_probs).sum(1), 1, rtol=1e-4)
    # What stands at an element is the step behind it, and what comes next was told there.
    np.testing.assert_allclose(found.units["c"][:-1], found.trace.states.core[0].c[1:])
    told = np.take_along_axis(found.log_probs[:-1], found.values[1:, None], 1)[:, 0]
    np.testing.assert_allclose(-told / np.log(2), found.bits[1:], rtol=1e-4)


def test_units_of_layers_are_told_apart():
    found = read(CODECS["characters"], cell="gru", layers=2, dropout_in=0.1)
    assert set(found.units) == {f"{n}.core.h" for n in (0, 1)} | {
        f"{n}.core.{gate}" for n in (0, 1) for gate in "run"
    }


def test_pieces_join_to_the_text():
    assert decode_pieces(Bytes().decoder(), Bytes().encode("aé")) == ["a", "", "é"]
    cut = np.array([0xC3], np.int32)
    assert decode_pieces(Bytes().decoder(), cut) == ["\ufffd"]
    words = Words.learn(["a b\nc"])
    assert decode_pieces(words.decoder(), words.encode("a b\nc")) == ["a", " b", "\n", "c"]


def test_lines_are_blocks_and_long_ones_are_several(monkeypatch):
    monkeypatch.setattr(module, "LINE", 4)
    assert list(blocks("ab\n\nabcdef")) == ["ab\n", "\n", "abcd", "ef"]


def test_units_that_stand_still_are_packed_too():
    packed = source("h", np.ones((5, 2)), {}, 2)
    assert packed["units"] == [0, 1] and packed["step"] == [0, 0]


@pytest.mark.parametrize("text", ["", "\n" * (LONGEST + 1)])
def test_texts_that_cannot_be_shown_are_told(text):
    with pytest.raises(InputError, match=r"the text is empty|20,001 symbols, more than 20,000"):
        read(Bytes(), text)


def test_one_symbol_is_a_text():
    found = read(Bytes(), "a")
    assert "data-ready" not in page(found, Bytes().symbols(), "a")


DRIVER = """
<script>
const faults = [];
onerror = (...fault) => faults.push(String(fault));
onunhandledrejection = event => faults.push(String(event.reason));
(async () => {
  while (!document.body.dataset.ready) await new Promise(done => setTimeout(done, 20));
  const press = (key, shiftKey = false) => get("text").dispatchEvent(
    new KeyboardEvent("keydown", {key, shiftKey, bubbles: true, cancelable: true}));
  const report = {text: text.textContent, best: [source.value, unit.value]};
  await choose(1, 2);
  report.unit = data.sources[1].units[2];
  report.values = Array.from({length: count}, (_, t) => value(t));
  report.guesses = Array.from({length: count}, (_, t) => guesses(t));
  press("ArrowRight");
  press("ArrowRight");
  report.place = place;
  report.told = slider.getAttribute("aria-valuetext");
  for (let n = 0; n < 5; n++) press("ArrowRight", true);
  report.selected = selected();
  await find();
  report.marked = text.querySelectorAll(".marked").length;
  report.found = [...get("found").rows].slice(1, 4).map(row =>
    [...row.cells].map(cell => cell.textContent));
  report.following = get("following").rows.length;
  get("clear").click();
  report.cleared = text.querySelectorAll(".marked").length;
  get("guessing").click();
  report.rows = text.querySelectorAll(".e")[3].querySelectorAll("small span").length;
  await choose(surprise);
  get("lowest").click();
  report.words = get("words").rows.length;
  report.coloured = text.querySelectorAll(".e[class*=' p']").length;
  report.faults = faults;
  const said = document.createElement("output");
  said.id = "report";
  said.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(report))));
  document.body.append(said);
})();
</script>
</body>"""


def driven(whole: str, folder: Path) -> dict[str, object]:
    """What a browser reports of the page."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no chromium to open the page in")
    path = folder / "page.html"
    path.write_text(whole.replace("</body>", DRIVER), encoding="utf-8", newline="")
    flags = "--headless --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom"
    profile = f"--user-data-dir={folder / 'profile'}"
    argv = [browser, *flags.split(), profile, path.as_uri()]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    report = re.search(r'<output id="report">([^<]*)</output>', done.stdout)
    assert report is not None, done.stderr[-2000:]
    found: dict[str, object] = json.loads(base64.b64decode(report[1]))
    return found


def test_in_a_browser(pages, tmp_path):
    found, whole = pages
    said = driven(whole, tmp_path)
    assert said["faults"] == [] and said["text"] == "".join(found.pieces)
    name = list(found.units)[1]
    unit = found.units[name][:, said["unit"]]
    reach = np.abs(unit - unit.mean()).max()
    np.testing.assert_allclose(said["values"], unit, atol=reach / module.LEVELS / 2 + 1e-4)
    chances = np.array([[chance for _, chance in row] for row in said["guesses"]])
    np.testing.assert_allclose(
        chances, np.sort(np.exp(found.log_probs), 1)[:, : -1 - module.GUESSES : -1], atol=1 / 255
    )
    assert said["place"] == 2 and f"3 of {len(found.pieces)}" in said["told"]
    assert f"{found.bits[2]:.2f} bits" in said["told"]
    shown = {t for t in range(2, 8) if found.pieces[t]}
    first, last = said["selected"]
    assert {t for t in range(first, last + 1) if found.pieces[t]} == shown
    assert said["marked"] == last - first + 1 and said["cleared"] == 0
    inside = (np.arange(len(found.bits)) >= first) & (np.arange(len(found.bits)) <= last)
    for of, number, r in said["found"]:
        expected = np.corrcoef(found.units[of][:, int(number)], inside)[0, 1]
        assert float(r) == pytest.approx(expected, abs=0.03)
    best = max(np.corrcoef(units.T, inside)[-1, :-1].max() for units in found.units.values())
    assert float(said["found"][0][2]) == pytest.approx(best, abs=0.03)
    lead = correlate(found.units["h"], features(found.pieces)).lead
    assert said["best"][0] == "0" and said["following"] > 1 and lead.size == 8
    assert said["rows"] == module.GUESSES and said["words"] > 5 and said["coloured"] > 20
