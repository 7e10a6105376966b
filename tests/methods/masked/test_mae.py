"""MAE's oracles."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jssl.augment.views import make_recipe, prepare
from jssl.methods.masked.mae import mae
from jssl.nets.vit import patchify, unpatchify, vit
from jssl.parallel import make_layout
from jssl.run.step import create_state, make_step
from tests.methods.toys import SIZE, N, batch, flat, loss_of, recipe, run, start

tiny_vit = partial(vit, 8, 1, 2, patch=4, image_size=SIZE)


def make(encoder=None, **options):
    return mae(encoder or tiny_vit(), recipe(), **{"mask": 2 / 3, "decoder": (8, 1, 2), **options})


def silenced(params):
    """With a decoder that paints nothing but zeros."""
    decoder = {**params["decoder"], "predict": jax.tree.map(jnp.zeros_like, params["decoder"]["predict"])}
    return {**params, "decoder": decoder}


@pytest.mark.slow
def test_painting_zeros_costs_what_theory_says():
    params, extra, views = start(method := make())
    np.testing.assert_allclose(loss_of(method, silenced(params), extra, views)[0], 47 / 48, rtol=1e-5)
    params, extra, (images, keep) = start(method := make(norm_pix=False))
    pixels = np.asarray(patchify(images, 4))
    hidden = [pixels[i, j] for i in range(N) for j in range(9) if j not in keep[i]]
    np.testing.assert_allclose(
        loss_of(method, silenced(params), extra, (images, keep))[0], np.mean(np.square(hidden)), rtol=1e-5
    )


@pytest.mark.parametrize(("mask", "visible"), [(2 / 3, 3), (0.75, 2), (0.9, 1), (0.1, 8)])
def test_exactly_so_many_different_patches_are_seen(mask: float, visible: int):
    _, _, (_, keep) = start(make(mask=mask))
    assert keep.shape == (N, visible) and keep.min() >= 0 and keep.max() < 9
    assert all(len(set(row)) == visible for row in keep.tolist())


@pytest.mark.slow
def test_every_picture_has_a_mask_of_its_own_and_every_patch_its_turn():
    few = {name: jnp.tile(x[:1], (600,) + (1,) * (x.ndim - 1)) for name, x in batch().items()}
    _, keep = make().views(jax.random.split(jax.random.key(0), 600), few)
    assert len({frozenset(row) for row in keep.tolist()}) > 70  # of 84 sets
    seen = np.bincount(keep.reshape(-1), minlength=9) / 600
    np.testing.assert_allclose(seen, 1 / 3, atol=5 * np.sqrt(1 / 3 * 2 / 3 / 600))


@pytest.mark.slow
def test_the_order_of_what_is_kept_says_nothing_but_what_is_kept_does():
    params, extra, (images, keep) = start(method := make())
    loss = loss_of(method, params, extra, (images, keep))[0]
    np.testing.assert_allclose(loss_of(method, params, extra, (images, keep[:, ::-1]))[0], loss, rtol=1e-5)
    assert abs(loss_of(method, params, extra, (images, (keep + 1) % 9))[0] - loss) > 1e-4


@pytest.mark.slow
def test_hidden_pixels_never_reach_what_is_painted_and_visible_ones_do():
    method = make(norm_pix=False)
    params, extra, _ = start(method)
    keys, images = jax.random.split(jax.random.key(5), N), batch()["image"]

    def shown(images):
        return [column.figures for column in method.show(params, extra, keys, {"image": images}).columns]

    picture, masked, painted = shown(images)
    hole = (masked == 0.5).all(-1, keepdims=True)
    assert (hole.mean((1, 2, 3)) == pytest.approx(2 / 3)) and (painted[~hole[..., 0]] == picture[~hole[..., 0]]).all()
    other, _, same = shown(jnp.where(hole, 255 - images, images))
    assert np.abs(other - picture).max() > 0.5
    np.testing.assert_array_equal(same, painted)
    _, _, moved = shown(jnp.where(hole, images, 255 - images))
    assert np.abs((moved - painted) * hole).max((1, 2, 3)).min() > 1e-3


@pytest.mark.slow
def test_a_patch_is_painted_in_its_own_place_light_and_contrast():
    # Patches of one colour each, by which they are told apart: painting zeros gives them back exactly.
    method = make()
    params, extra, _ = start(method)
    colours = np.arange(9 * N * 3).reshape(N, 9, 1, 3) % 251
    patches = jnp.asarray(np.broadcast_to(colours, (N, 9, 16, 3)).reshape(N, 9, 48), jnp.uint8)
    images = unpatchify(patches, 4, 3, 3)
    params = silenced(params)
    exhibit = method.show(params, extra, jax.random.split(jax.random.key(0), N), {"image": images})
    picture, masked, painted = (column.figures for column in exhibit.columns)
    np.testing.assert_allclose(picture, np.asarray(images) / 255, atol=1e-6)
    mean = np.asarray(patchify(prepare(recipe(), images), 4)).mean(-1).reshape(N, 3, 3, 1)
    blank = np.repeat(np.repeat(mean, 4, axis=1), 4, axis=2) * recipe().std + recipe().mean
    np.testing.assert_allclose(painted, np.where(masked == 0.5, blank, picture), atol=1e-5)
    assert exhibit.lead.startswith("67% of the patches")


@pytest.mark.slow
def test_features_are_those_of_the_whole_picture():
    params, extra, _ = start(method := make())
    whole, _ = tiny_vit().apply(params["encoder"], {}, prepare(recipe(), batch()["image"]))
    np.testing.assert_allclose(method.embed(params, extra, batch()), whole, atol=1e-6)


@pytest.mark.slow
def test_noise_cannot_be_painted_and_gradients_of_light_can():
    def noise(rng):
        return rng.integers(0, 256, (N, SIZE, SIZE, 3), np.uint8)

    def ramps(rng):
        angle = rng.uniform(0, 2 * np.pi, (N, 1, 1, 1))
        row, column = np.arange(SIZE).reshape(1, -1, 1, 1), np.arange(SIZE).reshape(1, 1, -1, 1)
        light = 128 + 7 * ((row - 5.5) * np.sin(angle) + (column - 5.5) * np.cos(angle))
        return np.broadcast_to(light, (N, SIZE, SIZE, 3)).astype(np.uint8)

    method, tx, rng = make(mask=0.5), optax.adam(1e-2), np.random.default_rng(0)
    layout = make_layout(devices=jax.devices()[:1])
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), batch())
    step = layout.compile(make_step(method, tx), create_state(method, tx, 0, shapes, layout))

    def last_losses(pictures):
        """Of a run on new pictures each step."""
        state, losses = create_state(method, tx, 0, shapes, layout), []
        for _ in range(120):
            state, metrics = step(state, layout.feed({"image": pictures(rng), "index": np.arange(N, dtype=np.int32)}))
            losses.append(float(metrics["loss"]))
        return np.mean(losses[-30:])

    assert 0.97 < last_losses(noise) < 1.1
    assert last_losses(ramps) < 0.6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoder": flat()}, r"mae hides patches from its encoder, which must be a transformer"),
        ({"mask": 0.0}, r"mask=0.0 shows 9 of 9 patches of 4 pixels"),
        ({"mask": 1.0}, r"mask=1.0 shows 0 of 9 patches of 4 pixels"),
        ({"encoder": tiny_vit(patch=5, image_size=10)}, r"of 5 pixels in a picture of 12: patches must fill it"),
        ({"decoder": (6, 1, 2)}, r"a decoder's dim=6"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[2] / "fixtures" / "mae.npz") as file:
        return dict(file)


def ours(weight: dict[str, np.ndarray]) -> dict[str, Any]:
    """Transformers' weights (or gradients), laid out as our parameters."""

    def linear(name: str) -> dict[str, np.ndarray]:
        return {"kernel": weight[f"{name}.weight"].T, "bias": weight[f"{name}.bias"]}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {"scale": weight[f"{name}.weight"], "bias": weight[f"{name}.bias"]}

    def block(name: str) -> dict[str, Any]:
        q, k, v = (linear(f"{name}.attention.{part}_proj") for part in "qkv")
        return {
            "norm1": norm(f"{name}.layernorm_before"),
            "norm2": norm(f"{name}.layernorm_after"),
            "qkv": jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1), q, k, v),
            "proj": linear(f"{name}.attention.o_proj"),
            "fc1": linear(f"{name}.mlp.fc1"),
            "fc2": linear(f"{name}.mlp.fc2"),
        }

    def transformer(blocks: str, depth: int, last: str) -> dict[str, Any]:
        return {"blocks": {f"block{i}": block(f"{blocks}.{i}") for i in range(depth)}, "norm": norm(last)}

    embed = "vit.embeddings.patch_embeddings.projection"
    encoder = {
        "embed": {"kernel": kernel_of(weight[f"{embed}.weight"]), "bias": weight[f"{embed}.bias"]},
        "token": weight["vit.embeddings.cls_token"].reshape(-1),
        "transformer": transformer("vit.layers", 2, "vit.layernorm"),
    }
    decoder = {
        "embed": linear("decoder.decoder_embed"),
        "mask": weight["decoder.mask_token"].reshape(-1),
        "transformer": transformer("decoder.decoder_layers", 1, "decoder.decoder_norm"),
        "predict": linear("decoder.decoder_pred"),
    }
    return {"encoder": encoder, "decoder": decoder}


