"""PyYAML's complaints about syntax, in plain sentences that say what to do."""

import re

from yaml.error import Mark, MarkedYAMLError

from dltrain.config.composer import RefusedError

# (PyYAML's problem, our sentence, what to do); the first that matches is taken.
_SENTENCES = (
    (
        r"found character '\\t' that cannot start any token",
        "a tab stands where YAML allows only spaces",
        "indent with spaces",
    ),
    (
        r"found character '(?P<char>.)' that cannot start any token",
        "a plain text cannot start with '{char}'",
        "put the text in quotes",
    ),
    (
        r"mapping values are not allowed here",
        "a ':' stands where no key can be",
        "indent keys of one section alike, and put a text that contains ': ' in quotes",
    ),
    (
        r"expected ',' or '\]', but got",
        "the list in [brackets] is not continued or closed here",
        "put a comma between values and ']' at the end",
    ),
    (
        r"expected ',' or '\}', but got",
        "the mapping in {{braces}} is not continued or closed here",
        "put a comma between entries and '}' at the end",
    ),
    (
        r"expected <block end>, but found",
        "this line does not line up with the lines above it",
        "indent keys of one section alike",
    ),
    (
        r"but found another document",
        "a second YAML document starts here",
        "keep one experiment per file, and remove the '---'",
    ),
    (
        r"expected the node content, but found '(?P<token>[^']*)'",
        "a value is expected here, not '{token}'",
        "put the text in quotes if it is one",
    ),
    (
        r"found undefined alias '(?P<name>[^']*)'",
        "the alias '*{name}' refers to no anchor '&{name}' above it",
        "put the text in quotes if no alias is meant",
    ),
)

# The same for problems that are seen late: the place is where PyYAML began to read.
_SENTENCES_AT_START = (
    (
        r"could not find expected ':'",
        "this is not of the form 'key: value'",
        "write a colon and a blank after the key",
    ),
    (
        r"found unexpected end of stream|found unexpected document separator",
        "the quote opened here is never closed",
        "end the text with the same quote",
    ),
    (
        r"expected ',' or '\]', but got '<stream end>'",
        "the list opened here is never closed",
        "put a ']' at its end",
    ),
    (
        r"expected ',' or '\}', but got '<stream end>'",
        "the mapping opened here is never closed",
        "put a '}' at its end",
    ),
)
_SHOWN_WITH_START = r"expected ',' or"


def explain_syntax(error: MarkedYAMLError) -> tuple[str, str | None, list[Mark]]:
    """Return what is wrong, what to do about it, and where: the spot, then where it began."""
    problem = error.problem or str(error)
    start, spot = error.context_mark, error.problem_mark or error.context_mark
    marks = [spot] if spot else []
    if isinstance(error, RefusedError):
        return problem, None, marks
    for pattern, sentence, advice in _SENTENCES_AT_START:
        if start and re.match(pattern, problem):
            return sentence, advice, [start]
    if start and re.match(_SHOWN_WITH_START, problem):
        marks.append(start)
    for pattern, sentence, advice in _SENTENCES:
        match = re.match(pattern, problem)
        if match:
            return sentence.format(**match.groupdict()), advice, marks
    context = f"{error.context}: " if error.context else ""
    return f"not valid YAML: {context}{problem}", None, marks
