import pytest

from srgan_tf.command_line import CommandLine
from srgan_tf.errors import UsageError


@pytest.fixture
def command():
    command = CommandLine("Does something.")
    command.add("depth", int, "how deep", group="network")
    command.add("kind", str, "which kind", group="data", choices=("a", "b"))
    command.add("wide", bool, "whether wide", group="network", default=False)
    return command


def test_given_flags_are_told_from_defaults(command):
    assert command.parse(["x", "--depth=3", "picture.png"]) == ["picture.png"]
    assert command.given() == {"depth": 3}
    assert command["wide"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deep=3"], "Unknown command line flag 'deep'"),
        (["--depth=x"], "flag --depth=x"),
        (["--kind=c"], r"<a\|b>"),
        (["rest"], "unexpected argument rest"),
    ],
)
def test_wrong_use_is_one_line(command, arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        command.parse_alone(["x", *arguments])
    assert "\n" not in str(caught.value)


def test_help_is_grouped(command, capsys):
    with pytest.raises(SystemExit) as ended:
        command.parse(["x", "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("Does something.")
    assert text.index("network") < text.index("--depth") < text.index("--wide") < text.index("--kind={a,b}")
