"""Strokes as people have them: InkML, SVG, JSON and stroke-3."""

import io
import pickle
import re
import zipfile

import numpy as np
import pytest

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats import stroke3
from reverie.formats.ink_files import read_file, read_inks
from reverie.formats.svg.paths import arc, bezier, flatten_path
from reverie.formats.svg.transforms import apply_transform, parse_transform


def read(tmp_path, name, content):
    return read_all(tmp_path, name, content).inks


def read_all(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path)


def svg(body, attributes=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'


def inkml(body):
    return f'<ink xmlns="http://www.w3.org/2003/InkML">{body}</ink>'


def channels(*names):
    return f"<traceFormat>{''.join(f'<channel name={n!r}/>' for n in names)}</traceFormat>"


# InkML.


def test_inkml_without_a_format_is_x_and_y(tmp_path):
    (ink,) = read(
        tmp_path, "a.inkml", inkml("<trace>10 0, 9 14,\n 8 28 </trace><trace>1 2</trace>")
    )
    assert [s.tolist() for s in ink.strokes] == [[[10, 0], [9, 14], [8, 28]], [[1, 2]]]


def test_inkml_channels_may_stand_in_any_order(tmp_path):
    truth = '<annotation type="truth"> a b </annotation>'
    trace = channels("F", "T", "Y", "X") + channels("X", "Y") + "<trace>.5 1500 2 1</trace>"
    (ink,) = read(tmp_path, "a.inkml", inkml(truth + trace))
    assert ink.points.tolist() == [[1, 2, 1.5]] and ink.text == "a b"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (inkml("<trace>1 2</trace>")[:-3], "broken XML"),
        ("", "broken XML"),
        ('<?xml version="1.0" encoding="nonsense"?><ink/>', "broken XML"),
        (svg(""), "not an InkML"),
        (inkml(""), "no <trace>"),
        (inkml("<trace></trace>"), "no <trace>"),
        (inkml("<trace>1 2, 'a 'b</trace>"), "point 2 of trace 1 is not a list of 2 numbers"),
        (inkml("<trace>1 nan</trace>"), "point 1 of trace 1"),
        (inkml("<trace>1 1e999</trace>"), "not a finite number"),
        (inkml("<trace>1 #" + "F" * 999 + "</trace>"), "not a finite number"),
        (inkml("<trace>1 #</trace>"), "point 1 of trace 1"),
        (inkml("<trace>1 .</trace>"), "point 1 of trace 1"),
        (inkml("<trace>1 2 '</trace>"), "point 1 of trace 1"),
        (inkml("<trace>1 --3</trace>"), "point 1 of trace 1"),
        (inkml(channels("X") + "<trace>1 2</trace>"), "X and Y are needed"),
        (inkml(channels("X", "Y") + "<trace>1</trace>"), "a list of 2 numbers"),
        (inkml(channels("X", "Y", "T") + "<trace>1 2</trace>"), "a list of 3 numbers"),
    ],
)
def test_inkml_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.inkml", content)
    assert "a.inkml" in str(caught.value) and "\n" not in str(caught.value)


def points(tmp_path, traces):
    return read(tmp_path, "a.inkml", inkml(traces))[0].points.tolist()


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ("100 100, '5'9, \"1\"-2, 3 4", [[100, 100], [105, 109], [111, 116], [120, 127]]),
        (
            "1125 18432,'23'43,\"7\"-8,3-5",
            [[1125, 18432], [1148, 18475], [1178, 18510], [1211, 18540]],
        ),
        ("0 0,'1'-1,2 3,!7!8,9 9", [[0, 0], [1, -1], [3, 2], [7, 8], [9, 9]]),
        ("0 0, '2 \"1, '-1 1", [[0, 0], [2, 1], [1, 3]]),
        ("1 2,* 3,'* 1,1 *", [[1, 2], [1, 3], [1, 1], [2, 1]]),
        ("1 2,? 3,4 5", [[1, 2], [4, 5]]),
        ("1-2,#1F-.5", [[1, -2], [31, -0.5]]),
        ("1 2 T,3 4 F *,5 6", [[1, 2], [3, 4], [5, 6]]),
        (" 1 2 ,, 3\n4 , ", [[1, 2], [3, 4]]),
    ],
)
def test_inkml_of_values_and_differences(tmp_path, trace, expected):
    assert points(tmp_path, f"<trace>{trace}</trace>") == expected


def test_differences_begin_anew_in_each_trace(tmp_path):
    assert points(tmp_path, "<trace>9 9,'1'1</trace><trace>5 5,6 6</trace>")[2:] == [[5, 5], [6, 6]]


