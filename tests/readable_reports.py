"""What a test has logged or printed may hold half a character on purpose; pytest's workers send their reports as UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


def readable(text: str) -> str:
    """Lone surrogates as escapes; every other text as it is."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Each report can be sent."""
    report = yield
    report.sections = [(readable(title), readable(text)) for title, text in report.sections]
    if report.failed and (told := str(report.longrepr)) != readable(told):
        report.longrepr = readable(told)
    return report
