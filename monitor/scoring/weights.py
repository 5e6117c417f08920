"""The file a model is kept in: named arrays and a description, checked by a digest.

Weights are companded to one byte: the square root of their share of the largest weight of their column,
so that small weights, which are most, keep their relative size. Nothing in the file is code, and the same
arrays always give the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.errors import ModelError

_MAGIC = b"opinion-model-1\n"
_LENGTH_BYTES = 4
_STEPS = 127
UNIT = _STEPS**2
"""What ``squared`` has for the largest weight of a column."""
_GROWTH = np.float32(2.5)
_KINDS = frozenset({"int8", "float32", "int32"})
Floats = NDArray[np.float32]


class _Array(msgspec.Struct, frozen=True):
    name: str
    kind: str
    shape: tuple[int, ...]


class _Header(msgspec.Struct, frozen=True):
    sha256: str
    about: dict[str, str]
    arrays: tuple[_Array, ...]


class StoredModel(msgspec.Struct, frozen=True):
    """What a model file holds; ``digest`` names its content."""

    about: dict[str, str]
    arrays: dict[str, NDArray[np.generic]]
    digest: str

    def floats(self, name: str, *shape: int) -> Floats:
        """The array ``name``.

        Raises:
            ModelError: it is missing or has another shape.
        """
        return self._checked(name, shape).astype(np.float32)

    def any_floats(self, name: str) -> Floats:
        """The array ``name``, of one dimension and any length.

        Raises:
            ModelError: it is missing or has more dimensions.
        """
        found = self.arrays.get(name)
        return self.floats(name, -1 if found is None or found.ndim != 1 else len(found))

    def ints(self, name: str) -> NDArray[np.int32]:
        """The array of whole numbers ``name``, of one dimension and any length.

        Raises:
            ModelError: it is missing or has more dimensions.
        """
        return self.any_floats(name).astype(np.int32)

    def bytes_(self, name: str, *shape: int) -> NDArray[np.int8]:
        """The array ``name`` of companded weights.

        Raises:
            ModelError: it is missing or has another shape.
        """
        return self._checked(name, shape).astype(np.int8, copy=False)

    def _checked(self, name: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
        array = self.arrays.get(name)
        if array is None or array.shape != shape:
            found = "nothing" if array is None else array.shape
            raise ModelError(f"the model has {found} as {name!r}, not {shape}; train it with this version")
        return array


def companded(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """``weights`` (rows, columns) as one byte each, and the largest of each column to undo it with."""
    largest = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-12)).astype(np.float32)
    steps = np.sign(weights) * np.sqrt(np.abs(weights) / largest) * _STEPS
    return np.rint(steps).astype(np.int8), largest


def with_added(
    stored: NDArray[np.int8], largest: Floats, rows: NDArray[np.int64], added: Floats
) -> tuple[NDArray[np.int8], Floats]:
    """Companded weights with ``added`` (rows, columns) to some ``rows``, and the largest of each column.

    It grows to ``_GROWTH`` times what it was at most: the larger it is, the coarser are the steps of others.
    """
    weights = squared(stored) * (largest / np.float32(UNIT))
    weights[rows] = np.clip(weights[rows] + added, -_GROWTH * largest, _GROWTH * largest)
    return companded(weights)


def squared(stored: NDArray[np.int8]) -> NDArray[np.int16]:
    """What companded weights are, in ``UNIT``ths of the largest of their column."""
    weights = stored.astype(np.int16)
    weights *= np.abs(weights)
    return weights


def write_model(path: Path, about: Mapping[str, str], arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write a model file; the same content gives the same bytes. It is there as a whole, or not at all.

    Raises:
        ModelError: the file cannot be written.
    """
    described = tuple(_Array(name, array.dtype.name, array.shape) for name, array in arrays.items())
    body = zlib.compress(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values()), 6)
    digest = hashlib.sha256(body + msgspec.json.encode([dict(about), described])).hexdigest()
    header = msgspec.json.encode(_Header(digest, dict(about), described))
    path = path.resolve()  # a link goes on leading to it
    content = _MAGIC + len(header).to_bytes(_LENGTH_BYTES) + header + body
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        whole = path.with_name(f".{path.name}.written")
        try:
            whole.write_bytes(content)
            if path.exists():
                shutil.copymode(path, whole)
            whole.replace(path)
        finally:
            whole.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be written ({error}); name a place that can") from error


def read_model(path: Path) -> StoredModel:
    """Read a model file.

    Raises:
        ModelError: there is none, or it is damaged or of another format.
    """
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be read ({error.strerror}); name another") from error
    if not stored.startswith(_MAGIC):
        raise ModelError(f"{path} is not a model file of this version; train it anew")
    try:
        return _parsed(stored[len(_MAGIC) :])
    except (ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise ModelError(f"{path}: the model file is damaged ({error}); fetch or train it anew") from error


def _parsed(stored: bytes) -> StoredModel:
    end = _LENGTH_BYTES + int.from_bytes(stored[:_LENGTH_BYTES])
    header = msgspec.json.decode(stored[_LENGTH_BYTES:end], type=_Header)
    body = stored[end:]
    if hashlib.sha256(body + msgspec.json.encode([header.about, header.arrays])).hexdigest() != header.sha256:
        raise ValueError("its digest does not match")
    content = zlib.decompress(body)
    arrays: dict[str, NDArray[np.generic]] = {}
    at = 0
    for described in header.arrays:
        if described.kind not in _KINDS:
            raise ValueError(f"array {described.name!r} is of kind {described.kind!r}")
        size = int(np.prod(described.shape, dtype=np.int64))
        arrays[described.name] = np.frombuffer(content, described.kind, size, at).reshape(described.shape)
        at += arrays[described.name].nbytes
    return StoredModel(header.about, arrays, header.sha256)
