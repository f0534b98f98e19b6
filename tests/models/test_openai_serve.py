"""The family `openai` against a server of an open engine: `transformers serve` with a tiny checkpoint.

The server needs fastapi, uvicorn and accelerate; the extra `test` has them.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.models import endpoint_kill, tiny_chat
from tests.models.test_openai_runs import manifest, run

for module in ("openai", "tenacity", "fastapi", "uvicorn", "accelerate"):
    pytest.importorskip(module, reason=f"{module} is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Return the address of the server and the name of its model."""
    checkpoint = tiny_chat.qwen3(tmp_path_factory.mktemp("tiny") / "qwen3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", str(checkpoint), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    code = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1", str(checkpoint)
    finally:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(600):
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(f"the server ended: {process.stderr.read()[-2000:].decode()}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server does not answer")


def test_a_run_over_a_server_of_transformers(server: tuple[str, str], tmp_path: Path) -> None:
    url, model = server
    path = endpoint_kill.config(tmp_path, url, ", output_budget: 0.5, timeout: 60", "limit: 4\n")
    path.write_text(path.read_text(encoding="utf-8").replace("model: tiny", f"model: {model}"), encoding="utf-8")
    run(path)
    entry = manifest(tmp_path)["systems"]["gpt"]["translate"]
    assert "error" not in entry, entry
    assert entry["outputs"] == 4
    assert entry["identity"]["served_model"]
    assert entry["usage"]["completion_tokens"] > 0
