"""Folders that every machine of a cluster sees: a disk that all have, or an object store such as s3:// or gs://.

A result appears under its name complete or not at all. On a disk it is made in a hidden folder of the same
disk and renamed. An object store shows an object when its upload has ended.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pyarrow import fs

from srgan_tf.errors import UsageError
from srgan_tf.files import check_writable
from srgan_tf.images import SUFFIXES, image_names
from srgan_tf.images.files import UNREAD
from srgan_tf.inference.plan import ADDRESS

SCRATCH = ".partial"
"""The folder inside a place where files are made before they are renamed."""

CHUNK = 2**20


@dataclass(frozen=True)
class Place:
    """A folder.

    Attributes:
      text: as it was given.
      files: the file system that holds it.
      root: its path there.
    """

    text: str
    files: fs.FileSystem
    root: str

    @property
    def local(self) -> Path | None:
        """The folder's path on this machine and on all others; None for an object store."""
        return Path(self.root) if isinstance(self.files, fs.LocalFileSystem) else None

    def path(self, name: str) -> str:
        """Returns the path of a file in the file system, from its name inside the folder."""
        return f"{self.root.rstrip('/')}/{name}"

    def address(self, name: str) -> str:
        """Returns the address of a file, for messages; options of the folder's address are left out."""
        return f"{self.text.split('?')[0].rstrip('/')}/{name}"

    def names(self) -> set[str]:
        """Returns the names of all files in the folder, at any depth; none if there is no folder."""
        found = self.files.get_file_info(fs.FileSelector(self.root, recursive=True, allow_not_found=True))
        return {self._inside(info) for info in found if info.is_file}

    def images(self) -> list[tuple[str, int, int]]:
        """Returns name, size in bytes and time of change in ns of each image at any depth, sorted by name.

        Hidden files are left out. A file whose size cannot be known, such as a dangling link, has -1.
        """
        if self.local:
            found = [(name, *_state(self.local / name)) for name in image_names(self.local)]
        else:
            infos = self.files.get_file_info(fs.FileSelector(self.root, recursive=True))
            found = [
                (self._inside(info), info.size, info.mtime_ns or 0)
                for info in infos
                if info.is_file and PurePosixPath(info.path).suffix.lower() in SUFFIXES | UNREAD
            ]
        return sorted(image for image in found if not any(p.startswith(".") for p in image[0].split("/")))

    def has(self, name: str) -> bool:
        """Returns True if a file is there."""
        return self.files.get_file_info(self.path(name)).is_file

    def read(self, name: str) -> bytes:
        """Returns a file's bytes.

        Raises:
          OSError: it is not there.
        """
        with self.files.open_input_stream(self.path(name)) as file:
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file, complete or not at all."""
        with self.scratch() as folder:
            (folder / "content").write_bytes(content)
            self.publish(folder / "content", name)

    @contextmanager
    def fetched(self, names: Sequence[str]) -> Iterator[Path]:
        """Yields a folder of this machine with files of the place; the place itself where it is one.

        A file that is not there any more is missing from the folder too.
        """
        if self.local:
            yield self.local
            return
        with tempfile.TemporaryDirectory(prefix="srgan-") as folder:
            for name in names:
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    source = self.files.open_input_stream(self.path(name))
                except FileNotFoundError:
                    continue
                with source, path.open("wb") as file:
                    shutil.copyfileobj(source, file, CHUNK)
            yield Path(folder)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yields a new folder of this machine for files that `publish` will take, and removes it."""
        above = self.local and self.local / SCRATCH
        folder = above / uuid.uuid4().hex if above else Path(tempfile.mkdtemp(prefix="srgan-"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, path: Path, name: str) -> None:
        """Moves a file of a `scratch` folder to its place, complete or not at all."""
        if self.local:
            target = self.local / name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            return
        if self.files.type_name not in ("s3", "gcs"):  # which have no folders
            self.files.create_dir(str(PurePosixPath(self.path(name)).parent), recursive=True)
        with path.open("rb") as file, self.files.open_output_stream(self.path(name)) as out:
            shutil.copyfileobj(file, out, CHUNK)

    def remove(self, name: str) -> None:
        """Removes a file, where there is one."""
        if self.has(name):
            self.files.delete_file(self.path(name))

    def remove_scratch(self) -> None:
        """Removes what killed processes left."""
        if self.local:
            shutil.rmtree(self.local / SCRATCH, ignore_errors=True)

    def _inside(self, info: fs.FileInfo) -> str:
        return info.path[len(self.root.rstrip("/")) + 1 :]


def place_of(text: str) -> Place:
    """Returns a folder from its path, or from an address such as s3://BUCKET/FOLDER or gs://BUCKET/FOLDER.

    Raises:
      UsageError: there is no such kind of address, or the store cannot be reached.
    """
    if not ADDRESS.match(text):
        return Place(text, fs.LocalFileSystem(), os.path.abspath(Path(text).expanduser()))  # noqa: PTH100
    try:
        files, root = fs.FileSystem.from_uri(text)
    except (OSError, ValueError, NotImplementedError) as error:
        raise UsageError(
            f"{text}: {_line(error)}; expected a folder, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER"
        ) from None
    return Place(text, files, root)


def checked_places(source_text: str, target_text: str) -> tuple[Place, Place]:
    """Returns IN and OUT of a command, having checked that one can be read and the other one written to.

    Args:
      source_text: IN.
      target_text: OUT.

    Raises:
      UsageError: IN is no folder or cannot be read, OUT is inside IN or IN inside OUT, or OUT cannot be
        written to.
    """
    source, target = place_of(source_text), place_of(target_text)
    try:
        kind = source.files.get_file_info(source.root).type
        if kind == fs.FileType.File:
            raise UsageError(f"{source.text} is a file: expected a folder of images")
        if kind == fs.FileType.NotFound:
            raise UsageError(f"{source.text}: no such folder; expected the folder of the images")
        if source.local and not os.access(source.local, os.R_OK | os.X_OK):
            raise UsageError(f"{source.text}: no permission to read it")
        _check_apart(source, target)
        if target.local:
            check_writable(target.local)
            return source, target
        target.files.create_dir(target.root, recursive=True)
    except OSError as error:
        raise UsageError(f"{source.text}, {target.text}: {_line(error)}") from None
    return source, target


def _check_apart(source: Place, target: Place) -> None:
    if source.files != target.files:
        return
    one, other = ((p.local.resolve().as_posix() if p.local else p.root) for p in (source, target))
    if PurePosixPath(other).is_relative_to(one):
        raise UsageError(f"{target.text} is inside {source.text}: give a folder elsewhere for the results")
    if PurePosixPath(one).is_relative_to(other):
        raise UsageError(f"{source.text} is inside {target.text}: give a folder elsewhere for the results")


def _state(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return -1, 0
    return state.st_size, state.st_mtime_ns


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
