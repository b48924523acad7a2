"""Files that hold no usable text get a sentence of their own."""

from pathlib import Path

import pytest

from dltrain.config.load import load_config
from dltrain.config.mistakes import ConfigError

GOOD = "data: {name: digits}\nmodel: {name: mlp}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def message(path: str, content: bytes | None = None) -> str:
    """Return what is said about a file."""
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    return str(raised.value)


def test_missing_file() -> None:
    """A missing file is named with the nearest name in its folder."""
    Path("configs").mkdir()
    Path("configs/mnist_cnn.yaml").write_text(GOOD)
    assert message("configs/mnist_cn.yaml") == (
        "configs/mnist_cn.yaml: there is no such file\n"
        "        did you mean 'configs/mnist_cnn.yaml'?\n"
        "1 mistake in configs/mnist_cn.yaml"
    )


def test_missing_suffix() -> None:
    """A name without its suffix finds the file."""
    Path("x.yaml").write_text(GOOD)
    assert "did you mean 'x.yaml'?" in message("x")


def test_missing_but_shipped(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A missing file that is shipped under such a name says how to get it."""
    shipped = folder / "shipped"
    shipped.mkdir()
    (shipped / "digits_mlp.yaml").write_text(GOOD)
    monkeypatch.setattr("dltrain.config.shipped.shipped_folder", lambda: shipped)
    assert message("configs/digits_mlp.yaml") == (
        "configs/digits_mlp.yaml: there is no such file\n"
        "        'dltrain config copy digits_mlp' writes that shipped config\n"
        "1 mistake in configs/digits_mlp.yaml"
    )


def test_directory() -> None:
    """A directory is said to be one, with the configs in it."""
    Path("configs").mkdir()
    Path("configs/x.yaml").write_text(GOOD)
    assert message("configs") == (
        "configs: this is a directory, not a file\n        it holds x.yaml\n1 mistake in configs"
    )


def test_path_through_a_file() -> None:
    """A path that goes through a file names the reason."""
    Path("x.yaml").write_text(GOOD)
    assert "this file cannot be read (Not a directory)" in message("x.yaml/y.yaml")


def test_utf_16() -> None:
    """UTF-16 is recognised by its first byte."""
    assert message("x.yaml", GOOD.encode("utf-16")) == (
        "x.yaml: this file is UTF-16, not UTF-8 (its first byte is 0xff)\n"
        "        save it as UTF-8\n"
        "1 mistake in x.yaml"
    )


def test_latin_1() -> None:
    """A byte that is not UTF-8 is shown where it stands."""
    assert message("x.yaml", GOOD.encode() + "# é\n".encode("latin-1")) == (
        "x.yaml:3:3: byte 43 of this file, 0xe9, is not UTF-8\n"
        "    3 | # \\xe9\n"
        "      |   ^\n"
        "        save the file as UTF-8\n"
        "1 mistake in x.yaml"
    )


def test_control_character() -> None:
    """A control character is shown by its code."""
    assert message("x.yaml", b"data: {name: dig\x00its}\n") == (
        "x.yaml:1:17: the character \\x00 is not allowed in YAML\n"
        "    1 | data: {name: dig\\x00its}\n"
        "      |                 ^^^^\n"
        "        remove it\n"
        "1 mistake in x.yaml"
    )


def test_byte_order_mark() -> None:
    """A UTF-8 byte order mark and Windows line ends are fine."""
    Path("x.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_config("x.yaml").experiment.model.name == "mlp"


def test_large_file() -> None:
    """More than one MiB is refused before it is parsed."""
    content = b"#" * (512 * 1024 + 1)
    assert "larger than 512 KiB" in message("x.yaml", content)


def test_alias_bomb() -> None:
    """Aliases that expand to very many values are refused."""
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for level in range(1, 9):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    text = message("x.yaml", "\n".join(lines).encode())
    assert "aliases expand this file to more than 10,000 values" in text


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{a: " * 5000, "- " * 5000])
def test_deep_nesting(text: str) -> None:
    """Endless nesting is refused with its place."""
    assert "nested more than 32 deep" in message("x.yaml", text.encode())


def test_very_many_values() -> None:
    """A file of very many values is refused while it is read."""
    text = "a: [" + "1, " * 20_000 + "]"
    assert "a config has at most 10,000 values" in message("x.yaml", text.encode())
