"""CTC's oracles: sums over all ways to write, what is read, what padding does."""

import itertools
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.methods.semi_supervised.ctc import Alphabet, ctc, frame_letters
from tests.methods.senses.wave import SAMPLES, SENSE, encoder, toys
from tests.methods.toys import flat, run

WORDS = ("ab", "baa", "c")


def make(net=None, transcripts=WORDS):
    return ctc(net or encoder(), SENSE.inputs()["sound"], classes=3, transcripts=transcripts)


def start(method):
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    return params, extra, jax.jit(method.views)(jax.random.split(jax.random.key(1), 24), toys())


@cache
def started():
    """A method, its parameters, extra state and the views of a batch: compiled once for all tests."""
    method = make()
    return method, *start(method)


def read(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(letter for letter, _ in itertools.groupby(path) if letter)


@pytest.mark.slow
def test_log_likelihoods_add_up_all_ways_to_write_a_word():
    """On four frames, by trying all of them; a word of more letters than frames cannot be written."""
    short = {**toys(), "length": jnp.full(24, 10 + 5 * 8, jnp.int32)}  # 9 frames, and of these 4
    method, params, extra, _ = started()
    params = {**params, "letters": jax.tree.map(lambda x: 3 * x + 0.1, params["letters"])}
    likely = jax.jit(method.predict)(params, extra, short)
    net = encoder()
    logits, there = frame_letters(net.tokens, net.frames, params, extra, SENSE.inputs()["sound"].prepare(short))
    assert (there.sum(1) == 4).all()
    chances = np.asarray(jax.nn.log_softmax(logits[0, :4]))
    for k, word in enumerate(((1, 2), (2, 1, 1), (3,))):
        paths = [path for path in itertools.product(range(4), repeat=4) if read(path) == word]
        total = np.logaddexp.reduce([chances[np.arange(4), path].sum() for path in paths])
        np.testing.assert_allclose(likely[0, k], total, rtol=1e-4)


@pytest.mark.slow
def test_the_loss_is_the_mean_of_nats_a_letter():
    method, params, extra, views = started()
    value = run(method.loss, params, extra, views, jax.random.key(0), jnp.int32(0))[0]
    likely = jax.jit(method.predict)(params, extra, toys())
    label = np.asarray(toys()["label"])
    expected = np.mean([-likely[i, k] / len(WORDS[k]) for i, k in enumerate(label)])
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_what_repeats_is_said_once_and_a_blank_says_it_again():
    alphabet = Alphabet(WORDS)
    assert alphabet.letters == ("a", "b", "c")
    np.testing.assert_array_equal(alphabet.labels, [[1, 2, 0], [2, 1, 1], [3, 0, 0]])
    best = np.array([[1, 1, 0, 2, 2], [2, 1, 0, 1, 3], [0, 0, 0, 0, 0]])
    there = np.array([[True] * 5, [True] * 4 + [False], [True] * 5])
    assert alphabet.read(best, there) == ["ab", "baa", ""]


@pytest.mark.slow
def test_what_comes_after_a_recording_is_not_read():
    method, params, extra, _ = started()
    ended = jnp.arange(SAMPLES)[None] >= toys()["length"][:, None]
    junk = {**toys(), "sound": jnp.where(ended, 7.0, toys()["sound"])}
    predict = jax.jit(method.predict)
    np.testing.assert_array_equal(predict(params, extra, junk), predict(params, extra, toys()))


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match="reads the frames of a wave"):
        make(flat())
    with pytest.raises(ValueError, match="of 3 classes: one for each"):
        make(transcripts=("a", "b"))
    with pytest.raises(ValueError, match="of 3 classes: one for each"):
        make(transcripts=("a", "", "b"))
