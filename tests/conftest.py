"""What every test file leaves behind: nothing."""

import gc

import keras
import pytest


@pytest.fixture(autouse=True, scope="module")
def _compiled_code_goes_with_its_tests():
    """Each compiled program holds some maps of memory, of which Linux gives a process 65,530; then XLA crashes."""
    yield
    if keras.backend.backend() == "jax":
        import jax

        jax.clear_caches()
    gc.collect()
