"""A batch is settled a few scenes at a time: whoever saves one meanwhile waits for those few only."""

from __future__ import annotations

from events import job_succeeded

SCENES = 40


def test_sixteen_scenes_are_settled_and_told_before_the_next_are(world):
    for number in range(SCENES):
        world.put(world.scene(f"{number}.mp4", title=f"T{number}")[0])
    left = []

    def note(sender: object, *, event: object) -> None:
        left.append(world.db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    with job_succeeded.connected_to(note):
        assert world.drain().processed == SCENES
    assert left == [24] * 16 + [8] * 16 + [0] * 8
