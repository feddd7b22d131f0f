from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.scoring.knots import knots


def together(leads_to):
    found = {}
    for node, number in knots(leads_to).items():
        found.setdefault(number, set()).add(node)
    return sorted(map(sorted, found.values()))


@pytest.mark.parametrize(
    ("leads_to", "expected"),
    [
        ({}, []),
        ({"a": "b", "b": "c", "c": ""}, [["a"], ["b"], ["c"]]),
        ({"a": "b", "b": "c", "c": "a"}, [["a", "b", "c"]]),
        ({"a": "b", "b": "a", "c": "ab", "d": "d"}, [["a", "b"], ["c"], ["d"]]),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, [["a"], ["b"], ["c"], ["d"]]),
    ],
)
def test_what_leads_to_each_other_is_one_knot(leads_to, expected):
    assert together(leads_to) == expected


def reached(leads_to, start):
    found, waiting = set(), [start]
    while waiting:
        new = set(leads_to[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


@given(st.dictionaries(st.sampled_from("abcdef"), st.text("abcdef", max_size=3)))
def test_two_nodes_share_a_knot_exactly_if_each_can_be_reached_from_the_other(drawn):
    leads_to = {node: "".join(drawn.get(node, "")) for node in "abcdef"}
    number = knots(leads_to)
    for one in leads_to:
        for two in leads_to:
            mutual = two in reached(leads_to, one) and one in reached(leads_to, two)
            assert (number[one] == number[two]) == (one == two or mutual)


def test_a_chain_of_a_hundred_thousand_is_walked_without_recursion():
    length = 100_000
    chain = {str(number): [str(number + 1)] for number in range(length)} | {str(length): []}
    assert len(set(knots(chain).values())) == length + 1
    assert len(set(knots(chain | {str(length): ["0"]}).values())) == 1