def kernel_of(convolution: np.ndarray) -> np.ndarray:
    return convolution.transpose(2, 3, 1, 0).reshape(-1, convolution.shape[0])


@pytest.mark.slow
@pytest.mark.parametrize("pixels", ["normalised", "raw"])
def test_equals_transformers(pixels: str, recorded: dict[str, np.ndarray]):
    method = mae(
        vit(8, 2, 2, patch=3, image_size=12), make_recipe("simclr_cifar", size=12), decoder=(12, 1, 3),
        norm_pix=pixels == "normalised",
    )  # fmt: skip
    weights = {name.removeprefix("weights/"): x for name, x in recorded.items() if name.startswith("weights/")}
    params, extra = method.init(jax.random.key(0), batch())
    jax.tree.map(lambda a, b: np.testing.assert_equal(a.shape, b.shape), params, ours(weights))
    keep = np.argsort(recorded["noise"], axis=1)[:, :4]
    assert (np.take_along_axis(recorded["mask"], keep, axis=1) == 0).all() and recorded["mask"].sum() == 3 * 12

    def loss(params, images, keep):
        return method.loss(params, extra, (images, keep), jax.random.key(0), jnp.int32(0))[0]

    value, gradient = run(jax.value_and_grad(loss), ours(weights), recorded["images"], keep)
    np.testing.assert_allclose(value, recorded[f"{pixels}/loss"], rtol=1e-5)
    theirs = {name.split("/")[-1]: x for name, x in recorded.items() if name.startswith(f"{pixels}/gradient")}
    for mine, expected in (
        (
            gradient["encoder"]["embed"]["kernel"],
            kernel_of(theirs["vit.embeddings.patch_embeddings.projection.weight"]),
        ),
        (gradient["encoder"]["token"], theirs["vit.embeddings.cls_token"].reshape(-1)),
        (gradient["decoder"]["mask"], theirs["decoder.mask_token"].reshape(-1)),
        (gradient["decoder"]["predict"]["kernel"], theirs["decoder.decoder_pred.weight"].T),
    ):
        np.testing.assert_allclose(mine, expected, atol=2e-6, rtol=1e-4)
