"""Flags, help, subcommands and the start of a process: one way for every command."""

import dataclasses
import sys
import textwrap
from collections.abc import Callable
from typing import Any, NoReturn

from absl import flags

from srgan_tf.errors import UsageError, exit_code
from srgan_tf.quiet import start_tensorflow

DEFINE = {
    bool: flags.DEFINE_boolean,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}

RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "positive": ("a value above 0", lambda value: value > 0),
    "not negative": ("0 or more", lambda value: value >= 0),
    "factor": ("more than 0 and at most 64", lambda value: 0 < value <= 64),
    "fraction": ("0 or more and less than 1", lambda value: 0 <= value < 1),
}
"""Rules for values by name, in words and as a test."""

_INDENT = {"initial_indent": " " * 6, "subsequent_indent": " " * 6, "break_on_hyphens": False}

HELP = ("--help", "-h", "-help", "--helpfull")


def run_command(main: Callable[[], int | None], *, tensorflow: bool = True) -> NoReturn:
    """Runs a command as this process and ends it with the command's exit code.

    Args:
      main: the command; see `srgan_tf.errors.exit_code`.
      tensorflow: False for a command that works without TensorFlow or starts it later.
    """

    def started() -> int | None:
        if tensorflow:
            start_tensorflow()
        return main()

    sys.exit(exit_code(started))


def run_subcommand(about: str, commands: dict[str, Callable[[list[str]], int | None]]) -> int | None:
    """Runs the subcommand that the command line names.

    Args:
      about: the text of --help.
      commands: functions by name. Each takes its command line, which begins with its own name.

    Raises:
      UsageError: there is no such subcommand.
    """
    name = sys.argv[1] if len(sys.argv) > 1 else None
    if name in HELP:
        print(about)
        return None
    if name not in commands:
        named = f"{name!r} is no command" if name else "a command is missing"
        raise UsageError(f"{named}: expected {', '.join(commands)} (--help says more)")
    return commands[name](sys.argv[1:])


def option(
    group: str,
    text: str,
    default: Any,
    *,
    choices: tuple[Any, ...] | None = None,
    rule: str | None = None,
    inherited: bool = False,
    needs: dict[str, tuple[Any, ...]] | None = None,
    anew: bool = False,
) -> Any:
    """Returns a field of a dataclass that is a flag too.

    Args:
      group: the heading above it in --help.
      text: its text in --help.
      default: its value where nobody says otherwise.
      choices: the allowed values.
      rule: a name in `RULES`.
      inherited: True if the second phase of a run takes it from the first one.
      needs: values of other fields without which this one has no effect; any but the empty one for ().
      anew: True if it may be given anew when a run is resumed, because its weights do not depend on it.
    """
    metadata = {
        "group": group,
        "text": text,
        "choices": choices,
        "rule": rule,
        "inherited": inherited,
        "needs": needs or {},
        "anew": anew,
    }
    return dataclasses.field(default=default, metadata=metadata)


def check_value(name: str, value: Any, choices: tuple[Any, ...] | None, rule: str | None) -> None:
    """Checks one value against its choices and its rule.

    Raises:
      UsageError: naming the flag, the value and what was expected.
    """
    shown = text_of(value)
    if choices and value not in choices:
        raise UsageError(f"--{name}={shown}: expected one of {', '.join(map(str, choices))}")
    if rule and not RULES[rule][1](value):
        raise UsageError(f"--{name}={shown}: expected {RULES[rule][0]}")


