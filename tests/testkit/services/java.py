"""Java for the servers: a JDK on this machine, jars brought by Maven, small classes compiled once.

What is brought or built is kept below ``$XDG_CACHE_HOME/opinion-monitor`` (``~/.cache`` without it), under
a name that follows from its sources, and appears there in one step, so that runs side by side never see
half of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_HERE = Path(__file__).parent
_JAVA_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


class ServiceUnavailableError(Exception):
    """This machine lacks what a server needs; the message names it and the way out."""


def cache_folder() -> Path:
    """Where jars and compiled classes are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opinion-monitor"


def find_jdk(least: int, *, compiler: bool) -> Path:
    """The home of a JDK of at least this version.

    JAVA_HOME comes first, then the oldest that is new enough among the one on PATH and those below
    /usr/lib/jvm and /opt. Raises ``ServiceUnavailableError`` when there is none.
    """
    found = [(version, home) for home in _homes() if (version := _version(home, compiler)) >= least]
    named = os.environ.get("JAVA_HOME")
    for _, home in found:
        if named and home == Path(named):
            return home
    if not found:
        what = "JDK" if compiler else "Java"
        raise ServiceUnavailableError(
            f"no {what} {least} or newer: install one (as a package, or below /opt) or set JAVA_HOME to it"
        )
    return min(found)[1]


def _homes() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    for parent in (Path("/usr/lib/jvm"), Path("/opt")):
        if parent.is_dir():
            yield from sorted(parent.iterdir())


def _version(home: Path, compiler: bool) -> int:
    """The feature version of the JDK at ``home``, or 0 when it is none that will do."""
    if not (home / "bin" / ("javac" if compiler else "java")).exists():
        return 0
    try:
        found = _JAVA_VERSION.search((home / "release").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def bring_jars(name: str) -> Path:
    """The folder of the jars that ``maven/<name>/pom.xml`` asks for; Maven runs the first time only."""
    pom = _HERE / "maven" / name / "pom.xml"

    def bring(folder: Path) -> None:
        maven = shutil.which("mvn")
        if maven is None:
            raise ServiceUnavailableError(f"no Maven to bring the jars of {name}: install it (package maven)")
        copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
        _run([maven, "-q", "-B", "-f", str(pom), *copy], f"Maven could not bring the jars of {name}")

    return built(f"{name}-jars", pom.read_bytes(), bring)


def compile_classes(jdk: Path, sources: Sequence[Path], jars: Path, folder: Path) -> None:
    """Compile Java sources against jars into ``folder``."""
    javac = [str(jdk / "bin" / "javac"), "-nowarn", "-d", str(folder), "-cp", f"{jars}/*"]
    _run([*javac, *map(str, sources)], "javac refuses the sources of the test kit")


def built(name: str, sources: bytes, build: Callable[[Path], None]) -> Path:
    """The cached folder for these sources, filled by ``build`` when it is not there yet."""
    folder = cache_folder() / f"{name}-{hashlib.sha256(sources).hexdigest()[:16]}"
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
                fresh = Path(scratch) / "built"
                fresh.mkdir()
                build(fresh)
                fresh.rename(folder)
    return folder


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str], problem: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceUnavailableError(f"{problem}:\n{(done.stdout + done.stderr)[-3000:]}")
