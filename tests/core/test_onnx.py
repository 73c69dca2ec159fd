"""Networks of ONNX files."""

import numpy as np
import pytest

from reverie.encoders.onnx import MEAN, STD, ONNXFeatures
from reverie.errors import InputError

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

helper, numpy_helper, TensorProto = onnx.helper, onnx.numpy_helper, onnx.TensorProto
FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8
W = np.arange(12, dtype=np.float32).reshape(4, 3, 1, 1) / 10


def save(path, nodes, inputs, outputs, weights=()):
    """A network; inputs and outputs are (name, type, shape)."""
    values = [[helper.make_tensor_value_info(*each) for each in part] for part in (inputs, outputs)]
    graph = helper.make_graph(nodes, "g", *values, list(weights))
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    )
    return path


def convolution(path, shape=("n", 3, "h", "w"), weights=None):
    """Four channels of the three at each place, and their means as a second output."""
    nodes = [
        helper.make_node("Conv", ["x", "W"], ["map"]),
        helper.make_node("ReduceMean", ["map"], ["vector"], axes=[2, 3], keepdims=0),
        helper.make_node("ReduceMean", ["map"], ["number"], axes=[1, 2, 3], keepdims=0),
    ]
    shapes = {"vector": ["n", 4], "number": ["n"], "map": ["n", 4, "h", "w"]}
    outputs = [(name, FLOAT, size) for name, size in shapes.items()]
    weights = numpy_helper.from_array(W, "W") if weights is None else weights
    return save(path, nodes, [("x", FLOAT, shape)], outputs, [weights])


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (3, 5, 6, 3), np.uint8)


def check_refusal(path, message, **options):
    with pytest.raises(InputError, match=message) as caught:
        ONNXFeatures(path, **options)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("batch", ["n", 1, 2])
def test_a_map_becomes_places_row_by_row(tmp_path, pixels, batch):
    network = ONNXFeatures(convolution(tmp_path / "a.onnx", (batch, 3, "h", "w")))
    found = network.features(pixels)
    expected = ((pixels - np.array(MEAN)) / STD) @ W[:, :, 0, 0].T
    np.testing.assert_allclose(found, expected.reshape(3, 30, 4), rtol=1e-4, atol=1e-5)
    assert found.dtype == np.float32


def test_a_vector_is_one_place(tmp_path, pixels):
    path = convolution(tmp_path / "a.onnx")
    network = ONNXFeatures(path, output="vector", mean=(0, 0, 0), std=(255, 255, 255))
    expected = (pixels / 255).mean((1, 2)) @ W[:, :, 0, 0].T
    np.testing.assert_allclose(network.features(pixels), expected[:, None], rtol=1e-4, atol=1e-5)


def test_channels_may_be_last_and_pixels_as_they_are(tmp_path, pixels):
    node = helper.make_node("Cast", ["x"], ["y"], to=FLOAT)
    shape = ["n", 5, 6, 3]
    path = save(tmp_path / "a.onnx", [node], [("x", UINT8, shape)], [("y", FLOAT, shape)])
    network = ONNXFeatures(path)
    assert (network.form.height, network.form.width, network.form.batch) == (5, 6, None)
    assert (network.features(pixels) == pixels.reshape(3, 30, 3)).all()


def test_pictures_it_does_not_take_are_refused(tmp_path, pixels):
    network = ONNXFeatures(convolution(tmp_path / "a.onnx", ("n", 3, 7, "w")))
    for wrong in (pixels[0], pixels[..., :2], pixels[:0], pixels.astype(float)):
        with pytest.raises(InputError, match="cannot be used"):
            network.features(wrong)
    with pytest.raises(InputError, match="7 rows and 6 columns, not 5 and 6"):
        network.features(pixels)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([("x", FLOAT, ["n", 3, "h", "w"]), ("z", FLOAT, [1])], "has 2 inputs"),
        ([("x", FLOAT, ["n", 3])], "export one that takes"),
        ([("x", FLOAT, ["n", 4, "h", "w"])], "export one that takes"),
        ([("x", FLOAT, ["n", "c", "h", "w"])], "export one that takes"),
        ([("x", TensorProto.INT64, ["n", 3, "h", "w"])], "export one that takes"),
    ],
)
def test_networks_that_take_no_pictures_are_refused(tmp_path, inputs, message):
    node = helper.make_node("Identity", ["x"], ["y"])
    output = ("y", *inputs[0][1:])
    check_refusal(save(tmp_path / "a.onnx", [node], inputs, [output]), message)


def test_outputs_that_are_no_features_are_refused(tmp_path):
    path = convolution(tmp_path / "a.onnx")
    check_refusal(path, "name one of vector, map", output="number")
    check_refusal(path, "no output none of it", output="none")
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3, 1], keepdims=0)
    inputs, outputs = [("x", FLOAT, ["n", 3, "h", "w"])], [("y", FLOAT, ["n"])]
    check_refusal(save(tmp_path / "b.onnx", [node], inputs, outputs), "has two or four axes")


def test_an_output_that_is_of_other_pictures_is_refused(tmp_path, pixels):
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[0, 1], keepdims=0)
    inputs, outputs = [("x", FLOAT, ["n", 3, "h", "w"])], [("y", FLOAT, ["h", "w"])]
    network = ONNXFeatures(save(tmp_path / "a.onnx", [node], inputs, outputs))
    with pytest.raises(InputError, match=r"has the shape \(5, 6\)"):
        network.features(pixels)


def test_a_network_that_fails_is_an_error_in_a_sentence(tmp_path, pixels):
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    shape = numpy_helper.from_array(np.array([7, 11]), "shape")
    inputs, outputs = [("x", FLOAT, ["n", 3, "h", "w"])], [("y", FLOAT, [7, 11])]
    network = ONNXFeatures(save(tmp_path / "a.onnx", nodes, inputs, outputs, [shape]))
    with pytest.raises(InputError, match="the network fails"):
        network.features(pixels)


def test_what_is_no_network_is_refused(tmp_path):
    for content in (b"", b"a text of any kind", bytes(100)):
        (tmp_path / "a.onnx").write_bytes(content)
        check_refusal(tmp_path / "a.onnx", "cannot open it")
    check_refusal(tmp_path / "none.onnx", "No such file")
    check_refusal(tmp_path, "Is a directory")


def test_data_are_read_from_the_folder_of_the_network_only(tmp_path, pixels):
    inside, outside = tmp_path / "net", tmp_path / "outside.bin"
    inside.mkdir()
    outside.write_bytes(W.tobytes())
    (inside / "own.bin").write_bytes(W.tobytes())
    (inside / "link.bin").symlink_to(outside)

    def open_with(location):
        weights = TensorProto(name="W", data_type=FLOAT, dims=W.shape)
        weights.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", str(W.nbytes))):
            weights.external_data.add(key=key, value=value)
        return ONNXFeatures(convolution(inside / "a.onnx", weights=weights))

    assert open_with("own.bin").features(pixels).shape == (3, 30, 4)
    for location in ("none.bin", "../outside.bin", str(outside), "link.bin", "/proc/self/environ"):
        with pytest.raises(InputError, match="cannot open it") as caught:
            open_with(location)
        assert str(caught.value).isprintable()
