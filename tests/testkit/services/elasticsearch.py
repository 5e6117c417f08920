"""One real Elasticsearch node."""

from __future__ import annotations

import json
import re
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.testkit.services.java import ServiceUnavailableError, bring_jars, built, compile_classes, find_jdk
from tests.testkit.services.processes import LOOPBACK, free_port
from tests.testkit.services.server import Server

_JAVA = 21
_SOURCES = sorted((Path(__file__).parent / "java").glob("*.java"))
_TRANSPORT_JAR = re.compile(r"(netty-|transport-netty4|elasticsearch-ssl-config).*\.jar")
_LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/lib",
)
# Quick to start and small. Without the better compiler the module for vectors is many times slower than none.
_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
VECTORS = "--add-modules=jdk.incubator.vector"
_NEEDED_FLAGS = (
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
    "--enable-native-access=ALL-UNNAMED",
)
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""

Setting = str | int | bool


class ElasticsearchServer(Server):
    """An empty node without security; ``settings`` overrides what is in its elasticsearch.yml."""

    name = "elasticsearch"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        leashed: bool = True,
        heap_mib: int = 512,
        settings: Mapping[str, Setting] | None = None,
        java_flags: tuple[str, ...] = _FLAGS,
    ) -> None:
        super().__init__(folder, port=port, leashed=leashed)
        self._heap_mib = heap_mib
        self._settings = dict(settings or {})
        self._java_flags = java_flags

    @property
    def address(self) -> str:
        """The URL of the node."""
        return f"http://{self.loopback}"

    def _command(self) -> list[str]:
        jdk = find_jdk(_JAVA, compiler=True)
        jars = bring_jars("elasticsearch")
        home = _home(jdk, jars)
        self._configure(home)
        class_path = [home / "classes", *(jar for jar in _jars(jars) if not _TRANSPORT_JAR.match(jar.name))]
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        return [
            str(jdk / "bin" / "java"),
            f"-Xms{self._heap_mib}m",
            f"-Xmx{self._heap_mib}m",
            *self._java_flags,
            *_NEEDED_FLAGS,
            f"-Djava.io.tmpdir={scratch}",
            f"-Des.nativelibs.path={home / 'native'}",
            "-cp",
            ":".join(map(str, class_path)),
            "EngineNode",
            str(self.folder),
        ]

    def _configure(self, home: Path) -> None:
        settings: dict[str, Setting] = {
            "cluster.name": "testkit",
            "node.name": "node",
            "network.host": LOOPBACK,
            "http.port": self.port,
            "transport.port": free_port(taken={self.port}),
            "discovery.type": "single-node",
            # A machine whose disk is nearly full must not turn the indices read-only.
            "cluster.routing.allocation.disk.threshold_enabled": False,
            **self._settings,
        }
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        (config / "elasticsearch.yml").write_text("".join(lines))
        (config / "log4j2.properties").write_text(_LOGGING)
        plugins = self.folder / "plugins"
        plugins.unlink(missing_ok=True)
        plugins.symlink_to(home / "plugins")

    def _answers(self) -> bool:
        health = f"{self.address}/_cluster/health?wait_for_status=yellow&timeout=1s"
        with urllib.request.urlopen(health, timeout=5) as answer:
            status: object = json.load(answer)
        return isinstance(status, dict) and status["timed_out"] is False


def _jars(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jar"))


def _home(jdk: Path, jars: Path) -> Path:
    """The cached folder with the node's classes, plugins and native libraries."""
    sources = b"".join([str(jars).encode(), str(jdk).encode(), *(path.read_bytes() for path in _SOURCES)])
    return built("elasticsearch-home", sources, lambda folder: _build_home(jdk, jars, folder))


def _build_home(jdk: Path, jars: Path, home: Path) -> None:
    classes, native = home / "classes", home / "native"
    classes.mkdir()
    native.mkdir()
    (native / "libzstd.so").symlink_to(_zstd())
    compile_classes(jdk, _SOURCES, jars, classes)
    version = next(jars.glob("elasticsearch-core-*.jar")).stem.rpartition("-")[2]
    transport = _plugin(home, "transport-netty4", "org.elasticsearch.transport.netty4.Netty4Plugin", version)
    for jar in _jars(jars):
        if _TRANSPORT_JAR.match(jar.name):
            (transport / jar.name).symlink_to(jar)
    own = _plugin(home, "testkit", "EnginePlugin", version)
    # A plugin whose class lies on the node's own class path is refused.
    with zipfile.ZipFile(own / "testkit.jar", "w") as archive:
        for path in classes.glob("EnginePlugin*.class"):
            archive.write(path, path.name)
            path.unlink()


def _plugin(home: Path, name: str, main: str, version: str) -> Path:
    folder = home / "plugins" / name
    folder.mkdir(parents=True)
    descriptor = {
        "name": name,
        "description": name,
        "version": version,
        "elasticsearch.version": version,
        "java.version": str(_JAVA),
        "classname": main,
    }
    lines = [f"{key}={value}\n" for key, value in descriptor.items()]
    (folder / "plugin-descriptor.properties").write_text("".join(lines))
    return folder


def _zstd() -> Path:
    """The system's zstd library, which the codec of compressed indices calls."""
    for folder in map(Path, _LIBRARY_FOLDERS):
        if (folder / "libzstd.so.1").exists():
            return folder / "libzstd.so.1"
    raise ServiceUnavailableError("no libzstd.so.1: install it (package libzstd1)")
