"""The files of deploy/ together: an export, served as they say, answers the client with its defaults."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from benchmarks.stand_in import serving
from srgan_tf.exporting.run import Plan
from srgan_tf.serving import client
from tests.helpers import ROOT

DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def service():
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].values()
    return service


def on_host(service, path: str) -> Path:
    """The file of this machine that the container sees at a path."""
    for volume in service["volumes"]:
        source, target = volume.split(":")[:2]
        if Path(path).is_relative_to(target):
            return (DEPLOY / source).resolve() / Path(path).relative_to(target)
    raise AssertionError(f"{path} is not mounted")


@pytest.fixture
def composed(service, exported):
    """The stand-in, which serves an export in place of the one at export.py's default output."""
    flags = dict(flag.removeprefix("--").split("=") for flag in service["command"])
    assert on_host(service, flags["monitoring_config_file"]).is_file()
    text = on_host(service, flags["model_config_file"]).read_text()
    (model,) = text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config
    assert on_host(service, model.base_path) == ROOT / Plan(Path("exported/srgan")).output
    with serving(exported, model.name) as stand_in:
        yield stand_in


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_the_client_reaches_the_composed_model(composed, main_in_process, image_folder, tmp_path, protocol):
    url = getattr(composed, protocol)
    image = image_folder / "photo0.png"
    code, out, err = main_in_process(client.main, f"--url={url}", f"--output={tmp_path}", image)
    assert (code, out) == (0, f"{tmp_path}/photo0_x4.png: 288x240\n"), err


def test_the_ports_are_those_of_the_clients_help(service, main_in_process, capfd):
    code, out, _ = main_in_process(client.main, "--help")
    assert code == 0
    for port in re.findall(r"HOST:(\d+)", out):
        assert f"{port}:{port}" in service["ports"]
    assert len(service["ports"]) == len(set(re.findall(r"HOST:(\d+)", out)))


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_health_check_tells_a_served_model_from_none(service, composed, exported):
    kind, *check = service["healthcheck"]["test"]
    assert kind == "CMD"

    def healthy(server) -> bool:
        port = server.http.rsplit(":", 1)[1]
        return not subprocess.run([part.replace("8501", port) for part in check], timeout=20).returncode

    assert healthy(composed)
    with serving(exported, "another") as other:
        assert not healthy(other)
    assert not healthy(other), "nobody listens there any more"


def test_a_request_of_the_client_fits_a_batch(composed, main_in_process, image_folder, tmp_path):
    """TensorFlow Serving refuses a request that is larger than max_batch_size."""
    text = (DEPLOY / "batching.config").read_text()
    limits = {name: int(value) for name, value in re.findall(r"^(\w+) \{ value: (\d+) \}", text, re.M)}
    run = partial(main_in_process, client.main, f"--url={composed.grpc}", f"--output={tmp_path}", "--tile=16")
    code, _, err = run(image_folder / "photo0.png")
    assert code == 0, err
    batches = [shape[0] for _, shapes in composed.requests for shape in shapes.values()]
    assert len(batches) > 2
    assert max(batches) <= limits["max_batch_size"]
    assert limits["batch_timeout_micros"] < 100_000, "a request alone waits so long"


def test_the_inference_service_scales():
    service = yaml.safe_load((DEPLOY / "kserve.yaml").read_text())
    assert service["metadata"]["name"] == Path(service["spec"]["predictor"]["model"]["storageUri"]).name
    predictor = service["spec"]["predictor"]
    assert 1 <= predictor["minReplicas"] < predictor["maxReplicas"]
    # A replica takes more requests than make KServe add another, or none would be added.
    assert predictor["scaleTarget"] <= predictor["containerConcurrency"]