def test_traces_that_are_no_ink(tmp_path):
    body = (
        '<definitions><trace xml:id="d">7 7</trace><trace>8 8</trace></definitions>'
        '<trace type="penUp">1 1</trace><trace></trace><trace>2 2</trace>'
        '<traceView traceDataRef="#d"/><traceView traceDataRef="#d"/>'
    )
    found = read_all(tmp_path, "a.inkml", inkml(body))
    assert found.inks[0].points.tolist() == [[2, 2], [7, 7]]
    assert found.notes == ("left out 1 empty trace",)


def test_each_trace_has_the_channels_of_its_context(tmp_path):
    body = (
        f'<definitions>{channels("KEY")}<context xml:id="a">{channels("X", "Y")}</context>'
        f'<inkSource xml:id="s">{channels("F", "Y", "X")}</inkSource>'
        '<context xml:id="b" inkSourceRef="#s"/><context xml:id="c" contextRef="#b"/>'
        '<context xml:id="r" contextRef="#r"/></definitions>'
        '<trace>1 2</trace><trace contextRef="#c">9 4 3</trace><trace contextRef="#r">5 6</trace>'
        '<context contextRef="#b"/><traceGroup><trace>9 8 7</trace></traceGroup>'
        '<traceGroup contextRef="#a"><trace>1 2</trace></traceGroup>'
    )
    assert points(tmp_path, body) == [[1, 2], [3, 4], [5, 6], [7, 8], [1, 2]]


def test_channels_that_point_the_other_way_and_need_not_be_there(tmp_path):
    body = (
        '<traceFormat><channel name="X"/><channel name="Y" orientation="-ve"/>'
        '<intermittentChannels><channel name="T"/></intermittentChannels></traceFormat>'
        "<trace>1 2, 3 4 5</trace>"
    )
    assert points(tmp_path, body) == [[1, -2], [3, -4]]


def test_times_of_an_unknown_unit_are_left_out(tmp_path):
    formats = channels("X", "Y", "T").replace("name='T'", "name='T' units='dev'")
    found = read_all(tmp_path, "a.inkml", inkml(f"{formats}<trace>1 2 3,'1'1'1</trace>"))
    assert found.inks[0].points.tolist() == [[1, 2], [2, 3]]
    assert found.notes == ("left out times in the unit 'dev'",)


def test_a_trace_that_goes_on_is_one_stroke(tmp_path):
    body = (
        '<trace xml:id="a" continuation="begin">1 2</trace><trace>9 9</trace>'
        '<trace xml:id="b" continuation="middle" priorRef="#a">3 4</trace>'
        '<trace continuation="end" priorRef="#b">5 6</trace>'
    )
    (ink,) = read(tmp_path, "a.inkml", inkml(body))
    assert [s.tolist() for s in ink.strokes] == [[[1, 2], [3, 4], [5, 6]], [[9, 9]]]


@pytest.mark.parametrize("second", ["<trace>1 2 8</trace>", '<trace contextRef="#c">1 2</trace>'])
def test_times_that_cannot_be_are_left_out(tmp_path, second):
    context = f'<definitions><context xml:id="c">{channels("X", "Y")}</context></definitions>'
    body = context + channels("X", "Y", "T") + "<trace>1 2 9</trace>" + second
    found = read_all(tmp_path, "a.inkml", inkml(body))
    assert not found.inks[0].timed and "its times" in found.notes[0]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            '<annotationXML type="Ground truth"><label> a b </label></annotationXML>',
            "a b",
        ),
        (
            '<annotationXML type="truth" encoding="Content-MathML"><text>x</text></annotationXML>',
            "",
        ),
        ('<annotation type="writer">w</annotation><annotation type="Truth">a</annotation>', "a"),
        (
            '<traceGroup><annotation type="transcription">a</annotation></traceGroup><traceGroup>'
            '<traceGroup><annotation type="truth">b</annotation></traceGroup>'
            '<traceGroup><annotation type="truth">c</annotation></traceGroup></traceGroup>',
            "a\nb c",
        ),
    ],
)
def test_where_inkml_has_its_text(tmp_path, body, text):
    (ink,) = read(tmp_path, "a.inkml", inkml(body + "<trace>1 2</trace>"))
    assert ink.text == text


BOMB = """<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg><title>&b;</title></svg>"""


DEFAULTS = '<!DOCTYPE svg [<!ATTLIST path d CDATA "M0 0h1">]><svg/>'
EXTERNAL = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]><svg>&a;</svg>'


