"""absl flags with grouped help, and errors in one line."""

import sys
from typing import Any

from absl import flags

from srgan_tf.errors import UsageError

DEFINE = {
    bool: flags.DEFINE_boolean,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


class CommandLine:
    """The flags of one command, separate from those of others in the process.

    Args:
      about: what the command does; the first lines of --help.
    """

    def __init__(self, about: str) -> None:
        self.about = about
        self.groups: dict[str, list[tuple[str, str]]] = {}
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
    ) -> None:
        """Adds a flag.

        Args:
          name: without dashes.
          kind: bool, int, float or str.
          text: its line in --help.
          group: the heading above it.
          default: None means that `given` tells whether it was set.
          choices: allowed values; a typo is an error here.
        """
        if choices and kind is str:
            flags.DEFINE_enum(name, default, list(choices), text, flag_values=self._flags)
        else:
            DEFINE[kind](name, default, text, flag_values=self._flags)
        shown = f"--{name}" if not choices else f"--{name}={{{','.join(map(str, choices))}}}"
        self.groups.setdefault(group, []).append((shown, text))

    def parse(self, argv: list[str]) -> list[str]:
        """Reads the command line.

        Args:
          argv: the program's name and its arguments.

        Returns:
          What is left besides flags.

        Raises:
          UsageError: an unknown flag or a value that does not fit.
          SystemExit: after printing --help.
        """
        if any(a in ("--help", "-h", "-help", "--helpfull") for a in argv[1:]):
            print(self.help())
            sys.exit(0)
        try:
            return self._flags(argv)[1:]
        except flags.Error as error:
            raise UsageError(f"{' '.join(str(error).split())} (--help lists the flags)") from error

    def parse_alone(self, argv: list[str]) -> None:
        """The same for a command that takes flags only.

        Raises:
          UsageError: also for anything that is no flag.
        """
        rest = self.parse(argv)
        if rest:
            raise UsageError(
                f"unexpected argument {rest[0]}; this command takes flags only (--help lists them)"
            )

    def __getitem__(self, name: str) -> Any:
        return self._flags[name].value

    def given(self) -> dict[str, Any]:
        """The flags that stand on the command line, by name."""
        return {n: self._flags[n].value for n in self._flags if self._flags[n].present}

    def help(self) -> str:
        """The text of --help, by group."""
        lines = [self.about]
        for group, entries in self.groups.items():
            lines.append(f"\n{group}")
            lines += [f"  {shown}\n      {text}" for shown, text in entries]
        return "\n".join(lines)
