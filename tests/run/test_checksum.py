"""A flipped bit of a checkpoint is found out, and the checkpoint before it is offered."""

import json
import shutil

import jax
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jssl.encoder import load
from jssl.errors import CheckpointError
from jssl.run import checkpoint
from jssl.run.checksum import checksums, damaged
from jssl.run.train import fit
from tests.tiny_config import get_config


def spread(x: np.ndarray, *axes: str | None) -> jax.Array:
    mesh = Mesh(np.array(jax.devices()).reshape(4, 2), ("data", "fsdp"))
    return jax.device_put(x, NamedSharding(mesh, PartitionSpec(*axes)))


def test_checksums_know_an_array_on_other_devices_and_not_with_another_bit() -> None:
    x = np.arange(64, dtype=np.float32).reshape(8, 8)
    sums = checksums({"bank": spread(x, "data", "fsdp"), "key": jax.random.key(3), "n": spread(x[0, 0])})
    assert len(sums["bank"]) == 8 and len(sums["key"]) == len(sums["n"]) == 1
    for axes in (("data", "fsdp"), (None, "data"), ()):
        assert not damaged({"bank": spread(x, *axes), "key": jax.random.key(3)}, sums)
        other = x.copy()
        other.view(np.uint8)[3, 5] ^= 1
        assert damaged({"bank": spread(other, *axes), "key": jax.random.key(4)}, sums) == ["bank", "key"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    config = get_config()
    config.epochs, config.optimizer.warmup = 2, 0.0
    workdir = tmp_path_factory.mktemp("trained")
    fit(config, workdir, devices=jax.devices()[:1])
    return config, workdir


def test_a_changed_weight_is_named_with_the_checkpoint_before(trained, tmp_path) -> None:
    config, workdir = trained
    shutil.copytree(workdir, tmp_path / "run")
    path = tmp_path / "run" / "checkpoints" / "44" / "data" / "metadata"
    data = json.loads(path.read_text())
    name = "params.encoder.head.kernel" if "params.encoder.head.kernel" in data["checksums"] else None
    name = name or next(key for key in data["checksums"] if key.startswith("params.encoder"))
    data["checksums"][name] = {part: known ^ 1 for part, known in data["checksums"][name].items()}
    path.write_text(json.dumps(data))
    says = rf"checkpoint 44 is damaged \(not the bits that were saved: {name}\).*goes on from checkpoint 22"
    for use in (lambda: load(tmp_path / "run"), lambda: fit(config, tmp_path / "run", devices=jax.devices()[:1])):
        with pytest.raises(CheckpointError, match=says):
            use()
    assert load(tmp_path / "run", "22").step == 22  # as the command line names it


def test_a_checkpoint_of_an_earlier_version_has_no_checksums(trained, tmp_path) -> None:
    _, workdir = trained
    shutil.copytree(workdir, tmp_path / "run")
    path = tmp_path / "run" / "checkpoints" / "44" / "data" / "metadata"
    data = json.loads(path.read_text())
    del data[checkpoint.SUMS]
    path.write_text(json.dumps(data))
    assert load(tmp_path / "run").step == 44


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of threads that Orbax leaves behind
@pytest.mark.parametrize("file", ["data/metadata", "state/manifest.ocdbt", "state/_METADATA", "all"])
def test_what_is_cut_short_or_stray_is_one_line(file, trained, tmp_path) -> None:
    _, workdir = trained
    shutil.copytree(workdir, tmp_path / "run")
    if file == "all":
        (tmp_path / "run" / "checkpoints" / "99").mkdir()
    else:
        (tmp_path / "run" / "checkpoints" / "44" / file).write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"checkpoint (44|99) is damaged .* from checkpoint (22|44)"):
        load(tmp_path / "run")
