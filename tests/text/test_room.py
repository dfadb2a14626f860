"""What importing the room costs."""

import subprocess
import sys


def test_importing_the_room_imports_no_framework():
    program = "import sys, seqkit.text; print({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
