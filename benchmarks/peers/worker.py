"""A process that does a piece of work again and again, when it is told to. Needs nothing but Python."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable


def arguments() -> argparse.ArgumentParser:
    """What both sides are asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "work", help="simclr_NETWORK, pretrain_NETWORK, mae_NETWORK, inference_NETWORK, views_KIND, folder_NETWORK"
    )
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--threads", type=int, default=0, help="Of PyTorch; others have those of their cores.")
    parser.add_argument("--pictures", default="", help="Of folder_NETWORK: a folder of classes' folders of JPEGs.")
    return parser


def serve(step: Callable[[], None], who: str, lines: Iterable[str] = sys.stdin) -> None:
    """Warm up, say so, and then do as many steps as each line says; print the seconds of each."""
    for _ in range(2):
        step()
    print(json.dumps({"ready": who}), flush=True)
    for line in lines:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        print(json.dumps({"seconds": times}), flush=True)
