"""The systems and tasks of a config that one command generates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.config.plan import Plan, System
from harness.core.errors import InputError
from harness.core.registry import unknown
from harness.tasks import Task


@dataclass(frozen=True, slots=True)
class Selection:
    """Some systems and tasks of a config, in its order."""

    systems: tuple[System, ...]
    tasks: tuple[Task, ...]
    is_whole: bool  # no name was given, so that everything is selected

    @classmethod
    def of(cls, plan: Plan, systems: Sequence[str] = (), tasks: Sequence[str] = ()) -> Selection:
        """Select by name; without names, select all. A task's name is its name or its label.

        Raises:
            InputError: the config has no system or task of that name, or no selected system does a selected task.
        """
        labels = [task.label for task in plan.tasks]
        for name in systems:
            if name not in (known := [system.name for system in plan.systems]):
                raise InputError(unknown(f"system of {plan.path}", name, known))
        for name in tasks:
            if name not in labels and name not in [task.name for task in plan.tasks]:
                raise InputError(unknown(f"task of {plan.path}", name, labels))
        chosen = cls(
            systems=tuple(system for system in plan.systems if not systems or system.name in systems),
            tasks=tuple(task for task in plan.tasks if not tasks or task.label in tasks or task.name in tasks),
            is_whole=not systems and not tasks,
        )
        if not any(task.label in system.tasks for system in chosen.systems for task in chosen.tasks):
            raise InputError(
                f"no selected system ({', '.join(system.name for system in chosen.systems)}) does a selected task "
                f"({', '.join(task.label for task in chosen.tasks)}); choose others with --system or --task",
                where=plan.path,
            )
        return chosen
