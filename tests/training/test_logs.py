import csv

from srgan_tf.training.logs import MetricsLog


def rows(path):
    with path.open() as file:
        return [(row["step"], row["loss"], row["val_psnr"]) for row in csv.DictReader(file)]


def test_an_interrupted_runs_later_rows_are_dropped(tmp_path):
    path = tmp_path / "metrics.csv"
    log = MetricsLog(path, tmp_path / "logs", ["loss", "val_psnr"], 0)
    for step in (10, 20, 30):
        log.write(step, {"loss": step / 7})
    log.write(40, {"val_psnr": 28.5})
    log.close()
    path.write_text(path.read_text() + "50,0.1")  # a row cut off by a kill
    resumed = MetricsLog(path, tmp_path / "logs", ["loss", "val_psnr"], 20)
    resumed.write(30, {"loss": 0.25, "val_psnr": 27.0})
    resumed.close()
    assert rows(path) == [("10", "1.428571", ""), ("20", "2.857143", ""), ("30", "0.25", "27")]
    assert len(list((tmp_path / "logs").iterdir())) == 2
