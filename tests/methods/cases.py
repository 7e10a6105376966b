"""Every method of the index, small, and some on other senses: with options, encoders and views that fit a test."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import optax

from jssl.augment.clip.recipe import ClipRecipe
from jssl.inputs.clip import clips
from jssl.inputs.image import pictures
from jssl.inputs.input import Input
from jssl.method import Method
from jssl.methods import METHODS
from jssl.nets.conv_lstm import conv_lstm
from jssl.nets.convnet import convnet
from jssl.nets.discriminator import dcgan
from jssl.nets.domain_transformer import domain_transformer
from jssl.nets.frames import each_frame
from jssl.nets.lab_halves import lab_halves
from jssl.nets.net import Net
from jssl.nets.patches import each_patch
from jssl.nets.sigmoid_stack import sigmoid_stack
from jssl.nets.video_vit import video_vit
from jssl.nets.vit import vit
from jssl.nets.wave import wave_gru
from jssl.nets.wave_unet import wave_unet
from jssl.run.build import first_arguments
from tests.methods.senses import clip, image, image_sound, series, sound, table, tokens, wave
from tests.methods.senses.sense import BATCH, EXAMPLES, Sense

__all__ = ["BATCH", "CASES", "batch", "build", "optimizer", "sense"]

RUN = {"examples": EXAMPLES, "steps": 60, "steps_per_epoch": 2, "classes": 3, "batch_size": BATCH}
"""What a run knows and some methods ask for."""
SENSES: dict[str, Sense] = {
    "clip": clip.SENSE,
    "clip+sound": image_sound.MOVING,
    "image": image.SENSE,
    "image+sound": image_sound.SENSE,
    "series": series.SENSE,
    "sound": sound.SENSE,
    "table": table.SENSE,
    "tokens": tokens.SENSE,
    "wave": wave.SENSE,
}
OF: dict[str, str] = {
    "arrow_of_time": "clip", "bert": "tokens", "cmc": "image+sound", "correspondence": "image+sound", "ctc": "wave",
    "dbc": "clip", "deep_mdp": "clip", "egomotion_pose": "clip", "frame_order": "clip", "future_frames": "clip",
    "hybrid_byol": "sound", "minimising_disagreement": "image+sound", "next_word": "tokens", "odd_one_out": "clip",
    "order_prediction": "clip", "restoration": "wave", "sound_super_resolution": "wave", "st_dim": "clip",
    "supervised_ram": "clip", "tagging": "tokens", "tracked_patches": "clip", "video_colourisation": "clip",
    "video_mae": "clip", "wav2vec2": "wave",
}  # fmt: skip
"""Methods of another sense than pictures, and which."""
EVERYWHERE = ("simclr", "byol", "vicreg")
"""Methods that prove themselves on every single sense."""
ANY_DOMAIN = {"e_mix": ("series", "sound", "table", "tokens"), "shed": ()}
"""Those of any domain, and further senses that they prove themselves on, each embedded in a way of its own; of shuffled
words or columns, a dozen, ShED learns too little in 60 steps to show it."""
DOMAIN = partial(domain_transformer, 16, 1, 2, hidden=32, dropout=0.1, vocabulary=tokens.ABOUT["vocabulary"])
CASES = {
    **{name: (name, OF.get(name, "image")) for name in METHODS},
    **{f"{name} on {key}": (name, key) for key in SENSES if key != "image" and "+" not in key for name in EVERYWHERE},
    **{f"{name} on {key}": (name, key) for name, keys in ANY_DOMAIN.items() for key in keys},
    "cpc on wave": ("cpc", "wave"),
}
"""A name for each proof -> (method, sense)."""
# Where a paper's numbers do not fit a batch of 24, or 60 steps.
OPTIONS = {
    "arrow_of_time": {"antisymmetric": True, "head": (16,)},
    "autoencoder": {"code": 8, "width": 4},
    "barlow_twins": {"projector": (16, 8)},
    "bert": {"next_sentence": True},
    "bigan": {"latent": 4, "width": 4, "hidden": 16, "adversarial": 0.01},  # a player's loss need not fall
    "byol": {"projector": (16, 8), "predictor": (16, 8), "momentum": 0.9},
    "cmc": {"projector": (16,)},
    "colourisation": {"hidden": 8},
    "context_encoder": {"overlap": 1, "width": 8},
    "corinfomax": {"projector": (16, 8), "invariance": 50.0},
    "correspondence": {"fusion": "distance", "hidden": (16,)},
    "cpc": {"nearest": 1, "furthest": 2, "context": 16, "depth": 1},
    "ctc": {"transcripts": ("ab", "baa", "c")},
    "curl": {"dim": 8, "momentum": 0.9},
    "dbc": {"hidden": (16,)},
    "deep_mdp": {"hidden": (16,)},
    "deepcluster": {"clusters": 6, "components": 8, "every": 15.0},
    "deepcluster_v2": {"projector": (16, 8), "prototypes": (6, 8), "every": 2.0},
    "deep_autoencoder": {"pretrain": 0},  # the sum of its phases need not fall
    "denoising_autoencoder": {"width": 4},
    "dino": {"projector": (16, 8), "prototypes": 12, "momentum": 0.9, "center_momentum": 0.5},
    "distillation": {"teacher": {"name": "convnet", "width": 4, "depth": 2}, "teacher_hidden": (8,), "weight": 0.9},
    "e_mix": {"projector": (16,)},
    "egomotion": {"shift": 2, "bins": 4, "head": (32,)},
    "egomotion_pose": {"apart": 3, "reach": (4.0, 4.0, 40.0), "bins": 1, "head": (32,)},
    "entropy_minimization": {"ramp": 0.01},  # a weight that rises for longer would raise the loss
    "exemplar": {"patch": 12},
    "frame_order": {"inner": (1, 2), "outer": (1, 2), "head": (16,)},
    # The difference of gradients has a kink wherever two pixels are alike, at which rounding decides.
    "future_frames": {"horizon": 2, "width": 8, "gradient": 0.0},
    "gan": {"latent": 4, "width": 4, "adversarial": 0.01},
    "hybrid_byol": {"projector": (16, 8), "predictor": (16, 8), "momentum": 0.9},
    "jigsaw": {"permutations": 24, "patch": 4, "gap": 1, "jitter": 1, "shift": 1, "tile": (8,), "head": (16,)},
    "lejepa": {"projector": (16, 8), "slices": 32},
    "linear_probe": {"layers": 2, "patches": True, "normalize": True},
    "m2": {"latent": 4, "hidden": (16,)},
    "mae": {"decoder": (16, 1, 2)},
    # A teacher that changes its mind raises its student's loss: here agreement, which falls, is most of it.
    "meta_pseudo_labels": {"weight": 4.0, "ramp": 0.01, "threshold": 0.0},
    "minimising_disagreement": {"categories": 6},
    "mixed_barlow_twins": {"projector": (16, 8)},
    "mixmatch": {"weight": 1.0, "alpha": 0.1},  # mixtures' labels, of which the loss keeps the entropy, would hide it
    "moco": {"projector": (16, 8), "queue": 48, "momentum": 0.9},
    "moco_v3": {"projector": (16, 8), "predictor": (16, 8), "momentum": 0.9},
    "npid": {"dim": 16, "negatives": 32, "temperature": 0.5},
    "odd_one_out": {"among": 3, "head": (16,)},
    "order_prediction": {"gap": (1, 2), "pair": 16},
    "pirl": {"dim": 16, "negatives": 32, "temperature": 0.5},
    "pseudo_label": {"ramp": (0.0, 0.02)},  # a weight that rises for longer would raise the loss
    "relative_position": {"patch": 4, "gap": 1, "jitter": 2, "smallest": 2, "head": (16,)},
    "restoration": {"noise": (-20.0, -15.0)},  # so loud that it is learnt in 60 steps to be quieter
    "simsiam": {"projector": (16, 8), "predictor": (4, 8)},
    "sound_super_resolution": {"factor": 2},
    "split_brain": {"hidden": 8},
    "super_resolution": {"factor": 2, "hidden": 8, "width": 4},
    "swav": {"projector": (16, 8), "prototypes": 12, "freeze": 0.5, "queue": 24, "queue_from": 1.0},
    # Of fewer units one is so near to its kink that rounding decides.
    "vae": {"latent": 8, "width": 8},
    "vicreg": {"expander": (16, 8)},
    "tracked_patches": {"patch": 8, "reach": 2, "margin": 1.0, "negatives": 11, "hard_from": "2 steps"},
    "video_colourisation": {"colours": 8, "settle": "2 steps"},
    "video_mae": {"mask": 0.75, "decoder": (16, 1, 2)},
    "wav2vec2": {"span": 2, "negatives": 5, "groups": 2, "entries": 4, "code": 4, "dim": 4, "temperature": 0.5},
    # Of 2048 units of the usual projector one is always so near to its kink that rounding decides.
    "simclr on sound": {"projector": (32, 16)},
    # Weights of 25 make steps out of the rounding of gradients that are 0, as of offsets before a norm.
    "vicreg on clip": {"invariance": 5.0, "variance": 5.0, "covariance": 0.2},
    "vicreg on series": {"invariance": 5.0, "variance": 5.0, "covariance": 0.2},
    "vicreg on sound": {"invariance": 5.0, "variance": 5.0, "covariance": 0.2},
}
STATES = lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(flip=0.0), frames=2))}  # noqa: E731
# What a method needs instead of its sense's two views, and instead of the sense's encoder with batch norm.
INPUTS: dict[str, Callable[[], dict[str, Input]]] = {
    "dbc": STATES,
    "deep_mdp": STATES,
    "deepcluster_v2": lambda: {"image": pictures(image.MULTI_CROP())},
    "deep_autoencoder": lambda: {"image": pictures(image.TWO_VIEWS(mean=(0.0,) * 3, std=(1.0,) * 3))},
    "dino": lambda: {"image": pictures(image.MULTI_CROP())},
    "domain_adaptation": lambda: {"image": pictures(image.TWO_VIEWS(flip=0.0))},
    "egomotion_pose": lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(flip=0.0), frames=clip.FRAMES))},
    **{f"{name} on sound": sound.square for name in ANY_DOMAIN},
    "frame_order": lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(), frames=clip.FRAMES))},
    "future_frames": lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(), frames=3))},
    "lejepa": lambda: {"image": pictures(image.MULTI_CROP())},
    # Crops of 8 % of a grating, whose labels are noise, cannot be told apart in 60 steps.
    "linear_probe": lambda: {"image": pictures(image.TWO_VIEWS(plain={"crop": None}))},
    "order_prediction": lambda: {"clip": clips(ClipRecipe(image.TWO_VIEWS(), frames=clip.FRAMES))},
    "rotation": lambda: {"image": pictures(image.TWO_VIEWS(flip=0.0))},
    "s4l": lambda: {"image": pictures(image.TWO_VIEWS(flip=0.0))},
    "st_dim": STATES,
    "supervised_ram": STATES,
    "ttt": lambda: {"image": pictures(image.TWO_VIEWS(flip=0.0))},
    "split_brain": lambda: {"image": pictures(image.TWO_VIEWS(mean=(0.0,) * 3, std=(1.0,) * 3))},
    "swav": lambda: {"image": pictures(image.MULTI_CROP())},
    "video_colourisation": lambda: {
        "clip": clips(ClipRecipe(image.TWO_VIEWS(mean=(0.0,) * 3, std=(1.0,) * 3), frames=3))
    },
}
ENCODERS: dict[str, Callable[[], Net]] = {
    "bert": partial(tokens.encoder, dropout=0.1),
    "cpc": lambda: each_patch(convnet(width=4, depth=2, batch_norm="group:1"), 6, 5),
    "cpc on wave": partial(wave_gru, 8, width=8, kernels=(10, 3), strides=(5, 2)),
    **{case: DOMAIN for case, (name, _) in CASES.items() if name in ANY_DOMAIN},
    "dino": partial(vit, 16, 2, 2, patch=8, image_size=16, drop_path=0.5),
    "linear_probe": partial(vit, 64, 2, 2, patch=8, image_size=16),  # many features: labels of the toys are noise
    "deep_autoencoder": partial(sigmoid_stack, widths=(16, 8)),
    "future_frames": partial(conv_lstm, width=8, depth=1),
    "gan": partial(dcgan, width=4, depth=2),
    "mae": partial(vit, 16, 1, 2, patch=4, image_size=16),
    "next_word": partial(tokens.encoder, dropout=0.1, causal=True),
    "restoration": partial(wave_unet, (32, 64)),
    "simclr on tokens": partial(tokens.encoder, dropout=0.1),
    "sound_super_resolution": partial(wave_unet, (32, 64)),
    "st_dim": lambda: each_frame(convnet(width=4, depth=2)),
    "tracked_patches": lambda: each_frame(convnet(width=16, depth=2)),
    "video_colourisation": lambda: each_frame(convnet(width=4, depth=2), grey=True),
    "video_mae": partial(video_vit, 16, 1, 2, patch=4),
    "split_brain": partial(lab_halves, half={"name": "convnet", "width": 4, "depth": 2}),
}


def sense(case: str) -> Sense:
    return SENSES[CASES[case][1]]


def build(
    case: str, batch_norm: str = "sync", around: Callable[[Net], Net] = lambda net: net, **options: object
) -> Method:
    """Small, with each encoder as `around` makes it."""
    name = CASES[case][0]
    factory, facts = METHODS[name], sense(case).facts
    known = {**facts.about, **RUN}
    asked = {key: value for key, value in known.items() if key in inspect.signature(factory).parameters}
    inputs = INPUTS[case]() if case in INPUTS else sense(case).inputs()
    encoder = ENCODERS[case]() if case in ENCODERS else sense(case).encoder(batch_norm)
    nets = encoder if isinstance(encoder, dict) else dict.fromkeys(inputs, encoder)
    nets = {key: around(net) for key, net in nets.items()}
    small = {**OPTIONS.get(name, {}), **OPTIONS.get(case, {})}
    return factory(*first_arguments(factory, nets, inputs), **{**asked, **small, **options})


def batch(case: str, step: int) -> dict[str, Any]:
    """A batch that has labelled examples too, for the methods that learn from some."""
    own = sense(case).batch(step)
    return {**own, "labelled": own}


def optimizer() -> optax.GradientTransformation:
    """Adam, under which every loss falls; with the usual eps, rounding errors of a gradient of 0 would be steps."""
    return optax.adam(3e-3, eps=1e-3)
