"""Real servers for tests and development, from published artifacts, without containers.

``KafkaServer``, ``ElasticsearchServer``, ``PrometheusServer`` and ``AlertmanagerServer`` are context
managers. Each keeps everything it has in one folder, listens on loopback only, and ends with the process
that started it, even when that is killed.
Started outside a ``with`` block they are started, killed and restarted on the same data by name.

The first two need a JDK and, once, Maven, the others the machine's own packages; where one is missing they
raise ``ServiceUnavailableError``.
"""

from tests.testkit.services.elasticsearch import ElasticsearchServer
from tests.testkit.services.java import ServiceUnavailableError
from tests.testkit.services.kafka import KafkaServer
from tests.testkit.services.prometheus import AlertmanagerServer, PrometheusServer
from tests.testkit.services.server import Server, ServerError

__all__ = [
    "AlertmanagerServer",
    "ElasticsearchServer",
    "KafkaServer",
    "PrometheusServer",
    "Server",
    "ServerError",
    "ServiceUnavailableError",
]
