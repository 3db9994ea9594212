"""How often a long task looks whether to make room, and that it says why it did."""

from __future__ import annotations

from app.making_room import LOOK_EVERY_S, MakingRoom


def test_it_looks_once_a_second_and_keeps_the_reason() -> None:
    now, answers, looks = [100.0], ["", "handed_over"], []

    def must_stop() -> str:
        looks.append(now[0])
        return answers.pop(0)

    room = MakingRoom(must_stop, clock=lambda: now[0])
    assert room.go_on()
    assert not looks
    now[0] += LOOK_EVERY_S
    assert room.go_on()
    assert room.go_on()
    assert looks == [101.0]
    now[0] += LOOK_EVERY_S
    assert not room.go_on()
    assert not room.go_on()
    assert (room.reason, looks) == ("handed_over", [101.0, 102.0])
