"""A pytest plugin: the names that the examples in docstrings take for granted."""

import pytest


@pytest.fixture(autouse=True)
def _names(request):
    if not isinstance(request.node, pytest.DoctestItem):
        return
    import keras
    import numpy as np

    request.getfixturevalue("doctest_namespace").update(np=np, keras=keras)
