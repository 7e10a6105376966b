"""The two halves of an encoder that methods for any domain work between: its embedding, and what comes after it."""

from jssl.nets.net import Net


def halves(encoder: Net) -> tuple[Net, Net]:
    """X -> `jssl.nets.domain_transformer.Embedded`, and that -> features.

    Raises:
        ValueError: an encoder without halves.
    """
    if not {"embed", "encode"} <= set(encoder.parts):
        raise ValueError("it works between embedding and encoding: encoder.name must be domain_transformer or dabs")
    return encoder.parts["embed"], encoder.parts["encode"]
