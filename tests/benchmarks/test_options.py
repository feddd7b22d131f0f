"""Two ways to answer are timed only if they answer alike."""

from __future__ import annotations

from benchmarks.options import Answer, TableAnswering, differences
from benchmarks.values import Actor, Case, Repair


class ForgetsTheGuard(TableAnswering):
    name = "forgetful"

    def read(self, case: Case[Repair], actor: Actor) -> Answer:
        return {
            event: ("allowed", frozenset()) if codes == {"on_the_team"} else (verdict, codes)
            for event, (verdict, codes) in super().read(case, actor).items()
        }


class LeavesOutAnEvent(TableAnswering):
    name = "short"

    def read(self, case: Case[Repair], actor: Actor) -> Answer:
        answer = super().read(case, actor)
        del answer["close"]
        return answer


def test_the_same_answers_do_not_differ() -> None:
    assert differences(TableAnswering(), TableAnswering()) == []


def test_a_forgotten_reason_is_found_wherever_it_matters() -> None:
    found = differences(TableAnswering(), ForgetsTheGuard())
    assert len(found) == 12
    assert all("w9" in difference for difference in found)


def test_an_event_left_out_is_found() -> None:
    found = differences(TableAnswering(), LeavesOutAnEvent())
    assert len(found) == 7 * 3
    assert all(difference.startswith("close in") for difference in found)
