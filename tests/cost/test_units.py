import pytest

from jssl.cost.units import binary, decimal


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 FLOP"), (999, "999 FLOP"), (5_079_040, "5.08 MFLOP"), (760.7e9, "761 GFLOP"), (3e18, "3e+03 PFLOP")],
)
def test_decimal(n, text):
    assert decimal(n, "FLOP") == text


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 B"), (1000, "1000 B"), (1024, "1 KiB"), (118_840_584, "113 MiB"), (3 << 40, "3 TiB")]
)
def test_binary(n, text):
    assert binary(n) == text
