"""PyYAML's composer without its constructors: nodes with marks, bounded in depth and number."""

import re

from yaml.composer import Composer
from yaml.error import Mark, MarkedYAMLError
from yaml.events import AliasEvent
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

PLAIN = "plain"  # the tag given to scalars whose type their text decides
QUOTED = "quoted"
COLLECTION = "collection"
DEEPEST = 32
MOST_VALUES = 10_000
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class RefusedError(MarkedYAMLError):
    """Valid YAML that no config needs; its problem is a sentence of ours."""

    def __init__(self, problem: str, mark: Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class LocatedComposer(Reader, Scanner, Parser, Composer, BaseResolver):
    """Composes nodes; nothing in it can construct an object, so no tag can name one."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0
        self._count = 0

    def document(self) -> Node | None:
        """Compose the one document there is; None for an empty text.

        Raises:
            MarkedYAMLError: it is no YAML, more than one document, or refused.
        """
        try:
            node: Node | None = self.get_single_node()
        except ValueError:  # PyYAML converts these numbers as they come
            problem = "an escape or a version has a number that does not exist"
            raise RefusedError(problem, self.get_mark()) from None
        return node

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Compose one node, and count it."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if not self.check_event(AliasEvent):
            self._count += 1
        if self._count > MOST_VALUES:
            raise RefusedError(f"a config has at most {MOST_VALUES:,} values", mark)
        if self._depth > DEEPEST:
            raise RefusedError(f"sections are nested more than {DEEPEST} deep", mark)
        self._depth += 1
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(node, ScalarNode) and _HALF_CHARACTER.search(node.value):
            raise RefusedError("an escape here is half a character", node.start_mark)
        return node

    def resolve(self, kind: type[Node], value: object, implicit: object) -> str:  # noqa: ARG002
        """Tag a node that has no tag of its own by what it looks like."""
        if kind is not ScalarNode:
            return COLLECTION
        return PLAIN if isinstance(implicit, tuple) and implicit[0] else QUOTED
