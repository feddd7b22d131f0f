from __future__ import annotations

import pytest

from propflow.scoring import Finding


def test_ids_are_kept_once_each_and_in_order():
    assert Finding("r", persons=["b", "a", "b"]).persons == ("a", "b")
    assert Finding("r", places=iter(["R2", "R1"])) == Finding("r", places=("R1", "R2"))


def test_a_lone_string_is_one_id():
    assert Finding("r", persons="p17").persons == ("p17",)


@pytest.mark.parametrize(("given", "kept"), [(7, (7,)), ([{}, 3, "a"], ({}, 3, "a"))])
def test_what_is_no_id_is_kept_for_assess_to_report(given, kept):
    assert Finding("r", persons=given).persons == kept
