"""Convert weights once, verify the result, and keep it in the user's cache.

A conversion is a folder `ctranslate2/<key>/<compute type>` there: CTranslate2's files and `conversion.json`, which has
their digests, so that a damaged one is noticed. It is made in a temporary folder beside it and then renamed, under a
lock: two processes make it once, and a killed one leaves nothing that is used.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from harness import engines
from harness.core import files, user_cache
from harness.core.errors import FileError, HarnessError, ModelError
from harness.engines import ConversionAgreement, Engine, EngineSettings, Weights, _configuration, _loading
from harness.engines._ctranslate2 import networks, translator, verification

# Increase it when a change in this package changes conversions.
_FORMAT = 1
_RECORD = "conversion.json"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Converted weights."""

    folder: Path
    sizes: translator.Sizes
    agreement: ConversionAgreement


def place(key: str, compute_type: str) -> Path:
    """Return the folder of a conversion, which may not exist.

    Raises:
        RuntimeError: there is no folder for caches.
    """
    # The release of transformers decides what the network is, such as whether T5 scales its output.
    releases = [".".join(version(library).split(".")[:2]) for library in ("ctranslate2", "transformers")]
    name = files.digest_json([key, _FORMAT, *releases])
    return user_cache.folder() / "ctranslate2" / name / compute_type


def key_of(weights: Weights) -> str:
    """Return what identifies weights; if their owner does not say, the digest of their files."""
    if weights.key:
        return weights.key
    folders = [weights.folder, *([weights.adapter] if weights.adapter else [])]
    found = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    return files.digest_json([weights.architecture, *((path.name, files.digest_file(path)) for path in found)])


def read(folder: Path) -> Conversion | None:
    """Return the conversion in a folder; None if there is none. Its weights are not read.

    Raises:
        FileError: it is damaged.
    """
    record = folder / _RECORD
    if not folder.exists():
        return None
    stored = files.read_json(record, remedy="delete the folder")
    try:
        sizes = translator.Sizes.from_json(stored["sizes"])
        return Conversion(folder, sizes, ConversionAgreement(**stored["agreement"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise FileError("expected the record of a conversion; delete the folder", where=record) from None


def ensure(weights: Weights, settings: EngineSettings) -> Conversion:
    """Return the conversion of weights to `settings.dtype`; make it if it does not exist or is damaged.

    Raises:
        ModelError: the weights cannot be read or converted, or the conversion is not the same network.
    """
    from filelock import FileLock

    try:
        folder = place(key_of(weights), settings.dtype)
    except RuntimeError as error:
        raise ModelError(str(error), where="engine ctranslate2") from None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            return _sound(folder) or _made(folder, weights, settings)
    except OSError as error:
        raise ModelError(f"could not keep its conversion ({error.strerror or error})", where=folder) from None


def _sound(folder: Path) -> Conversion | None:
    """Return the conversion in a folder, all of whose files are as they were written; set a damaged one aside."""
    try:
        conversion = read(folder)
        if conversion is None:
            return None
        stored: Mapping[str, str] = files.read_json(folder / _RECORD)["files"]
        changed = [name for name, digest in stored.items() if files.digest_file(folder / name) != digest]
        if not changed:
            return conversion
        fault = f"{changed[0]} was changed"
    except (FileError, KeyError, OSError) as error:
        fault = str(error)
    aside = folder.with_name(f"{folder.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    _LOG.warning("%s: a damaged conversion (%s); it is set aside as %s and made again", folder, fault, aside.name)
    return None


def _made(folder: Path, weights: Weights, settings: EngineSettings) -> Conversion:
    """Convert, verify and keep weights. The caller has the lock, so temporary folders are those of killed processes."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _LOG.info("%s: converting to %s for ctranslate2", weights.folder, settings.dtype)
    try:
        unfinished.mkdir()
        _convert(unfinished, weights, settings)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    made = read(folder)
    assert made is not None
    return made


def _convert(folder: Path, weights: Weights, settings: EngineSettings) -> None:
    """Write the conversion of weights to an empty folder, after that to float32 was found to be the same network."""
    original = EngineSettings(device="cpu", dtype="float32", threads=settings.threads)
    model = _loading.load(weights, "float32").eval()
    network: Engine = cast(Any, engines.get("transformers")).Transformers(model, original)
    sizes = _sizes(model, network, weights)
    padding = _configuration.special_tokens(model)["pad_token_id"]
    questions = verification.inputs(sizes.read, sizes.written, sizes.start, (*sizes.ends, padding))
    if len(sizes.ends) > 1:  # a network with several ends is decoded greedily only
        questions = replace(questions, ways=("greedy",))
    expected = verification.ask(network, questions)
    _write(folder, networks.specification(model, sizes.ends), "float32")
    try:
        converted = _asked(folder, sizes, original, questions)
        verification.check(network, questions, expected, converted)
    # CTranslate2 raises the last two for weights that are no network.
    except (ModelError, RuntimeError, ValueError) as error:
        fault = error.message if isinstance(error, ModelError) else f"its conversion cannot be used ({error})"
        raise ModelError(
            f"{fault}; nothing was kept. Use engine: transformers, and report the checkpoint", where=weights.folder
        ) from None
    if settings.dtype != "float32":
        shutil.rmtree(folder)
        folder.mkdir()
        # Quantising changes the tensors of the model, which is not used any more.
        _write(folder, networks.specification(model, sizes.ends), settings.dtype)
        network.close()
        del model, network
        converted = _asked(folder, sizes, settings, questions)
    _record(folder, sizes, verification.compare(expected, converted))


def _sizes(model: Any, network: Engine, weights: Weights) -> translator.Sizes:
    special = _configuration.special_tokens(model)
    ends = sorted(_configuration.ends(special["eos_token_id"]))
    start = special["decoder_start_token_id"]
    start = special["bos_token_id"] if start is None else start
    if not ends:
        raise ModelError("engine ctranslate2 needs a token that ends an output (eos_token_id)", where=weights.folder)
    return translator.Sizes(
        read=network.vocabulary,
        written=int(model.get_output_embeddings().weight.shape[0]),
        ends=tuple(ends),
        start=ends[0] if start is None else int(start),
        encoder=int(model.get_encoder().num_parameters(exclude_embeddings=True)),
    )


def _write(folder: Path, specification: Any, compute_type: str) -> None:
    specification.optimize(quantization=compute_type)
    specification.save(str(folder))


def _asked(
    folder: Path, sizes: translator.Sizes, settings: EngineSettings, questions: verification.Inputs
) -> verification.EngineOutputs:
    """Return a conversion's answers to questions."""
    engine = translator.CTranslate2(folder, sizes, settings)
    try:
        return verification.ask(engine, questions)
    finally:
        engine.close()


def _record(folder: Path, sizes: translator.Sizes, difference: verification.ConversionDifference) -> None:
    written = sorted(path for path in folder.iterdir() if path.is_file())
    agreement = {
        "size": sum(path.stat().st_size for path in written),
        "outputs": difference.outputs,
        "identical": difference.identical,
        "log_probability": difference.mean,
    }
    record = {
        "ctranslate2": version("ctranslate2"),
        "sizes": sizes.to_json(),
        "agreement": agreement,
        "files": {path.name: files.digest_file(path) for path in written},
    }
    files.write_text(folder / _RECORD, files.dumps(record, indent=2) + "\n")


def agreement(key: str, compute_type: str) -> ConversionAgreement | None:
    """Return how a conversion agrees with its original; None if there is none that can be read."""
    try:
        found = read(place(key, compute_type))
    except (HarnessError, OSError, RuntimeError):
        return None
    return found.agreement if found else None
