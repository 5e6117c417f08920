"""What keeps a client out of a broker that speaks TLS and asks for a user is said.

That such a broker serves every client of the program is shown by ``test_cluster``, whose workers, topics and
producers go that way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.testkit.program import program
from tests.testkit.services.kafka import USER

pytestmark = pytest.mark.system


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PASSWORD", "another", f"refuses the user '{USER}'; correct kafka.user and kafka.password"),
        ("CA_CERTIFICATES", "", "certificate does not fit; see to kafka.ca_certificates"),
    ],
)
def test_what_keeps_a_worker_out_is_said(
    secure_broker: Mapping[str, str], name: str, value: str, sentence: str, tmp_path: Path
) -> None:
    variables = {**secure_broker, f"OPINION_MONITOR__KAFKA__{name}": value}
    ended = program("worker", "score", "--data", tmp_path, "--metrics", "off", variables=variables)
    assert (ended.code, sentence in ended.err) == (2, True), ended.err
