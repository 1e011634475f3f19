"""How one starts: over again, with a story told, in a language."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=64)]


class Start(BaseModel):
    """A fresh sandbox, its partner in that cloud; then a scenario, played to its end. None: as now."""

    model_config = ConfigDict(extra="forbid")

    scenario: Name | None = None
    cloud: Literal["public", "us_gov", "china"] = "public"
    language: Name | None = None


class Tongue(BaseModel):
    """A language by its catalogue's name, such as `zh_Hans`."""

    language: Name
