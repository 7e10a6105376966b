"""VideoMAE's oracles."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jssl.augment.clip.recipe import ClipRecipe
from jssl.augment.clip.views import prepare_clips
from jssl.augment.recipes import make_recipe
from jssl.losses.reconstruction import masked_mse
from jssl.methods.masked.video_mae import video_mae
from jssl.methods.parts.hidden_patches import hidden
from jssl.nets.video_vit import cut_tubes, join_tubes, video_vit
from jssl.nets.vit import vit
from tests.methods.toys import loss_of, run

N, T, SIDE = 6, 4, 12
TIMES, PLACES = 2, 9
RECIPE = ClipRecipe(make_recipe("plain", size=SIDE, crop=None, flip=0.0), T)
tiny = partial(video_vit, 8, 1, 2, tubelet=2, patch=4)


def make(encoder=None, recipe=RECIPE, **options):
    return video_mae(encoder or tiny(), recipe, **{"mask": 2 / 3, "decoder": (8, 1, 2), **options})


def batch(n: int = N) -> dict[str, jax.Array]:
    clips = np.random.default_rng(0).integers(0, 256, (n, T, SIDE, SIDE, 3), np.uint8)
    return {"clip": jnp.asarray(clips), "index": jnp.arange(n, dtype=jnp.int32)}


def start(method):
    params, extra = method.init(jax.random.key(0), batch())
    return params, extra, method.views(jax.random.split(jax.random.key(1), N), batch())


def silenced(params):
    """With a decoder that paints nothing but zeros."""
    decoder = {**params["decoder"], "predict": jax.tree.map(jnp.zeros_like, params["decoder"]["predict"])}
    return {**params, "decoder": decoder}


@pytest.mark.slow
def test_painting_zeros_costs_what_theory_says():
    """Each channel of a tube has 2 * 4 * 4 pixels, and the unbiased variance is of one fewer."""
    params, extra, views = start(method := make())
    np.testing.assert_allclose(loss_of(method, silenced(params), extra, views)[0], 31 / 32, rtol=1e-4)
    params, extra, (x, keep) = start(method := make(norm_pix=False))
    pixels = np.asarray(cut_tubes(batch()["clip"], 2, 4)).reshape(N, 18, -1) / 255
    asked = [pixels[i, j] for i in range(N) for j in range(18) if j not in keep[i]]
    np.testing.assert_allclose(
        loss_of(method, silenced(params), extra, (x, keep))[0], np.mean(np.square(asked)), rtol=1e-4
    )


@pytest.mark.slow
def test_the_same_places_are_hidden_in_every_frame():
    _, _, (_, keep) = start(make())
    seen = np.asarray(~hidden(keep, TIMES * PLACES)).reshape(N, TIMES, PLACES)
    assert (seen == seen[:, :1]).all() and (seen.sum(2) == 3).all()
    assert len({tuple(row) for row in seen[:, 0].tolist()}) > 1
    _, _, (_, keep) = start(make(masking="random"))
    seen = np.asarray(~hidden(keep, TIMES * PLACES)).reshape(N, TIMES, PLACES)
    assert (seen != seen[:, :1]).any() and (seen.sum((1, 2)) == 6).all()


def test_the_papers_mask_hides_176_places_in_each_of_8_pairs_of_frames():
    recipe = ClipRecipe(make_recipe("plain", size=224), 16)
    method = video_mae(tiny(tubelet=2, patch=16), recipe, decoder=(8, 1, 2))
    clip = jax.ShapeDtypeStruct((2, 16, 224, 224, 3), jnp.uint8)
    keys = jax.eval_shape(lambda: jax.random.split(jax.random.key(0), 2))
    _, keep = jax.eval_shape(method.views, keys, {"clip": clip})
    assert keep.shape == (2, 8 * 196 - 8 * 176)


def copied(keep, target):
    """Tubes as one would paint who sees some and takes each other from the same place at another time, or else 0."""
    seen = np.asarray(~hidden(keep, TIMES * PLACES)).reshape(N, TIMES, PLACES, 1)
    target = np.asarray(target).reshape(N, TIMES, PLACES, -1)
    first = np.take_along_axis(target, seen.argmax(1)[:, None], axis=1)
    return np.where(seen.any(1, keepdims=True), first, 0.0).repeat(TIMES, axis=1).reshape(N, TIMES * PLACES, -1)


@pytest.mark.slow
def test_what_stands_still_can_be_copied_through_time_unless_tubes_hide_it():
    still = jnp.repeat(batch()["clip"][:, :1], T, axis=1)
    costs = {}
    for masking in ("tube", "random"):
        method = make(masking=masking, mask=1 / 3)
        x, keep = method.views(jax.random.split(jax.random.key(1), N), {"clip": still})
        target = cut_tubes(x, 2, 4).reshape(N, TIMES * PLACES, -1)
        asked = hidden(keep, TIMES * PLACES)
        nothing = masked_mse(jnp.zeros_like(target), target, asked)
        costs[masking] = float(masked_mse(jnp.asarray(copied(keep, target)), target, asked) / nothing)
    assert costs["tube"] == pytest.approx(1.0) and costs["random"] < 0.5


@pytest.mark.slow
def test_hidden_pixels_never_reach_what_is_painted_and_visible_ones_do():
    params, extra, _ = start(method := make(norm_pix=False))
    keys = jax.random.split(jax.random.key(5), N)

    def shown(clips):
        return [column.figures for column in method.show(params, extra, keys, {"clip": clips}).columns]

    film, masked, painted = shown(batch()["clip"])
    assert film.shape == (N, SIDE, T * (SIDE + 1) - 1, 3)
    hole = (masked == 0.5).all(-1, keepdims=True)
    frames = np.stack([hole[:, :, i * (SIDE + 1) :][:, :, :SIDE] for i in range(T)], axis=1)
    assert frames.mean() == pytest.approx(2 / 3) and (frames == frames[:, :1]).all()
    assert (painted[~hole[..., 0]] == film[~hole[..., 0]]).all()
    clips = batch()["clip"]
    _, _, same = shown(jnp.where(frames, 255 - clips, clips))
    np.testing.assert_array_equal(same, painted)
    _, _, moved = shown(jnp.where(frames, clips, 255 - clips))
    assert np.abs((moved - painted) * hole).max((1, 2, 3)).min() > 1e-3


@pytest.mark.slow
def test_tubes_come_back_to_their_places_light_and_contrast():
    params, extra, _ = start(method := make())
    levels = np.arange(N * TIMES * PLACES).reshape(N, -1, 1, 1) % 251
    tubes = np.broadcast_to(levels, (N, TIMES * PLACES, 32, 3)).astype(np.uint8)
    clips = join_tubes(jnp.asarray(tubes), 2, 4, 3, 3)
    assert clips.shape == (N, T, SIDE, SIDE, 3)
    np.testing.assert_array_equal(cut_tubes(clips, 2, 4), tubes)
    np.testing.assert_array_equal(clips[:, 1, 4:8, 8:12, 0].reshape(N, -1), np.repeat(levels[:, 5, 0], 16, axis=1))
    exhibit = method.show(silenced(params), extra, jax.random.split(jax.random.key(0), N), {"clip": clips})
    film, _, painted = (column.figures for column in exhibit.columns)
    np.testing.assert_allclose(painted, film, atol=1e-5)
    assert exhibit.lead.startswith("67% of the tubes")


@pytest.mark.slow
def test_features_are_those_of_the_whole_clip():
    params, extra, _ = start(method := make())
    whole, _ = tiny().apply(params["encoder"], {}, prepare_clips(RECIPE, batch()["clip"]))
    np.testing.assert_allclose(method.embed(params, extra, batch()), whole, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoder": vit(8, 1, 2, patch=4, image_size=SIDE)}, r"must be one on them"),
        ({"masking": "blocks"}, r"masking='blocks' is none of tube, random"),
        ({"mask": 0.99}, r"mask=0.99 shows 0 of 9 places in 4 frames"),
        ({"encoder": tiny(tubelet=3)}, r"tubes of 3 frames and 4 pixels must fill them"),
        ({"encoder": tiny(patch=5)}, r"tubes of 2 frames and 5 pixels must fill them"),
        ({"decoder": (6, 1, 2)}, r"a decoder's dim=6"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[2] / "fixtures" / "video_mae.npz") as file:
        return dict(file)


def ours(weight: dict[str, np.ndarray]) -> dict[str, Any]:
    """Transformers' weights, laid out as our parameters; keys, and the map to the decoder, have no bias there."""

    def linear(name: str) -> dict[str, np.ndarray]:
        kernel = weight[f"{name}.weight"].T
        return {"kernel": kernel, "bias": weight.get(f"{name}.bias", np.zeros(kernel.shape[1], np.float32))}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def block(name: str) -> dict[str, Any]:
        q, k, v = (linear(f"{name}.attention.attention.{part}") for part in ("query", "key", "value"))
        return {
            "norm1": norm(f"{name}.layernorm_before"),
            "norm2": norm(f"{name}.layernorm_after"),
            "qkv": jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1), q, k, v),
            "proj": linear(f"{name}.attention.output.dense"),
            "fc1": linear(f"{name}.intermediate.dense"),
            "fc2": linear(f"{name}.output.dense"),
        }

    def transformer(blocks: str, depth: int, last: str) -> dict[str, Any]:
        return {"blocks": {f"block{i}": block(f"{blocks}.{i}") for i in range(depth)}, "norm": norm(last)}

    embed = "videomae.embeddings.patch_embeddings.projection"
    return {
        "encoder": {
            "embed": {"kernel": kernel_of(weight[f"{embed}.weight"]), "bias": weight[f"{embed}.bias"]},
            "transformer": transformer("videomae.encoder.layer", 2, "videomae.layernorm"),
        },
        "decoder": {
            "embed": linear("encoder_to_decoder"),
            "mask": weight["mask_token"].reshape(-1),
            "transformer": transformer("decoder.decoder_layers", 1, "decoder.norm"),
            "predict": linear("decoder.head"),
        },
    }


