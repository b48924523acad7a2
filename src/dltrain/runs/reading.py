"""Files that somebody may have damaged: read only as what they are, and why they could not be."""

from pathlib import Path

from pydantic import ValidationError


def read_bytes(path: Path) -> bytes:
    """The content of a file; a pipe or a device would keep the reader for ever.

    Raises:
        ValueError: it is one.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path.name} is no regular file")
    return path.read_bytes()


def reason_of(error: Exception) -> str:
    """Why something could not be read, in a few words on one line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else first["msg"]
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"{Path(str(error.filename)).name} is missing"
    if isinstance(error, KeyError) and error.args:
        return f"it has no {error.args[0]}"
    lines = (str(error) or type(error).__name__).splitlines()
    return lines[0].removesuffix(".")
