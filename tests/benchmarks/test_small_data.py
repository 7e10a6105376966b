import pytest

from benchmarks.small_data import EXAMPLES, config_for


def test_fashion_mnist_has_as_many_steps_of_everything():
    digits, fashion = (config_for("swav", data, 3) for data in EXAMPLES)
    assert fashion.data.name == "tfds:fashion_mnist" and fashion.seed == digits.seed == 3
    for read in (lambda c: c.epochs, lambda c: c.optimizer.warmup_epochs, lambda c: c.method.freeze):
        steps = [
            read(config) * (EXAMPLES[data] // 128) for config, data in zip((digits, fashion), EXAMPLES, strict=True)
        ]
        assert steps[1] == pytest.approx(steps[0], rel=0.02)


def test_rounds_are_as_long_too():
    digits, fashion = (config_for("noisy_student", data, 0) for data in EXAMPLES)
    assert digits.rounds.round_1.epochs == pytest.approx(15 * fashion.rounds.round_1.epochs)
    assert digits.rounds.round_1.per_class == fashion.rounds.round_1.per_class
