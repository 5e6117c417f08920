"""Rows outlive the program that wrote them."""

from __future__ import annotations

import msgspec
import pytest

from monitor.errors import StoreError
from monitor.index.stored import decode_document, encode_document
from tests.testkit.documents import a_document


def test_a_document_reads_back() -> None:
    document = a_document(text="𠮷\n", targets=("#a#",), emotion="sad")
    assert decode_document(encode_document(document)) == document


def test_a_row_of_a_program_with_fewer_fields_reads_with_defaults() -> None:
    row = msgspec.msgpack.decode(encode_document(a_document(targets=("#a#",))))
    shorter = msgspec.msgpack.encode(row[:-1])
    assert decode_document(shorter) == a_document()


def test_a_damaged_row_is_an_error_of_the_store() -> None:
    with pytest.raises(StoreError, match="document"):
        decode_document(b"\xc1")


def test_the_fields_of_a_stored_document_keep_their_order() -> None:
    row = msgspec.msgpack.decode(encode_document(a_document("sina_weibo:9", "text", author="p9")))
    assert row[:6] == ["sina_weibo:9", "sina_weibo", "post", "sina_weibo:9", "p9", "text"]
