"""Plain scalars by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

PyYAML follows YAML 1.1, where ``on`` is true, ``1e-3`` a text, ``010`` eight and
``1:30`` ninety. Editors and every newer tool read 1.2, and so does dltrain. The two
that would mean something else to somebody are refused rather than guessed.
"""

import re

from dltrain.config.nodes import Scalar

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = {".nan", ".NaN", ".NAN"}

_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
_MOST_DIGITS = 300


def resolve(text: str) -> Scalar:
    """Return the value that a plain scalar has in YAML 1.2."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float("-inf") if text.startswith("-") else float("inf")
    return float("nan") if text in _NAN else text


def trap(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a plain scalar that YAML versions disagree on, and what to do."""
    if _LEADING_ZERO.fullmatch(text):
        meaning = "means 8 to some programs and 10 to others" if text == "010" else "is ambiguous"
        number = str(int(text)) if len(text) < _MOST_DIGITS else "it"
        return (
            f"a number with a leading zero {meaning}",
            f"write {number}, or 0o... for an octal number",
        )
    if _SEXAGESIMAL.fullmatch(text):
        return (
            "digits with colons are a number to base 60 in some programs and text in others",
            f"write the plain number, or '{text}' in quotes for text",
        )
    if len(text) > _MOST_DIGITS and any(kind.fullmatch(text) for kind in (_FLOAT, _HEX, _OCTAL)):
        return f"a number of {len(text)} characters is too long", "write fewer digits"
    return None
