"""What tests of the events share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events import namespace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_one_listens_afterwards() -> Iterator[None]:
    yield
    for signal in namespace.values():
        signal._clear_state()
