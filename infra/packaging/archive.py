"""Writes a zip that is the same, byte for byte, whoever builds it and when: sorted names, one time, one mode. Used by
``build``."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

#: The earliest time that a zip can tell.
TIME = (1980, 1, 1, 0, 0, 0)
#: A file that everybody may read: Lambda runs a function as another user than the one who packed it.
MODE = 0o100644


def write_zip(file: Path, folder: Path, below: str = "") -> str:
    """Pack all files of ``folder``, under ``below`` in the zip. Its SHA-256 in hex."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(below + name, TIME)
            entry.create_system = 3  # Unix, whatever this is
            entry.external_attr = MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (folder / name).read_bytes())
    return hashlib.sha256(file.read_bytes()).hexdigest()
