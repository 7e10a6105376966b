"""Where random crops are drawn of photographs, and what that costs: a middle square, whole pictures, crops on the host.

    python -m benchmarks.crop imagenet_samples.zip --canvases 384 512 640

Reads the JPEG files of a folder or a zip file and prints three tables, of one process and one thread for the host:
pictures per second through each way of reading them; how many views per second the device then draws; and the share of
crops that are enlarged, with the largest Kolmogorov-Smirnov distance of the boxes' area, aspect and centre, as shares
of the whole picture, from those of torchvision. The last line is JSON.
"""

import argparse
import io
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
from scipy.stats import ks_2samp

from jssl.augment.geometry import crop_box
from jssl.augment.recipe import View
from jssl.augment.recipes import make_recipe
from jssl.augment.views import draw_views
from jssl.cost.units import binary
from jssl.data import pictures
from jssl.data.pictures import Form, fit

SQUARE = 256
RECIPES = {
    "SimCLR": make_recipe("simclr", size=224),
    "DINO": make_recipe("multi_crop", size=224),
    "SwAV": make_recipe("multi_crop", size=224, local_views=6, crop=(0.14, 1.0), local_crop=(0.05, 0.14)),
}
VIEWS = {
    "SimCLR": RECIPES["SimCLR"].views[0], "DINO global": RECIPES["DINO"].views[0],
    "SwAV local": RECIPES["SwAV"].views[-1],
}  # fmt: skip
Box = tuple[int, int, int, int]


def reference_box(rng: np.random.Generator, view: View, height: int, width: int) -> Box:
    """Top, left, height and width of a crop, drawn as the documentation of torchvision's RandomResizedCrop has it."""
    for _ in range(10):
        area, aspect = height * width * rng.uniform(*view.crop), np.exp(rng.uniform(*np.log(view.ratio)))
        h, w = round(np.sqrt(area / aspect)), round(np.sqrt(area * aspect))
        if 0 < h <= height and 0 < w <= width:
            return int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1)), h, w
    h, w = height, width
    if width / height < view.ratio[0]:
        h = round(width / view.ratio[0])
    elif width / height > view.ratio[1]:
        w = round(height * view.ratio[1])
    return (height - h) // 2, (width - w) // 2, h, w


def drawn_boxes(view: View, sides: np.ndarray, draws: int, seed: int = 0) -> np.ndarray:
    """Boxes float32 [n, draws, 4] that our views have in pictures with these sides, int [n, 2]."""
    keys = jax.random.split(jax.random.key(seed), (len(sides), draws))
    boxes = jax.jit(jax.vmap(jax.vmap(partial(crop_box, view), (0, None, None))))(
        keys, *jnp.asarray(sides, jnp.int32).T
    )
    return np.stack(boxes, -1)


def geometry(boxes: np.ndarray, sides: np.ndarray) -> dict[str, np.ndarray]:
    """Area, log of the aspect and centre of boxes [n, draws, 4], as shares of pictures with these sides, [n, 2]."""
    height, width = sides[:, :1], sides[:, 1:]
    top, left, h, w = np.moveaxis(np.asarray(boxes, np.float64), -1, 0)
    return {
        "area": h * w / (height * width), "aspect": np.log(w / h),
        "row": (top + h / 2) / height, "column": (left + w / 2) / width,
    }  # fmt: skip


def distance(boxes: np.ndarray, expected: np.ndarray, sides: np.ndarray) -> float:
    """The largest Kolmogorov-Smirnov distance between what `geometry` tells of two sets of boxes, [n, draws, 4]."""
    ours, theirs = geometry(boxes, sides), geometry(expected, sides)
    return max(float(ks_2samp(ours[key].ravel(), theirs[key].ravel()).statistic) for key in ours)


def statistics(view: View, sides: np.ndarray, canvases: Sequence[int], draws: int) -> dict[str, dict[str, float]]:
    """Of each way to carry pictures: the share of crops that are enlarged, and the distance from torchvision's."""
    rng = np.random.default_rng(0)
    expected = np.array([[reference_box(rng, view, *pair) for _ in range(draws)] for pair in sides.tolist()])
    short = sides.min(1, keepdims=True)
    scale = np.broadcast_to(SQUARE / short, sides.shape)
    squares = drawn_boxes(view, np.full_like(sides, SQUARE), draws)
    margin = (sides - short) / 2
    ways = {"torchvision": (expected, np.ones_like(scale)), f"square {SQUARE}": (squares, scale)}
    for canvas in canvases:
        carried = np.array([fit(width, height, canvas)[::-1] for height, width in sides.tolist()])
        ways[f"whole {canvas}"] = (drawn_boxes(view, carried, draws), carried / sides)
    found = {}
    for name, (boxes, scale) in ways.items():
        enlarged = np.sqrt(boxes[..., 2] * boxes[..., 3]) < view.size
        whole = boxes / np.tile(scale, 2)[:, None]  # from pixels as carried to the picture's own
        if name == f"square {SQUARE}":
            whole = whole + np.pad(margin, ((0, 0), (0, 2)))[:, None]
        found[name] = {"enlarged": float(enlarged.mean()), "distance": distance(whole, expected, sides)}
    return found


