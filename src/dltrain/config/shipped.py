"""The configs that come with dltrain, in its wheel or in a clone beside ``src``."""

import difflib
import re
from pathlib import Path

from dltrain.config.places import quoted
from dltrain.errors import UserError

_PACKAGE = Path(__file__).parents[1]


def shipped_folder() -> Path | None:
    """Return the folder of the shipped configs: inside the wheel, or in a clone."""
    for folder in (_PACKAGE / "shipped_configs", _PACKAGE.parents[1] / "configs"):
        if folder.is_dir():
            return folder
    return None


def list_shipped() -> list[tuple[str, str]]:
    """Return name and first sentence of every shipped config, by name."""
    folder = shipped_folder()
    files = sorted(folder.glob("*.yaml")) if folder else []
    return [(file.stem, _first_sentence(file.read_text(encoding="utf-8"))) for file in files]


def read_shipped(name: str) -> str | None:
    """Return the text of a shipped config, or None where there is none of that name."""
    stem = name.removesuffix(".yaml")
    folder = shipped_folder()
    if folder is None or stem not in dict(list_shipped()):
        return None
    return (folder / f"{stem}.yaml").read_text(encoding="utf-8")


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
    return re.split(r"(?<=[.!?])\s", " ".join(comment), maxsplit=1)[0]


def copy_shipped(name: str, destination: Path | None = None) -> Path:
    """Write a shipped config to a new file and return its path.

    Args:
        name: its name, with or without ``.yaml``.
        destination: a file or an existing folder; ``NAME.yaml`` here by default.

    Raises:
        UserError: there is no such config, or the file exists or cannot be written.
    """
    stem = name.removesuffix(".yaml")
    text = read_shipped(stem)
    if text is None:
        raise UserError(_no_such_config(stem))
    file = destination or Path(f"{stem}.yaml")
    file = file / f"{stem}.yaml" if file.is_dir() else file
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UserError(f"{file} exists already and was left as it is; name another file") from None
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror})") from None
    return file


def _no_such_config(name: str) -> str:
    names = [shipped for shipped, _ in list_shipped()]
    near = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean {quoted(near[0])}?" if near else f"there are: {', '.join(names)}"
    return f"there is no shipped config {quoted(name)}; {advice}"
