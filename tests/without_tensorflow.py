"""A pytest plugin: importing tensorflow fails, and what cannot do without it is left out.

`KERAS_BACKEND=jax python -m pytest -p tests.without_tensorflow` shows that the core runs on JAX alone.
"""

import sys

import pytest

# The folders and files whose subject is tensorflow itself: pipelines, and the recipes and commands that train by them.
LEFT_OUT = (
    "tests/recipes",
    "tests/readme",
    "tests/cli",
    "tests/data/test_streaming.py",
    "seqkit/kernels/tensorflow.py",
)


class _Refuse:
    """Stands first among the finders of modules and finds no tensorflow, whatever is installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named {name!r} (refused by tests.without_tensorflow)", name=name)
        return None


def pytest_configure(config):
    # Not at import: doctest imports this file too when it looks for examples, and must not change the process by that.
    sys.meta_path.insert(0, _Refuse())


def pytest_ignore_collect(collection_path, config):
    relative = collection_path.relative_to(config.rootpath).as_posix()
    return True if relative.startswith(LEFT_OUT) else None


def pytest_collection_modifyitems(config, items):
    kept = [item for item in items if not item.get_closest_marker("tensorflow")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("tensorflow")])
    items[:] = kept


@pytest.fixture(autouse=True, scope="session")
def _tensorflow_stays_out():
    import keras

    assert keras.backend.backend() == "jax"
    yield
    assert "tensorflow" not in sys.modules
