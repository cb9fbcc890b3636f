import sys

import pytest

from srgan_tf.command_line import CommandLine, run_subcommand
from srgan_tf.errors import UsageError


@pytest.fixture
def command():
    command = CommandLine("Does something.", "IN [OUT]")
    command.add("depth", int, "Depth.", group="network", rule="positive")
    command.add("kind", str, "Kind.", group="data", choices=("a", "b"), default="b")
    command.add("wide", bool, "Wide.", group="network", default=False)
    return command


def test_given_flags_are_told_from_defaults(command):
    assert command.parse(["x", "--depth=3", "image.png"]) == ["image.png"]
    assert command.given() == {"depth": 3}
    assert command.values() == {"depth": 3, "kind": "b", "wide": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deep=3"], "Unknown command line flag 'deep'"),
        (["--depth=x"], "flag --depth=x"),
        (["--kind=c"], r"<a\|b>"),
        (["in", "--depth=0"], "--depth=0: expected a value above 0"),
        (["in", "--depth=2", "--depth", "3"], "--depth=3: given before as 2"),
        (["in", "--wide", "--nowide"], "--wide=false: given before as True"),
        ([], r"expected IN \[OUT\], found nothing"),
        (["a", "b", "c"], r"expected IN \[OUT\], found a b c"),
    ],
)
def test_wrong_use_is_one_line(command, arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        command.parse(["x", *arguments])
    assert "\n" not in str(caught.value)


def test_a_flag_may_be_repeated_with_the_same_value(command):
    command.parse(["x", "in", "--depth=2", "--depth=2", "--kind=b", "--kind=b"])
    assert command.given() == {"depth": 2, "kind": "b"}


def test_a_command_without_arguments_refuses_them():
    with pytest.raises(UsageError, match="unexpected argument rest"):
        CommandLine("Does something.").parse(["x", "rest"])


def test_any_number_of_arguments():
    many = CommandLine("Does something.", "IMAGE...")
    assert many.parse(["x", "a", "b", "c"]) == ["a", "b", "c"]
    with pytest.raises(UsageError, match=r"expected IMAGE\.\.\., found nothing"):
        CommandLine("Does something.", "IMAGE...").parse(["x"])


def test_a_needed_flag_is_asked_for_in_its_own_words():
    command = CommandLine("Does something.")
    command.add("data", str, "Folder of the images.", needed=True)
    with pytest.raises(UsageError, match=r"--data is missing: Folder of the images\."):
        command.parse(["x"])


def test_help_is_grouped_and_gives_the_defaults(command, capsys):
    with pytest.raises(SystemExit) as ended:
        command.parse(["x", "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("Does something.")
    assert text.index("network") < text.index("--depth") < text.index("--wide") < text.index("--kind={a,b}")
    assert "Depth.\n" in text
    assert "Wide. [false]" in text
    assert "Kind. [b]" in text


def test_subcommands(monkeypatch, capsys):
    commands = {"fit": lambda argv: len(argv), "show": lambda argv: 0}
    monkeypatch.setattr(sys, "argv", ["niqe", "fit", "a", "b"])
    assert run_subcommand("About.", commands) == 3
    monkeypatch.setattr(sys, "argv", ["niqe", "--help"])
    assert run_subcommand("About.", commands) is None
    assert capsys.readouterr().out == "About.\n"
    for argv, message in ((["niqe"], "a command is missing"), (["niqe", "fix"], "'fix' is no command")):
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(UsageError, match=message):
            run_subcommand("About.", commands)
