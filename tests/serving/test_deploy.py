"""The files of deploy/: by their real schema where a package has it, else by the documented fields."""

import re
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from tensorflow_serving.config import model_server_config_pb2

DEPLOY = Path(__file__).parent.parent.parent / "deploy"

# No package holds the schemas of these two files. The fields are those of session_bundle_config.proto and
# monitoring_config.proto in TensorFlow Serving's sources, with their types.
INT, BOOL, TEXT, MESSAGE = 3, 8, 9, 11
WRAPPED = {"value": INT}
UNPUBLISHED = {
    "batching.config": {
        "max_batch_size": WRAPPED,
        "batch_timeout_micros": WRAPPED,
        "max_enqueued_batches": WRAPPED,
        "num_batch_threads": WRAPPED,
        "allowed_batch_sizes": INT,
        "pad_variable_length_inputs": BOOL,
    },
    "monitoring.config": {"prometheus_config": {"enable": BOOL, "path": TEXT}},
}


def parsed(name, text=None):
    """A text-format file (or a text in its place) by a schema made from the fields above."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", syntax="proto2")

    def declare(message, fields):
        for number, (field, kind) in enumerate(fields.items(), start=1):
            entry = message.field.add(name=field, number=number, label=1, type=MESSAGE)
            if isinstance(kind, dict):
                inner = message.nested_type.add(name=f"Of_{field}")
                declare(inner, kind)
                entry.type_name = inner.name
            else:
                entry.type = kind

    root = file.message_type.add(name="Root")
    declare(root, UNPUBLISHED[name])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    message = message_factory.GetMessageClass(pool.FindMessageTypeByName("Root"))()
    return text_format.Parse((DEPLOY / name).read_text() if text is None else text, message)


def test_models():
    config = text_format.Parse(
        (DEPLOY / "models.config").read_text(), model_server_config_pb2.ModelServerConfig()
    )
    (model,) = config.model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("srgan", "/models/srgan", "tensorflow")


def test_batching():
    config = parsed("batching.config")
    assert config.max_batch_size.value > 1
    assert config.batch_timeout_micros.value < 100_000


def test_monitoring():
    config = parsed("monitoring.config")
    assert config.prometheus_config.enable
    assert config.prometheus_config.path.startswith("/")


def test_a_field_that_does_not_exist_would_be_noticed():
    with pytest.raises(text_format.ParseError, match="max_batch"):
        parsed("batching.config", "max_batch { value: 8 }")


def test_the_compose_file_mounts_what_the_server_is_told_to_read():
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].values()
    mounts = dict(volume.split(":")[:2] for volume in service["volumes"])
    targets = {target: (DEPLOY / source).resolve() for source, target in mounts.items()}
    assert targets == {"/models/srgan": DEPLOY.parent / "exported" / "srgan", "/config": DEPLOY}
    files = re.findall(r"=/config/(\S+)", " ".join(service["command"]))
    assert files == ["models.config", "monitoring.config"]
    assert all((DEPLOY / file).is_file() for file in files)
    assert service["ports"] == ["8500:8500", "8501:8501"]
    assert re.fullmatch(r"tensorflow/serving:\d+\.\d+\.\d+", service["image"])


def test_the_inference_service_scales():
    service = yaml.safe_load((DEPLOY / "kserve.yaml").read_text())
    assert (service["apiVersion"], service["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    predictor = service["spec"]["predictor"]
    assert 1 <= predictor["minReplicas"] < predictor["maxReplicas"]
    assert predictor["scaleTarget"] <= predictor["containerConcurrency"]
    assert predictor["model"]["modelFormat"]["name"] == "tensorflow"
    assert predictor["model"]["storageUri"].endswith("/srgan")
