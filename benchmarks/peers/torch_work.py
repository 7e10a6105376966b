"""The peers' side: the same work in PyTorch, by timm's networks. Needs nothing of jssl; see `side_by_side`.

python -m benchmarks.peers.torch_work simclr_resnet50 --batch=256 --size=224 --device=cuda --precision=bf16

"simclr" is a training step on views that lie on the device, and "pretrain" draws them by torchvision. The loss is
lightly's NT-Xent where lightly is installed, else the same in four lines.
"""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.peers.torch_views import MEAN, STD, two_views
from benchmarks.peers.worker import arguments, serve

ENCODERS = {
    "resnet18": ("resnet18", {}),
    "resnet50": ("resnet50", {}),
    "vit_cifar": (
        "vit_tiny_patch16_224", {"patch_size": 4, "img_size": 32, "embed_dim": 192, "depth": 6, "num_heads": 3},
    ),
    "vit_tiny": ("vit_tiny_patch16_224", {}),
    "vit_small": ("vit_small_patch16_224", {}),
}  # fmt: skip


def encoder(name: str, size: int) -> torch.nn.Module:
    """A network of timm without a classifier; a ResNet for small pictures has a stem of 3x3 and no pooling."""
    import timm

    which, options = ENCODERS[name]
    net = timm.create_model(which, num_classes=0, **options)
    if name.startswith("resnet") and size <= 64:
        net.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
        net.maxpool = torch.nn.Identity()
    return net


def nt_xent(z: torch.Tensor, temperature: float) -> torch.Tensor:
    """Of views [2n, d], the second halves the first's partners."""
    try:
        from lightly.loss import NTXentLoss

        return NTXentLoss(temperature)(*z.chunk(2))
    except ImportError:
        z = torch.nn.functional.normalize(z, dim=1)
        scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
        n = len(z) // 2
        return torch.nn.functional.cross_entropy(scores, torch.arange(2 * n, device=z.device).roll(n))


def simclr(name: str, batch: int, size: int, device: str, precision: str, *, drawn: bool) -> Callable[[], None]:
    """A step of SimCLR with AdamW, on views that are there, or drawn from uint8 pictures by torchvision."""
    net = encoder(name, size)
    d = net.num_features
    head = [torch.nn.Linear(d, 2048, bias=False), torch.nn.BatchNorm1d(2048), torch.nn.ReLU()]
    model = torch.nn.Sequential(net, *head, torch.nn.Linear(2048, 128, bias=False)).to(device)
    if device == "cpu":
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    pictures, draw = _pictures(batch, size), two_views("tensor", size)
    there = torch.randn(2 * batch, 3, size, size)

    def step() -> None:
        views = (draw(pictures) if drawn else there).to(device, memory_format=torch.channels_last)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            z = model(views)
        nt_xent(z.float(), 0.5).backward()
        optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return step


def mae(name: str, batch: int, size: int, device: str, precision: str) -> Callable[[], None]:
    """A step of lightly's MAE with AdamW: a quarter of the patches is seen, the decoder has four blocks."""
    from lightly.models import utils
    from lightly.models.modules import MAEDecoderTIMM, MaskedVisionTransformerTIMM

    net = encoder(name, size)
    patch, dim = net.patch_embed.patch_size[0], net.embed_dim
    seen = MaskedVisionTransformerTIMM(vit=net).to(device)
    decoder = MAEDecoderTIMM(
        num_patches=net.patch_embed.num_patches, patch_size=patch, embed_dim=dim, decoder_embed_dim=dim,
        decoder_depth=4, decoder_num_heads=3,
    ).to(device)  # fmt: skip
    optimizer = torch.optim.AdamW([*seen.parameters(), *decoder.parameters()], 1e-3)
    x = torch.randn(batch, 3, size, size, device=device)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        keep, hidden = utils.random_token_mask((batch, seen.sequence_length), mask_ratio=0.75, device=device)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            known = decoder.embed(seen.encode(images=x, idx_keep=keep))
            tokens = utils.repeat_token(decoder.mask_token, (batch, seen.sequence_length))
            tokens = decoder.decode(utils.set_at_index(tokens, keep, known.type_as(tokens)))
            told = decoder.predict(utils.get_at_index(tokens, hidden))
        asked = utils.get_at_index(utils.patchify(x, patch), hidden - 1)
        torch.nn.functional.mse_loss(told.float(), asked).backward()
        optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return step


def views(kind: str, batch: int, size: int) -> Callable[[], None]:
    """Two views of each picture of a batch."""
    pictures, draw = _pictures(batch, size), two_views(kind, size)
    return lambda: draw(pictures)


def folder(name: str, batch: int, size: int, pictures: str, workers: int) -> Callable[[], None]:
    """Features of all JPEGs under a folder, by a DataLoader."""
    from torchvision import datasets, transforms

    prepare = transforms.Compose([
        transforms.Resize(round(size * 256 / 224)), transforms.CenterCrop(size), transforms.ToTensor(),
        transforms.Normalize(MEAN, STD),
    ])  # fmt: skip
    loader = torch.utils.data.DataLoader(datasets.ImageFolder(pictures, prepare), batch, num_workers=workers)
    net = encoder(name, size).eval().to(memory_format=torch.channels_last)

    def step() -> None:
        with torch.inference_mode():
            torch.cat([net(x.to(memory_format=torch.channels_last)) for x, _ in loader])

    return step


def _pictures(batch: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8)


def inference(name: str, batch: int, size: int, device: str, precision: str) -> Callable[[], None]:
    """Features of a batch."""
    net = encoder(name, size).to(device).eval()
    x = torch.randn(batch, 3, size, size, device=device).to(memory_format=torch.channels_last)
    net = net.to(memory_format=torch.channels_last)

    def step() -> None:
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            net(x)
        if device == "cuda":
            torch.cuda.synchronize()

    return step


def main() -> None:
    """Work as `side_by_side` says, or a number of steps at once."""
    parser = arguments()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=0, help="Measure so many at once, without standard input.")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    kind, _, name = asked.work.partition("_")
    sizes, device = (asked.batch, asked.size), (asked.device, asked.precision)
    if kind == "views":
        step = views(name, *sizes)
    elif kind == "folder":
        step = folder(name, *sizes, asked.pictures, asked.threads or 2)
    elif kind in ("simclr", "pretrain"):
        step = simclr(name, *sizes, *device, drawn=kind == "pretrain")
    else:
        step = {"mae": mae, "inference": inference}[kind](name, *sizes, *device)
    serve(step, f"torch {torch.__version__}", *([[str(asked.steps)]] if asked.steps else []))


if __name__ == "__main__":
    main()
