"""Checkpoints: Orbax behind four functions.

A checkpoint is the whole state, the position in the data, checksums of all arrays, and the score it is ranked by.
Saving is asynchronous; a process killed in the middle of a save leaves the checkpoint before it intact.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jssl.errors import CheckpointError, Refused, WorkdirError
from jssl.method import State
from jssl.run.checksum import checksums, damaged, named

if TYPE_CHECKING:
    import orbax.checkpoint as ocp

PyTree = Any
FULL = (errno.ENOSPC, errno.EDQUOT)
SUMS = "checksums"
"""Their key beside the position in the data."""


def open_checkpoints(directory: Path | str, *, keep: int = 2, read_only: bool = False) -> "ocp.CheckpointManager":
    """The checkpoints of a run: the last `keep` and the one with the best score are kept.

    A run that writes also clears what a killed save left behind.

    Raises:
        WorkdirError: there is a file in the folder's place.
    """
    if Path(directory).exists() and not Path(directory).is_dir():
        raise WorkdirError(f"{directory} is no folder: move it away")
    import orbax.checkpoint as ocp
    from orbax.checkpoint import checkpoint_managers as policies

    if read_only:
        options = ocp.CheckpointManagerOptions(read_only=True, best_fn=_score, create=False)
    else:
        best = policies.BestN(get_metric_fn=_score, n=1, keep_checkpoints_without_metrics=False)
        options = ocp.CheckpointManagerOptions(
            best_fn=_score,
            preservation_policy=policies.AnyPreservationPolicy([policies.LatestN(keep), best]),
            cleanup_tmp_directories=True,
        )
    handlers = {"state": ocp.PyTreeCheckpointHandler(), "data": ocp.JsonCheckpointHandler()}
    return ocp.CheckpointManager(Path(directory).absolute(), options=options, item_handlers=handlers)


def save(manager: "ocp.CheckpointManager", state: State, data: dict[str, Any], score: float | None = None) -> None:
    """Save a canonical state in the background.

    Args:
        data: JSON-able position in the data.
        score: what `best` ranks by, higher is better; without one the checkpoint only counts as the latest.
    """
    import orbax.checkpoint as ocp

    kept = {**data, SUMS: checksums(state._asdict())}
    arguments = ocp.args.Composite(state=ocp.args.PyTreeSave(state._asdict()), data=ocp.args.JsonSave(kept))
    manager.save(
        int(state.step), args=arguments, metrics=None if score is None else {"score": float(score)}, force=True
    )


def restore(manager: "ocp.CheckpointManager", like: State, which: str | int = "latest") -> tuple[State, dict[str, Any]]:
    """Restore a state, and the data position, onto the shardings of `like`, whatever device count it was saved on.

    Args:
        like: arrays or `jax.ShapeDtypeStruct`s with shardings.
        which: "latest", "best" or a step.

    Raises:
        CheckpointError: there is none, it is damaged, or its arrays do not fit `like`.
    """
    restored, data = _read(manager, like._asdict(), which)
    return State(**restored), data


def restore_weights(manager: "ocp.CheckpointManager", like: State, which: str | int = "latest") -> State:
    """`restore` without reading the optimiser's state from disk; `like.opt` is handed back as it is."""
    wanted = {"step": like.step, "params": like.params, "extra": like.extra}
    return like._replace(**_read(manager, wanted, which)[0])


def _read(
    manager: "ocp.CheckpointManager", like: dict[str, PyTree], which: str | int
) -> tuple[dict[str, PyTree], dict[str, Any]]:
    import orbax.checkpoint as ocp

    step = _step(manager, which)
    try:
        _check_shapes(manager, step, like)
        template = jax.tree.map(_abstract, like)
        fit = ocp.checkpoint_utils.construct_restore_args(template)
        arguments = ocp.args.PyTreeRestore(item=template, restore_args=fit, partial_restore=True)
        arguments = ocp.args.Composite(state=arguments, data=ocp.args.JsonRestore())
        read = manager.restore(step, args=arguments)
        state, data = read["state"], dict(read["data"])
        wrong = damaged(state, data.pop(SUMS, {}))  # an earlier version wrote none
    except Refused:
        raise
    except Exception as error:  # files that are cut short, gone or garbled make Orbax fail in many ways
        raise _broken(manager, step, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    if wrong:
        raise _broken(manager, step, f"not the bits that were saved: {', '.join(wrong[:3])}{' ...' * (len(wrong) > 3)}")
    return state, data


@contextmanager
def named_when_full(workdir: Path) -> Iterator[None]:
    """Say in a line that a disk is full, which saving in the background says in hundreds and in words of its own.

    Raises:
        WorkdirError: no space is left, or no more of a quota.
    """
    try:
        yield
    except Exception as error:
        if not _full(error):
            raise
        steps = saved_steps(workdir / "checkpoints")
        kept = f"checkpoint {steps[-1]} and all before it are whole" if steps else "nothing had been saved yet"
        raise WorkdirError(f"no space is left for {workdir}: {kept}. Free some, and start again to go on") from error


def _full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error; TensorStore gives its number in words alone."""
    while error is not None:
        if getattr(error, "errno", None) in FULL or any(f"os_error_code='{number}'" in str(error) for number in FULL):
            return True
        error = error.__cause__ or error.__context__
    return False


def _broken(manager: "ocp.CheckpointManager", step: int, why: str) -> CheckpointError:
    place, steps = Path(manager.directory), saved_steps(Path(manager.directory))
    before = max((each for each in steps if each < step), default=None)
    instead = "there is none before it, and without it the run begins anew"
    if before is not None:
        instead = f"without it the run goes on from checkpoint {before}, and --checkpoint={before} evaluates that"
    return CheckpointError(f"checkpoint {step} is damaged ({why}). Move {place / str(step)} away: {instead}")


def saved_steps(directory: Path) -> list[int]:
    """The steps of which the folder holds a checkpoint, whole or not, sorted; [] where there is no folder."""
    return sorted(int(path.name) for path in directory.glob("*") if path.name.isdecimal())


def _score(metrics: dict[str, float]) -> float:
    return metrics["score"]


def _abstract(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=leaf.sharding)


def _step(manager: "ocp.CheckpointManager", which: str | int) -> int:
    steps = saved_steps(Path(manager.directory))
    if not steps:
        raise CheckpointError(f"{manager.directory} holds no complete checkpoint; has the run been started?")
    if which == "latest":
        return steps[-1]
    if which == "best":
        try:
            best = manager.best_step()
        except Exception as error:  # of any checkpoint, its score cannot be read
            raise CheckpointError(f"the best checkpoint in {manager.directory} cannot be told: {error}") from error
        return steps[-1] if best is None else best
    if str(which) not in map(str, steps):
        raise CheckpointError(
            f'{manager.directory} holds no checkpoint {which!r}; it has "latest", "best" and the steps {steps}'
        )
    return int(which)


def _check_shapes(manager: "ocp.CheckpointManager", step: int, like: dict[str, PyTree]) -> None:
    saved = manager.item_metadata(step)["state"]
    have = {name: tuple(leaf.shape) for name, leaf in named(saved).items() if hasattr(leaf, "shape")}
    if not have:
        raise _broken(manager, step, "it names no arrays")
    for name, leaf in named(like).items():
        if name not in have:
            raise CheckpointError(f"checkpoint {step} has no {name}: it was saved by another method or network")
        if not jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) and have[name] != tuple(leaf.shape):
            raise CheckpointError(
                f"checkpoint {step} has {name} of shape {have[name]}, the config asks for {tuple(leaf.shape)}"
            )
