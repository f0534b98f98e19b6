"""Any endpoint that follows OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, or a hosted model.

`_endpoint` has the parts: `options` the keys of a config, `payload` the request, `wire` the HTTP client, `asking` what
happens around one request, `conversation` many requests at once, `replies` the answer, `costs` tokens and prices,
`state` what the next run has to know, `model` the system.
"""

from __future__ import annotations

from harness.models import Family, Model
from harness.models._endpoint.model import Endpoint
from harness.models._endpoint.options import EndpointOptions


def load(options: EndpointOptions) -> Model:
    """Return the model; nothing is sent yet."""
    return Endpoint(options)


FAMILY = Family(
    options=EndpointOptions, load=load, kinds=("translation", "summarisation"), languages="any", endpoint=True
)
