"""The command line: `labkit --help`.

Exit codes: 0 it is so; 1 it is not (a check that does not pass, a host that cannot run the lessons); 2 wrong usage; 3 a LabError.
"""

import labkit.cli.cluster
import labkit.cli.images  # noqa: F401  each adds its commands
from labkit.cli.app import app

__all__ = ["app"]
