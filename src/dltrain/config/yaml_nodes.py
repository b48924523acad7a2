"""YAML text into located nodes, with every trap on the way named."""

from yaml.error import Mark, MarkedYAMLError
from yaml.nodes import CollectionNode
from yaml.nodes import MappingNode as YamlMapping
from yaml.nodes import Node as YamlNode
from yaml.nodes import ScalarNode as YamlScalar

from dltrain.config.composer import (
    COLLECTION,
    MOST_VALUES,
    PLAIN,
    QUOTED,
    LocatedComposer,
    RefusedError,
)
from dltrain.config.mistakes import ConfigError, Mistake
from dltrain.config.nodes import Entry, ListNode, MappingNode, Node, Scalar, ScalarNode
from dltrain.config.places import Place, quoted
from dltrain.config.scalars import resolve, trap
from dltrain.config.source_text import check_characters, read_text, split_lines
from dltrain.config.syntax import explain_syntax
from dltrain.config.wording import given

_CORE = "tag:yaml.org,2002:"
_CORE_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
}


def parse_file(path: str) -> tuple[MappingNode, list[Mistake]]:
    """Read a config file into nodes.

    Returns:
        The tree, and the mistakes that did not prevent a tree.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or holds no mapping.
    """
    return parse_text(read_text(path), path)


def parse_text(text: str, source: str) -> tuple[MappingNode, list[Mistake]]:
    """Read the text of a config file into nodes; see `parse_file`."""
    node, mistakes = parse_value(text, source, split_lines(text))
    if isinstance(node, MappingNode):
        return node, mistakes
    if isinstance(node, ScalarNode) and node.value is None and not node.broken:
        message, place = "this file is empty", Place(source)
    else:
        message = f"a config is a mapping of keys to values, but this file holds {given(node)}"
        place = node.place
    hint = "start with 'data:' and 'model:'; 'dltrain config list' names complete examples"
    raise ConfigError([*mistakes, Mistake(message=message, path="", place=place, hint=hint)])


def parse_value(text: str, source: str, lines: list[str]) -> tuple[Node, list[Mistake]]:
    """Read YAML of any kind into a node.

    Args:
        text: the YAML; blanks in front of it shift its columns.
        source: what places call it.
        lines: the lines that places show.
    """
    converter = _Converter(source, lines)
    try:
        root = LocatedComposer(check_characters(text, source)).document()
        if root is None:
            return ScalarNode(None, Place(source)), []
        node = converter.node(root, "", converter.place(root))
    except MarkedYAMLError as error:
        message, hint, marks = explain_syntax(error)
        place, *related = [converter.mark(mark, 1) for mark in marks] or [Place(source)]
        mistake = Mistake(message=message, path="", place=place, hint=hint, related=tuple(related))
        raise ConfigError([*converter.mistakes, mistake]) from None
    return node, converter.mistakes


