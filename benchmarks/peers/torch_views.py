"""SimCLR's two views as the peers make them, of pictures uint8 [n, h, w, 3]. Needs nothing of jssl."""

from collections.abc import Callable

import numpy as np
import torch

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
KINDS = ("pil", "tensor", "albumentations", "kornia")


def two_views(kind: str, size: int) -> Callable[[np.ndarray], torch.Tensor]:
    """(pictures) -> float32 [2n, 3, size, size]: one after the other, but by kornia, which takes a batch.

    Args:
        kind: "pil" and "tensor" are torchvision's two ways, the others libraries.
        size: of a view; the crop, the colours and the blur are SimCLR's.

    Raises:
        ImportError: the library is not installed.
    """
    make = {"pil": _torchvision, "tensor": _torchvision, "albumentations": _albumentations, "kornia": _kornia}[kind]
    return make(size) if kind in ("albumentations", "kornia") else make(size, pil=kind == "pil")


def _blur(size: int) -> int:
    return int(0.1 * size) // 2 * 2 + 1


def _torchvision(size: int, *, pil: bool) -> Callable[[np.ndarray], torch.Tensor]:
    from torchvision.transforms import v2

    to_tensor = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    pipeline = [
        v2.RandomResizedCrop(size),
        v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.ColorJitter(0.8, 0.8, 0.8, 0.2)], p=0.8),
        v2.RandomGrayscale(0.2),
        v2.RandomApply([v2.GaussianBlur(_blur(size), (0.1, 2.0))], p=0.5),
    ]
    transform = v2.Compose(
        [*([] if pil else to_tensor), *pipeline, *(to_tensor if pil else []), v2.Normalize(MEAN, STD)]
    )
    given = v2.functional.to_pil_image if pil else lambda x: torch.from_numpy(x).permute(2, 0, 1)

    def make(pictures: np.ndarray) -> torch.Tensor:
        images = [given(x) for x in pictures]
        return torch.stack([transform(image) for _ in range(2) for image in images])

    return make


def _albumentations(size: int) -> Callable[[np.ndarray], torch.Tensor]:
    import albumentations as A

    transform = A.Compose([
        A.RandomResizedCrop((size, size), scale=(0.08, 1.0)),
        A.HorizontalFlip(),
        A.ColorJitter((0.2, 1.8), (0.2, 1.8), (0.2, 1.8), (-0.2, 0.2), p=0.8),
        A.ToGray(p=0.2),
        A.GaussianBlur(blur_limit=(_blur(size), _blur(size)), sigma_limit=(0.1, 2.0), p=0.5),
        A.Normalize(MEAN, STD),
    ])  # fmt: skip

    def make(pictures: np.ndarray) -> torch.Tensor:
        views = [transform(image=x)["image"] for _ in range(2) for x in pictures]
        return torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2)

    return make


def _kornia(size: int) -> Callable[[np.ndarray], torch.Tensor]:
    import kornia.augmentation as K

    transform = torch.nn.Sequential(
        K.RandomResizedCrop((size, size), scale=(0.08, 1.0)),
        K.RandomHorizontalFlip(),
        K.ColorJiggle(0.8, 0.8, 0.8, 0.2, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomGaussianBlur((_blur(size), _blur(size)), (0.1, 2.0), p=0.5),
        K.Normalize(torch.tensor(MEAN), torch.tensor(STD)),
    )

    def make(pictures: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        return transform(torch.cat([x, x]))

    return make
