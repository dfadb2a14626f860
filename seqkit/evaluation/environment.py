"""Where a run took place: machine, versions, memory."""

import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

__all__ = ["environment", "peak_memory_mb"]

_CPUINFO = Path("/proc/cpuinfo")
_STATUS = Path("/proc/self/status")


def environment() -> dict[str, str | int]:
    """What a reader must know to judge speed and to repeat the run.

    Versions are read from the installed packages' metadata, so nothing is imported. Which backend Keras runs on is
    asked of Keras itself, and only if the program has loaded it.

    Returns:
        `python`, `platform`, `processor`, `cores` (that this process may use), `backend`, and the versions of `keras`,
        the backend, `numpy` and `seqkit`.

    Example:

    >>> environment()["python"].split(".")[0]
    '3'
    """
    facts: dict[str, str | int] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": _cores(),
        "backend": _backend(),
    }
    packages = ["seqkit", "keras", "numpy"]
    if "keras" in sys.modules:
        packages.insert(2, str(facts["backend"]))
    return facts | {package: _version(package) for package in packages}


def peak_memory_mb() -> float:
    """The most memory this process has held at once, in MB of 2**20 bytes.

    Example:

    >>> peak_memory_mb() > 1
    True
    """
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 2**20
    if sys.platform == "linux":
        # Not `getrusage`, where a program that was started by a large one inherits the peak of its parent.
        line = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if line:  # some sandboxes do not keep it
            return int(line[1]) / 2**10
    import resource  # POSIX only

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes where Linux counts KiB.
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _backend() -> str:
    keras = sys.modules.get("keras")
    return keras.config.backend() if keras else "not loaded"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed as a package"


def _cores() -> int:
    # A container or `taskset` may allow fewer than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    # Linux on ARM names no model; the architecture is then all there is to tell.
    return platform.processor() or platform.machine()