def host_crops(file: bytes, recipe_views: Sequence[View], rng: np.random.Generator) -> list[np.ndarray]:
    """A picture decoded once, and each view's crop cut out and resized on the host."""
    with Image.open(io.BytesIO(file)) as opened:
        image = opened.convert("RGB")
    crops = []
    for view in recipe_views:
        top, left, h, w = reference_box(rng, view, image.height, image.width)
        box = (left, top, left + w, top + h)
        crops.append(np.asarray(image.resize((view.size, view.size), Image.Resampling.BILINEAR, box=box)))
    return crops


def decoders() -> dict[str, Callable[[bytes], object]]:
    """What decodes a JPEG to RGB, of what is installed."""
    found: dict[str, Callable[[bytes], object]] = {"Pillow": lambda file: pictures.decode(io.BytesIO(file), None)}
    if find_spec("cv2"):
        import cv2

        cv2.setNumThreads(1)
        found["cv2"] = lambda file: cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB)
    if find_spec("simplejpeg"):
        import simplejpeg

        found["simplejpeg"] = lambda file: simplejpeg.decode_jpeg(file, colorspace="RGB")
    return found


def rate(read: Callable[[bytes], object], files: Sequence[bytes], rounds: int) -> float:
    """Pictures per second of this thread's own time, the best of some rounds."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        for file in files:
            read(file)
        best = min(best, time.process_time() - start)
    return len(files) / best


def host(files: Sequence[bytes], canvases: Sequence[int], rounds: int) -> dict[str, dict[str, float]]:
    """Pictures per second and bytes to the device of each way to read them."""
    rng = np.random.default_rng(0)
    forms = [Form(SQUARE), *(Form(canvas, whole=True) for canvas in canvases)]
    rows = {
        f"{'whole' if form.whole else 'square'} {form.side}": {
            "rate": rate(lambda file, form=form: pictures.example(io.BytesIO(file), form), files, rounds),
            "bytes": 3 * form.side**2,
        }
        for form in forms
    }
    for name, recipe in RECIPES.items():
        rows[f"crops on the host, {name}'s {len(recipe.views)}"] = {
            "rate": rate(lambda file, recipe=recipe: host_crops(file, recipe.views, rng), files, rounds),
            "bytes": sum(3 * view.size**2 for view in recipe.views),
        }
    for name, decode in decoders().items():
        rows[f"decoded alone, {name}"] = {"rate": rate(decode, files, rounds), "bytes": 0}
    return rows


def device(canvases: Sequence[int], batch: int, rounds: int) -> dict[str, float]:
    """Views per second that the device draws for SimCLR from each form."""
    rows, rng, keys = {}, np.random.default_rng(0), jax.random.split(jax.random.key(0), batch)
    for name, side in [(f"square {SQUARE}", SQUARE), *((f"whole {canvas}", canvas) for canvas in canvases)]:
        images = jnp.asarray(rng.integers(0, 256, (batch, side, side, 3), np.uint8))
        extent = None if name.startswith("square") else jnp.tile(jnp.array([[side * 3 // 4, side]]), (batch, 1))
        draw = jax.jit(partial(draw_views, RECIPES["SimCLR"]))
        jax.block_until_ready(draw(keys, images, extent))
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            jax.block_until_ready(draw(keys, images, extent))
            times.append(time.perf_counter() - start)
        rows[name] = 2 * batch / min(times)
    return rows


def read_files(path: Path) -> list[bytes]:
    """The JPEG files of a folder or a zip file, in order of their names."""
    if path.is_dir():
        return [file.read_bytes() for file in sorted(path.rglob("*.[jJ][pP]*[gG]"))]
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in sorted(archive.namelist()) if name.lower().endswith((".jpg", ".jpeg"))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, help="a folder or a zip file of JPEG files")
    parser.add_argument("--canvases", type=int, nargs="+", default=[384, 512, 640])
    parser.add_argument("--draws", type=int, default=100, help="boxes in each photograph")
    parser.add_argument("--batch_size", type=int, default=16, help="of the device")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement, of which the best counts")
    options = parser.parse_args()
    files = read_files(options.photographs)
    sides = np.array([Image.open(io.BytesIO(file)).size[::-1] for file in files])
    first = f"square {SQUARE}"
    on_host = host(files, options.canvases, options.rounds)
    print(f"{len(files)} photographs, median {' x '.join(f'{x:.0f}' for x in np.median(sides, 0))}; one core")
    for name, row in on_host.items():
        speed = f"{row['rate']:8.0f}/s {row['rate'] / on_host[first]['rate']:6.2f} times"
        print(f"{name:32}{speed}{binary(row['bytes']) if row['bytes'] else '':>12}")
    on_device = device(options.canvases, options.batch_size, options.rounds)
    print(f"\nviews on {jax.devices()[0].device_kind}")
    for name, speed in on_device.items():
        print(f"{name:32}{speed:8.1f}/s {speed / on_device[first]:6.2f} times")
    crops = {name: statistics(view, sides, options.canvases, options.draws) for name, view in VIEWS.items()}
    print(f"\nenlarged crops, and distance from torchvision's{'':9}" + "".join(f"{name:>20}" for name in crops))
    for way in next(iter(crops.values())):
        cells = [f"{row[way]['enlarged']:8.1%} {row[way]['distance']:11.4f}" for row in crops.values()]
        print(f"{way:56}" + "".join(cells))
    print(json.dumps({"benchmark": "crop", "host": on_host, "device": on_device, "crops": crops}))


if __name__ == "__main__":
    main()
