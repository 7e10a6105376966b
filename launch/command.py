"""What every launcher shares: its config, refusals that are one line and not a traceback, and quiet logs."""

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import absl.logging
from absl import app, flags

from jssl.errors import ConfigError, DeviceError, Refused

from .programs import keep_programs

if TYPE_CHECKING:
    from ml_collections import ConfigDict

REFUSED = 2
"""Exit status of a refused run."""
OVERRIDE = re.compile(r"--?(no)?config\.([^=]+)(?:=(.*))?", re.DOTALL)

CONFIGS = Path(__file__).parents[1] / "configs"
"""Where they lie in the repository, and in an installed jssl as well."""
LOST_AFTER = 30
"""Seconds without a sign of life after which a process of a distributed run is given up, and the run ends."""
_original: list[str] = []
"""What --config was given, once parsed."""


def join() -> None:
    """Join the other processes of a distributed run, found by SLURM, Open MPI, GKE, TPU metadata or `launch.local`.

    A coordinator on the loopback address listens there alone; one that other machines must reach, on all interfaces.

    Raises:
        DeviceError: there is no cluster to be found.
    """
    import jax

    place: dict[str, Any] = {"heartbeat_timeout_seconds": LOST_AFTER}
    address = os.environ.get("JAX_COORDINATOR_ADDRESS", "")
    if address.startswith(("127.", "localhost:")):
        place["coordinator_bind_address"] = address
    try:
        if "JSSL_PROCESSES" in os.environ:
            place |= {"num_processes": int(os.environ["JSSL_PROCESSES"]), "process_id": int(os.environ["JSSL_PROCESS"])}
        jax.distributed.initialize(**place)
    except (ValueError, KeyError, RuntimeError) as error:
        raise DeviceError(
            f"--distributed finds no cluster (SLURM, Open MPI, GKE, TPU) or cannot join it ({error}): start it there,"
            " or try many processes on this machine by python -m launch.local"
        ) from error


def define_config(about: str = "Config file, see configs/.") -> flags.FlagHolder:
    """The flag --config=PATH or PATH:ARGUMENT or NAME, of whose file every key can be set: --config.epochs=3."""
    holder = flags.DEFINE_string("config", None, about, flag_values=flags.FLAGS)
    flags.mark_flag_as_required("config", flag_values=flags.FLAGS)
    return holder


def define_workdir(about: str = "Folder of the run.") -> flags.FlagHolder:
    """The flag --workdir=FOLDER, which must be given, and name something."""
    holder = flags.DEFINE_string("workdir", None, about, required=True)
    flags.register_validator("workdir", lambda name: name is None or name.strip(), "it must name a folder")
    return holder


def shipped() -> list[str]:
    """Names of the configs that come with jssl: `--config=simclr_mnist5k` works in any folder."""
    return sorted(path.stem for path in CONFIGS.glob("[!_]*_*.py"))


def load_config(given: str) -> "ConfigDict":
    """What `get_config` of a file, or of a config that comes with jssl, returns; PATH:ARGUMENT hands it an argument.

    Raises:
        Refused: there is no such file, it cannot be run, or what it returns is no whole config.
    """
    path, colon, argument = given.partition(":")
    if not Path(path).is_file():
        name = path.removeprefix("configs/").removesuffix(".py")
        if name not in shipped():
            near = get_close_matches(name, shipped(), n=3)
            raise ConfigError(f"--config={path}: there is no such file" + (f"; {', '.join(near)}?" if near else ""))
        path = str(CONFIGS / f"{name}.py")
    spec = importlib.util.spec_from_file_location("config_file", path)
    if spec is None:
        raise ConfigError(f"--config={path} is no Python file")
    if importlib.util.find_spec("configs") is None:  # jssl is installed: its configs may name each other all the same
        sys.modules["configs"] = importlib.import_module("jssl.configs")
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        config = module.get_config(*([argument] if colon else []))
    except Refused:
        raise
    except (Exception, SystemExit) as error:  # a config file is the user's code, and can fail in any way
        raise ConfigError(f"--config={given}: {type(error).__name__}: {error}") from error
    from ml_collections import ConfigDict

    from jssl.run.config import defaults

    lacking = [key for key in defaults() if not isinstance(config, ConfigDict) or key not in config]
    if lacking:
        raise ConfigError(
            f"--config={given}: get_config() returns no whole config, without {', '.join(lacking)}: begin with"
            " jssl.run.config.defaults()"
        )
    return config


