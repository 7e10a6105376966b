"""Collectives read from the text of a compiled program: what crosses the wire, how large, how often."""

import math
import re
from typing import NamedTuple

_BITS = re.compile(r"[a-z]+(\d+)")
_SHAPE = re.compile(r"\b(pred|token|[a-z]+\d+\w*)\[([\d,]*)\]")
_COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.\-]+) \(.*\{$")
_CALLED = re.compile(r"(?:calls|body|condition|to_apply|\w+_computation)=%?([\w.\-]+)|branch_computations=\{([^}]*)\}")
_TRIPS = re.compile(r'"known_trip_count":\{"n":"(\d+)"')
_CHAIN = re.compile(r'chain_id="(\d+)"')
_LIMIT = re.compile(r" = s32\[\]\S* constant\((\d+)\)")
_COLLECTIVE = re.compile(
    r" = (.*?) (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute|collective-broadcast)(-start)?\("
)


class Collective(NamedTuple):
    """One collective instruction of a program."""

    kind: str
    """"all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute" or "collective-broadcast"."""
    bytes: int
    """Of the whole buffer on one device: the result, and for a reduce-scatter the operand."""
    devices: int
    """How many take part in one group."""
    count: int
    """Executions in one run of the program. A loop whose length cannot be read from it counts once."""

    @property
    def wire_bytes(self) -> float:
        """Least bytes that each device sends in one execution, as the ring algorithms do."""
        others = (self.devices - 1) / self.devices
        return self.bytes * {"all-reduce": 2 * others, "collective-permute": 1.0}.get(self.kind, others)


def collectives(text: str) -> list[Collective]:
    """Every collective of `compiled.as_text()`, in order; those among one device are left out.

    An asynchronous one counts once: with its `-start`, or where the TPU compiler spreads it over the fusions that it
    runs beside, all of which repeat the whole instruction and its `chain_id`, with the first of them.
    """
    bodies, entry = _computations(text)
    counts = _counts(bodies, entry)
    everyone = math.prod(int(n) for n in re.findall(r"(?:num_partitions|replica_count)=(\d+)", text.partition("\n")[0]))
    found, begun = [], set()
    for name, lines in bodies.items():
        for line in lines:
            if counts[name] and (match := _COLLECTIVE.search(line)):
                if chain := _CHAIN.search(line):
                    if chain[1] in begun:
                        continue
                    begun.add(chain[1])
                result, kind, start = match.groups()
                devices = 2 if kind == "collective-permute" else _group(line) or everyone
                size = _bytes(result, kind, bool(start)) * (devices if kind == "reduce-scatter" else 1)
                if devices > 1:
                    found.append(Collective(kind, size, devices, counts[name]))
    return found


def _computations(text: str) -> tuple[dict[str, list[str]], str]:
    bodies: dict[str, list[str]] = {}
    entry = name = ""
    for line in text.splitlines():
        if match := _COMPUTATION.match(line):
            name = match[2]
            bodies[name] = []
            entry = name if match[1] else entry
        elif name:
            bodies[name].append(line)
    return bodies, entry


def _counts(bodies: dict[str, list[str]], entry: str) -> dict[str, int]:
    """How often each computation runs. Callees are printed before their callers, so that callers are done first."""
    counts = dict.fromkeys(bodies, 0)
    counts[entry] = 1
    for name in reversed(bodies):
        for line in bodies[name]:
            for match in _CALLED.finditer(line):
                for called in re.split(r",\s*", match[1] or match[2]):
                    called = called.lstrip("%")
                    if called in counts:
                        counts[called] += counts[name] * _trips(line, bodies)
    return counts


def _trips(line: str, bodies: dict[str, list[str]]) -> int:
    if stated := _TRIPS.search(line):
        return int(stated[1])
    if condition := re.search(r" while\(.* condition=%?([\w.\-]+)", line):
        # The TPU compiler does not state it. A scan's condition is `i < constant`, with i from 0.
        text = "\n".join(bodies[condition[1]])
        limits = _LIMIT.findall(text)
        if len(limits) == 1 and "direction=LT" in text:
            return int(limits[0])
    return 1


def _bytes(result: str, kind: str, start: bool) -> int:
    sizes = [_size(kind, dims) for kind, dims in _SHAPE.findall(result)]
    if start and kind == "all-gather":  # (operands, results)
        sizes = sizes[len(sizes) // 2 :]
    if start and kind == "collective-permute":  # (operand, result, contexts)
        sizes = sizes[1:2]
    return sum(sizes)


def _size(dtype: str, dims: str) -> int:
    bits = _BITS.match(dtype)
    width = int(bits[1]) if bits else {"pred": 8, "token": 0}[dtype]
    return math.prod(int(n) for n in dims.split(",") if n) * width // 8


def _group(line: str) -> int | None:
    """Devices of a group, written {{0,1},{2,3}}, [2,4]<=[8] or mesh['data'=8,'fsdp'=2] {'data'}; None if all."""
    if match := re.search(r"replica_groups=\{\{([\d,]+)\}", line):
        return len(match[1].split(","))
    if match := re.search(r"replica_groups=\[\d+,(\d+)\]", line):
        return int(match[1])
    if match := re.search(r"replica_groups=mesh\[([^\]]*)\][^{]*\{([^}]*)\}", line):
        sizes = {name: int(n) for name, n in re.findall(r"'(\w+)'=(\d+)", match[1])}
        axes = re.findall(r"'(\w+)'(?::\(\d+\)(\d+))?", match[2])
        return math.prod(int(part) if part else sizes[axis] for axis, part in axes)
    return None
