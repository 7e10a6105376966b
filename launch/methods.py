"""List the methods that `config.method.name` may name, with a line on each, and the configs that come with jssl.

python -m launch.methods
python -m launch.methods --name=simclr

With a name: its configs, and what `config.method` may hold, with the defaults.
"""

import inspect
import sys

from absl import flags

from . import command

NAME = flags.DEFINE_string("name", None, "One method.")


def main() -> None:
    """Print the index, or what one method is and takes."""
    print(listing() if NAME.value is None else page(NAME.value))


def listing() -> str:
    """A line a method."""
    from jssl.methods import METHODS

    width = max(map(len, METHODS))
    return "\n".join(f"{name:<{width}}  {_about(factory)}" for name, factory in METHODS.items())


def page(name: str) -> str:
    """What a method's docstrings say, the keys of `config.method` with their defaults, and the configs that name it.

    Raises:
        ConfigError: there is no such method.
    """
    from jssl.errors import ConfigError
    from jssl.methods import METHODS

    if name not in METHODS:
        raise ConfigError(f"--name={name}: no such method; there are {', '.join(METHODS)}")
    factory = METHODS[name]
    keys = [
        f"--config.method.{key}={parameter.default}"
        for key, parameter in inspect.signature(factory).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty
    ]
    configs = [f"--config={each}" for each in command.shipped() if command.load_config(each).method.name == name]
    return "\n\n".join([_about(factory), inspect.getdoc(factory), "\n".join(keys), "\n".join(configs)])


def _about(factory: object) -> str:
    return (sys.modules[factory.__module__].__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    command.run(main)
