"""Knots: what leads to each other in a graph, found in one walk however large it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


class _Walk:
    """One walk of Tarjan's algorithm, without recursion."""

    def __init__(self, leads_to: Mapping[str, Sequence[str]]) -> None:
        self.leads_to = leads_to
        self.knot: dict[str, int] = {}
        self.order: dict[str, int] = {}
        self.lowest: dict[str, int] = {}
        self.open: list[str] = []
        self.path: list[tuple[str, Iterator[str]]] = []

    def run(self) -> dict[str, int]:
        for start in self.leads_to:
            if start not in self.order:
                self.enter(start)
            while self.path:
                node, rest = self.path[-1]
                following = next(rest, None)
                if following is None:
                    self.leave(node)
                elif following not in self.order:
                    self.enter(following)
                elif following not in self.knot:
                    self.lowest[node] = min(self.lowest[node], self.order[following])
        return self.knot

    def enter(self, node: str) -> None:
        self.order[node] = self.lowest[node] = len(self.order)
        self.open.append(node)
        self.path.append((node, iter(self.leads_to[node])))

    def leave(self, node: str) -> None:
        self.path.pop()
        if self.path:
            above, _ = self.path[-1]
            self.lowest[above] = min(self.lowest[above], self.lowest[node])
        while node not in self.knot and self.lowest[node] == self.order[node]:
            self.knot[self.open.pop()] = self.order[node]


def knots(leads_to: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """A number for each node; two nodes share it if each can be reached from the other.

    Every node that is led to must be a key.
    """
    return _Walk(leads_to).run()
