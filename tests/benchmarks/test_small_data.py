import pytest

from benchmarks.small_data import EXAMPLES, config_for


def test_fashion_mnist_has_as_many_steps_of_everything():
    digits, fashion = (config_for("swav", data, 3) for data in EXAMPLES)
    assert fashion.data.name == "tfds:fashion_mnist" and fashion.seed == digits.seed == 3
    for read in (lambda c: c.epochs, lambda c: c.optimizer.warmup, lambda c: c.method.freeze):
        steps = [
            read(config) * (EXAMPLES[data] // 128) for config, data in zip((digits, fashion), EXAMPLES, strict=True)
        ]
        assert steps[1] == pytest.approx(steps[0], rel=0.02)


@pytest.mark.parametrize("name", ["round_1", "round_2"])
def test_students_have_as_many_steps_too(name):
    """An epoch of theirs is one of the selected examples, `per_class` of each class."""
    digits, fashion = (config_for("noisy_student", data, 0).rounds[name] for data in EXAMPLES)
    assert fashion.per_class * fashion.epochs == pytest.approx(digits.per_class * digits.epochs)
    shares = [options.per_class / EXAMPLES[data] for options, data in zip((digits, fashion), EXAMPLES, strict=True)]
    assert shares[1] == pytest.approx(shares[0])


def test_cifar10_has_configs_of_its_own_as_they_are():
    config = config_for("colourisation", "cifar10", 3)
    assert config.augment.size == 32 and config.epochs == 3 and config.seed == 3 and config.evaluate.every == 0


def test_who_says_how_colours_are_normalised_keeps_it():
    kept, moved = (config_for(name, "fashion_mnist", 0).augment for name in ("deep_autoencoder", "autoencoder"))
    assert kept.mean == (0.0,) and moved.mean == (0.2860,)
