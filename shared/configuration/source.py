"""YAML as plain values, with the line of every key. Stricter than YAML 1.1 where that surprises people:
`NO` is Norway, `0123` and dates are text, a key written twice is a fault."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from shared.configuration.faults import ConfigurationFault, Fault

Path = tuple[str | int, ...]

DEEPEST: Final = 30
"""Levels of nesting."""

_CONSTANTS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d*)\.\d+", re.ASCII)


def key_of(path: Path) -> str:
    """`accounts[0].brand`"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


@dataclass
class Source:
    """A file as read: its `data`, and where each key stands. Faults are collected, not raised."""

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, message: str) -> None:
        """Note a fault at a key, or at the nearest thing around it that is in the file."""
        self.faults.append(Fault(self.file, self.line(path), key_of(path), message))

    def line(self, path: Path) -> int | None:
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path)

    def raise_faults(self) -> None:
        """Raise `ConfigurationFault` with everything found, in the order of the file; nothing found: return."""
        if self.faults:
            raise ConfigurationFault(sorted(self.faults, key=lambda fault: fault.line or 0))


def read_yaml(text: str, file: str) -> Source:
    """Parse. Raises `ConfigurationFault` at once for what is no YAML at all."""
    source = Source(file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_depth(text, file, loader)
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        raise ConfigurationFault([_syntax_fault(text, file, error)]) from None
    source.lines[()] = node.start_mark.line + 1 if node else 1
    source.data = _Reader(source).value(node, ()) if node else None
    return source


def _refuse_depth(text: str, file: str, loader: Any) -> None:
    # libyaml's composer recurses on the C stack: a deep file would end the process instead of raising.
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise ConfigurationFault([Fault(file, line, "", f"nested deeper than {DEEPEST} levels: write it flatter")])


def _syntax_fault(text: str, file: str, error: yaml.YAMLError) -> Fault:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Fault(file, line, "", "not YAML: it holds a control character; remove it")
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    if mark is None:
        return Fault(file, None, "", f"not YAML: {problem}")
    lines = text.splitlines()
    has_tab = mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]
    hint = ": indent with spaces, not tabs" if has_tab else ""
    return Fault(file, mark.line + 1, "", f"not YAML: {problem}{hint}")


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self.seen:
            self.source.fault(path, "anchors and aliases are not read: write it out")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.source.faults.append(Fault(self.source.file, line, key_of(path), "a key is plain text"))
                continue
            inner = (*path, key.value)
            if key.value in data:
                first = self.source.lines[inner]
                self.source.faults.append(
                    Fault(self.source.file, line, key_of(inner), f"written twice: line {first} has it already")
                )
                continue
            self.source.lines[inner] = line
            data[key.value] = self.value(value, inner)
        return data


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # quoted or a block; plain is None or, from libyaml, empty
        return text
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) <= 40:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
