"""Storages by their address."""

from __future__ import annotations

from pybase_extraction.storage.base import Storage


def open_storage(address: str) -> Storage:
    """Give the storage of an address: ``s3://bucket/prefix?endpoint=...``, or a folder.

    Raises:
        ValueError: It looks like an address, but of no kind that there is.
    """
    scheme, separator, _ = address.partition("://")
    if scheme == "s3" and separator:
        from pybase_extraction.storage.s3 import S3Storage

        return S3Storage.from_url(address)
    if separator:
        raise ValueError(f"a storage is a folder or s3://bucket/prefix, not {scheme[:20]}://...")
    from pybase_extraction.storage.local import LocalStorage

    return LocalStorage(address)
