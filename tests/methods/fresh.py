"""What a pretext task's classifier gets right of pictures it has never seen: the control for shortcuts."""

import jax
import numpy as np
import optax

from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step


def fresh_accuracy(method, examples, *, key="image", steps=60, rate=1e-2):
    """Mean accuracy over the last steps, each on new examples: `examples(rng)` gives pictures uint8 [n, h, w, c]."""
    tx, layout = optax.adam(rate), make_layout(devices=jax.devices()[:1])

    def batch(step):
        given = examples(np.random.default_rng(step))
        return {key: given, "index": np.arange(len(given), dtype=np.int32)}

    state = create_state(
        method, tx, 0, jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch(0)), layout
    )
    step, seen = layout.compile(make_step(method, tx), state), []
    for i in range(steps):
        state, metrics = step(state, layout.feed(batch(i)))
        seen.append(float(metrics["accuracy"]))
    return np.mean(seen[-15:])
