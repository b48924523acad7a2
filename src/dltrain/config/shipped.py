"""The configs that come with dltrain, in its wheel or in a clone beside ``src``.

A config is named by its place below their folder, without the suffix: ``mnist_cnn``,
``tutorials/xor``.
"""

import difflib
import re
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped_folder() -> Path | None:
    """Return the folder of the shipped configs: inside the wheel, or in a clone."""
    for folder in (_PACKAGE / "shipped_configs", _PACKAGE.parents[1] / "configs"):
        if folder.is_dir():
            return folder
    return None


def shipped_files() -> dict[str, Path]:
    """Return the file of every shipped config by its name; a folder's own before those below it."""
    folder = shipped_folder()
    if folder is None:
        return {}
    files = [file.relative_to(folder) for file in folder.rglob("*.yaml")]
    files.sort(key=lambda file: (file.parent.parts, file.stem))
    return {file.with_suffix("").as_posix(): folder / file for file in files}


def list_shipped() -> list[tuple[str, str]]:
    """Return name and first sentence of every shipped config, folder by folder."""
    return [
        (name, _first_sentence(file.read_text(encoding="utf-8")))
        for name, file in shipped_files().items()
    ]


def read_shipped(name: str) -> str | None:
    """Return the text of a shipped config, or None where there is none of that name."""
    file = shipped_files().get(name.removesuffix(".yaml"))
    return file.read_text(encoding="utf-8") if file else None


def nearest_shipped(name: str) -> str | None:
    """Return the shipped config whose name, or the last part of it, is close to a given one."""
    names = list(shipped_files())
    by_word = {known.rpartition("/")[2]: known for known in reversed(names)}
    if near := difflib.get_close_matches(name, names, n=1):
        return near[0]
    near = difflib.get_close_matches(name.rpartition("/")[2], by_word, n=1)
    return by_word[near[0]] if near else None


def _first_sentence(text: str) -> str:
    """Return the first sentence of the comment at the top that is no indented command."""
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        content = line[1:]
        is_prose = content.strip() and not content.startswith(("   ", " dltrain ", " $ "))
        if is_prose:
            comment.append(content.strip())
        elif comment:
            break
    return re.split(r"(?<=[.!?])(?<! al[.])\s", " ".join(comment), maxsplit=1)[0]
