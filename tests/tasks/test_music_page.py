"""The page that plays music: all of its text is text, nothing leads out, and a browser plays it."""

import base64
import json
import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from reverie.codecs.tune import Note, Tune
from reverie.errors import InputError
from reverie.tasks.music.player import Played, player_page, write_player
from reverie.tasks.music.timing import HOLD

TUNE = Tune(
    (Note(69, 0, 2), Note(45, 0, 4, 80, 1), Note(72, 2, 2), Note(76, 4, 4), Note(57, 4, 4, 90, 1)),
    tempo=60.0,
    fermatas=(4.0,),
)
NAME = '"><b>Chorale</b> &amp; </script>'
SCORE = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def whole() -> str:
    """A page of two tunes."""
    rows = np.random.default_rng(0).uniform(0, 1, (32, 88))
    return player_page(
        [Played(NAME, TUNE, rows, SCORE, "<i>remark</i>"), Played("silent", Tune(()))], "<title>"
    )


class Leads(HTMLParser):
    """The elements of the page, its text, and all that could lead out of it."""

    def __init__(self, whole: str):
        super().__init__()
        self.tags, self.text, self.leads = [], "", []
        self.feed(whole)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.leads += [value for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data):
        self.text += data


def test_all_text_is_text_and_nothing_leads_out(whole):
    parts = Leads(whole)
    assert parts.tags.count("section") == 2 and not {"b", "i", "link"} & set(parts.tags)
    assert parts.tags.count("script") == 2
    assert NAME in parts.text and "<i>remark</i>" in parts.text and "<title>" in parts.text
    assert [lead[:26] for lead in parts.leads] == ["data:image/svg+xml;base64,"]
    assert base64.b64decode(parts.leads[0][26:]).decode() == SCORE
    assert not re.search(r"https?:|url\(|@import|import\(|fetch\(|\{\{", whole)
    assert "default-src 'none'" in whole


def test_the_data_are_those_of_the_tune(whole):
    found = re.search(r'id="data">(.*?)</script>', whole)
    first, silent = json.loads(found[1])
    assert first["notes"][1] == [45, 0, 4, 80, 1] and first["voices"] == 2
    assert first["clock"][1][-1] == pytest.approx(4 + 4 * HOLD)
    shades = np.frombuffer(zlib.decompress(base64.b64decode(first["shades"])), np.uint8)
    rows = np.random.default_rng(0).uniform(0, 1, (32, 88))
    low = first["low"]
    np.testing.assert_array_equal(
        shades.reshape(32, -1)[:, 21 - low : 109 - low], np.round(255 * rows)
    )
    assert silent["notes"] == [] and silent["length"] == 1 and "shades" not in silent


@pytest.mark.parametrize(
    ("played", "says"),
    [
        (Played("a", TUNE._replace(metre=(3, 5))), "3/5 is no metre"),
        (Played("a", TUNE._replace(tempo=0.0)), "a tempo of 0"),
        (Played("a", TUNE, np.zeros((3, 12))), "a row of 88 keys"),
    ],
)
def test_what_cannot_be_played_is_told(tmp_path, played, says):
    with pytest.raises(InputError, match=says):
        write_player(tmp_path / "a.html", [played])
    assert not list(tmp_path.iterdir())


