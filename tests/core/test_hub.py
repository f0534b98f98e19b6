"""Errors of requests to the hub: the message of each class; tests/core/test_checkpoints.py has the requests."""

from __future__ import annotations

import builtins
import errno

import pytest
from huggingface_hub import errors

from harness.core import hub
from harness.core.errors import ModelError


@pytest.fixture(autouse=True)
def no_hub_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_down", {})


@pytest.mark.parametrize("name", hub._EXPLANATIONS)
def test_each_class_of_the_table_exists(name: str) -> None:
    assert hasattr(errors, name) or hasattr(builtins, name)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.OfflineModeIsEnabled("off"), "revision v2 is not complete in the cache"),
        (errors.LocalEntryNotFoundError("gone"), "revision v2 is not complete in the cache"),
        (errors.HFValidationError("bad\n  name"), "bad name"),
        (ValueError("<html>"), "the answer from "),
        (OSError(errno.ENOSPC, "full"), "no space left for the download"),
        (PermissionError(errno.EACCES, "denied", "/cache"), "the cache cannot be used"),
        (ConnectionResetError("reset"), "no network: "),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_most_derived_class_decides(error: Exception, message: str) -> None:
    with pytest.raises(ModelError) as raised, hub.explained("org/model", "v2"):
        raise error
    assert raised.value.where == "org/model"
    assert raised.value.message.startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), ModelError("said already", where="org/model")])
def test_other_errors_pass_unchanged(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, hub.explained("org/model", "v2"):
        raise error
    assert raised.value is error
