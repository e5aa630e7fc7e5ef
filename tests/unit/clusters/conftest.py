from __future__ import annotations

from pathlib import Path

import pytest
from cluster_bench import ONE, ClusterBench


@pytest.fixture
def bench(tmp_path: Path) -> ClusterBench:
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "three.yaml").write_text(ONE + "- role: worker\n- role: worker\n")
    (tmp_path / "proof.txt").write_text("kind: Pod\nimage: IMAGE\n")
    return ClusterBench(tmp_path)
