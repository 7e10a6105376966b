"""What a config.json of transformers must say for its network to be one of ours."""

from collections.abc import Mapping
from typing import Any

from jssl.errors import CheckpointError


def check_asked(config: Mapping[str, Any], asked: Mapping[str, Any], network: str = "this encoder") -> None:
    """Refuse settings by which another thing is computed; what is not said is as it should be.

    Args:
        asked: settings and their values here.
        network: what it is called, for the refusal.

    Raises:
        CheckpointError: the first that differs.
    """
    for key, wanted in asked.items():
        if config.get(key, wanted) != wanted:
            raise CheckpointError(f"config.json has {key}={config[key]!r}: here {network} has {wanted!r}")
