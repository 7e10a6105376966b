"""jssl: self-supervised learning in JAX, one small file a method, one train step from a laptop to a TPU pod."""

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from jssl.encoder import Encoder, load

__all__ = ["Encoder", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name in ("Encoder", "load"):
        from jssl import encoder

        return getattr(encoder, name)
    raise AttributeError(f"module 'jssl' has no attribute {name!r}")
