"""Curves of growth: their points, their slopes, their picture."""

import pytest

from benchmarks import growth
from benchmarks.throughput import plan_for
from tests import tiny_config


def made_up(axis: str, *, power: float) -> list[dict]:
    return [
        {"axis": axis, "value": value, "seconds": 1e-3 * value**power, "bytes": 1024 * value}
        for value in growth.AXES[axis].values
    ]


def test_the_table_tells_the_power_that_a_curve_has():
    rows = [*made_up("batch", power=0.5), *made_up("devices", power=0.0)[:1]]
    lines = growth.table(rows).splitlines()
    assert growth.slope([1, 2, 4], [3, 12, 48]) == pytest.approx(2.0)
    assert len(lines) == 3  # one point is no curve
    assert lines[2].startswith("| batch | 64 to 1,024 | 8 to 32 ms | x^0.50 | 64 KiB to 1 MiB | x^1.00 |")


def test_the_picture(tmp_path):
    pytest.importorskip("matplotlib")
    growth.plot([*made_up("batch", power=1.0), *made_up("rows", power=0.0)], tmp_path / "growth.svg")
    assert "</svg>" in (tmp_path / "growth.svg").read_text()


def test_checkpoints_are_all_kept_and_take_the_place_of_their_number():
    state = plan_for(tiny_config.get_config(), "synthetic", 1000).create_state()
    sizes = {kept: growth.checkpoints(state, kept)[1] for kept in (1, 4)}
    assert sizes[4] == pytest.approx(4 * sizes[1], rel=0.15)


@pytest.mark.parametrize("axis", growth.AXES)
def test_every_axis_is_of_a_config_that_takes_it(axis):
    values = growth.AXES[axis].values
    assert list(values) == sorted(values) and len(values) > 2
    growth.config_for(axis, values[0])