@pytest.mark.parametrize("content", [BOMB, BOMB.encode("utf-16"), DEFAULTS, EXTERNAL])
@pytest.mark.parametrize("suffix", ["svg", "inkml"])
def test_a_document_type_with_entities_is_refused(tmp_path, content, suffix):
    with pytest.raises(InputError, match="document type declares"):
        read(tmp_path, f"a.{suffix}", content)


def test_a_document_type_without_entities_is_not_fetched(tmp_path):
    public = '"-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:1/svg11.dtd"'
    content = f"<!DOCTYPE svg PUBLIC {public} [<!-- -->]>" + svg("<path d='M0 0h1'/>")
    assert read(tmp_path, "a.svg", content)[0].points.tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (svg("<g>" * 300 + "</g>" * 300), "more than 200 deep"),
        (svg("<g/>" * 600_000), "more than 500,000 elements"),
    ],
)
def test_xml_that_is_too_large(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "a.svg", content)


# SVG.


@pytest.mark.parametrize(
    ("data", "points"),
    [
        ("M1 2L3 4", [[1, 2], [3, 4]]),
        ("m1,2 2,2 0-1", [[1, 2], [3, 4], [3, 3]]),
        ("M1-2.5.5", None),
        ("M0 0H5V6h-1v-2", [[0, 0], [5, 0], [5, 6], [4, 6], [4, 4]]),
        ("M0 0 4 0 4 3Z", [[0, 0], [4, 0], [4, 3], [0, 0]]),
        ("M1e1.5L+2-3", [[10, 0.5], [2, -3]]),
        ("M0 0C1 0 2 0 3 0", [[0, 0], [3, 0]]),
    ],
)
def test_lines_of_a_path(data, points):
    if points is None:
        with pytest.raises(InputError, match="cannot be read at character"):
            flatten_path(data)
    else:
        (line,) = flatten_path(data)
        assert line.tolist() == points


def test_a_path_goes_on_where_a_closed_one_began():
    first, second = flatten_path("M2 2h3v3z l-1-1")
    assert first[-1].tolist() == [2, 2] and second.tolist() == [[2, 2], [1, 1]]


@pytest.mark.parametrize(
    ("data", "same"),
    [
        ("M0 0c0 4 4 4 4 0s4-4 4 0", "M0 0C0 4 4 4 4 0C4-4 8-4 8 0"),
        ("M0 0q2 4 4 0t4 0", "M0 0Q2 4 4 0Q6-4 8 0"),
        ("M0 0L4 0S6 2 8 0", "M0 0L4 0C4 0 6 2 8 0"),
        ("M0 0T4 0T8 0", "M0 0Q0 0 4 0Q8 0 8 0"),
        ("M1 1a2 3 10 01 4 4", "M1 1A2 3 10 0 1 5 5"),
    ],
)
def test_short_forms_of_curves(data, same):
    (one,), (other,) = flatten_path(data), flatten_path(same)
    assert np.allclose(one, other, atol=1e-12) and len(one) > 2


def test_a_bezier_curve_is_followed_closely():
    controls = [0j, 0 + 4j, 4 + 4j, 4 + 0j]
    at = np.linspace(0, 1, 5000)
    exact = sum(
        n * c * at**k * (1 - at) ** (3 - k)
        for k, (n, c) in enumerate(zip((1, 3, 3, 1), controls, strict=True))
    )
    points = np.array(bezier(controls))
    assert np.abs(points[:, None] - exact).min(1).max() < 1e-3 and points[-1] == 4
    assert bezier([0j, 1 + 0j, 3 + 0j]) == [3]


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
def test_an_arc_lies_on_its_circle_and_goes_the_right_way(large, sweep):
    points = np.array([0j, *arc(0j, [5, 5, 30, large, sweep], 6 + 0j)])
    distances = [np.abs(points - c) for c in (3 + 4j, 3 - 4j)]
    assert min(np.ptp(d) for d in distances) < 1e-9 and points[-1] == 6
    length = np.abs(np.diff(points)).sum()
    small = 2 * 5 * np.arcsin(3 / 5)
    assert np.isclose(length, 10 * np.pi - small if large else small, rtol=0.01)
    # y grows downwards: where angles grow, the way from left to right passes above.
    assert (points.imag.min() < -1e-9) == bool(sweep)