def text_of(value: Any) -> str:
    """Returns a value as it is written on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


class CommandLine:
    """The flags of one command, separate from those of others in the process.

    Args:
      about: the first lines of --help; they say what the command does.
      places: names of the arguments that are no flags, such as "SRC DST", "IN [OUT]" or "IMAGE...".
    """

    def __init__(self, about: str, places: str = "") -> None:
        self._about = about
        self._places = places
        self._groups: dict[str, list[tuple[str, str]]] = {}
        self._rules: dict[str, str | None] = {}
        self._needed: dict[str, str] = {}
        self._flags = flags.FlagValues()

    def add(
        self,
        name: str,
        kind: type,
        text: str,
        *,
        group: str = "flags",
        default: Any = None,
        choices: tuple[Any, ...] | None = None,
        rule: str | None = None,
        shown: str | None = None,
        needed: bool = False,
    ) -> None:
        """Adds a flag; --help adds its default to its text.

        Args:
          name: without dashes.
          kind: bool, int, float or str.
          text: its text in --help.
          group: the heading above it.
          default: None means that `given` tells whether it was set.
          choices: allowed values; a typo is an error here.
          rule: a name in `RULES`.
          shown: what --help says in place of the default.
          needed: True if the command does not work without it.
        """
        if choices and kind is str:
            flags.DEFINE_enum(name, default, list(choices), text, flag_values=self._flags)
        else:
            DEFINE[kind](name, default, text, flag_values=self._flags)
        _refuse_two_values(self._flags[name])
        self._rules[name] = rule
        if needed:
            self._needed[name] = text
        if shown is None and default not in (None, ""):
            shown = text_of(default)
        head = f"--{name}" if not choices else f"--{name}={{{','.join(map(str, choices))}}}"
        self._groups.setdefault(group, []).append((head, f"{text} [{shown}]" if shown else text))

    def parse(self, argv: list[str] | None = None) -> list[str]:
        """Reads the command line.

        Args:
          argv: the program's name and its arguments; None for those of the process.

        Returns:
          The arguments that are no flags, as many as `places` allows.

        Raises:
          UsageError: an unknown flag, a value that does not fit, too many or too few arguments.
          SystemExit: after printing --help.
        """
        argv = sys.argv if argv is None else argv
        if any(argument in HELP for argument in argv[1:]):
            print(self.help())
            sys.exit(0)
        try:
            rest = self._flags(argv)[1:]
        except flags.Error as error:
            raise UsageError(f"{' '.join(str(error).split())} (--help lists the flags)") from error
        self._check_places(rest)
        for name, text in self._needed.items():
            if not self[name]:
                raise UsageError(f"--{name} is missing: {text}")
        for name, rule in self._rules.items():
            if self[name] is not None:
                check_value(name, self[name], None, rule)
        return rest

    def _check_places(self, rest: list[str]) -> None:
        names = self._places.split()
        if not names and rest:
            raise UsageError(
                f"unexpected argument {rest[0]}; this command takes flags only (--help lists them)"
            )
        least = sum(not name.startswith("[") for name in names)
        most = None if self._places.endswith("...") else len(names)
        if len(rest) < least or (most is not None and len(rest) > most):
            raise UsageError(
                f"expected {self._places}, found {' '.join(rest) or 'nothing'} (--help says more)"
            )

    def __getitem__(self, name: str) -> Any:
        return self._flags[name].value

    def values(self) -> dict[str, Any]:
        """Returns every flag's value by name."""
        return {name: self[name] for name in self._rules}

    def given(self) -> dict[str, Any]:
        """Returns the values of the flags that stand on the command line, by name."""
        return {name: self[name] for name in self._rules if self._flags[name].present}

    def help(self) -> str:
        """Returns the text of --help, by group."""
        lines = [self._about]
        for group, entries in self._groups.items():
            lines.append(f"\n{group}")
            lines += [f"  {head}\n{textwrap.fill(text, 100, **_INDENT)}" for head, text in entries]
        return "\n".join(lines)


def _refuse_two_values(flag: flags.Flag) -> None:
    """Makes a flag that stands twice on the command line an error, where its values differ."""
    parse = flag.parse

    def parse_again(argument: Any) -> None:
        present, before = flag.present, flag.value
        parse(argument)
        if present and flag.value != before:
            raise flags.IllegalFlagValueError(f"flag --{flag.name}={argument}: given before as {before}")

    flag.parse = parse_again
