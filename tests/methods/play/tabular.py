"""A world of a few states, each of which is a picture of one grey, and what a method makes of it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.views import make_recipe
from jssl.nets.net import Net
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step

N, SIZE, GREY = 24, 4, 30
NEXT = np.array([1, 2, 3, 4, 4, 3])
REWARD = np.array([0.0, 0.1, 0.3, 0.6, 1.0, 0.3])
"""The last state looks like no other, and is in all that comes of it like the third."""
STILL = make_recipe("plain", size=SIZE, crop=None, flip=0.0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
RECIPE = ClipRecipe(STILL, 1)


def table(dim: int = 2, rows: np.ndarray | None = None) -> Net:
    """Features of its own for every state, [states, d]; random at first, or these."""

    def init(key, example):
        return {"rows": jax.random.normal(key, (len(NEXT), dim)) if rows is None else jnp.asarray(rows)}, {}

    def apply(params, stats, x, *, key=None, train=False):
        state = jnp.round(x[:, 0, 0, 0, 0] * 255 / GREY).astype(int)
        return params["rows"][state], stats

    return Net(init, apply)


def batch(states: np.ndarray, reward: np.ndarray = REWARD, after: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """A step from each of these states, to the one that follows or to any."""
    seen = np.stack([states, NEXT[states] if after is None else after], axis=1)
    clip = np.broadcast_to((seen * GREY)[:, :, None, None, None], (*seen.shape, SIZE, SIZE, 3))
    return {
        "clip": clip.astype(np.uint8), "action": np.zeros(seen.shape, np.int32),
        "reward": reward[seen].astype(np.float32), "index": np.arange(len(states), dtype=np.int32),
    }  # fmt: skip


def learn(method, *, steps: int, reward: np.ndarray = REWARD, rate: float = 1e-2, blindly: bool = False):
    """Features of every state, [states, d], before and after, and the last metrics.

    Args:
        blindly: any state may follow any.
    """
    rng, layout = np.random.default_rng(0), make_layout(devices=jax.devices()[:1])

    def drawn():
        states, after = rng.integers(0, len(NEXT), (2, N))
        return batch(states, reward, after if blindly else None)

    tx = optax.adam(optax.cosine_decay_schedule(rate, steps))
    state = create_state(method, tx, 0, drawn(), layout)
    before = np.array(state.params["encoder"]["rows"])
    step = layout.compile(make_step(method, tx), state)
    for _ in range(steps):
        state, metrics = step(state, layout.feed(drawn()))
    return before, np.array(state.params["encoder"]["rows"]), jax.tree.map(float, metrics)


def spread(rows: np.ndarray) -> float:
    return float(rows.std(0).mean())
