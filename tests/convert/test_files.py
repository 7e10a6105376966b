"""Files of weights: what is read of them, and what is refused."""

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from jssl.convert.files import read_file, read_folder, write_safetensors
from jssl.errors import CheckpointError

TORCH = Path(__file__).parents[1] / "fixtures/torch_file.pt"


def test_a_file_of_pytorch_is_read_without_it() -> None:
    found = read_file(TORCH)
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert list(found) == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(found["a"], a)
    np.testing.assert_array_equal(found["b"], a.T)
    assert found["c"].dtype.name == "bfloat16"
    np.testing.assert_array_equal(found["c"].astype(np.float32), [3, 4, 5, 6])
    np.testing.assert_array_equal(found["d"], [7, -1])


def archive(path: Path, pickled: bytes, storage: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model/data.pkl", pickled)
        file.writestr("model/data/0", storage)
    return path


class Evil:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


@pytest.mark.parametrize(
    ("call", "arguments", "named"),
    [
        (os.system, ("touch {}",), "posix.system"),
        (eval, ("open('{}', 'w')",), "builtins.eval"),
        (getattr, (os, "system"), "builtins.getattr"),
        (np.save, ("{}", np.zeros(1)), "numpy.save"),
    ],
)
def test_a_pickle_with_code_in_it_is_named_and_not_run(call, arguments, named, tmp_path) -> None:
    mark = tmp_path / "mark"
    arguments = [x.format(mark) if isinstance(x, str) else x for x in arguments]
    if os in arguments:
        arguments = [Evil(__import__, "os"), "system"]
        named = "builtins.(__import__|getattr)"
    path = archive(tmp_path / "evil.pt", pickle.dumps({"state_dict": Evil(call, *arguments)}))
    with pytest.raises(CheckpointError, match=f"asks for {named}, which .* is not run"):
        read_file(path)
    assert not list(tmp_path.glob("mark*"))


def a_tensor(shape: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> bytes:
    """The pickle of {"x": a tensor}, as PyTorch writes it, over the storage "0" of four floats."""

    def numbers(some: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"I%d\n" % x for x in some) + b"t"

    storage = b"(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(%bI%d\n%b%bI00\nNtR"
    return b"\x80\x02}S'x'\n" + tensor % (storage, offset, numbers(shape), numbers(stride)) + b"s."


def test_a_tensor_that_leaves_its_storage_is_refused(tmp_path) -> None:
    four = np.arange(4, dtype=np.float32)
    fits = archive(tmp_path / "fits.pt", a_tensor((2, 2), (1, 2)), four.tobytes())
    np.testing.assert_array_equal(read_file(fits)["x"], four.reshape(2, 2).T)
    for shape, stride, offset in (((2, 3), (3, 1), 0), ((2, 2), (2, 1), 1), ((2,), (-1,), 0), ((4,), (1000,), 0)):
        path = archive(tmp_path / "leaves.pt", a_tensor(shape, stride, offset), four.tobytes())
        with pytest.raises(CheckpointError, match=r"leaves\.pt is damaged"):
            read_file(path)
    short = archive(tmp_path / "short.pt", a_tensor((2, 2), (2, 1)), four.tobytes()[:-4])
    with pytest.raises(CheckpointError, match=r"short\.pt is damaged"):
        read_file(short)


def test_what_is_no_file_of_weights_is_refused(tmp_path) -> None:
    (tmp_path / "old.pt").write_bytes(pickle.dumps({"x": 1}))
    cut = tmp_path / "cut.pt"
    cut.write_bytes(TORCH.read_bytes()[:-40])
    whole_model = archive(tmp_path / "list.pt", pickle.dumps([1, 2]))
    for path, says in (
        (tmp_path / "none.pt", "there is no such file"),
        (tmp_path / "old.pt", r"no file of torch\.save since PyTorch 1\.6"),
        (cut, r"no file of torch\.save"),
        (whole_model, "holds no state_dict"),
    ):
        with pytest.raises(CheckpointError, match=says):
            read_file(path)
    with pytest.raises(CheckpointError, match=r"holds no weights: none of model\.safetensors"):
        read_folder(tmp_path)


def test_safetensors_come_back_to_the_bit_and_a_cut_file_is_named(tmp_path, rng) -> None:
    path = tmp_path / "model.safetensors"
    tensors = {"x": rng.normal(size=(3, 2)).astype(np.float32).T, "count": np.array(3)}
    write_safetensors(path, tensors)
    found = read_folder(tmp_path)
    assert set(found) == set(tensors) and found["count"].shape == ()
    for name, x in tensors.items():
        np.testing.assert_array_equal(found[name], x)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged, or no safetensors file"):
        read_folder(tmp_path)
