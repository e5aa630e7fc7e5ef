"""Every lesson image starts and does its job; what is there is not made again; what is broken is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from labkit.errors import CommandError
from labkit.host.paths import paths
from labkit.host.seat import podman_runner
from labkit.images import Images, recipes
from labkit.process import LocalRunner, Result
from labkit.wait import until

pytestmark = pytest.mark.live

FOLDER = Path(__file__).parents[2] / "images"
GREETING = "localhost/labkit/test-greeting:1"
PROGRAMS = ("busybox", "curl", "nc", "ip", "ss", "ps", "unshare", "nsenter", "setpriv", "python3")


@dataclass
class RecordingRunner:
    """Start programs for real, and remember them."""

    inner: LocalRunner
    calls: list[str] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        self.calls.append(" ".join(argv))
        return self.inner.run(argv, stdin=stdin, timeout=timeout, check=check, cwd=cwd, on_line=on_line)

    @property
    def builds(self) -> list[str]:
        return [call for call in self.calls if "podman build" in call or call.startswith("mmdebstrap")]


@pytest.fixture(scope="module")
def runner() -> LocalRunner:
    return podman_runner()


@pytest.fixture(scope="module")
def images(runner: LocalRunner) -> Images:
    """All lesson images, made where they were missing."""
    found = Images(runner, recipes(FOLDER), paths().cache / "images", mirror="")
    found.ensure()
    return found


@dataclass(frozen=True)
class Container:
    """A running container of a test."""

    runner: LocalRunner
    id: str

    def run(self, *argv: str) -> str:
        return self.runner.run(["podman", "exec", self.id, *argv]).stdout

    def says(self, *argv: str) -> str:
        """Return what a program in the container says, or why it failed, to be asked again."""
        try:
            return self.run(*argv)
        except CommandError as error:
            return error.found

    def stopped(self) -> int:
        """Stop it as Podman does, asking first; the exit code is 137 when it had to be killed."""
        self.runner.run(["podman", "stop", "--time", "10", self.id])
        return int(json.loads(self.runner.run(["podman", "inspect", self.id]).stdout)[0]["State"]["ExitCode"])


@pytest.fixture
def start(runner: LocalRunner, images: Images) -> Iterator[Callable[..., Container]]:
    """Start containers that end with the test."""
    started: list[str] = []

    def begin(image: str, *command: str, env: Sequence[str] = ()) -> Container:
        options = [part for variable in env for part in ("--env", variable)]
        argv = ["podman", "run", "--detach", "--label", "labkit.dev/run=test-images", *options, f"localhost/labkit/{image}", *command]
        started.append(runner.run(argv).stdout.strip())
        return Container(runner, started[-1])

    yield begin
    for container in started:
        runner.run(["podman", "stop", "--time", "0", container], check=False)
        runner.run(["podman", "rm", container], check=False)


def ready(container: Container, *argv: str, answer: str) -> str:
    return until(
        lambda: container.says(*argv),
        lambda said: answer in said,
        what=f"{answer!r} from {argv[0]}",
        timeout=30,
        fix="read the container's log",
    )


def test_nginx_answers_curl(start: Callable[..., Container]) -> None:
    assert "comes from a container" in ready(start("nginx:1"), "curl", "-s", "http://localhost/", answer="</p>")


def test_the_log_of_nginx_is_the_log_of_its_container(start: Callable[..., Container], runner: LocalRunner) -> None:
    nginx = start("nginx:1")
    ready(nginx, "curl", "-s", "http://localhost/?who=a-learner", answer="</p>")
    assert "who=a-learner" in runner.run(["podman", "logs", nginx.id]).stdout


def test_redis_answers_ping(start: Callable[..., Container]) -> None:
    assert ready(start("redis:1"), "redis-cli", "ping", answer="PONG") == "PONG\n"


def test_redis_keeps_what_it_is_given(start: Callable[..., Container]) -> None:
    redis = start("redis:1")
    ready(redis, "redis-cli", "ping", answer="PONG")
    redis.run("redis-cli", "set", "colour", "green")
    assert redis.run("redis-cli", "get", "colour") == "green\n"


def test_redis_runs_as_a_user_id_that_kubernetes_can_check(images: Images, runner: LocalRunner) -> None:
    config = json.loads(runner.run(["podman", "image", "inspect", "localhost/labkit/redis:1"]).stdout)[0]["Config"]
    assert config["User"] == "999:999"


POSTGRES = ("POSTGRES_PASSWORD=secret", "POSTGRES_USER=shop", "POSTGRES_DB=orders")


def query(container: Container, password: str = "secret") -> tuple[str, ...]:
    return ("psql", f"postgresql://shop:{password}@127.0.0.1/orders", "-tAc", "select current_user || ' in ' || current_database()")


def test_postgres_answers_a_query_in_the_database_that_was_asked_for(start: Callable[..., Container]) -> None:
    postgres = start("postgres:1", env=POSTGRES)
    assert ready(postgres, *query(postgres), answer="shop") == "shop in orders\n"


def test_postgres_wants_the_right_password(start: Callable[..., Container]) -> None:
    postgres = start("postgres:1", env=POSTGRES)
    ready(postgres, *query(postgres), answer="shop")
    assert "password authentication failed" in postgres.says(*query(postgres, "wrong"))


def test_postgres_does_not_run_as_root(start: Callable[..., Container]) -> None:
    postgres = start("postgres:1", env=POSTGRES)
    ready(postgres, *query(postgres), answer="shop")
    assert postgres.run("stat", "-c", "%U", "/proc/1") == "postgres\n"


def test_postgres_without_a_password_says_what_it_wants(start: Callable[..., Container], runner: LocalRunner) -> None:
    postgres = start("postgres:1")
    assert runner.run(["podman", "wait", postgres.id]).stdout == "1\n"
    assert "set POSTGRES_PASSWORD" in runner.run(["podman", "logs", postgres.id]).stderr


@pytest.mark.parametrize(
    ("image", "env", "question", "answer"),
    [
        ("nginx:1", (), ("curl", "-s", "http://localhost/"), "</p>"),
        ("redis:1", (), ("redis-cli", "ping"), "PONG"),
        ("postgres:1", ("POSTGRES_PASSWORD=secret",), ("psql", "-h", "127.0.0.1", "-U", "postgres", "-l"), "assword"),
    ],
)
def test_a_server_stops_when_it_is_asked_to(
    start: Callable[..., Container], image: str, env: Sequence[str], question: Sequence[str], answer: str
) -> None:
    server = start(image, env=env)
    ready(server, *question, answer=answer)
    assert server.stopped() == 0


def test_two_pythons_print_the_versions_of_their_tags(start: Callable[..., Container]) -> None:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    assert [start(f"python:{tag}", "sleep", "60").run("python", "-c", program) for tag in ("3.11", "3.13")] == ["3.11\n", "3.13\n"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_tools_has(program: str, start: Callable[..., Container]) -> None:
    assert f"/{program}\n" in start("tools:1", "sleep", "60").run("which", program)


@pytest.mark.parametrize("image", ["nginx:1", "postgres:1", "python:3.11", "python:3.13", "redis:1", "tools:1"])
def test_podmans_probes_find_curl_and_nc(image: str, images: Images, runner: LocalRunner) -> None:
    found = runner.run(["podman", "run", "--rm", "--entrypoint", "/bin/sh", f"localhost/labkit/{image}", "-c", "which curl nc"]).stdout
    assert len(found.split()) == 2


def test_a_second_ensure_starts_no_build(images: Images, runner: LocalRunner) -> None:
    recording = RecordingRunner(runner)
    replace(images, runner=recording).ensure()
    assert recording.builds == []


@dataclass
class Desk:
    """One small image of the test's own, made on the real base, with a cache folder of its own."""

    images: Images
    recording: RecordingRunner
    said: list[str]

    @property
    def archive(self) -> Path:
        return next(self.images.cache_dir.glob("test-greeting-*.tar"))

    def forget(self) -> None:
        self.recording.inner.run(["podman", "image", "rm", GREETING])
        self.recording.calls.clear()


