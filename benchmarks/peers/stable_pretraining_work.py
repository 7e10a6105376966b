"""stable-pretraining's side, by its JAX backend: SimCLR's train step. Needs nothing of jssl; see `side_by_side`.

python -m benchmarks.peers.stable_pretraining_work pretrain_vit_cifar --batch=64 --size=32

"simclr" is a training step on views that lie on the device, and "pretrain" draws them there by its own recipe, which
has no hue, no saturation and no blur. It installs without PyTorch: `pip install jax flax optax loguru omegaconf`, then
`pip install --no-deps stable-pretraining`.
"""

from collections.abc import Callable

import jax
import numpy as np
import stable_pretraining.jax as spt
from flax import nnx
from stable_pretraining import __version__
from stable_pretraining.jax.backbone.resnet import resnet18, resnet50
from stable_pretraining.jax.backbone.vit import ViT
from stable_pretraining.jax.trainer import _train_step

from benchmarks.peers.worker import arguments, serve


def encoder(name: str, size: int) -> nnx.Module:
    """The same network as the other sides', of its library."""
    rngs = nnx.Rngs(0)
    if name == "vit_cifar":
        return ViT(rngs=rngs, img_size=size, patch_size=4, embed_dim=192, depth=6, num_heads=3)
    return {"resnet18": resnet18, "resnet50": resnet50}[name](rngs=rngs, low_resolution=size <= 64)


def simclr(name: str, batch: int, size: int, *, drawn: bool) -> Callable[[], None]:
    """A step of SimCLR with AdamW, as its `Trainer` does one for each batch."""
    net = encoder(name, size)
    transform = spt.augment.two_view_transform(size) if drawn else None
    module = spt.SimCLR(
        backbone=net, embed_dim=net.embed_dim, rngs=nnx.Rngs(1), projector_dims=(2048, 128), transform=transform
    )
    optimizer = nnx.Optimizer(module, spt.create_optimizer(module.optim), wrt=nnx.Param)
    pictures = np.random.default_rng(0).random((3, batch, size, size, 3), np.float32)
    there, *views = jax.device_put(list(pictures))
    fed = {"image": there} if drawn else {"views": [{"image": view} for view in views]}

    def step() -> None:
        _, logs = _train_step(module, optimizer, fed)
        for value in logs.values():
            float(value)

    return step


def main() -> None:
    """As `torch_work`."""
    parser = arguments()
    asked = parser.parse_args()
    kind, _, name = asked.work.partition("_")
    if kind not in ("simclr", "pretrain") or asked.precision != "float32":
        parser.error(f"{asked.work} in {asked.precision} is not compared: only SimCLR in float32 is")
    serve(
        simclr(name, asked.batch, asked.size, drawn=kind == "pretrain"),
        f"stable-pretraining {__version__}, jax {jax.__version__}",
    )


if __name__ == "__main__":
    main()
