"""What a model made of a line: shapes, and densities on the page that are the model's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from recipes.small_codecs import medium_of

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.recipes import recipe
from reverie.settings import change
from reverie.tasks.handwriting.density import Grid, density, make_grid
from reverie.tasks.handwriting.line_trace import LineTrace, read_line

TEXT, T = "facade", 12
MEDIUM = medium_of("handwriting")


@pytest.fixture(scope="module")
def model():
    system = recipe("handwriting")
    config = change(system.Config(), {"hidden": 6, "components": 2, "gaussians": 2})
    return system.build(config, MEDIUM, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def ink() -> Ink:
    """Three strokes somewhere on a page."""
    rng = np.random.default_rng(1)
    points = np.cumsum(rng.normal((8, 0), 25, (T + 1, 2)), axis=0) + np.array([300, -200])
    return Ink.of_points(points, np.arange(T + 1) % 5 == 4)


@pytest.fixture(scope="module")
def line(model, ink) -> LineTrace:
    return read_line(model, MEDIUM, ink, TEXT)


def wide(line: LineTrace, cell: float, margin: float = 400.0) -> Grid:
    """A grid with all that the line might reach."""
    left, top, right, bottom = line.ink.bounds
    x = np.arange(left - margin, right + margin, cell)
    return Grid(x, np.arange(top - margin, bottom + margin, cell))


def mass(line: LineTrace, grid: Grid) -> float:
    return float(density(line, MEDIUM.strokes, grid).sum() * np.prod(grid.cell))


def test_a_line_is_read_step_by_step(line, model, ink):
    assert line.points.shape == (T + 1, 2) and line.ends.shape == (T + 1,)
    assert line.offsets.shape == (T, 2) and line.bits.shape == (T, 1)
    assert line.phi.shape == (T, len(TEXT) + 1) and (line.phi >= 0).all()
    assert line.weights.shape == (T, 2) and line.ink.text == TEXT
    np.testing.assert_allclose(line.weights.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.diff(line.points, axis=0), np.diff(ink.points, axis=0), rtol=1e-3)
    longer = read_line(model, MEDIUM, ink, TEXT + "bed")
    assert longer.phi.shape == (T, len(TEXT) + 4)
    np.testing.assert_allclose(longer.phi[:, : len(TEXT)], line.phi[:, :-1], rtol=1e-5)


def test_a_bias_sharpens(line, model, ink):
    biased = read_line(model, MEDIUM, ink, TEXT, 2.0)
    expected = jax.nn.softmax(3 * line.mixture.weights)
    np.testing.assert_allclose(biased.weights, expected, rtol=1e-5)
    np.testing.assert_allclose(biased.mixture.log_sd, line.mixture.log_sd - 2, rtol=1e-5)
    np.testing.assert_array_equal(biased.phi, line.phi)


def test_the_density_of_a_line_sums_to_its_steps(line):
    assert mass(line, wide(line, 4.0)) == pytest.approx(T, rel=2e-3)


@pytest.mark.parametrize("bias", [3.0, 8.0])
def test_nothing_falls_between_the_cells(model, ink, bias):
    biased = read_line(model, MEDIUM, ink, TEXT, bias)
    assert mass(biased, wide(biased, 25.0)) == pytest.approx(T, rel=2e-2)


def test_the_density_is_that_of_the_distributions(line):
    """In page units: each one's own log p, by the change of variables."""
    grid, strokes = wide(line, 2.0, 60.0), MEDIUM.strokes
    found = density(line, strokes, grid)
    rows, columns = np.arange(5, len(grid.y), 17), np.arange(3, len(grid.x), 31)
    places = np.stack(np.meshgrid(grid.x[columns], grid.y[rows]), -1)
    ways = places[:, :, None] - line.points[:-1] - strokes.mean
    log_p = line.mixture.log_prob(jnp.asarray(ways / strokes.scale, jnp.float32))
    expected = np.exp(log_p).sum(-1) / np.prod(strokes.scale)
    np.testing.assert_allclose(found[np.ix_(rows, columns)], expected, rtol=0.02, atol=1e-7)


def test_a_grid_is_over_the_page_and_as_fine_as_it_need_be(line, model, ink):
    coarse = make_grid(line, MEDIUM.strokes, 2000)
    left, right, bottom, top = coarse.extent
    bounds = line.ink.bounds
    assert left < bounds[0] and top < bounds[1] and right > bounds[2] and bottom > bounds[3]
    np.testing.assert_allclose(*coarse.cell, rtol=1e-6)
    sharp = read_line(model, MEDIUM, ink, TEXT, 3.0)
    assert len(coarse.x) < len(make_grid(sharp, MEDIUM.strokes, 2000).x) <= 2000
    assert len(make_grid(sharp, MEDIUM.strokes, 50).x) == 50


def test_what_cannot_be_read_is_told(model, ink):
    with pytest.raises(InputError, match="give the text"):
        read_line(model, MEDIUM, ink, " ")
    with pytest.raises(InputError, match="LATIN SMALL LETTER Z"):
        read_line(model, MEDIUM, ink, "az")


def test_a_dot_is_a_step(model):
    dot = read_line(model, MEDIUM, Ink((np.zeros((1, 2)),)), TEXT)
    assert dot.phi.shape == (1, len(TEXT) + 1) and dot.points.shape == (2, 2)


def test_a_density_that_is_elsewhere_is_told(line):
    far = Grid(np.arange(9.0) + 1e6, np.arange(9.0))
    with pytest.raises(InputError, match="no point on this page"):
        density(line, MEDIUM.strokes, far)
