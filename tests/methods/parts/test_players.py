"""The step of two players: each term moves one of them, and at the equilibrium nobody can tell."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.losses.adversarial import discriminator_loss, generator_loss
from jssl.methods.parts.players import two_players
from jssl.nets.heads import mlp
from tests.methods.toys import run

JUDGE = mlp((16, 1), norm=False, activation=jnp.tanh)


def rounds(real):
    params, stats = JUDGE.init(jax.random.key(0), real)
    return params, lambda params, real, fake: two_players(JUDGE, params, stats, real, fake)


@pytest.mark.slow
def test_each_term_moves_its_own_player_alone(rng):
    real, fake = (jnp.asarray(rng.normal(size=(5, 3)), jnp.float32) for _ in range(2))
    params, play = rounds(real)
    logits = lambda p, x: JUDGE.apply(p, {}, x)[0]  # noqa: E731

    def term(name, *arguments):
        return getattr(play(*arguments), name)

    terms = {
        "discriminator": (lambda p, r, f: discriminator_loss(logits(p, r), logits(p, f)), (0,)),
        "generator": (lambda p, r, f: generator_loss(logits(p, f)), (2,)),
        "swapped": (lambda p, r, f: discriminator_loss(logits(p, f), logits(p, r)), (1, 2)),
    }
    for name, (value, moved) in terms.items():
        found = run(jax.grad(partial(term, name), (0, 1, 2)), params, real, fake)
        wanted = jax.grad(value, (0, 1, 2))(params, real, fake)
        for i in range(3):
            if i in moved:
                jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), found[i], wanted[i])
            assert any(np.asarray(x).any() for x in jax.tree.leaves(found[i])) == (i in moved)


@pytest.mark.slow
def test_who_cannot_tell_is_wrong_half_the_time(rng):
    real, fake = (jnp.asarray(rng.normal(size=(5, 3)), jnp.float32) for _ in range(2))
    params, play = rounds(real)
    found = run(play, jax.tree.map(lambda x: x * 0, params), real, fake)
    np.testing.assert_allclose([found.discriminator, found.generator, found.swapped], 0.6931, atol=1e-4)


@pytest.mark.long
def test_an_encoder_becomes_the_inverse_of_an_invertible_generator():
    """Of G(z) = 2 z + 0.5, with E(x) = c x + d: no pair can be told from the other kind where c = 0.5, d = -0.25."""
    judge = mlp((64, 64, 1), norm=False, activation=jax.nn.leaky_relu)
    trained = {"judge": judge.init(jax.random.key(0), jnp.zeros((1, 2)))[0], "encoder": jnp.array([-0.2, 0.3])}
    tx = optax.partition(
        {"judge": optax.adam(3e-3, b1=0.5), "encoder": optax.adam(1e-3, b1=0.5)},
        {"judge": jax.tree.map(lambda _: "judge", trained["judge"]), "encoder": "encoder"},
    )

    def loss(trained, key):
        z, other = jax.random.uniform(key, (2, 256, 1), minval=-1.0)
        (c, d), x = trained["encoder"], 2 * other + 0.5
        pairs = jnp.concatenate([x, c * x + d], 1), jnp.concatenate([2 * z + 0.5, z], 1)
        found = two_players(judge, trained["judge"], {}, *pairs)
        return found.discriminator + found.swapped

    def step(carry, key):
        trained, opt = carry
        updates, opt = tx.update(jax.grad(loss)(trained, key), opt, trained)
        return (optax.apply_updates(trained, updates), opt), trained["encoder"]

    def train(trained, keys):
        return jax.lax.scan(step, (trained, tx.init(trained)), keys)[1][-1000:].mean(0)

    found = run(train, trained, jax.random.split(jax.random.key(1), 4000))
    np.testing.assert_allclose(found, [0.5, -0.25], atol=0.05)
