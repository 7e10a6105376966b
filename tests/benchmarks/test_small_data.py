import pytest

from benchmarks.cifar10 import EPOCHS
from benchmarks.small_data import EXAMPLES, config_for, methods_of
from jssl.augment.recipes import make_recipe

SHARED = ("mnist5k", "fashion_mnist")
"""Their configs differ in nothing but the data."""


def test_fashion_mnist_has_as_many_steps_of_everything():
    digits, fashion = (config_for("swav", data, 3) for data in SHARED)
    assert fashion.data.name == "tfds:fashion_mnist" and fashion.seed == digits.seed == 3
    for read in (lambda c: c.epochs, lambda c: c.optimizer.warmup, lambda c: c.method.freeze):
        steps = [read(config) * (EXAMPLES[data] // 128) for config, data in zip((digits, fashion), SHARED, strict=True)]
        assert steps[1] == pytest.approx(steps[0], rel=0.02)


@pytest.mark.parametrize("name", ["round_1", "round_2"])
def test_students_have_as_many_steps_too(name):
    """An epoch of theirs is one of the selected examples, `per_class` of each class."""
    digits, fashion = (config_for("noisy_student", data, 0).rounds[name] for data in SHARED)
    assert fashion.per_class * fashion.epochs == pytest.approx(digits.per_class * digits.epochs)
    shares = [options.per_class / EXAMPLES[data] for options, data in zip((digits, fashion), SHARED, strict=True)]
    assert shares[1] == pytest.approx(shares[0])


@pytest.mark.parametrize("method", methods_of("cifar10"))
def test_cifar10_has_every_method_in_colour(method):
    config = config_for(method, "cifar10", 3)
    assert (config.data.name, config.data.train) == ("npz:cifar10.npz", "train[:10000]")
    assert config.augment.size == 32 and config.seed == 3 and config.evaluate.every == 0
    options = config.augment.to_dict()
    recipe = make_recipe(options.pop("recipe"), **options)
    assert len(recipe.mean) == len(recipe.std) == 3
    if config.encoder.name == "convnet":
        assert (config.encoder.width, config.encoder.depth) == (32, 4)


def test_cifar10_leaves_no_method_on_pictures_out():
    without_labels = {name for name in methods_of("mnist5k") if not config_for(name, "mnist5k", 0).labels.which}
    assert without_labels | {"colourisation", "split_brain"} <= set(methods_of("cifar10"))


def test_cifar10_moves_durations_with_the_run():
    digits, colours = (config_for("barlow_twins", data, 0) for data in ("mnist5k", "cifar10"))
    assert colours.epochs == EPOCHS["barlow_twins"]
    assert colours.optimizer.warmup / colours.epochs == pytest.approx(digits.optimizer.warmup / digits.epochs)


def test_who_sees_a_picture_often_sees_fewer_in_a_step_at_the_same_rate():
    digits, colours = (config_for("rotation", data, 0) for data in ("mnist5k", "cifar10"))
    assert colours.batch_size == digits.batch_size // 2
    rates = [config.optimizer.learning_rate * config.batch_size for config in (digits, colours)]
    assert rates[0] == rates[1]


def test_who_says_how_colours_are_normalised_keeps_it():
    kept, moved = (config_for(name, "fashion_mnist", 0).augment for name in ("deep_autoencoder", "autoencoder"))
    assert kept.mean == (0.0,) and moved.mean == (0.2860,)