def original() -> "ConfigDict":
    """The config as its file has it, without what was set on the command line."""
    return load_config(_original[0])


def parse(arguments: list[str]) -> list[str]:
    """The flags, with the config in place of its path; returns what is no flag."""
    arguments = flags.FLAGS.read_flags_from_files(arguments, force_gnu=False)
    given, rest = None, []
    for argument in (words := iter(arguments)):
        found = re.fullmatch(r"--?config(?:=(.*))?", argument, re.DOTALL)
        if found and "config" in flags.FLAGS:
            given = next(words, "") if found[1] is None else found[1]
        else:
            rest.append(argument)
    if given is None:
        return flags.FLAGS(arguments)
    from ml_collections import config_flags

    from jssl.run.options import BY_NAME, admit, forget

    config, added = load_config(given), {}
    _original[:] = [given]
    overrides = _overrides(rest)
    for dotted in BY_NAME:
        if isinstance(overrides.get(dotted), str):
            admit(config, dotted)
            config.update_from_flattened_dict({dotted: overrides[dotted]})
    for dotted in overrides:
        added |= admit(config, dotted)
    delattr(flags.FLAGS, "config")
    config_flags.DEFINE_config_dict("config", config, flag_values=flags.FLAGS, sys_argv=rest)
    others = flags.FLAGS(rest)
    forget(config, added)
    return others


def _overrides(arguments: list[str]) -> dict[str, Any]:
    """The keys that are set, with what stands behind the "=" or else follows."""
    found = {}
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if match := OVERRIDE.fullmatch(argument):
            found[match[2]] = following if match[3] is None else match[3]
    return found


def run(main: Callable[..., None], *, takes_rest: bool = False) -> None:
    """Run a launcher's `main` under absl's flags.

    What was refused, was told to stop or diverged ends with a message and no traceback: status 2, 75 and 1.

    Args:
        takes_rest: `main` gets what is no flag; otherwise there may be nothing.
    """

    def guarded(arguments: list[str]) -> None:
        for noisy in ("absl", "orbax", "jax"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        handler = absl.logging.get_absl_handler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        # What fails in Orbax's threads is logged with their tracebacks, and then raised here as well.
        handler.addFilter(lambda record: not record.exc_info)
        if len(arguments) > 1 and not takes_rest:
            _refuse(f"what is {arguments[1]!r}? Arguments are written --name=value; see --help")
        from jssl.run.preemption import EXIT_STATUS, Preempted, heard

        try:
            with heard(_leave):
                main(*([arguments[1:]] if takes_rest else []))
        except Refused as refusal:
            _refuse(f"{type(refusal).__name__}: {refusal}")
        except Preempted as stop:
            print(stop, file=sys.stderr)
            sys.exit(EXIT_STATUS)
        except OSError as failure:  # a full disk, a folder that may not be written
            _refuse(f"{type(failure).__name__}: {failure}")
        except FloatingPointError as failure:
            sys.exit(f"{type(failure).__name__}: {failure}")

    def guarded_parse(arguments: list[str]) -> list[str]:
        try:
            return parse(arguments)
        except Refused as refusal:
            _refuse(f"{type(refusal).__name__}: {refusal}")
        except (flags.Error, TypeError, ValueError, KeyError) as error:
            _refuse(str(error))

    keep_programs(os.environ)
    app.run(guarded, flags_parser=guarded_parse)


def _leave() -> NoReturn:
    """The end at a signal when there is nothing to save: files appear whole, so that none is left half written."""
    from jssl.run.preemption import EXIT_STATUS

    print("told to stop; what was saved is kept: start again to go on", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(EXIT_STATUS)  # an exception could be swallowed by whatever runs just now


def _refuse(why: str) -> NoReturn:
    print(" ".join(why.split()), file=sys.stderr)
    sys.exit(REFUSED)