DRIVER = """
<script>
const faults = [];
onerror = (...fault) => faults.push(String(fault));
onunhandledrejection = event => faults.push(String(event.reason));
const pause = time => new Promise(done => setTimeout(done, time));
(async () => {
  while (!document.body.dataset.ready) await pause(20);
  const [player, silent] = players, report = {};
  const press = key => player.$track.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  report.start = player.$place.textContent;
  for (let n = 0; n < 5; n++) press("ArrowRight");
  press("PageUp");
  press("ArrowLeft");
  report.place = player.place(player.now());
  report.told = player.$track.getAttribute("aria-valuetext");
  press("Home");
  player.$track.setPointerCapture = () => {};
  const box = player.$track.getBoundingClientRect();
  player.$track.onpointerdown({clientX: box.left + box.width * 2.5 / 8, pointerId: 1});
  report.clicked = player.place(player.now());
  press(" ");
  report.on = [player.on, player.$play.textContent, player.live.length];
  /* The clock of the sound need not run in a browser without a screen: as if two seconds ago. */
  player.since = context.currentTime - 2;
  player.feed();
  report.later = player.place(player.now());
  report.sounding = player.live.length;
  player.show();
  report.pressed = player.pressed;
  player.$tempo.value = 120;
  player.$tempo.oninput();
  player.since = context.currentTime - 1;
  report.fast = player.place(player.now());
  silent.$play.click();
  report.other = [player.on, silent.on, player.$play.textContent];
  silent.$stop.click();
  report.stopped = [silent.on, silent.now()];
  const {width, height} = player.$notes, scale = width / player.width;
  const image = player.$notes.getContext("2d").getImageData(0, 0, width, height).data;
  const at = (place, pitch) => {
    const x = Math.floor(scale * place * player.quarter);
    const from = 4 * (x + width * Math.floor(scale * (player.y(pitch) + player.key / 2)));
    return [...image.slice(from, from + 3)];
  };
  report.colours = [at(1, 69), at(1, 45)];
  report.wanted = ["--v0", "--v1"].map(colour);
  const rate = 44100, offline = new OfflineAudioContext(1, 2 * rate, rate);
  strike(offline, waveOf(offline), offline.destination, 69, 0.5, 0.25, 1);
  const sound = (await offline.startRendering()).getChannelData(0);
  const peak = (from, to) => sound.slice(from * rate, to * rate)
    .reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  report.peaks = [peak(0, 0.25), peak(0.25, 1.25), peak(1.75, 2)];
  let crossings = 0;
  for (let n = 0.5 * rate; n < 1 * rate; n++) crossings += sound[n - 1] < 0 && sound[n] >= 0;
  report.crossings = crossings;
  report.faults = faults;
  const said = document.createElement("output");
  said.id = "report";
  said.textContent = btoa(JSON.stringify(report));
  document.body.append(said);
})();
</script>
</body>"""


def test_the_file_is_the_page(tmp_path):
    write_player(tmp_path / "a.html", [Played("a", TUNE)], "b")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == player_page(
        [Played("a", TUNE)], "b"
    )


def driven(whole: str, folder: Path) -> dict[str, object]:
    """What a browser reports of the page."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no chromium to open the page in")
    path = folder / "page.html"
    path.write_text(whole.replace("</body>", DRIVER), encoding="utf-8", newline="")
    flags = "--headless --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom"
    more = "--autoplay-policy=no-user-gesture-required --enable-logging=stderr"
    profile = f"--user-data-dir={folder / 'profile'}"
    argv = [browser, *flags.split(), *more.split(), profile, path.as_uri()]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    report = re.search(r'<output id="report">([^<]*)</output>', done.stdout)
    assert report is not None, done.stderr[-2000:]
    assert "CONSOLE" not in done.stderr
    found: dict[str, object] = json.loads(base64.b64decode(report[1]))
    return found


def test_in_a_browser(whole, tmp_path):
    said = driven(whole, tmp_path)
    assert said["faults"] == [] and said["start"] == "bar 1, 0:00 of 0:10"
    assert said["place"] == pytest.approx(8 - 1) and said["told"] == "bar 2, 0:08 of 0:10"
    assert said["clicked"] == pytest.approx(2.5, abs=0.05)
    assert said["on"] == [True, "Pause", 2]
    assert said["later"] == pytest.approx(4 + 0.5 / HOLD, abs=0.1)
    assert said["sounding"] == 4 and said["pressed"] == "76,57"
    assert said["fast"] == pytest.approx(4 + 2.5 / HOLD, abs=0.1)
    assert said["other"] == [False, True, "Play"] and said["stopped"] == [False, 0]
    for shown, wanted in zip(said["colours"], said["wanted"], strict=True):
        assert "#" + bytes(shown).hex() == wanted
    before, during, after = said["peaks"]
    assert before == 0 and 0.2 < during <= 0.5 and after < 1e-3
    assert said["crossings"] == pytest.approx(220, abs=1)
