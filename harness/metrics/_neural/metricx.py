"""MetricX-24 (Juraska et al., 2024): one logit of an mT5 whose decoder reads a single token.

The input is `source: S candidate: C reference: R`, or without the last part. The score is the logit of row 250089 of
the head, at least 0 and at most 25; lower is better. The official code takes that row without asking the tokenizer,
removes the last token of the input, whatever it is, and needs transformers 4.30.

transformers 5 says of every mT5 that its head is its embedding. MetricX's is not, so the row is read from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.errors import ModelError
from harness.metrics._neural.encoding import batches
from harness.metrics._neural.loading import refuse_not_finite, unpickled

if TYPE_CHECKING:
    from torch import Tensor

ROW = 250089
LOWEST, HIGHEST = 0.0, 25.0
_HEAD = "lm_head.weight"
_TIED = {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}
# Tokens of a batch, padding included; on a CPU larger batches are slower.
_CPU_BATCH_TOKENS, _BATCH_TOKENS = 512, 4096


class MetricX:
    """The network of MetricX-24."""

    def __init__(
        self, folder: Path, tokenizer: Path, *, files: Sequence[str] = ("model.safetensors",), limit: int = 1536,
        dtype: str = "float32", device: str = "cpu", batch_tokens: int | None = None,
    ) -> None:  # fmt: skip
        """Load the network.

        Args:
            folder: of the checkpoint.
            tokenizer: folder of mT5's tokenizer, which MetricX's checkpoints do not have.
            files: the files of weights in the folder.
            limit: tokens of an input, its end included.
            dtype: "float32" or "bfloat16"; mT5 overflows in float16.
            device: as torch names it.
            batch_tokens: tokens of a batch, padding included; None: a number that suits most machines.

        Raises:
            ModelError: a file is missing or damaged, or a tensor is missing or left over.
        """
        import torch
        import transformers
        from transformers.initialization import no_init_weights

        config = transformers.MT5Config.from_pretrained(folder, local_files_only=True)
        with no_init_weights():
            self._network: Any = transformers.MT5Model(config)
        state = _state(folder, files)
        head = state.pop(_HEAD, None)
        if head is None or len(head) <= ROW:
            raise ModelError(f"tensor {_HEAD} is missing or has no row {ROW}; is this a MetricX-24?", where=folder)
        wanted = {name: tuple(tensor.shape) for name, tensor in self._network.state_dict().items()}
        given = {name: tuple(tensor.shape) for name, tensor in state.items()}
        for name in sorted(wanted.keys() | given.keys()):
            if wanted.get(name) != given.get(name) and not (name in _TIED and name not in given):
                found = given.get(name, "none")
                raise ModelError(f"tensor {name}: expected {wanted.get(name, 'none')}, found {found}", where=folder)
        self._network.load_state_dict(state, strict=False)
        for part in (self._network.encoder, self._network.decoder):
            part.embed_tokens = self._network.shared
        kind = getattr(torch, dtype)
        network: Any = self._network
        network.to(device, kind).eval()
        self._row = head[ROW].to(device, kind).clone()
        self._batch_tokens = batch_tokens or (_CPU_BATCH_TOKENS if device == "cpu" else _BATCH_TOKENS)
        self._tokenizer = _tokenizer(tokenizer)
        self._limit = limit

    def encode(self, inputs: Sequence[str]) -> list[tuple[tuple[int, ...], bool]]:
        """Return the token ids of each input, and whether it was longer than the limit.

        A longer input loses its end: first the reference, then the candidate. The last token is removed after that, as
        in the official code.
        """
        encoded = self._tokenizer.encode_batch(list(inputs))
        return [
            (tuple(each.ids[: self._limit - 1][: len(each.ids) - 1]), len(each.ids) > self._limit) for each in encoded
        ]

    def raw(
        self, inputs: Sequence[str], done: Callable[[int], None] = lambda count: None
    ) -> list[tuple[float, bool]]:  # fmt: skip
        """Return for each input the logit before it is limited, and whether the input was cut.

        Equal inputs are read once.
        """
        distinct = list(dict.fromkeys(inputs))
        encoded = self.encode(distinct)
        values: dict[str, tuple[float, bool]] = {}
        for batch in batches([len(ids) for ids, _ in encoded], self._batch_tokens):
            for index, value in zip(batch, self._logits([encoded[index][0] for index in batch]), strict=True):
                values[distinct[index]] = value, encoded[index][1]
            done(len(batch))
        return [values[text] for text in inputs]

    def _logits(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        import torch

        try:
            return self._forward(sequences)
        except torch.OutOfMemoryError:
            if len(sequences) == 1:
                raise
            half = len(sequences) // 2
            return [*self._logits(sequences[:half]), *self._logits(sequences[half:])]

    def _forward(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        import torch

        width = max(map(len, sequences))
        ids = torch.zeros((len(sequences), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        device = self._row.device
        start = torch.zeros((len(sequences), 1), dtype=torch.long, device=device)
        with torch.inference_mode():
            states = self._network(
                input_ids=ids.to(device), attention_mask=mask.to(device), decoder_input_ids=start, use_cache=False
            ).last_hidden_state
            return [float(value) for value in (states[:, 0] @ self._row).tolist()]


def input_of(source: str, candidate: str, reference: str | None = None) -> str:
    """Return the text that MetricX-24 reads; without a reference it is MetricX-24-QE's."""
    text = f"source: {source} candidate: {candidate}"
    return text if reference is None else f"{text} reference: {reference}"


def clamp(value: float) -> float:
    """Return the score of a logit, 0 to 25."""
    return min(HIGHEST, max(LOWEST, value))


def _tokenizer(folder: Path) -> Any:
    """Return mT5's tokenizer as transformers 4.30 built it, which MetricX was trained with.

    Later versions drop a blank at the end of the text, and split at white space first.
    """
    import transformers
    from tokenizers import Regex, normalizers, pre_tokenizers

    backend = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    backend.normalizer = normalizers.Sequence([backend.normalizer, normalizers.Replace(Regex(" {2,}"), " ")])
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return backend


def _state(folder: Path, files: Sequence[str]) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    state: dict[str, Tensor] = {}
    for name in files:
        path = folder / name
        try:
            state |= load_file(path) if path.suffix == ".safetensors" else unpickled(path)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"damaged ({str(error).splitlines()[0]}); fetch it again", where=path) from None
        refuse_not_finite(state, path)
    return state