def test_an_ellipse_that_is_too_small_grows():
    points = np.array([0j, *arc(0j, [1, 2, 0, 0, 1], 6 + 0j)])
    assert np.isclose(points.imag.min(), -6, atol=0.05) and points[-1] == 6
    assert arc(0j, [0, 2, 0, 0, 1], 6 + 0j) == [6]


def test_transforms_are_carried_out_from_the_inside(tmp_path):
    body = '<g transform="translate(10,20) scale(2)"><path transform="rotate(90)" d="M1 0h1"/></g>'
    (ink,) = read(tmp_path, "a.svg", svg(body))
    assert np.allclose(ink.points, [[10, 22], [10, 24]])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (1, 2)),
        ("matrix(1 2 3 4 5 6)", (12, 16)),
        ("translate(3)", (4, 2)),
        ("scale(2, 3)", (2, 6)),
        ("rotate(90 1 1)", (0, 1)),
        ("skewX(45)", (3, 2)),
        ("skewY(45)", (1, 3)),
        ("translate(1 1),scale(-1)", (0, -1)),
    ],
)
def test_each_transform(text, place):
    assert np.allclose(apply_transform(np.array([[1.0, 2.0]]), parse_transform(text)), [place])


def test_lines_and_polygons_are_strokes_and_definitions_are_not(tmp_path):
    body = (
        "<title>t</title><defs><path d='M0 0h1'/></defs><rect width='3' height='3'/>"
        "<line x1='1px' y2='3'/><polyline points='0,0 1,1 2 0'/><polygon points='0,0 1,1 2 0'/>"
    )
    (ink,) = read(tmp_path, "a.svg", svg(body, "fill='none' stroke='red'"))
    assert [len(s) for s in ink.strokes] == [2, 3, 4] and ink.text == "t"
    assert ink.strokes[0].tolist() == [[1, 0], [0, 3]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (svg("<path d='M0 0L"), "broken XML"),
        (svg(""), "no paths or lines"),
        (svg("<path d='L3 3'/>"), "character 1"),
        (svg("<path d='M3 3 L4 x'/>"), "character 9 "),
        (svg("<path d='M3 3L1e999 0'/>"), "character 6 "),
        (svg("<g transform='spin(3)'/>"), "cannot be read: use matrix"),
        (svg("<line x1='a'/>"), "not a number"),
        (svg("<path style='fill:none' d='M0 0h1'/>"), "1 line, all of them hidden"),
        (svg("<path d='M0 0h1v1z'/><path fill='#000' d='M0 0h1'/>"), "only 2 filled shapes"),
        (svg("<g transform='" + " " * 100_000 + "x'/>"), "the transform 'x' cannot be read"),
        (svg("<style>" + "a{fill:red}" * 20_000 + "</style>"), "more than 10,000 rules"),
        (svg("<line transform='scale(1e300) scale(1e300)' x2='1'/>"), "not a finite number"),
        (inkml(""), "not an SVG"),
    ],
)
def test_svg_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.svg", content)
    assert "a.svg" in str(caught.value) and "\n" not in str(caught.value)


LETTERS = "<path d='M0 0v60'/><path d='M30 0v60'/>"
DRAWN = "fill='none' stroke='#000' viewBox='0 0 200 100'"


def drawn(tmp_path, body, attributes=DRAWN):
    found = read_all(tmp_path, "a.svg", svg(LETTERS + body, attributes))
    return [s.tolist() for s in found.inks[0].strokes[2:]], found.notes


HIDING = [
    "display='none'",
    "visibility='hidden'",
    "visibility='collapse'",
    "opacity='0'",
    "stroke-opacity='0%'",
    "stroke='none'",
    "stroke='transparent'",
    "stroke='#0000'",
    "stroke='#11223300'",
    "stroke='rgba(1, 2, 3, 0)'",
    "stroke='hsl(1 2% 3% / 0%)'",
    "stroke='currentColor' color='transparent'",
    "stroke-width='0px'",
    "stroke='#000' style='stroke : none'",
    "style='display:inline; display:none !important'",
    "class='a off b'",
    "id='gone'",
    "transform='scale(0 1)'",
    "transform='matrix(1 2 2 4 0 0)'",
]


@pytest.mark.parametrize("how", HIDING)
def test_hidden_lines_are_no_ink(tmp_path, how):
    sheet = (
        "<style>/* #none{} */ @import 'a.css'; @media print {path {display:none}} .c:hover{x:y}"
        "<![CDATA[ .off,.c{display:none} g>path#gone , b.c {visibility:hidden}]]></style>"
    )
    body = f"{sheet}<g><path {how} d='M0 0h9'/></g><g {how}><path d='M0 0h9'/></g>"
    strokes, notes = drawn(tmp_path, body)
    left = 1 if "gone" in how else 2
    assert len(strokes) == 2 - left and notes == (f"left out {left} hidden line{'s' * (left - 1)}",)


