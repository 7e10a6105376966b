"""Encoders: the index by name. A new network is a file and a line here."""

import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from jssl.nets.clip_convnet import clip_convnet
from jssl.nets.conv_lstm import conv_lstm
from jssl.nets.convnet import convnet
from jssl.nets.discriminator import dcgan
from jssl.nets.domain_transformer import dabs, domain_transformer
from jssl.nets.frames import dynamic_image, frame_differences, per_frame
from jssl.nets.lab_halves import lab_halves
from jssl.nets.nature_cnn import nature_cnn
from jssl.nets.net import Net
from jssl.nets.patches import per_patch
from jssl.nets.resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from jssl.nets.sequence import perceptron, sequence_transformer
from jssl.nets.sigmoid_stack import sigmoid_stack
from jssl.nets.sound import audio_cnn
from jssl.nets.srresnet import srresnet
from jssl.nets.text_transformer import bert_base, gpt2, text_transformer
from jssl.nets.video_resnet import r2plus1d_18, r3d_18
from jssl.nets.video_vit import video_vit, video_vit_base, video_vit_large, video_vit_small
from jssl.nets.vit import vit, vit_base, vit_large, vit_small, vit_tiny
from jssl.nets.wav2vec2 import wav2vec2, wav2vec2_large
from jssl.nets.wave import wave_gru
from jssl.nets.wave_unet import wave_unet
from jssl.nets.wide_resnet import wide_resnet
from jssl.ranges import check

NETS: dict[str, Callable[..., Net]] = {
    "audio_cnn": audio_cnn,
    "clip_convnet": clip_convnet,
    "conv_lstm": conv_lstm,
    "convnet": convnet,
    "dabs": dabs,
    "dcgan": dcgan,
    "domain_transformer": domain_transformer,
    "dynamic_image": dynamic_image,
    "frame_differences": frame_differences,
    "lab_halves": lab_halves,
    "nature_cnn": nature_cnn,
    "per_frame": per_frame,
    "per_patch": per_patch,
    "perceptron": perceptron,
    "r2plus1d_18": r2plus1d_18,
    "r3d_18": r3d_18,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "resnet101": resnet101,
    "resnet152": resnet152,
    "sequence_transformer": sequence_transformer,
    "sigmoid_stack": sigmoid_stack,
    "srresnet": srresnet,
    "wav2vec2": wav2vec2,
    "wav2vec2_large": wav2vec2_large,
    "wave_gru": wave_gru,
    "wave_unet": wave_unet,
    "wide_resnet": wide_resnet,
    "text_transformer": text_transformer,
    "bert_base": bert_base,
    "gpt2": gpt2,
    "video_vit": video_vit,
    "video_vit_small": video_vit_small,
    "video_vit_base": video_vit_base,
    "video_vit_large": video_vit_large,
    "vit": vit,
    "vit_tiny": vit_tiny,
    "vit_small": vit_small,
    "vit_base": vit_base,
    "vit_large": vit_large,
}
PRECISIONS = {"float32": jnp.float32, "bf16": jnp.bfloat16}


def make_net(name: str, *, precision: str = "float32", **options: Any) -> Net:
    """The network of that name: x of an input, such as images float [n, h, w, c] -> features float32 [n, d].

    Args:
        name: a key of `NETS`.
        precision: of matmuls and convolutions, "float32" or "bf16"; parameters and statistics are float32.
        options: that network's other keyword arguments.

    Raises:
        ValueError: an unknown name, precision or option, naming those there are; a missing option, or one out of range.
    """
    if name not in NETS:
        raise ValueError(f"network {name!r} is none of {', '.join(NETS)}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision={precision!r} is none of {', '.join(PRECISIONS)}")
    parameters = inspect.signature(NETS[name]).parameters
    accepted = [option for option in parameters if option != "dtype"]
    unknown = [option for option in options if option not in accepted]
    if unknown:
        raise ValueError(f"network {name!r} has no option {', '.join(unknown)}; it has {', '.join(accepted)}")
    missing = [option for option in accepted if parameters[option].default is inspect.Parameter.empty]
    missing = [option for option in missing if option not in options]
    if missing:
        raise ValueError(f"network {name!r} needs {', '.join(missing)}")
    check(NETS[name], options)
    return NETS[name](dtype=PRECISIONS[precision], **options)
