"""Seconds as a person says them."""

__all__ = ["duration"]


def duration(seconds: float) -> str:
    """Two units at most.

    Example:

    >>> duration(0.25), duration(203.4), duration(1740), duration(7384)
    ('0.25 s', '3 min 23 s', '29 min', '2 h 3 min')
    """
    if seconds < 9.5:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _pair(*divmod(whole, 60), "min", "s")
    return _pair(whole // 3600, whole % 3600 // 60, "h", "min")


def _pair(large: int, small: int, large_unit: str, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