@pytest.mark.parametrize(
    "body",
    [
        "<g visibility='hidden'><path visibility='visible' d='M1 2h3'/></g>",
        "<g stroke='none'><path style='stroke:red' d='M1 2h3'/></g>",
        "<style>g path{stroke:none} g .a{stroke:red}</style><g><path class='a' d='M1 2h3'/></g>",
        "<style>.a .b{display:none}</style><g class='b'><path d='M1 2h3'/></g>",
        "<style>.a{display:none}</style><path class='a' style='display:inline' d='M1 2h3'/>",
        "<defs><path id='p' d='M1 2h3'/></defs><use href='#p'/>",
        "<symbol><path d='M9 9h9'/></symbol><clipPath><path d='M0 0h9'/></clipPath>"
        "<path d='M1 2h3'/>",
        "<switch><foreignObject/><g><path d='M1 2h3'/></g><g><path d='M7 7h7'/></g></switch>",
        "<path style='transform:translate(1px,2px)' d='M0 0h3'/>",
        "<style>path:last-child{} .t{transform:translateX(1px) translateY(2%)}</style>"
        "<path class='t' d='M0 0h3'/>",
        "<path transform='rotate(90)' transform-origin='1 2' d='M1 2v-3'/>",
        "<path style='transform:rotate(.25turn);transform-origin:left top' d='M2-1v-3'/>",
        "<path style='translate:1px 2px;rotate:90deg;scale:3' d='M0 0v-1'/>",
        "<svg x='1' y='2'><path d='M0 0h3'/></svg>",
        "<svg x='1' y='2' width='40' height='20' viewBox='5 5 20 10'><path d='M5 5h1.5'/></svg>",
        "<svg x='1' width='30' height='34' viewBox='0 0 10 10'><path d='M0 0h1'/></svg>",
        "<svg width='0'><path d='M7 7h7'/></svg><path d='M1 2h3'/>",
        "<symbol id='s' viewBox='0 0 10 10'><path d='M0 0h1'/></symbol>"
        "<use href='#s' x='1' y='2' width='30' height='30'/>",
        "<defs><g id='g'><path d='M0 0h3'/></g></defs><use href='#g' x='1' y='2'/>",
        "<g id='g'><use href='#g'/><use href='other.svg#g'/><path d='M1 2h3'/></g>",
        "<line x1='1' y1='2%' x2='2%' y2='2'/>",
        "<path fill='red' d='M1 2h3'/>",
    ],
)
def test_where_a_line_is_drawn(tmp_path, body):
    strokes, notes = drawn(tmp_path, body)
    assert np.allclose(strokes, [[[1, 2], [4, 2]]]) and notes == ()


@pytest.mark.parametrize("kind", ["g", "symbol", "svg"])
def test_parts_that_use_parts_end_before_python_does(tmp_path, kind):
    parts = "".join(f"<{kind} id='a{n}'><use href='#a{n + 1}'/></{kind}>" for n in range(500))
    with pytest.raises(InputError, match="more than 200 deep"):
        drawn(tmp_path, parts + "<use href='#a0'/>")


def test_rules_that_are_not_understood_are_counted(tmp_path):
    sheet = "<style>[id], a+b{display:none} c~d{x:y} g:hover{display:none}</style>"
    _, notes = drawn(tmp_path, sheet)
    assert notes == ("left out 2 rules of its style sheet that no tag, id or class selects",)


def test_ink_of_too_many_points(tmp_path, monkeypatch):
    for module in ("svg.paths", "svg.elements", "inkml"):
        monkeypatch.setattr(f"reverie.formats.{module}.MOST_POINTS", 3)
    for name, content in {
        "a.svg": svg("<path d='M0 0h1h1h1h1'/>"),
        "b.svg": svg("<polyline points='1 2 3 4 5 6 7 8'/>"),
        "c.svg": svg("<path id='a' d='M0 0h1'/><use href='#a'/>"),
        "a.inkml": inkml("<trace>1 2, 3 4, 5 6, 7 8</trace>"),
    }.items():
        with pytest.raises(InputError, match="points: split it"):
            read(tmp_path, name, content)


