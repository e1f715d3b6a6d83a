"""What happened to the plan in one turn, for the reply."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Notes:
    """What happened to the plan in this turn, for the reply. Names, not ids."""

    entities: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    design: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)

    def anything_done(self) -> bool:
        return bool(
            self.entities or self.fields or self.relations or self.rules or self.screens or self.removed
            or self.renamed or self.design or self.changed or self.components
        )  # fmt: skip
