"""Answer a wrong command, option or argument with one line: what was found, what was expected, and where to read more.

click, which typer is built on, prints a usage line, a hint and an error, in its own words and on four lines or more.
The two classes below read the fields of click's error and of the parameter in question, and raise the harness's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from harness.core.errors import InputError

_SHOWN = 60  # characters of a wrong value
# typer exports this class's subclass only: in some versions it is click's, in others typer has a copy of click.
_UsageError: type[Exception] = typer.BadParameter.mro()[1]


class Command(TyperCommand):
    """A command whose wrong options and arguments are one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments of the command.

        Raises:
            InputError: an option is unknown, a value is wrong, or something is missing or too much.
        """
        given = list(args)
        refuse_more, ctx.allow_extra_args = not ctx.allow_extra_args, True
        try:
            rest = super().parse_args(ctx, args)
        except _UsageError as error:
            raise _explained(self, ctx, given, error) from None
        if rest and refuse_more:
            what = "unexpected argument" if len(rest) == 1 else "unexpected arguments"
            raise _wrong(ctx, f"{what} {' '.join(map(_shown, rest))}; expected {_usage(self)}")
        self._refuse_empty(ctx, given)
        return rest

    def _refuse_empty(self, ctx: Any, args: list[str]) -> None:
        """Raise InputError if a value is an empty text: as a path it would mean the current folder."""
        given, _, _ = self.make_parser(ctx).parse_args(args=args)
        for parameter in self.params:
            values = given.get(str(parameter.name), ())
            if values == "" or (isinstance(values, list | tuple) and "" in values):
                why = "expected a value, found an empty text; is a variable of the shell not set?"
                raise _wrong(ctx, why, where=_name(parameter))


class Commands(TyperGroup):
    """The command line as a whole; an unknown command or option is one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options before the command.

        Raises:
            InputError: an option is unknown.
        """
        if not args:
            return super().parse_args(ctx, args)  # prints the help
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            raise _explained(self, ctx, args, error) from None

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            InputError: there is no command.
        """
        try:
            return super().invoke(ctx)
        except _UsageError:  # a command's own are InputError by now
            raise _wrong(ctx, f"expected a command ({', '.join(self.commands)}), found none") from None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the first argument names.

        Raises:
            InputError: there is no such command.
        """
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        hint = _suggestion(args[0], self.commands) or f" (known: {', '.join(self.commands)})"
        raise _wrong(ctx, f"unknown command {_shown(args[0])}{hint}")


def _explained(command: Any, ctx: Any, args: Sequence[str], error: Any) -> InputError:
    """Return click's error in the harness's words; `args` are the arguments that it is about."""
    if option := getattr(error, "option_name", ""):
        parameter = next((each for each in command.params if option in each.opts), None)
        if parameter is None:
            return _wrong(ctx, f"unknown option {_shown(option)}{_option_hint(command, ctx, option)}")
        if getattr(parameter, "is_flag", False):
            return _wrong(ctx, "expected no value; remove what stands after =", where=option)
        return _wrong(ctx, f"expected {parameter.make_metavar(ctx)} after it, found nothing", where=option)
    parameter = getattr(error, "param", None)
    if parameter is None:
        return _wrong(ctx, error.format_message().rstrip("."))
    given, _, _ = command.make_parser(ctx).parse_args(args=list(args))
    absent: tuple[object, ...] = (None, [], ())
    if given.get(parameter.name) in absent:
        missing = [each for each in command.params if each.required and given.get(each.name) in absent]
        verb = "is" if len(missing) == 1 else "are"
        return _wrong(ctx, f"{' and '.join(map(_name, missing))} {verb} missing; expected {_usage(command)}")
    values = given[parameter.name]
    return _wrong_value(ctx, parameter, [values] if isinstance(values, str) else list(values))


def _wrong_value(ctx: Any, parameter: Any, values: Sequence[str]) -> InputError:
    """Return the error of a value that is no choice or no number in the range of a parameter."""
    kind = parameter.type
    option = f"{parameter.opts[0]} " if parameter.param_type_name == "option" else ""
    if choices := _choices(parameter):
        value = next((each for each in values if each not in choices), values[0])
        expected = f"expected {_any_of(choices)}{_suggestion(value, choices)}"
    else:
        value = values[0]
        least, most = getattr(kind, "min", None), getattr(kind, "max", None)
        bounds = [
            f"{words} {bound:,}" for words, bound in (("at least", least), ("at most", most)) if bound is not None
        ]
        number = "a whole number" if bounds else "a number" if kind.name == "float" else "another value"
        expected = " of ".join([f"expected {number}", *([" and ".join(bounds)] if bounds else [])])
    return _wrong(ctx, expected, where=option + (_shortened(value) or repr(value)))


def _option_hint(command: Any, ctx: Any, option: str) -> str:
    """Return the nearest option of a command, or else the commands that have the option."""
    known = [each for parameter in command.params for each in parameter.opts]
    known += ctx.help_option_names
    if hint := _suggestion(option, known):
        return hint
    others = (ctx.parent or ctx).command.commands
    having = [name for name, other in others.items() if any(option in each.opts for each in other.params)]
    return f", which is an option of harness {', '.join(having)}" if having else ""


def _suggestion(name: str, known: Iterable[str]) -> str:
    """Return a question for the known name that begins with this one or is nearest to it; empty if none is near."""
    from harness.core import registry

    known = list(known)
    begins = [each for each in known if len(name.strip("-")) > 1 and each.startswith(name)]
    near = begins[0] if len(begins) == 1 else registry.nearest(name, known)
    return f"; did you mean {near!r}?" if near else ""


def _wrong(ctx: Any, message: str, *, where: str = "") -> InputError:
    """Return an error that ends with the help page to read."""
    parted = "" if message.endswith("?") else ";"
    return InputError(f"{message}{parted} see `{ctx.command_path} --help`", where=where)


def _usage(command: Any) -> str:
    """Return a command with what it cannot do without: `harness gate RUN --baseline FILE`."""
    required = [parameter for parameter in command.params if parameter.required]
    required.sort(key=lambda parameter: parameter.param_type_name != "argument")
    choices = "".join(f" ({_any_of(each)})" for parameter in required if (each := _choices(parameter)))
    return " ".join(["harness", command.name, *map(_name, required)]) + choices


def _choices(parameter: Any) -> list[str]:
    """Return the values that a parameter accepts; empty if it accepts more than listed ones."""
    return [str(getattr(each, "value", each)) for each in getattr(parameter.type, "choices", ())]


def _any_of(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _name(parameter: Any) -> str:
    """Return the name of an argument, or an option with what comes after it."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return f"{parameter.opts[0]} {parameter.metavar}"


def _shown(argument: str) -> str:
    return repr(_shortened(argument))


def _shortened(argument: str) -> str:
    return argument if len(argument) <= _SHOWN else f"{argument[:_SHOWN]}..."
