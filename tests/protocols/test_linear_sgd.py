"""The papers' own linear probe: its step against NumPy, what stays frozen, whose settings it has."""

import json

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.encoder import load
from jssl.errors import ConfigError
from jssl.nets.net import last_tokens
from jssl.nets.vit import vit
from jssl.optim.optimizers import make_optimizer
from jssl.parallel import make_layout
from jssl.protocols.linear_sgd import PROBES, linear_sgd, probing
from jssl.report.page import write_report
from jssl.run.step import create_state, make_step
from jssl.run.train import fit
from tests.methods.cases import batch, build, sense
from tests.tiny_config import get_config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    config = get_config()
    config.epochs, config.optimizer.warmup = 1, 0.1
    fit(config, folder)
    return folder


@pytest.fixture(scope="module")
def row(run):
    return linear_sgd(run, probing("simclr", batch_size=64, epochs=8, learning_rate=40.0))


@pytest.mark.slow
def test_two_steps_are_those_of_numpy():
    """Velocity = momentum * velocity + gradient, weights -= rate * velocity, of softmax regression
    on what the frozen encoder gives of the views.
    """
    method = build("linear_probe", layers=1, patches=False, normalize=False)
    optimizer, schedule = make_optimizer(
        "sgd", learning_rate=0.5, scale_by_batch=False, batch_size=24, steps=10, steps_per_epoch=2
    )
    layout = make_layout(devices=jax.devices()[:1])
    given = {key: x for key, x in batch("linear_probe", 0).items() if key != "labelled"}
    state = create_state(
        method, optimizer, 0, {k: given[k] for k in (*sense("linear_probe").facts.spec, "index")}, layout
    )
    linear = jax.tree.map(np.array, state.params["head"]["linear"])
    frozen = jax.tree.map(np.array, state.extra["frozen"])
    velocity = jax.tree.map(np.zeros_like, linear)
    step = layout.compile(make_step(method, optimizer), state)
    encoder = vit(64, 2, 2, patch=8, image_size=16)
    for i in range(2):
        view_key, _ = jax.random.split(jax.random.fold_in(state.key, i))
        keys = jax.vmap(lambda n, key=view_key: jax.random.fold_in(key, n))(jnp.arange(24))
        x, labels = jax.jit(method.views)(keys, given)
        seen = np.asarray(encoder.apply(frozen["encoder"], {}, x)[0], np.float64)
        logits = seen @ linear["kernel"] + linear["bias"]
        p = np.exp(logits - logits.max(1, keepdims=True))
        p = p / p.sum(1, keepdims=True) - np.eye(3)[np.asarray(labels)]
        gradient = {"kernel": seen.T @ p / 24, "bias": p.mean(0)}
        for name in linear:
            velocity[name] = 0.9 * velocity[name] + gradient[name]
            linear[name] = linear[name] - float(schedule(i)) * velocity[name]
        state, _ = step(state, layout.feed(given))
    for name in linear:
        np.testing.assert_allclose(state.params["head"]["linear"][name], linear[name], atol=2e-5)
    chex.assert_trees_all_equal(state.extra["frozen"], frozen)


@pytest.mark.slow
def test_it_learns_keeps_the_encoder_and_is_told_by_name(run, row):
    assert row["task"] == "linear probe, SGD" and row["labels"] == "all" and row["mean"] > 0.3
    assert row["how"]["like"] == "simclr, epochs 8, batch_size 64, learning_rate 40.0"
    (folder,) = run.glob("linear_sgd/pretrained-*")
    probe, source = load(folder), load(run)
    chex.assert_trees_all_equal(probe.extra["frozen"]["encoder"], source.params["encoder"])
    chex.assert_trees_all_equal(probe.extra["stats"]["encoder"], source.extra["stats"]["encoder"])
    assert json.loads((run / "linear_sgd.json").read_text()) == {"rows": [row]}
    assert "linear probe, SGD as simclr, epochs 8" in write_report(run).read_text()


@pytest.mark.slow
def test_what_is_finished_is_not_run_again(run, row):
    (path,) = run.glob("linear_sgd/pretrained-*/result.json")
    saved = path.read_text()
    path.write_text(json.dumps({"accuracy": 0.123}))
    again = linear_sgd(run, probing("simclr", batch_size=64, epochs=8, learning_rate=40.0))
    path.write_text(saved)
    assert again["mean"] == 0.123


def test_the_papers_settings_fit_the_optimisers():
    for how in PROBES.values():
        _, schedule = make_optimizer(
            how.optimizer, learning_rate=how.learning_rate, weight_decay=how.weight_decay, warmup=how.warmup,
            drops=how.drops, nesterov=how.nesterov, batch_size=how.batch_size,
            steps=how.epochs * 10, steps_per_epoch=10,
        )  # fmt: skip
        assert float(schedule(int(how.warmup) * 10)) == pytest.approx(how.learning_rate * how.batch_size / 256)
    moco = make_optimizer("sgd", learning_rate=30.0, drops=(60.0, 80.0), batch_size=256, steps=1000, steps_per_epoch=10)
    assert [round(float(moco[1](i)), 3) for i in (599, 601, 801)] == [30.0, 3.0, 0.3]


@pytest.mark.slow
def test_unknown_papers_and_networks_without_a_class_token_are_refused(run):
    with pytest.raises(ConfigError, match="none of simclr, moco"):
        probing("simcrl")
    with pytest.raises(ConfigError, match="class token, which this encoder does not have"):
        linear_sgd(run, probing("dino", batch_size=64))


@pytest.mark.slow
def test_last_blocks_are_read_side_by_side_each_through_the_norm():
    net, shallow = vit(16, 3, 2, patch=8, image_size=16), vit(16, 2, 2, patch=8, image_size=16)
    x = jax.random.normal(jax.random.key(1), (2, 16, 16, 3))
    params, stats = net.init(jax.random.key(0), x)
    both = last_tokens(net.tokens, 2)(params, stats, x)[0]
    assert both.shape == (2, 5, 32)
    np.testing.assert_allclose(both[..., 16:], net.tokens(params, stats, x)[0], atol=1e-6)
    blocks = params["transformer"]["blocks"]
    part = {**params, "transformer": {**params["transformer"], "blocks": {k: blocks[k] for k in ("block0", "block1")}}}
    np.testing.assert_allclose(both[..., :16], shallow.tokens(part, stats, x)[0], atol=1e-6)
    with pytest.raises(ValueError, match="layers=4 of a transformer of 3"):
        last_tokens(net.tokens, 4)(params, stats, x)
