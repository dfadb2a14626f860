"""`python -m seqkit`."""

import sys

from seqkit.cli import main

sys.exit(main())
