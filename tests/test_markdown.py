import pytest

from srgan_tf.markdown import markdown_table


def test_a_table_is_githubs():
    text = markdown_table(["", "PSNR"], [["a|b", 28.43], ["long name", "-"]])
    assert text == "| | PSNR |\n| --- | --- |\n| a\\|b | 28.43 |\n| long name | - |"


def test_a_padded_table_has_columns_of_one_width_and_figures_to_the_right():
    assert markdown_table(["set", "p"], [["Set5", 0.5], ["BSD100", 0.25]], padded=True).splitlines() == [
        "| set    |    p |",
        "| ------ | ---: |",
        "| Set5   |  0.5 |",
        "| BSD100 | 0.25 |",
    ]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        markdown_table(["a", "b"], [["1"]])
