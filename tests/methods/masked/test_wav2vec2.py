"""wav2vec 2.0's oracles."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.sound.hide import hide_frames
from jssl.losses.masked_contrast import among_distractors, perplexity
from jssl.methods.masked.wav2vec2 import wav2vec2
from jssl.nets.quantizer import quantizer
from tests.methods.senses.wave import SAMPLES, SENSE, encoder, toys
from tests.methods.toys import flat, run

SMALL = {"span": 2, "negatives": 5, "groups": 2, "entries": 4, "code": 4, "dim": 4}


def make(net=None, **options):
    return wav2vec2(net or encoder(), SENSE.inputs()["sound"], **{**SMALL, **options})


def start(method):
    params, extra = jax.jit(method.init)(jax.random.key(0), toys())
    keys = jax.random.split(jax.random.key(1), len(toys()["index"]))
    return params, extra, jax.jit(method.views)(keys, toys())


@cache
def started(**options):
    """A method, its parameters, extra state and the views of a batch: compiled once for all tests."""
    method = make(**options)
    return method, *start(method)


def loss_of(method, params, extra, views, step: int = 0):
    return run(method.loss, params, extra, views, jax.random.key(2), jnp.int32(step))


@pytest.mark.slow
def test_a_prediction_that_says_nothing_costs_ln_of_how_many_there_are(rng):
    targets, distractors = rng.normal(size=(3, 8)), rng.normal(size=(3, 100, 8))
    costs, right = among_distractors(jnp.zeros((3, 8)), jnp.float32(targets), jnp.float32(distractors), temperature=0.1)
    np.testing.assert_allclose(costs, np.log(101), rtol=1e-6)
    assert not right.any()


@pytest.mark.slow
def test_costs_are_those_of_a_plain_softmax_and_what_equals_the_target_is_no_distractor(rng):
    predicted, targets, distractors = (rng.normal(size=x).astype(np.float32) for x in ((2, 5), (2, 5), (2, 3, 5)))
    distractors[1, 2] = targets[1]
    costs, right = among_distractors(*map(jnp.asarray, (predicted, targets, distractors)), temperature=0.1)
    for i, keep in enumerate((3, 2)):
        keys = np.concatenate([targets[i][None], distractors[i, :keep]])
        cosine = keys @ predicted[i] / np.linalg.norm(keys, axis=1) / np.linalg.norm(predicted[i])
        np.testing.assert_allclose(costs[i], np.log(np.exp(cosine / 0.1).sum()) - cosine[0] / 0.1, rtol=1e-5)
        assert right[i] == (cosine.argmax() == 0)


def test_perplexity_is_all_entries_when_used_alike_and_one_a_codebook_at_collapse():
    np.testing.assert_allclose(perplexity(jnp.full((2, 320), 1 / 320)), 640, rtol=1e-3)
    np.testing.assert_allclose(perplexity(jnp.zeros((2, 320)).at[:, 7].set(1.0)), 2, rtol=1e-5)


@pytest.mark.slow
def test_codes_are_entries_and_their_gradient_reaches_the_codebooks():
    net = quantizer(2, 5, 6, 6)
    x, noise = jax.random.normal(jax.random.key(1), (1, 30, 4)), jnp.zeros((1, 30, 2, 5))
    params, _ = net.init(jax.random.key(0), x)
    params["project"] = {"kernel": jnp.eye(6), "bias": jnp.zeros(6)}
    apply = jax.jit(lambda params, noise: net.apply(params, {}, x, noise=noise, temperature=jnp.float32(2.0))[0])
    codes, chances = apply(params, noise)
    np.testing.assert_allclose(chances.sum(-1), 1, rtol=1e-5)
    entry = chances.argmax(-1)[0]
    expected = np.concatenate([np.asarray(params["codebook"][g])[entry[:, g]] for g in range(2)], axis=1)
    np.testing.assert_allclose(codes[0], expected, atol=1e-6)
    assert (apply(params, 9 * jax.random.gumbel(jax.random.key(2), noise.shape))[0] != codes).any()
    slopes = jax.grad(lambda params: jnp.sum(apply(params, noise)[0] ** 2))(params)
    assert (slopes["codebook"] != 0).any() and (slopes["choose"]["kernel"] != 0).any()


@pytest.mark.slow
def test_only_frames_with_sound_are_hidden_in_spans_and_told_from_others_of_the_same_recording():
    lengths = jnp.array([40, 17, 5, 1, 0] * 40)
    keys = jax.random.split(jax.random.key(0), len(lengths))
    hidden = hide_frames(keys, lengths, frames=40, share=0.65, span=4, negatives=20)
    mask, places, there, others = map(np.asarray, hidden)
    assert not mask[np.arange(40)[None] >= np.asarray(lengths)[:, None]].any()
    np.testing.assert_array_equal(there.sum(1), mask.sum(1))
    for row in range(10):
        shown = places[row][there[row]]
        np.testing.assert_array_equal(shown, np.flatnonzero(mask[row]))
        edges = np.flatnonzero(np.diff(np.pad(mask[row].astype(int), 1)))
        assert all(end - begin >= 4 for begin, end in edges.reshape(-1, 2))
        drawn = others[row][there[row]]
        if len(shown) > 1:
            assert (drawn != np.flatnonzero(there[row])[:, None]).all() and (drawn < len(shown)).all()
            assert len(np.unique(drawn)) == len(shown)  # every one has its turn
    assert mask[lengths == 40].sum(1).std() > 1 and (mask[lengths == 40].mean(0) > 0.1).all()


@pytest.mark.long
def test_what_comes_after_a_recording_has_no_effect():
    method, params, extra, views = started()
    batch = toys()
    ended = jnp.arange(SAMPLES)[None] >= batch["length"][:, None]
    junk = {**batch, "sound": jnp.where(ended, 7.0, batch["sound"])}
    longer = {**batch, "sound": jnp.pad(batch["sound"], ((0, 0), (0, 55)), constant_values=3.0)}
    embed = jax.jit(method.embed)
    plain = embed(params, extra, batch)
    assert np.abs(plain[0] - plain[1]).max() > 1e-3
    np.testing.assert_array_equal(embed(params, extra, junk), plain)
    np.testing.assert_allclose(embed(params, extra, longer), plain, atol=2e-6)
    for norm in ("group", "layer"):
        net = encoder(norm=norm)
        own = jax.jit(net.init)(jax.random.key(0), views.x)
        alone = views.x[1:2, : int(batch["length"][1])]  # as if nothing came after
        apply = jax.jit(net.apply)
        np.testing.assert_allclose(apply(*own, alone)[0], apply(*own, views.x[1:2])[0], atol=2e-6)


@pytest.mark.slow
def test_no_gradient_comes_to_the_loss_from_samples_after_the_end():
    method, params, extra, views = started()

    def loss(x):
        return method.loss(params, extra, views._replace(x=x), jax.random.key(0), jnp.int32(0))[0]

    slope = run(jax.grad(loss), views.x)[..., 0]
    ended = jnp.arange(SAMPLES)[None] >= toys()["length"][:, None]
    assert (slope[~ended] != 0).any() and (slope[ended] == 0).all()


@pytest.mark.slow
def test_metrics_add_up_to_the_loss_and_the_first_is_near_chance():
    params, extra, views = start(method := make(diversity=0.3, penalty=2.0))
    value, (_, found) = loss_of(method, params, extra, views)
    expected = found["contrast"] + 0.3 * (1 - found["code_perplexity"] / 8) + 2 * found["frame_square"]
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert 2 <= found["code_perplexity"] <= 8
    still = {**params, "predictor": jax.tree.map(jnp.zeros_like, params["predictor"])}
    costs = loss_of(method, still, extra, views)[1][1]["contrast"]
    assert costs <= np.log(6) + 1e-5  # less than ln 6, where distractors have the code that is asked for
    np.testing.assert_allclose(found["hidden_share"], views.hidden.mask.sum() / encoder().frames(
        views.x[..., 1] > 0.5).sum(), rtol=1e-5)  # fmt: skip


@pytest.mark.long
def test_the_convolutions_learn_ten_times_slower_and_the_choice_cools():
    _, params, extra, views = started()
    slopes = []
    for feature_gradient in (1.0, 0.1):
        method = make(feature_gradient=feature_gradient)
        by = jax.grad(lambda params, m=method: m.loss(params, extra, views, jax.random.key(0), jnp.int32(0))[0])
        slopes.append(run(by, params)["encoder"])
    whole, tenth = (slope["features"]["convs"]["conv0"]["kernel"] for slope in slopes)
    np.testing.assert_allclose(tenth, 0.1 * whole, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(*(slope["context"]["mask"] for slope in slopes), rtol=1e-5)
    warm, cold = make(gumbel=(0.1, 2.0), gumbel_decay=0.5), make(gumbel=(0.1, 0.1))
    noiseless = views._replace(noise=jnp.zeros_like(views.noise))

    def chosen(method, step):
        by = jax.grad(lambda p: method.loss(p, extra, noiseless, jax.random.key(0), jnp.int32(step))[0])
        return run(by, params)["quantizer"]["choose"]["kernel"]

    np.testing.assert_allclose(chosen(warm, 40), chosen(cold, 0), rtol=1e-4, atol=1e-7)
    assert np.abs(chosen(warm, 0) - chosen(cold, 0)).max() > 1e-4


@pytest.mark.long
def test_dropout_and_left_out_blocks_need_a_key():
    net = encoder(dropout=0.5, layer_drop=0.5)
    x = started()[3].x
    params, stats = net.init(jax.random.key(0), x)
    apply = lambda key: run(lambda p: net.apply(p, stats, x, train=True, key=key)[0], params)  # noqa: E731
    assert np.abs(apply(jax.random.key(0)) - apply(jax.random.key(1))).max() > 1e-3
    np.testing.assert_allclose(apply(None), net.apply(params, stats, x)[0], atol=1e-6)


@pytest.mark.long
def test_the_report_shows_what_is_hidden():
    method, params, extra, _ = started()
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), 24), toys())
    whole, left = exhibit.columns
    assert whole.figures.shape == left.figures.shape and len(left.captions) == 8
    assert (left.figures == 128).all(-1).any() and all(" of " in caption for caption in left.captions)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"net": flat()}, "must be wav2vec2"),
        ({"code": 5}, "does not divide"),
        ({"span": 60}, "does not fit"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        start(make(**options))


def test_networks_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="is neither"):
        encoder(norm="batch")
    with pytest.raises(ValueError, match="must divide"):
        encoder(groups=3)
    with pytest.raises(ValueError, match="2 kernels and 1 strides"):
        encoder(strides=(5,))