def test_small_shapes_are_dots_and_large_ones_are_outlines_or_left_out(tmp_path):
    body = (
        "<circle cx='5' cy='6' r='3'/><ellipse cx='5' cy='6' rx='2' fill='red' stroke='none'/>"
        "<rect x='4' y='5' width='2' height='2'/><path d='M4 6a1 1 0 0 1 2 0a1 1 0 0 1-2 0' "
        "fill='#000' stroke='none'/><circle r='0'/><rect x='-9' y='-9' width='90' height='90'/>"
    )
    strokes, notes = drawn(tmp_path, body)
    assert np.allclose(strokes, [[[5, 6]]] * 4) and notes == ()
    body = (
        "<circle cx='50' cy='50' r='20'/><circle r='20' fill='red' stroke='none'/>"
        "<path fill='#000' stroke='#000' d='M0 0h20v20z'/><path fill='#fff' d='M0 0h20v20z'/>"
    )
    (ring, triangle), notes = drawn(tmp_path, body)
    assert np.allclose(np.hypot(*(np.array(ring) - 50).T), 20) and len(triangle) == 4
    assert notes == ("left out 2 filled shapes: a pen draws lines, not areas",)


def test_a_picture_that_uses_its_parts_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.svg.elements.MOST_WORK", 10_000)
    uses = [f"<use href='#a{n}'/>" * 9 for n in range(11)]
    body = "".join(f"<g id='a{n}'>{each}</g>" for n, each in enumerate(uses, 1))
    with pytest.raises(InputError, match="use its parts less often"):
        drawn(tmp_path, "<path id='a0' d='M0 0h9'/>" + body)


# JSON.


def test_drawings_of_quick_draw(tmp_path):
    simple = '{"word": "cat", "drawing": [[[0, 10], [5, 9]], [[40], [1]]]}'
    raw = '{"word": "dog", "drawing": [[[0.5, 10], [5, 9], [0, 250]], [[4], [1], [500]]]}'
    found = read_all(tmp_path, "a.ndjson", f'{simple}\n\n{raw}\r\n{{"drawing": []}}\n')
    assert [ink.text for ink in found.inks] == ["cat", "dog"]
    assert [s.tolist() for s in found.inks[0].strokes] == [[[0, 5], [10, 9]], [[40, 1]]]
    assert found.inks[1].points.tolist() == [[0.5, 5, 0], [10, 9, 0.25], [4, 1, 0.5]]
    assert found.notes == ("left out 1 empty drawing",)
    assert read(tmp_path, "a.json", simple)[0].text == "cat"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"drawing": [[[0, 1], [2]]]}', "line 2: its drawing is not a list of lines"),
        ('{"drawing": 3}', "line 2: its drawing"),
        ('{"drawing": [3]}', "line 2: its drawing"),
        ('{"drawing": [[[], []]]}', "line 2: stroke 1"),
        ('{"drawing": [[[0], [1]]], "word": 3}', "line 2: its drawing"),
        ('{"drawing"', "line 2 is broken JSON"),
        ("{}", "line 2: there are no strokes"),
    ],
)
def test_drawings_that_cannot_be_read(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "{a}.ndjson", f'{{"drawing": [[[0], [1]]]}}\n{line}')


def test_the_forms_of_json(tmp_path):
    (ink,) = read(tmp_path, "a.json", "[[[0, 1], [2, 3]], [[4, 5]]]")
    assert [len(s) for s in ink.strokes] == [2, 1] and ink.text == ""
    one = '{"strokes": [[[0, 1, 0.5]]], "text": "a"}'
    assert [i.text for i in read(tmp_path, "a.json", f"[{one}, {one}]")] == ["a", "a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[[0, 1]", "broken JSON"),
        (b"\xff\xfe\x00", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("3", "no strokes in it"),
        ("[]", "no strokes"),
        ('{"text": "a"}', "no strokes in it"),
        ('{"strokes": [[[0, 1]]], "text": 3}', "no strokes in it"),
        ("[[[0, NaN]]]", "not a finite number"),
        ('[{"strokes": [[[0, 1]]]}, {"strokes": []}]', "ink 2: "),
    ],
)
def test_json_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.json", content)
    assert "a.json" in str(caught.value) and "\n" not in str(caught.value)


# IAM-OnDB.


def test_one_file_of_line_strokes(tmp_path):
    body = "<Point x='7' y='8' time='5.5'/><Point x='9' y='8' time='5.75'/></Stroke>"
    strokes = f"<Stroke colour='black' start_time='5.5' end_time='5.75'>{body}"
    (ink,) = read(tmp_path, "a.xml", f"<WhiteboardCaptureSession>{strokes}")
    assert ink.points.tolist() == [[7, 8, 0], [9, 8, 0.25]]
    with pytest.raises(InputError, match="a.xml: its strokes cannot be read"):
        read(tmp_path, "a.xml", "<Stroke ><Point x='1' />")