@pytest.fixture
def desk(images: Images, tmp_path: Path) -> Iterator[Desk]:
    own = tmp_path / "greeting"
    own.mkdir()
    (tmp_path / "bases.toml").write_text((FOLDER / "bases.toml").read_text())
    (own / "image.toml").write_text('about = "a test"\nrepository = "test-greeting"\ntag = "1"\nbase = "debian-12"\nseconds = 1\n')
    (own / "Containerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN echo hello > /greeting\nCOPY there.txt /there.txt\n")
    (own / "there.txt").write_text("there")
    assert isinstance(images.runner, LocalRunner)
    recording, said = RecordingRunner(images.runner), []
    folder = images.cache_dir.parent / "test-images"
    yield Desk(Images(recording, recipes(tmp_path), folder, say=said.append, mirror=""), recording, said)
    images.runner.run(["podman", "image", "rm", GREETING], check=False)
    shutil.rmtree(folder)


def test_an_image_is_built_from_its_containerfile_and_the_files_beside_it(desk: Desk, runner: LocalRunner) -> None:
    desk.images.ensure()
    assert runner.run(["podman", "run", "--rm", GREETING, "cat", "/greeting", "/there.txt"]).stdout == "hello\nthere"


def test_an_image_that_was_removed_comes_back_from_the_cache(desk: Desk) -> None:
    desk.images.ensure()
    desk.forget()
    desk.images.ensure()
    assert desk.images.missing() == ()
    assert desk.recording.builds == []


@pytest.mark.parametrize("keep", [0, 512, 100_000])
def test_a_damaged_archive_is_healed(desk: Desk, keep: int) -> None:
    desk.images.ensure()
    whole = desk.archive.stat().st_size
    desk.archive.write_bytes(desk.archive.read_bytes()[:keep])
    desk.forget()
    desk.images.ensure()
    assert desk.images.missing() == ()
    # The time of the build is in an image, so that two builds may differ by some bytes of compression, but not by half.
    assert desk.archive.stat().st_size > whole / 2


def test_a_build_that_is_interrupted_leaves_nothing(desk: Desk) -> None:
    def interrupt(line: str) -> None:
        if "STEP 2/" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(desk.images, say=interrupt).ensure()
    listed = desk.recording.inner.run(["podman", "ps", "--all", "--external", "--format", "json"]).stdout
    assert [container for container in json.loads(listed) if "labkit/base" in container["Image"]] == []
    assert [path.name for path in desk.images.cache_dir.iterdir()] == ["images.lock"]
    assert desk.images.missing()
