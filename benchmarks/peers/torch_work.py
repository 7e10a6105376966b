"""The peers' side: the same work in PyTorch, by timm's networks. Needs nothing of jssl; see `side_by_side`.

python -m benchmarks.peers.torch_work simclr_resnet50 --batch=256 --size=224 --device=cuda --precision=bf16

Training steps have no views in them: two batches of random pictures lie on the device. The loss is lightly's NT-Xent
where lightly is installed, else the same in four lines.
"""

from collections.abc import Callable

import torch

from benchmarks.peers.worker import arguments, serve

ENCODERS = {
    "resnet18": ("resnet18", {}),
    "resnet50": ("resnet50", {}),
    "vit_cifar": (
        "vit_tiny_patch16_224", {"patch_size": 4, "img_size": 32, "embed_dim": 192, "depth": 6, "num_heads": 3},
    ),
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


def simclr(name: str, batch: int, size: int, device: str, precision: str) -> Callable[[], None]:
    """A step of SimCLR with AdamW."""
    net = encoder(name, size)
    d = net.num_features
    head = [torch.nn.Linear(d, 2048, bias=False), torch.nn.BatchNorm1d(2048), torch.nn.ReLU()]
    model = torch.nn.Sequential(net, *head, torch.nn.Linear(2048, 128, bias=False)).to(device)
    if device == "cpu":
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    views = torch.randn(2 * batch, 3, size, size, device=device).to(memory_format=torch.channels_last)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            z = model(views)
        nt_xent(z.float(), 0.5).backward()
        optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return step


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
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--steps", type=int, default=0, help="Measure so many at once, without standard input.")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    kind, _, name = asked.work.partition("_")
    step = {"simclr": simclr, "inference": inference}[kind](
        name, asked.batch, asked.size, asked.device, asked.precision
    )
    serve(step, f"torch {torch.__version__}", *([[str(asked.steps)]] if asked.steps else []))


if __name__ == "__main__":
    main()
