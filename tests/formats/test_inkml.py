"""InkML as people have it."""

import pytest
from formats.files import channels, check_refusal, inkml, read, read_all, svg


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
    check_refusal(tmp_path, "a.inkml", content, message)


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