def kernel_of(convolution: np.ndarray) -> np.ndarray:
    return convolution.transpose(2, 3, 4, 1, 0).reshape(-1, convolution.shape[0])


@pytest.mark.slow
@pytest.mark.parametrize("pixels", ["normalised", "raw"])
def test_equals_transformers(pixels: str, recorded: dict[str, np.ndarray]):
    net = video_vit(8, 2, 2, tubelet=2, patch=4)
    method = make(net, decoder=(12, 1, 3), norm_pix=pixels == "normalised")
    weights = {name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")}
    params, extra = method.init(jax.random.key(0), batch())
    jax.tree.map(lambda a, b: np.testing.assert_equal(a.shape, b.shape), params, ours(weights))
    keep = np.stack([np.flatnonzero(~row) for row in recorded["mask"]])

    def loss(params, clips, keep):
        return method.loss(params, extra, (clips, keep), jax.random.key(0), jnp.int32(0))[0]

    value, gradient = run(jax.value_and_grad(loss), ours(weights), recorded["clips"], keep)
    np.testing.assert_allclose(value, recorded[f"{pixels}/loss"], rtol=1e-5)
    theirs = {name.split("/")[-1]: x for name, x in recorded.items() if name.startswith(f"{pixels}/gradient")}
    for mine, expected in (
        (
            gradient["encoder"]["embed"]["kernel"],
            kernel_of(theirs["videomae.embeddings.patch_embeddings.projection.weight"]),
        ),
        (gradient["decoder"]["mask"], theirs["mask_token"].reshape(-1)),
        (gradient["decoder"]["embed"]["kernel"], theirs["encoder_to_decoder.weight"].T),
        (gradient["decoder"]["predict"]["kernel"], theirs["decoder.head.weight"].T),
    ):
        np.testing.assert_allclose(mine, expected, atol=2e-6, rtol=1e-4)
    tokens, _ = net.tokens(ours(weights)["encoder"], {}, recorded["clips"])
    np.testing.assert_allclose(tokens, recorded["tokens"], atol=1e-5)