def test_xml_of_other_names(tmp_path):
    assert read(tmp_path, "a.xml", inkml("<trace>1 2</trace>"))[0].points.tolist() == [[1, 2]]
    assert len(read(tmp_path, "a.xml", svg("<path d='M0 0h1'/>"))[0].points) == 2
    with pytest.raises(InputError, match="a.xml is XML without ink"):
        read(tmp_path, "a.xml", "<html/>")


# Stroke-3.

DRAWINGS = [
    np.array([[1, 2, 0], [3, 0, 1], [0, 5, 0], [1, 1, 1]], np.int16),
    np.array([[-1, -2, 1]], np.int16),
]


def object_array(arrays):
    made = np.empty(len(arrays), object)
    made[:] = arrays
    return made


def check_drawings(inks):
    assert [len(i.points) for i in inks] == [4, 1]
    assert [s.tolist() for s in inks[0].strokes] == [[[1, 2], [4, 2]], [[4, 7], [5, 8]]]


def test_flat_stroke3(tmp_path):
    rows, lengths = np.concatenate(DRAWINGS), np.array([4, 1])
    np.savez(tmp_path / "a.npz", strokes=rows, lengths=lengths)
    check_drawings(read_inks(tmp_path / "a.npz"))
    np.savez_compressed(
        tmp_path / "b.npz",
        train_strokes=rows,
        train_lengths=lengths,
        test_strokes=rows[:1],
        test_lengths=lengths[1:],
    )
    parts = stroke3.read(tmp_path / "b.npz")
    check_drawings(parts["train"])
    assert len(parts["test"]) == 1


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<f4", "<f8"])
def test_the_public_form_of_stroke3_is_read_without_running_it(tmp_path, protocol, dtype):
    arrays = object_array([d.astype(dtype) for d in DRAWINGS])
    header = io.BytesIO()
    about = {"descr": "|O", "fortran_order": False, "shape": arrays.shape}
    np.lib.format.write_array_header_1_0(header, about)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for part in ("train", "valid"):
            file.writestr(f"{part}.npy", header.getvalue() + pickle.dumps(arrays, protocol))
    parts = stroke3.read(tmp_path / "a.npz")
    assert list(parts) == ["train", "valid"]
    check_drawings(parts["train"])


def test_what_numpy_itself_saves_is_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", train=object_array(DRAWINGS))
    check_drawings(stroke3.read(tmp_path / "a.npz")["train"])


class Evil:
    """What runs a program where a pickle is loaded."""

    def __reduce__(self):
        return (print, ("never",))


@pytest.mark.parametrize(
    "content",
    [[Evil()], ["text"], [{}], [np.array(["text"])], [object_array(DRAWINGS)], [None]],
)
def test_other_objects_are_refused_and_never_run(tmp_path, capsys, content):
    made = np.empty(1, object)
    made[0] = content[0]
    np.savez(tmp_path / "a.npz", train=made)
    with pytest.raises(InputError, match="more than plain arrays .*'lengths'"):
        read_inks(tmp_path / "a.npz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"strokes": np.zeros((3, 3))}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": [2]}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": [4, -1]}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 5)), "lengths": [3]}, "drawing 1 of strokes has the shape"),
        ({"strokes": np.full((3, 3), np.nan), "lengths": [3]}, "not a finite number"),
        ({"other": np.zeros(3)}, "no drawings"),
    ],
)
def test_stroke3_that_cannot_be_read(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message) as caught:
        read_inks(tmp_path / "a.npz")
    assert "a.npz" in str(caught.value) and "\n" not in str(caught.value)


def test_drawings_of_one_length_in_one_array(tmp_path):
    one = DRAWINGS[0]
    np.savez(tmp_path / "a.npz", train=np.stack([one, one]), test=one)
    parts = stroke3.read(tmp_path / "a.npz")
    assert [len(part) for part in parts.values()] == [2, 1]
    for (ink,) in (parts["train"][1:], parts["test"]):
        assert [s.tolist() for s in ink.strokes] == [[[1, 2], [4, 2]], [[4, 7], [5, 8]]]
    np.savez(tmp_path / "b.npz", strokes=np.stack([one, one]), lengths=[4, 1])
    assert [len(ink.points) for ink in read_inks(tmp_path / "b.npz")] == [4, 1]


