"""Series and tables as inputs: standardised by the training data, seen by people, told without a network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.measured.recipe import SERIES, SeriesView, TableView, make_measured_recipe
from jssl.augment.measured.views import series_view, stretched_crop, table_view
from jssl.data.measurements import about
from jssl.data.source import Facts, from_arrays
from jssl.data.sources import open_source
from jssl.errors import DataError
from jssl.inputs.series import drawn, series
from jssl.inputs.table import squares, table

RNG = np.random.default_rng(0)
WALKS = (5 * RNG.standard_normal((40, 16, 2)).cumsum(1) + [3.0, -7.0]).astype(np.float32)
ROWS = (RNG.standard_normal((40, 3)) * [1.0, 10.0, 0.01] + [0.0, 5.0, 2.0]).astype(np.float32)


def input_of(key: str, x: np.ndarray, **options: object):
    facts = Facts(len(x), {key: jax.ShapeDtypeStruct(x.shape[1:], np.float32)}, about=about(key, x))
    return {"series": series, "table": table}[key](facts, **options)


@pytest.mark.parametrize(("key", "x"), [("series", WALKS), ("table", ROWS)])
def test_training_data_have_mean_0_and_deviation_1_and_what_is_missing_is_the_mean(key: str, x: np.ndarray) -> None:
    missing = x.copy()
    missing[0], missing[3, ..., 1] = np.nan, np.nan
    z = np.asarray(input_of(key, missing).prepare({key: missing})).reshape(-1, x.shape[-1])
    there = ~np.isnan(missing.reshape(-1, x.shape[-1]))
    assert not z[~there].any()
    for channel in range(x.shape[-1]):
        own = z[there[:, channel], channel]
        np.testing.assert_allclose([own.mean(), own.std()], [0, 1], atol=1e-4)


def test_a_channel_that_never_changes_or_was_never_measured_divides_by_nothing() -> None:
    x = np.stack([np.full(5, 2.0), np.full(5, np.nan)], axis=1)
    assert about("table", x) == {"table_mean": [2.0, 0.0], "table_std": [1.0, 1.0]}
    assert not np.asarray(input_of("table", x).prepare({"table": x})).any()


def test_arrays_are_opened_with_the_statistics_of_their_split(tmp_path) -> None:
    np.savez(
        tmp_path / "a.npz", train_series=WALKS[:30, :, 0], test_series=WALKS[30:, :, 0], train_labels=np.arange(30)
    )
    train, test = (open_source(f"npz:{tmp_path}/a.npz", split=split) for split in ("train", "test"))
    assert train.spec["series"].shape == (16, 1) and train.spec["series"].dtype == np.float32
    assert train.about == about("series", WALKS[:30, :, :1]) != test.about
    np.savez(tmp_path / "b.npz", tables=np.arange(12).reshape(4, 3))
    assert open_source(f"npz:{tmp_path}/b.npz").read(np.array([1]))["table"].tolist() == [[3.0, 4.0, 5.0]]
    np.savez(tmp_path / "c.npz", tables=np.full((4, 3), np.inf))
    with pytest.raises(DataError, match=r"`tables` is float64 \[4, 3\]; it must be finite numbers, or NaN"):
        open_source(f"npz:{tmp_path}/c.npz")


@pytest.mark.slow
def test_views_by_hand() -> None:
    x, key = jnp.asarray(RNG.standard_normal((400, 3)), jnp.float32), jax.random.key(0)
    factors = series_view(SeriesView(scale=0.5), key, x) / x
    np.testing.assert_allclose(factors, jnp.broadcast_to(factors[:1], x.shape), rtol=1e-4)  # one for each channel
    assert np.ptp(factors[0]) > 0.1
    noise = series_view(SeriesView(jitter=0.3), key, x) - x
    np.testing.assert_allclose([noise.mean(), noise.std()], [0, 0.3], atol=0.03)
    dropped = series_view(SeriesView(drop=0.5), jax.random.key(4), x)
    assert {bool((dropped[:, i] == 0).all()) for i in range(3)} == {True, False}
    lengths = [int((series_view(SeriesView(hide=0.5), jax.random.key(i), x)[:, 0] == 0).sum()) for i in range(30)]
    assert max(lengths) <= 200 and np.ptp(lengths) > 100
    row = table_view(TableView(drop=0.25), key, jnp.ones(4000))
    assert set(np.unique(row)) == {0.0, 1.0} and abs(float(row.mean()) - 0.75) < 0.03
    assert np.ptp(table_view(TableView(scale=0.5), key, jnp.ones(9))) > 0.1  # one for each value


@pytest.mark.slow
def test_a_stretch_of_a_line_is_a_line_within_it() -> None:
    x = jnp.arange(11.0)[:, None]
    for i in range(20):
        y = np.asarray(stretched_crop(jax.random.key(i), x, (0.3, 0.6)))[:, 0]
        steps = np.diff(y)
        np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
        assert y[0] >= 0 and y[-1] <= 10.0001 and 3 - 1e-3 <= y[-1] - y[0] <= 6 + 1e-3
    np.testing.assert_allclose(stretched_crop(jax.random.key(0), x, (1.0, 1.0)), x, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "x"), [("series", WALKS), ("table", ROWS)])
def test_what_is_embedded_of_a_perturbed_example_is_the_view(key: str, x: np.ndarray) -> None:
    input = input_of(key, x, recipe={"series": "sensors", "table": "columns"}[key])
    keys, batch = jax.random.split(jax.random.key(0), len(x)), {key: jnp.asarray(x)}
    views = input.views(keys, batch)
    assert input.count == len(views) == 2 and len(input.views(keys, batch, 1)) == 1
    assert np.abs(views[0] - views[1]).max() > 0.1
    for view, perturbed in zip(views, input.perturb(keys, batch), strict=True):
        np.testing.assert_allclose(input.prepare(perturbed), view, atol=1e-4)
    assert input_of(key, x).perturb is None


def test_the_baselines_are_the_values_and_what_they_are_over_time() -> None:
    source, input = from_arrays("walks", series=WALKS), input_of("series", WALKS)
    (_, flat), (_, summary) = input.baselines
    z = np.asarray(input.prepare({"series": WALKS}))
    np.testing.assert_allclose(flat(source)(source), z.reshape(40, -1), atol=1e-6)
    np.testing.assert_allclose(summary(source)(source), np.concatenate([z.mean(1), z.std(1)], 1), atol=1e-5)
    ((name, columns),) = input_of("table", ROWS).baselines
    rows = from_arrays("rows", table=ROWS)
    assert name == "standardised columns" and columns(rows)(rows).shape == (40, 3)


def test_a_users_own_arrays_are_cut_and_filled_to_the_runs_length() -> None:
    input = input_of("series", WALKS)
    longer = np.concatenate([WALKS, WALKS], axis=1)
    np.testing.assert_array_equal(input.match({"series": longer})["series"], longer[:, 8:24])
    shorter = input.prepare(input.match({"series": WALKS[:, :10]}))
    np.testing.assert_allclose(shorter[:, :10], input.prepare({"series": WALKS})[:, :10], atol=1e-6)
    assert not np.asarray(shorter[:, 10:]).any()
    assert input.own(WALKS.astype(np.float64)).length == 40
    with pytest.raises(ValueError, match=r"series must be numbers \[n, t, 2\], not float32 \[40, 3\]"):
        input.own(ROWS)
    with pytest.raises(DataError, match="series of 1 columns, and the encoder was trained on 2"):
        input.match({"series": WALKS[..., :1]})


def test_people_see_lines_and_squares() -> None:
    x = np.zeros((1, 50, 2), np.float32)
    x[0, :, 1] = 3.0
    picture = drawn(x)
    assert picture.shape == (1, 48, 50, 3) and picture.dtype == np.uint8
    assert (picture[0, 0, 1:] == (255, 127, 14)).all() and (picture[0, 23:25, 1:] == (31, 119, 180)).all()
    assert (picture[0, 30:] == 255).all()
    red, white, blue = squares(np.array([[3.0, 0.0, -5.0]], np.float32))[0, 0, ::12]
    assert (red.tolist(), white.tolist(), blue.tolist()) == ([255, 0, 0], [255, 255, 255], [0, 0, 255])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="plain, sensors"):
        input_of("series", WALKS, recipe="wild")
    with pytest.raises(ValueError, match="does not take"):
        input_of("table", ROWS, crop=(0.1, 0.2))
    with pytest.raises(ValueError, match="jitter=-1"):
        make_measured_recipe("sensors", SERIES, (0.0,), (1.0,), jitter=-1.0)
    with pytest.raises(ValueError, match="mean and deviation of table are not known"):
        table(Facts(3, {"table": jax.ShapeDtypeStruct((2,), np.float32)}))
