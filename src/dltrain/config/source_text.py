"""The text of a config file, or one clear sentence why there is none."""

import difflib
import re
from pathlib import Path

from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.places import Place
from dltrain.config.shipped import nearest_shipped

LARGEST = 512 * 1024  # bytes; PyYAML takes a second for as many, whatever they are
# The characters YAML allows, so that PyYAML has nothing left to refuse.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def read_text(path: str) -> str:
    """Return the text of the file at ``path``.

    Raises:
        ConfigError: there is no such file, or it is no UTF-8 text of at most 512 KiB.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise _refused(path, "this is a directory, not a file", _files_in(file))
        if file.exists() and not file.is_file():
            raise _refused(path, "this is not a regular file")
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise _missing(path) from None
    except PermissionError:
        raise _refused(path, "no permission to read this file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"this file cannot be read ({reason})") from None
    if len(content) > LARGEST:
        raise _too_large(path)
    return check_characters(_decode(content, path), path)


def split_lines(text: str) -> list[str]:
    """Split a text at the line breaks that YAML counts."""
    return _LINE_BREAK.split(text)


def place_at(text: str, index: int, source: str) -> Place:
    """Return the place of the character at ``index``."""
    before = split_lines(text[:index])
    line = split_lines(text)[len(before) - 1]
    return Place(source, len(before), len(before[-1]) + 1, line, 1)


def check_characters(text: str, source: str) -> str:
    """Return the text if it is not too long and YAML allows every character in it.

    Raises:
        ConfigError: it is, or a control character stands in it.
    """
    if len(text) > LARGEST:
        raise _too_large(source)
    match = _FORBIDDEN.search(text)
    if not match:
        return text
    code = match.group().encode("unicode_escape").decode()
    message = f"the character {code} is not allowed in YAML"
    place = place_at(text, match.start(), source)
    raise ConfigError([Mistake(message=message, path="", place=place, hint="remove it")])


def _decode(content: bytes, path: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            message = f"this file is {encoding}, not UTF-8 (its first byte is 0x{content[0]:02x})"
            raise _refused(path, message, "save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        text = error.object.decode("utf-8", errors="backslashreplace")
        before = error.object[: error.start].decode("utf-8")
        message = f"byte {error.start + 1} of this file, 0x{byte:02x}, is not UTF-8"
        place = place_at(text, len(before), path)
        hint = "save the file as UTF-8"
        raise ConfigError([Mistake(message=message, path="", place=place, hint=hint)]) from None


def _refused(path: str, message: str, hint: str | None = None) -> ConfigError:
    return ConfigError([Mistake(message=message, path="", place=Place(path), hint=hint)])


def _too_large(path: str) -> ConfigError:
    return _refused(path, f"this is larger than {LARGEST // 1024} KiB and surely not a config")


def _missing(path: str) -> ConfigError:
    near = near_files(path)
    shipped = nearest_shipped(Path(path).stem)
    hint = f"'dltrain config copy {shipped}' writes that shipped config" if shipped else None
    mistake = Mistake(
        message="there is no such file",
        path="",
        place=Place(path),
        suggestion=near[0] if near else None,
        hint=hint if not near else None,
    )
    return ConfigError([mistake])


def near_files(path: str) -> list[str]:
    """Return paths of YAML files in the same folder whose names are close, nearest first."""
    folder = Path(path).parent
    try:
        names = {item.stem: item.name for item in folder.iterdir() if _is_yaml(item)}
    except OSError:
        return []
    matches = difflib.get_close_matches(Path(path).stem, names, n=3)
    return [str(folder / names[match]) for match in matches]


def _is_yaml(file: Path) -> bool:
    return file.suffix in {".yaml", ".yml"}


def _files_in(folder: Path) -> str | None:
    try:
        names = sorted(item.name for item in folder.iterdir() if _is_yaml(item))
    except OSError:
        return None
    return f"it holds {', '.join(names[:10])}" if names else "it holds no YAML file"
