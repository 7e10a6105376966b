"""How large numbers and times are written."""


def decimal(n: float, unit: str) -> str:
    """In powers of 1000, three digits: 5,079,040 FLOP is "5.08 MFLOP"."""
    for prefix in ("", "k", "M", "G", "T"):
        if abs(n) < 999.5:
            return f"{n:.3g} {prefix}{unit}"
        n /= 1000
    return f"{n:,.3g} P{unit}"


def binary(n: float) -> str:
    """Bytes in powers of 1024, three digits: 118,840,584 is "113 MiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(n) < 1023.5:
            return f"{n:.4g} {unit}" if n >= 999.5 else f"{n:.3g} {unit}"
        n /= 1024
    return f"{n:,.3g} TiB"


def duration(seconds: float) -> str:
    """Seconds as people say them: "41 s", "2 min 31 s", "3 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
