"""What this machine can do, and the one thing to do about what it cannot.

`labkit.host.gather.gather` looks, `findings` judges, and `table`, `as_json` and `exit_code` report.
"""

from labkit.doctor.findings import Finding, Verdict, findings
from labkit.doctor.report import as_json, exit_code, table

__all__ = ["Finding", "Verdict", "as_json", "exit_code", "findings", "table"]
