"""SVG as people have it: what is drawn with a stroke is ink."""

import numpy as np
import pytest
from formats.files import check_refusal, inkml, read, read_all, svg

from reverie.errors import InputError
from reverie.formats.svg.paths import arc, bezier, flatten_path
from reverie.formats.svg.transforms import apply_transform, parse_transform


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
    check_refusal(tmp_path, "a.svg", content, message)


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