class _Converter:
    """Turns PyYAML's nodes into ours and collects what is wrong with them."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self.source = source
        self.lines = lines
        self.mistakes: list[Mistake] = []
        self._open: list[YamlNode] = []
        self._count = 0

    def mark(self, mark: Mark, length: int) -> Place:
        """Return the place of one of PyYAML's marks."""
        text = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.source, mark.line + 1, mark.column + 1, text, length)

    def place(self, node: YamlNode) -> Place:
        """Return the place of a node: its part on the first line, its start if it is a block."""
        start, end = node.start_mark, node.end_mark
        place = self.mark(start, 1)
        if isinstance(node, CollectionNode) and not node.flow_style:
            return place
        last = end.column if end.line == start.line else len(place.text.rstrip())
        return Place(place.source, place.line, place.column, place.text, last - start.column)

    def node(self, node: YamlNode, path: str, key: Place) -> Node:
        """Convert a node that stands below ``key``."""
        self._count += 1
        if self._count > MOST_VALUES:
            problem = f"aliases expand this file to more than {MOST_VALUES:,} values"
            raise RefusedError(problem, node.start_mark)
        if node in self._open:
            problem = "an alias stands inside the value it refers to"
            raise RefusedError(problem, node.start_mark)
        if isinstance(node, YamlScalar):
            return self._scalar(node, path, key)
        assert isinstance(node, CollectionNode)
        if node.tag not in {COLLECTION, f"{_CORE}map", f"{_CORE}seq"}:
            return self._refuse_tag(node, path)
        here = self.place(node) if node.flow_style else key
        self._open.append(node)
        try:
            if isinstance(node, YamlMapping):
                return self._mapping(node, path, here)
            items = [
                self.node(item, f"{path}[{index}]", self.place(item))
                for index, item in enumerate(node.value)
            ]
            return ListNode(tuple(items), here)
        finally:
            self._open.pop()

    def _mapping(self, node: YamlMapping, path: str, here: Place) -> MappingNode:
        entries: dict[str, Entry] = {}
        refused = False
        for key_node, value_node in node.value:
            place = self.place(key_node)
            key = self._key(key_node, place, path)
            if key is None:
                refused = True
                continue
            inner = f"{path}.{key}" if path else key
            value = self.node(value_node, inner, place)
            if key in entries:
                message, first = f"the key {quoted(key)} is here twice", entries[key].key_place
                self._mistake(message, inner, place, "keep one of the two", related=(first,))
            else:
                entries[key] = Entry(place, value)
        return MappingNode(entries, here, refused)

    def _key(self, node: YamlNode, place: Place, path: str) -> str | None:
        if not isinstance(node, YamlScalar):
            self._mistake("a key is a word, not a list or a mapping", path, place)
            return None
        if node.tag == PLAIN and node.value == "<<":
            message = "merge keys (<<) are not part of YAML 1.2"
            self._mistake(message, path, place, "use 'extends: base.yaml', or write the keys out")
            return None
        value: Scalar = node.value
        if node.tag == PLAIN:
            value = node.value if trap(node.value) else resolve(node.value)
        if isinstance(value, str) and node.tag in {PLAIN, QUOTED, f"{_CORE}str"}:
            return value
        hint = f"for a name write '{node.value}', in quotes" if value is not None else None
        self._mistake(f"a key is a word, not {given(ScalarNode(value, place))}", path, place, hint)
        return None

    def _scalar(self, node: YamlScalar, path: str, key: Place) -> ScalarNode:
        place = self.place(node) if node.value or node.style or node.tag != PLAIN else key
        if node.tag == QUOTED:
            return ScalarNode(node.value, place, quoted=True)
        trapped = trap(node.value) if node.tag != f"{_CORE}str" else None
        if trapped:
            self._mistake(trapped[0], path, place, trapped[1])
            return ScalarNode(None, place, broken=True)
        if node.tag == PLAIN:
            return ScalarNode(resolve(node.value), place)
        return self._tagged(node, path, place)

    def _tagged(self, node: YamlScalar, path: str, place: Place) -> ScalarNode:
        name = node.tag.removeprefix(_CORE)
        if name == "str":
            return ScalarNode(node.value, place, quoted=True)
        if name not in _CORE_TYPES or not node.tag.startswith(_CORE):
            return self._refuse_tag(node, path)
        value = resolve(node.value)
        if type(value) not in _CORE_TYPES[name]:
            self._mistake(f"{quoted(node.value)} is no !!{name}", path, place, "remove the tag")
            return ScalarNode(None, place, broken=True)
        is_float = name == "float" and isinstance(value, int)
        return ScalarNode(float(str(value)) if is_float else value, place)

    def _refuse_tag(self, node: YamlNode, path: str) -> ScalarNode:
        tag = node.tag
        short = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
        place = self.mark(node.start_mark, len(short))
        message = f"the tag {quoted(short)} is not allowed: a config names values, never objects"
        self._mistake(message, path, place, "remove the tag")
        return ScalarNode(None, place, broken=True)

    def _mistake(
        self,
        message: str,
        path: str,
        place: Place,
        hint: str | None = None,
        *,
        related: tuple[Place, ...] = (),
    ) -> None:
        mistake = Mistake(message=message, path=path, place=place, hint=hint, related=related)
        self.mistakes.append(mistake)