def test_drawings_without_points_are_left_out_and_counted(tmp_path):
    empty = [np.zeros(0), np.zeros((0, 3))]
    np.savez(tmp_path / "a.npz", train=object_array([*DRAWINGS, *empty]))
    np.savez(tmp_path / "b.npz", strokes=np.concatenate(DRAWINGS), lengths=[4, 0, 1])
    for name, left_out in (("a", "2 drawings"), ("b", "1 drawing")):
        file = read_file(tmp_path / f"{name}.npz")
        check_drawings(file.inks)
        assert file.notes == (f"left out {left_out} without points",)


PEN_FIRST = np.concatenate(DRAWINGS)[:, [2, 0, 1]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train": PEN_FIRST}, r"not the pen, 0 or 1 \(column 1 seems to be the pen\)"),
        ({"strokes": PEN_FIRST, "lengths": [5]}, "order dx, dy, pen"),
        ({"train": np.arange(9.0).reshape(3, 3)}, "not the pen, 0 or 1: put"),
        ({"train": np.tile([[2, 3, 1]], (20, 1))}, "lifted after 100% .* store 1 - pen"),
        ({"train": np.zeros((4, 5))}, "stroke-5: store its columns 1, 2 and 4"),
        ({"strokes": np.array(3.0), "lengths": [1]}, "is a single number"),
        ({"strokes": np.zeros((3, 3), "M8[s]"), "lengths": [3]}, "array of datetime64"),
        ({"strokes": np.full((3, 3), "a"), "lengths": [3]}, "array of <U1"),
        ({"strokes": np.zeros((3, 3), bool), "lengths": [3]}, "array of bool"),
        ({"strokes": np.zeros((3, 3)), "lengths": [2**62, 2**62, 2**63, 3]}, "sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": ["a"]}, "sum to 3"),
    ],
)
def test_drawings_in_other_forms(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        read_inks(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (9" + "9" * 30 + ", 3)}", "shape"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 3)}", "but has 72"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3)}", "not an array"),
        ("{'descr': 'V9', 'fortran_order': False, 'shape': (8,)}", "numbers only"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (((", "not an array"),
        ("text", "not an array"),
    ],
)
def test_arrays_that_are_not_what_they_say(tmp_path, header, message):
    """Nothing is allocated for a shape, whatever the archive says of its size."""
    text = (header + "\n").encode()
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(72)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.npy", array)
    with pytest.raises(InputError, match=message):
        read_inks(tmp_path / "a.npz")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("field", [{8: b"\x01"}, {10: b"\x63"}, {}])
def test_archives_that_are_packed_wrongly(tmp_path, packing, field):
    """Encrypted, of an unknown method, or with other bytes in what is packed."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w", packing) as file:
        file.writestr("train.npy", bytes(range(256)) * 4)
    whole = bytearray((tmp_path / "a.npz").read_bytes())
    for offset, value in field.items():
        at = whole.find(b"PK\x01\x02") + offset
        whole[at : at + 1] = value
    if not field:
        whole[60:90] = bytes(30)
    with pytest.raises(InputError, match="a damaged .npz file"):
        read(tmp_path, "b.npz", bytes(whole))


def test_an_archive_that_unpacks_to_a_trap(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.opening.UNPACKED", 1000)
    np.savez_compressed(tmp_path / "a.npz", train=np.zeros((100_000, 3)))
    with pytest.raises(InputError, match="more than 200 times"):
        read_inks(tmp_path / "a.npz")


def test_damaged_archives(tmp_path):
    np.savez(tmp_path / "a.npz", train=object_array(DRAWINGS * 50))
    whole = (tmp_path / "a.npz").read_bytes()
    for content in (b"", b"text", whole[:-50], re.sub(rb"multiarray", b"multiarrax", whole)):
        with pytest.raises(InputError):
            read(tmp_path, "b.npz", content)


# All.


def test_files_that_are_no_strokes(tmp_path):
    with pytest.raises(InputError, match="must end in"):
        read_inks(tmp_path / "a.txt")
    for name in ("a.svg", "a.json", "a.inkml", "a.npz"):
        with pytest.raises(InputError, match=f"cannot read .*{name}.*: No such file"):
            read_inks(tmp_path / name)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.opening.LARGEST", 100)
    with pytest.raises(InputError, match="larger than"):
        read(tmp_path, "a.json", " " * 200)


def test_ink_of_a_reader_is_ink(tmp_path):
    assert isinstance(read(tmp_path, "a.json", "[[[0, 1]]]")[0], Ink)
