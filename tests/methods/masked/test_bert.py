"""BERT's oracles."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.text.hide import Hidden, hide_words
from jssl.augment.text.recipes import make_text_recipe
from jssl.exhibit import MARKS
from jssl.inputs.text import prepare, texts
from jssl.methods.masked.bert import bert
from jssl.methods.parts.next_sentence import Pairs, swapped
from jssl.nets.text_transformer import text_transformer
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.senses.tokens import ABOUT, LENGTH, TOKENIZER, batch
from tests.methods.toys import flat, run

V, MASK, SPECIAL = ABOUT["vocabulary"], ABOUT["mask_token"], tuple(ABOUT["special_tokens"])
LABEL = ("vocabulary", "mask_token", "separator_token", "special_tokens", "continuing_tokens")


def make(encoder=None, **options):
    tokens = texts(make_text_recipe("plain"), TOKENIZER, LENGTH)
    encoder = encoder or text_transformer(16, 1, 2, vocabulary=V, positions=LENGTH)
    return bert(encoder, tokens, **{**{key: ABOUT[key] for key in LABEL}, **options})


def toys() -> dict[str, jax.Array]:
    return jax.tree.map(jnp.asarray, batch(0))


def start(method, seed: int = 1):
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    return params, extra, jax.jit(method.views)(jax.random.split(jax.random.key(seed), len(toys()["index"])), toys())


def loss_of(method, params, extra, views):
    return run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(0))


def long_texts(n: int = 400, t: int = 102) -> tuple[jax.Array, Hidden]:
    """Texts of 100 words, and what is hidden of them."""
    words = np.random.default_rng(0).integers(len(SPECIAL), V, (n, t))
    words[:, 0], words[:, -1] = ABOUT["class_token"], ABOUT["separator_token"]
    x = jnp.asarray(words, jnp.int32)
    keys = jax.random.split(jax.random.key(0), n)
    return x, hide_words(keys, x, share=0.15, mask_token=MASK, special=SPECIAL, vocabulary=V)


@pytest.mark.slow
def test_the_loss_is_that_of_guessing_before_training_and_of_unigrams_soon_after():
    method = make()
    value, (_, metrics) = loss_of(method, *start(method))
    np.testing.assert_allclose(value, np.log(V), atol=0.05)
    np.testing.assert_allclose(metrics["masked_loss"], value, rtol=1e-6)
    value, (_, metrics) = loss_of(both := make(next_sentence=True), *start(both))
    np.testing.assert_allclose(value, np.log(V) + np.log(2), atol=0.05)


@pytest.mark.slow
def test_words_drawn_alone_are_never_told_better_than_their_frequencies_allow():
    share = np.array([0.5, 0.25, 0.125, 0.125])
    tx, method = optax.adam(1e-2), make(mask=0.3)
    layout = make_layout(devices=jax.devices()[:1])
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), toys())
    step = layout.compile(make_step(method, tx), state := create_state(method, tx, 0, shapes, layout))
    rng, losses = np.random.default_rng(0), []
    for _ in range(80):
        tokens = np.where(
            np.isin(batch(0)["tokens"], SPECIAL), batch(0)["tokens"], 50 + rng.choice(4, (24, LENGTH), p=share)
        )
        state, metrics = step(state, layout.feed({**batch(0), "tokens": tokens.astype(np.int32)}))
        losses.append(float(metrics["loss"]))
    entropy = -(share * np.log(share)).sum()  # a tenth of the hidden words lie open, to be known only by guessing so
    assert 0.85 * entropy < np.mean(losses[-20:]) < 1.15 * entropy


@pytest.mark.slow
def test_fifteen_of_a_hundred_words_are_hidden_and_most_of_them_masked():
    x, hidden = long_texts()
    assert hidden.places.shape == (400, 15) and (hidden.words >= 0).all()
    assert all(len(set(row)) == 15 for row in hidden.places.tolist())
    np.testing.assert_array_equal(jnp.take_along_axis(x, hidden.places, axis=1), hidden.words)
    shown = np.asarray(jnp.take_along_axis(hidden.x, hidden.places, axis=1))
    masked, same = shown == MASK, shown == np.asarray(hidden.words)
    observed = np.array([masked.sum(), (~masked & ~same).sum(), same.sum()])
    by_chance = 0.1 / (V - len(SPECIAL))  # a random word is the same now and then
    expected = 6000 * np.array([0.8, 0.1 - by_chance, 0.1 + by_chance])
    assert ((observed - expected) ** 2 / expected).sum() < 13.8  # chi-square of 2 degrees, p = .001
    assert not np.isin(shown[~masked], SPECIAL).any()
    untouched = np.ones(x.shape, bool)
    np.put_along_axis(untouched, np.asarray(hidden.places), False, axis=1)
    np.testing.assert_array_equal(np.asarray(hidden.x)[untouched], np.asarray(x)[untouched])
    assert untouched[:, [0, -1]].all()  # never what begins and ends a text
    counts = (~untouched[:, 1:-1]).sum(0)
    assert abs(counts - 60).max() < 5 * np.sqrt(60 * 0.85)  # every place has its turn


@pytest.mark.slow
@pytest.mark.parametrize(("words", "expected"), [(0, 0), (1, 1), (2, 1), (9, 1), (10, 2)])
def test_short_texts_have_a_word_hidden_and_padding_never(words: int, expected: int):
    x = jnp.where(jnp.arange(20) < words + 2, 40, -1).at[0].set(1).at[words + 1].set(2)[None]
    hidden = hide_words(
        jax.random.split(jax.random.key(0), 1), x, share=0.15, mask_token=MASK, special=SPECIAL, vocabulary=V
    )
    assert (hidden.words >= 0).sum() == expected
    np.testing.assert_array_equal(hidden.x < 0, x < 0)
    assert ((hidden.x != x).sum() <= expected) and (hidden.x[0, 0] == 1)


@pytest.mark.slow
def test_words_that_are_not_asked_for_do_not_count():
    params, extra, hidden = start(method := make())
    value = loss_of(method, params, extra, hidden)[0]
    fewer = hidden._replace(words=hidden.words.at[3:].set(-1))
    few = loss_of(method, params, extra, fewer)[0]
    alone = loss_of(method, params, extra, jax.tree.map(lambda x: x[:3], hidden))[0]
    np.testing.assert_allclose(few, alone, rtol=1e-5)
    assert abs(few - value) > 1e-4
    assert np.isfinite(loss_of(method, params, extra, hidden._replace(words=hidden.words.at[:].set(-1)))[0])


@pytest.mark.slow
def test_another_hiding_each_time_and_what_padding_holds_is_nothing():
    method = make()
    (_, _, one), (_, _, other) = start(method, 1), start(method, 2)
    assert (one.x != other.x).any() and not (one.places == other.places).all()
    params, extra, _ = start(method)
    junk = {**toys(), "tokens": jnp.where(prepare(toys()) < 0, 77, toys()["tokens"])}
    np.testing.assert_array_equal(method.embed(params, extra, toys()), method.embed(params, extra, junk))


@pytest.mark.slow
def test_the_second_half_is_the_next_texts_half_of_the_time():
    method = make(next_sentence=True)
    params, extra, pairs = start(method)
    params = jax.tree.map(lambda x: 5 * x, params)  # at first, all words are guessed alike
    n, half = pairs.first.x.shape
    swapped = pairs._replace(other=jnp.ones(n, bool))
    rolled = Pairs(pairs.first, Hidden(*(jnp.roll(x, -1, axis=0) for x in pairs.second)), jnp.zeros(n, bool))
    (_, (_, a)), (_, (_, b)) = (loss_of(method, params, extra, views) for views in (swapped, rolled))
    np.testing.assert_allclose(a["masked_loss"], b["masked_loss"], rtol=1e-6)
    kept = loss_of(method, params, extra, pairs._replace(other=jnp.zeros(n, bool)))[1][1]
    assert abs(kept["masked_loss"] - a["masked_loss"]) > 1e-4
    many = jax.jit(method.views)(
        jax.random.split(jax.random.key(0), 2000), jax.tree.map(lambda x: jnp.repeat(x[:1], 2000, 0), toys())
    )
    assert abs(float(many.other.mean()) - 0.5) < 5 * 0.5 / np.sqrt(2000)
    assert half == LENGTH // 2 and (pairs.first.x[:, -1] == ABOUT["separator_token"]).all()


@pytest.mark.slow
def test_held_out_perplexity_has_fixed_masks_and_begins_at_the_vocabulary():
    params, extra, _ = start(method := make())
    keys = jax.random.split(jax.random.key(0), 24)
    nats, count = jax.jit(method.score)(params, extra, keys, toys())
    np.testing.assert_allclose(np.exp(nats.sum() / count.sum()), V, rtol=0.05)
    again, _ = jax.jit(method.score)(params, extra, keys[:5], jax.tree.map(lambda x: x[:5], toys()))
    np.testing.assert_allclose(again, nats[:5], rtol=1e-5)


@pytest.mark.slow
def test_the_report_shows_hidden_words_and_what_was_told():
    params, extra, _ = start(method := make())
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), 24), toys())
    hidden, told = exhibit.columns
    assert len(hidden.figures) == len(told.figures) == 8
    assert all(MARKS["hidden"] in text for text in hidden.figures.tolist())
    assert all(MARKS["same"] in text or MARKS["other"] in text for text in told.figures.tolist())


@pytest.mark.slow
def test_swapped_halves_are_equally_long_and_lie_alike():
    x = jnp.array([[1, 5, 6, 7, 8, 2, -1, -1], [1, 5, 6, 7, 8, 9, 10, 2], [1, 5, 2, -1, -1, -1, -1, -1]])
    kept = [[1, 5, 6, 2, 7, 8, 2, -1], [1, 5, 6, 2, 7, 8, 2, -1], [1, 5, 2, -1, -1, -1, -1, -1]]
    moved = [[1, 7, 8, 2, 5, 6, 2, -1], [1, 7, 8, 2, 5, 6, 2, -1], [1, 5, 2, -1, -1, -1, -1, -1]]
    for other, expected in ((False, kept), (True, moved)):
        y, label, segments = swapped(x, jnp.full(3, other), 2)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(label, [other, other, -1])
        np.testing.assert_array_equal(segments[0], [0, 0, 0, 0, 1, 1, 1, 1])


@pytest.mark.slow
def test_the_order_of_halves_is_asked_for_and_drawn_evenly():
    method = make(sentence_order=True)
    params, extra, views = start(method)
    value, (_, metrics) = loss_of(method, params, extra, views)
    np.testing.assert_allclose(value, np.log(V) + np.log(2), atol=0.05)
    assert 0 <= metrics["follows_accuracy"] <= 1
    many = jax.jit(method.views)(
        jax.random.split(jax.random.key(0), 2000), jax.tree.map(lambda x: jnp.repeat(x[:1], 2000, 0), toys())
    )
    assert abs(float(many[1].mean()) - 0.5) < 5 * 0.5 / np.sqrt(2000)


@pytest.mark.slow
def test_of_whole_words_all_tokens_are_hidden_or_none():
    x, _ = long_texts()
    goes_on = tuple(range(V // 2, V))  # of two tokens that are drawn, one goes on with a word
    hidden = hide_words(
        jax.random.split(jax.random.key(0), 400), x, share=0.15, mask_token=MASK, special=SPECIAL, vocabulary=V,
        continuing=goes_on,
    )  # fmt: skip
    asked = np.zeros(x.shape, bool)
    for row, places, words in zip(asked, np.asarray(hidden.places), np.asarray(hidden.words), strict=True):
        row[places[words >= 0]] = True
    first = ~np.isin(x, goes_on)
    first[:, 1] = True
    word = np.cumsum(first, axis=1)
    for row, owner in zip(asked, word, strict=True):
        inner = slice(1, -1)
        hit = set(owner[inner][row[inner]])
        whole = sum(int((owner[inner] == w).sum()) for w in hit)
        assert whole == row.sum() or len(hit) == 1
    assert 12 < asked.sum(1).mean() <= 15 and not asked[:, [0, -1]].any()
    np.testing.assert_array_equal(
        np.take_along_axis(np.asarray(x), np.asarray(hidden.places), 1)[np.asarray(hidden.words) >= 0],
        np.asarray(hidden.words)[np.asarray(hidden.words) >= 0],
    )


@pytest.mark.slow
def test_a_first_word_longer_than_the_share_is_hidden_in_part():
    x = jnp.array([[1, *range(50, 60), 2]])
    hidden = hide_words(
        jax.random.split(jax.random.key(0), 1), x, share=0.3, mask_token=MASK, special=SPECIAL, vocabulary=V,
        continuing=tuple(range(51, 60)),
    )  # fmt: skip
    np.testing.assert_array_equal(np.asarray(hidden.words)[0, :3], [50, 51, 52])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoder": flat()}, "must be text_transformer"),
        ({"encoder": text_transformer(8, 1, 2, vocabulary=V, causal=True)}, "and not causal"),
        ({"next_sentence": True, "sentence_order": True}, "two tasks for one head"),
        ({"whole_words": True, "continuing_tokens": ()}, "no token of this data's vocabulary"),
        ({"mask": 0.0}, "mask=0.0 is a share"),
        ({"mask": 1.0}, "mask=1"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)
