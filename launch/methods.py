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
    """Print the index."""
    from jssl.errors import ConfigError
    from jssl.methods import METHODS

    if NAME.value is None:
        width = max(map(len, METHODS))
        print("\n".join(f"{name:<{width}}  {_about(factory)}" for name, factory in METHODS.items()))
        return
    if NAME.value not in METHODS:
        raise ConfigError(f"--name={NAME.value}: no such method; there are {', '.join(METHODS)}")
    factory = METHODS[NAME.value]
    print(f"{_about(factory)}\n\n{inspect.getdoc(factory)}\n")
    for key, parameter in inspect.signature(factory).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty:
            print(f"--config.method.{key}={parameter.default}")
    configs = [name for name in command.shipped() if command.load_config(name).method.name == NAME.value]
    print("\n" + "\n".join(f"--config={name}" for name in configs))


def _about(factory: object) -> str:
    return (sys.modules[factory.__module__].__doc__ or "").splitlines()[0]


if __name__ == "__main__":
    command.run(main)
