"""Writing a shipped config, with the files it extends, to files of one's own."""

import os
from pathlib import Path

from dltrain.config.nodes import ScalarNode
from dltrain.config.places import quoted
from dltrain.config.shipped import nearest_shipped, shipped_files
from dltrain.config.yaml_nodes import parse_file
from dltrain.errors import UserError


def copy_shipped(name: str, destination: Path | None = None) -> list[Path]:
    """Write a shipped config, and beside it what it extends; nothing is overwritten.

    A file it extends may be there already, as it is shipped: several configs share one.

    Args:
        name: its name, with or without ``.yaml``.
        destination: a file or an existing folder; by default the last word of the name here.

    Returns:
        Its path, then the paths of the files it extends.

    Raises:
        UserError: there is no such config, or a file exists or cannot be written.
    """
    source = shipped_files().get(name.removesuffix(".yaml"))
    if source is None:
        raise UserError(_no_such_config(name.removesuffix(".yaml")))
    file = destination or Path(source.name)
    file = file / source.name if file.is_dir() else file
    if file.exists():
        raise UserError(f"{file} exists already and was left as it is; name another file")
    bases = {file.parent / base.name: base for base in _extended_by(source)}
    if file in bases:
        raise UserError(f"{source.name} extends another {file.name}; name another file")
    for copy, base in bases.items():
        if copy.exists() and not _is_copy(copy, base):
            raise UserError(
                f"{copy}, which {source.name} extends, exists already with another content; "
                "nothing was written; name another folder"
            )
    for copy, shipped in {**bases, file: source}.items():  # last the one that stops a second try
        _write(copy, shipped)
    return [file, *bases]


def _extended_by(file: Path) -> list[Path]:
    """The files that a config extends, each in the folder of the one before; nearest first."""
    tree, _ = parse_file(str(file))
    entry = tree.entries.get("extends")
    if entry is None:
        return []
    assert isinstance(entry.value, ScalarNode)
    base = file.parent / str(entry.value.value)
    return [base, *_extended_by(base)]


def _is_copy(copy: Path, shipped: Path) -> bool:
    return copy.is_file() and copy.read_bytes() == shipped.read_bytes()


def _write(copy: Path, shipped: Path) -> None:
    if _is_copy(copy, shipped):
        return
    partial = copy.with_name(f".{copy.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(shipped.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(copy)  # so that a kill leaves no half of a config
    except OSError as error:
        raise UserError(f"{copy} cannot be written ({error.strerror})") from None


def _no_such_config(name: str) -> str:
    near = nearest_shipped(name)
    advice = f"did you mean {quoted(near)}?" if near else f"there are: {', '.join(shipped_files())}"
    return f"there is no shipped config {quoted(name)}; {advice}"
