"""The options that formats of texts and of rows share; the formats themselves add where their data is."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harness.core import text
from harness.core.records import ENGLISH, HINDI
from harness.datasets import DatasetOptions


class Sample(BaseModel):
    """A subset that depends only on the seed and on the ids, not on the order of the rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    n: int = Field(ge=1, description="how many rows or documents")
    seed: int = Field(default=0, ge=0, description="a smaller sample with one seed is part of a larger one")
    by: Literal["row", "document"] = Field(default="row", description="what is drawn; a document is kept as a whole")


class Columns(BaseModel):
    """The column of each role. `a|b` is the first of the two that exists; `translation.hi` is a field of a field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str | None = Field(default=None, description="the text that a model is given")
    reference: str | tuple[str, ...] | None = Field(default=None, description="its translation; several in a list")
    id: str | None = Field(default=None, description="the id of the row within its document")
    document: str | None = Field(default=None, description="the document that the row is a part of")
    title: str | None = Field(default=None, description="the title of the article, which no model is given")
    summary: str | tuple[str, ...] | None = Field(default=None, description="its summary; several in a list")
    headline: str | tuple[str, ...] | None = Field(default=None, description="its headline; several in a list")

    def told(self) -> dict[str, tuple[str, ...]]:
        """Return the columns by role, for the roles that the config names."""
        values = {role: getattr(self, role) for role in type(self).model_fields}
        return {role: (value,) if isinstance(value, str) else value for role, value in values.items() if value}


class TextOptions(DatasetOptions):
    """The options of a format whose data has no `dataset.yaml`."""

    public: str | None = Field(default=None, description="a public set, which fills the other keys")
    name: str | None = Field(default=None, min_length=1, description="in tables and ids; default: of the file or set")
    language: str = Field(default=HINDI, description="of the sources")
    reference_language: str = Field(default=ENGLISH, description="of the translations")
    sample: Sample | None = Field(default=None, description="draw a subset: n, seed, by")
    licence: str | None = Field(default=None, min_length=1, description="of the references")
    citation: str | None = Field(default=None, min_length=1, description="BibTeX, or a sentence")
    notes: tuple[str, ...] = Field(default=(), description="printed with every score on this dataset")

    @field_validator("language", "reference_language", "summary_language", check_fields=False)
    @classmethod
    def _flores(cls, language: str | None) -> str | None:
        if language is not None and not (text.is_language(language) and text.is_script(language.rpartition("_")[2])):
            raise ValueError(f"expected a FLORES code such as hin_Deva, found {language!r}")
        return language


class RowOptions(TextOptions):
    """The options of a format whose rows have named columns."""

    summary_language: str | None = Field(default=None, description="of summaries; default: the sources'")
    columns: Columns = Field(default=Columns(), description="the column of each role; default: found by their names")
    rows: Literal["segment", "article"] | None = Field(
        default=None, description="what a row is; default: an article if it has a summary or headline"
    )
    filter: dict[str, bool | int | float | str] = Field(
        default={}, description="keep only the rows with this value in this column"
    )
