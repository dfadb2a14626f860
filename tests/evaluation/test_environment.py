"""The environment: facts checked against their other sources, units against a memory we allocate."""

import importlib
import importlib.metadata
import os
import platform
import subprocess
import sys
import types

import pytest

from seqkit.evaluation.environment import environment, peak_memory_mb

# By its full name, since the room re-exports the function under the same one.
module = importlib.import_module("seqkit.evaluation.environment")


def in_a_fresh_process(code):
    """What `code` prints with the module's names at hand, and without the room's other files and what they import."""
    code = f"import os, runpy; globals().update(runpy.run_path({module.__file__!r})); {code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_versions_are_those_installed(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    facts = environment()
    assert facts["python"] == platform.python_version()
    assert facts["keras"] == importlib.metadata.version("keras")
    assert facts["numpy"] == importlib.metadata.version("numpy")
    assert facts["backend"] == "not loaded"
    assert list(facts) == ["python", "platform", "processor", "cores", "backend", "seqkit", "keras", "numpy"]


def test_backend_is_the_one_keras_names(monkeypatch):
    config = types.SimpleNamespace(backend=lambda: "jax")
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(config=config))
    facts = environment()
    assert facts["backend"] == "jax"
    assert facts["jax"] == importlib.metadata.version("jax")


def test_a_package_without_metadata_is_said_to_be_none(monkeypatch):
    def absent(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(module.metadata, "version", absent)
    assert environment()["numpy"] == "not installed as a package"


def test_processor_is_read_from_cpuinfo(monkeypatch, tmp_path):
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module, "_CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Fast: 3000\nmodel name\t: Fast: 3000\n")
    assert environment()["processor"] == "Fast: 3000"
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nBogoMIPS\t: 50\n")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert environment()["processor"] == "aarch64"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot bind a process to a core")
def test_cores_are_those_the_process_may_use():
    bind = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    assert in_a_fresh_process(f"{bind}; print(environment()['cores'])") == "1\n"


def peak_of(code):
    """What a fresh process that runs `code` says its peak is."""
    return float(in_a_fresh_process(f"{code}; print(peak_memory_mb())"))


def test_peak_memory_counts_what_was_allocated_and_given_back():
    assert peak_of("block = bytearray(b'x') * (200 * 2**20); del block") - peak_of("pass") == pytest.approx(200, abs=20)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere `getrusage` inherits nothing")
def test_peak_memory_is_not_that_of_the_parent():
    alone = peak_of("pass")
    block = bytearray(b"x") * (200 * 2**20)
    assert peak_of("pass") == pytest.approx(alone, abs=20)
    assert len(block) == 200 * 2**20  # held until here


@pytest.mark.parametrize(
    ("system", "status", "raw"),
    [("linux", "VmPeak:\t9999 kB\nVmHWM:\t    3072 kB\n", 0), ("linux", "Name:\tx\n", 3072), ("darwin", "", 3 * 2**20)],
)
def test_units_of_each_system(monkeypatch, tmp_path, system, status, raw):
    resource = pytest.importorskip("resource")
    (tmp_path / "status").write_text(status)
    monkeypatch.setattr(module, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(module.sys, "platform", system)
    monkeypatch.setattr(resource, "getrusage", lambda _: types.SimpleNamespace(ru_maxrss=raw))
    assert peak_memory_mb() == 3
