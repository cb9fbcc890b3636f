"""The Markdown tables of every report and document."""

from collections.abc import Iterable, Sequence


def markdown_table(
    header: Sequence[object], rows: Iterable[Sequence[object]], *, padded: bool = False
) -> str:
    """Returns a table in GitHub's Markdown, without a newline at its end.

    Args:
      header: names of the columns; "" for none.
      rows: cells, as many as the header has. They are written by `str`.
      padded: also reads well in a terminal: columns of one width, all but the first to the right.

    Raises:
      ValueError: a row has another number of cells than the header.
    """
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in (header, *rows)]
    columns = list(zip(*cells, strict=True))
    rule = ["---" for _ in columns]
    if padded:
        widths = [max(3, *map(len, column)) for column in columns]
        cells = [
            [
                cell.rjust(w) if i else cell.ljust(w)
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            ]
            for row in cells
        ]
        rule = ["-" * (w - 1) + (":" if i else "-") for i, w in enumerate(widths)]
    lines = (cells[0], rule, *cells[1:])
    return "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in line) for line in lines)
