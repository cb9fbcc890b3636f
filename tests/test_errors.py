import pytest

from srgan_tf.errors import Stopped, UsageError, WorkError, exit_code


def raising(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ("main", "code", "text"),
    [
        (lambda: None, 0, ""),
        (lambda: 1, 1, ""),
        (raising(UsageError("wrong flag")), 2, "error: wrong flag\n"),
        (raising(WorkError("no luck")), 1, "error: no luck\n"),
        (raising(Stopped(15, "saved")), 143, "saved\n"),
        (raising(Stopped(2, "saved")), 130, "saved\n"),
        (raising(KeyboardInterrupt()), 130, "interrupted\n"),
    ],
)
def test_exit_codes(capsys, main, code, text):
    assert exit_code(main) == code
    assert capsys.readouterr().err == text


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        exit_code(lambda: 1 // 0)
