"""The next word's oracles: causality, entropy rates, and what is written."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.text.recipes import make_text_recipe
from jssl.inputs.text import prepare, texts
from jssl.methods.generative.next_word import next_word
from jssl.methods.parts.sampling import nucleus
from jssl.nets.text_transformer import text_transformer
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.senses.tokens import ABOUT, LENGTH, TOKENIZER, batch
from tests.methods.toys import flat, run

V, END, SPECIAL = ABOUT["vocabulary"], ABOUT["separator_token"], tuple(ABOUT["special_tokens"])
KNOWN = ("vocabulary", "separator_token", "special_tokens")


def net(**options):
    return text_transformer(16, 1, 2, vocabulary=V, **{"positions": LENGTH, "causal": True, **options})


def make(encoder=None):
    tokens = texts(make_text_recipe("plain"), TOKENIZER, LENGTH)
    return next_word(encoder or net(), tokens, **{key: ABOUT[key] for key in KNOWN})


def toys() -> dict[str, jax.Array]:
    return jax.tree.map(jnp.asarray, batch(0))


@pytest.fixture(scope="module")
def started():
    method = make()
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    return method, jax.tree.map(lambda x: 5 * x, params), extra  # at first, all words are told alike


def loss_of(method, params, extra, x):
    return run(method.loss, params, extra, x, jax.random.key(2), jnp.int32(0))


@pytest.mark.slow
def test_the_loss_is_that_of_guessing_before_training():
    method = make()
    value, _ = loss_of(method, *jax.jit(method.init)(jax.random.key(0), toys()), prepare(toys()))
    np.testing.assert_allclose(value, np.log(V), atol=0.05)


@pytest.mark.slow
def test_no_token_depends_on_what_comes_after_it():
    encoder = text_transformer(16, 2, 2, vocabulary=V, positions=LENGTH, causal=True)
    x = jnp.asarray(prepare(toys()))[:1]
    params, stats = jax.jit(encoder.init)(jax.random.key(0), x)
    params = jax.tree.map(lambda x: 5 * x, params)
    table = params["embed"]["words"]["embedding"]
    own = jnp.arange(LENGTH)[None]  # a word of its own at every place, so that a gradient says which place it is of

    def tokens(words: jax.Array) -> jax.Array:
        placed = {**params, "embed": {**params["embed"], "words": {"embedding": table.at[:LENGTH].set(words)}}}
        return encoder.tokens(placed, stats, own)[0][0]

    slopes = np.abs(jax.jit(jax.jacobian(tokens))(table[:LENGTH])).max((1, 3))  # [told at, word at]
    assert (slopes[np.triu_indices(LENGTH, 1)] == 0).all()
    assert (slopes[np.tril_indices(LENGTH)] > 0).all()
    weights = np.asarray(encoder.attention(params, stats, own)[0])
    assert (weights[0, :, *np.triu_indices(LENGTH, 1)] == 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-5)


@pytest.mark.slow
def test_padding_has_no_effect_and_is_not_told(started):
    method, params, extra = started
    x = np.asarray(prepare(toys()))
    short = x[(x >= 0).sum(1) < LENGTH]
    wider = np.concatenate([short, np.full((len(short), 1), -1)], axis=1)
    roomy = make(net(positions=LENGTH + 1))
    grown = {
        "positions": {"embedding": jnp.pad(params["encoder"]["embed"]["positions"]["embedding"], ((0, 1), (0, 0)))}
    }
    more = {"encoder": {**params["encoder"], "embed": {**params["encoder"]["embed"], **grown}}}
    a, b = loss_of(method, params, extra, short)[0], loss_of(roomy, more, extra, wider)[0]
    np.testing.assert_allclose(a, b, rtol=1e-6)
    junk = {**toys(), "tokens": jnp.where(prepare(toys()) < 0, 77, toys()["tokens"])}
    np.testing.assert_array_equal(method.embed(params, extra, toys()), method.embed(params, extra, junk))
    nats, count = jax.jit(method.score)(params, extra, jax.random.split(jax.random.key(0), 24), toys())
    # The first token is not told, nor is an end in the last place.
    np.testing.assert_array_equal(count, np.minimum((x >= 0).sum(1) - 1, LENGTH - 2))
    np.testing.assert_allclose(nats.sum() / count.sum(), loss_of(method, params, extra, x)[0], rtol=1e-5)


@pytest.mark.slow
def test_a_longer_text_may_end_in_any_way(started):
    method, params, extra = started
    x = jnp.asarray(prepare(toys()))
    full = x[(x >= 0).all(1)]
    a, b = (loss_of(method, params, extra, full.at[:, -1].set(last))[0] for last in (END, 50))
    assert a == b


def train(table: np.ndarray, steps: int, length: int, depth: int, rate: float) -> float:
    """Mean loss over the last steps, on texts of a Markov source of a few words."""
    rng, states = np.random.default_rng(0), len(table)
    method = make(text_transformer(32, depth, 2, vocabulary=V, positions=length, causal=True))
    tx, layout = optax.adam(optax.linear_schedule(rate, rate / 10, steps)), make_layout(devices=jax.devices()[:1])
    n = 64
    example = {"tokens": (n, length), "length": (n,), "index": (n,)}
    shapes = {name: jax.ShapeDtypeStruct(shape, np.int32) for name, shape in example.items()}
    step = layout.compile(make_step(method, tx), state := create_state(method, tx, 0, shapes, layout))
    losses = []
    for _ in range(steps):
        words = np.empty((n, length), np.int64)
        words[:, 0] = rng.integers(states, size=n)
        for i in range(1, length):
            words[:, i] = (table.cumsum(1)[words[:, i - 1]] < rng.random((n, 1))).sum(1)
        tokens = (50 + words).astype(np.int32)
        fed = {"tokens": tokens, "length": np.full(n, length, np.int32), "index": np.arange(n, dtype=np.int32)}
        state, metrics = step(state, layout.feed(fed))
        losses.append(float(metrics["loss"]))
    return float(np.mean(losses[-len(losses) // 5 :]))


@pytest.mark.long
def test_a_markov_source_is_told_as_well_as_its_entropy_rate_allows():
    table = np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.25, 0.5, 0.25]])
    values, vectors = np.linalg.eig(table.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    rows = -(table * np.log(table)).sum(1)
    rate = float(rows @ stationary / stationary.sum())
    marginal = -(stationary / stationary.sum() * np.log(stationary / stationary.sum())).sum()
    found = train(table, 150, 16, 1, 1e-2)
    assert rate - 0.03 < found < rate + 0.03 < marginal


@pytest.mark.long
def test_what_repeats_is_told_without_fail():
    """Words in a cycle, from any of them on: an entropy rate of 0."""
    assert train(np.roll(np.eye(4), 1, axis=1), 150, 16, 1, 1e-2) < 0.02


@pytest.mark.slow
def test_nucleus_draws_from_the_most_probable_words_alone():
    share = np.array([0.1, 0.4, 0.3, 0.2])
    keys = jax.random.split(jax.random.key(0), 4000)

    def drawn(temperature: float, top_p: float) -> np.ndarray:
        words = jax.jit(jax.vmap(nucleus, (0, None, None, None)))(keys, jnp.log(share), temperature, top_p)
        return np.bincount(words, minlength=4) / len(keys)

    np.testing.assert_allclose(drawn(1.0, 1.0), share, atol=0.04)
    np.testing.assert_allclose(drawn(1.0, 0.65), [0, 4 / 7, 3 / 7, 0], atol=0.04)  # 0.4 is short of 0.65, 0.7 is not
    np.testing.assert_allclose(drawn(1.0, 0.39), [0, 1, 0, 0])
    np.testing.assert_allclose(drawn(0.0, 1.0), [0, 1, 0, 0])
    np.testing.assert_allclose(drawn(0.5, 1.0), share**2 / (share**2).sum(), atol=0.04)


@pytest.mark.slow
def test_texts_are_written_to_their_end_and_alike_by_the_same_keys(started):
    method, params, extra = started
    keys = jax.random.split(jax.random.key(0), 24)
    begun = jnp.where(jnp.arange(LENGTH)[None] < 1 + jnp.arange(24)[:, None] % 5, prepare(toys()), -1)
    write = jax.jit(method.write)
    written = np.asarray(write(params, extra, keys, begun, 1.0, 1.0))
    given = np.asarray(begun) >= 0
    np.testing.assert_array_equal(written[given], np.asarray(begun)[given])
    assert not np.isin(written[~given], [token for token in SPECIAL if token != END]).any()
    ended = (written == END).any(1)
    assert ((written < 0).any(1) <= ended).all()  # what is not full has ended
    np.testing.assert_array_equal(write(params, extra, keys, begun, 1.0, 1.0), written)
    np.testing.assert_array_equal(write(params, extra, keys[3:6], begun[3:6], 1.0, 1.0), written[3:6])
    assert (np.asarray(write(params, extra, jax.random.split(jax.random.key(1), 24), begun, 1.0, 1.0)) != written).any()
    assert write._cache_size() == 2  # by the number of texts, and by nothing else


@pytest.mark.slow
def test_the_most_probable_words_follow_one_another(started):
    method, params, extra = started
    begun = jnp.array([[ABOUT["class_token"], 60] + [-1] * (LENGTH - 2)], jnp.int32)
    written = jax.jit(method.write)(params, extra, jax.random.split(jax.random.key(0), 1), begun, 0.0, 1.0)
    encoder = net()
    tokens = jax.jit(encoder.tokens)(params["encoder"], {}, written)[0][0]
    logits = np.array(tokens @ encoder.words(params["encoder"]).T)
    logits[:, [token for token in SPECIAL if token != END]] = -np.inf
    count = int((written >= 0).sum())
    assert count > 2
    np.testing.assert_array_equal(written[0, 2:count], logits.argmax(1)[1 : count - 1])


@pytest.mark.slow
def test_the_report_shows_what_was_written(started):
    method, params, extra = started
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), 24), toys())
    assert [len(column.figures) for column in exhibit.columns] == [8, 8, 8]


@pytest.mark.parametrize("encoder", [flat(), net(causal=False)])
def test_what_cannot_work_is_refused(encoder: Any):
    with pytest.raises(ValueError, match="must be text_transformer, causal=True"):
        make(encoder)
