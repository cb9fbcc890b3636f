"""The manifests of KubeRay: fields of its API, one version of Ray, real commands, pods that hold workers."""

import importlib.metadata
import re
import shlex

import pytest
import yaml

from srgan_tf import __version__
from srgan_tf.cluster.__main__ import main
from tests.helpers import ROOT

FIELDS = {
    "RayJobSpec": """activeDeadlineSeconds backoffLimit rayClusterSpec submitterPodTemplate metadata schedule
        clusterSelector submitterConfig managedBy deletionStrategy entrypoint runtimeEnvYAML jobId
        entrypointResources entrypointNumCpus entrypointNumGpus ttlSecondsAfterFinished submissionMode
        shutdownAfterJobFinishes suspend""",
    "RayClusterSpec": """suspend managedBy autoscalerOptions headServiceAnnotations enableInTreeAutoscaling
        gcsFaultToleranceOptions headGroupSpec rayVersion workerGroupSpecs""",
    "AutoscalerOptions": """resources image imagePullPolicy securityContext idleTimeoutSeconds upscalingMode
        version env envFrom volumeMounts""",
    "HeadGroupSpec": "template headService enableIngress rayStartParams serviceType",
    "WorkerGroupSpec": """suspend groupName replicas minReplicas maxReplicas idleTimeoutSeconds rayStartParams
        template scaleStrategy numOfHosts""",
}
"""The fields of ray.io/v1, from KubeRay's API reference (docs/reference/api.md of its repository)."""

KINDS = {"ray-cluster": "RayCluster", "ray-job": "RayJob"}


def check(values, kind):
    assert set(values) <= set(FIELDS[kind].split()), kind


@pytest.fixture(params=KINDS)
def manifest(request):
    whole = yaml.safe_load((ROOT / "deploy" / f"{request.param}.yaml").read_text())
    assert (whole["apiVersion"], whole["kind"]) == ("ray.io/v1", KINDS[request.param])
    assert set(whole) == {"apiVersion", "kind", "metadata", "spec"}
    return whole["spec"]


@pytest.fixture
def cluster(manifest):
    if "rayClusterSpec" not in manifest:
        return manifest
    check(manifest, "RayJobSpec")
    return manifest["rayClusterSpec"]


def test_every_field_is_one_of_kuberays(cluster):
    check(cluster, "RayClusterSpec")
    check(cluster["autoscalerOptions"], "AutoscalerOptions")
    assert cluster["autoscalerOptions"]["upscalingMode"] in ("Default", "Aggressive", "Conservative")
    check(cluster["headGroupSpec"], "HeadGroupSpec")
    for group in cluster["workerGroupSpecs"]:
        check(group, "WorkerGroupSpec")
        assert 0 <= group["minReplicas"] < group["maxReplicas"]
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    assert all(isinstance(value, str) for value in cluster["headGroupSpec"]["rayStartParams"].values())


def test_the_versions_are_those_of_the_package(cluster):
    assert cluster["rayVersion"] == importlib.metadata.version("ray")
    templates = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    images = {c["image"] for group in templates for c in group["template"]["spec"]["containers"]}
    assert images == {f"srgan-cluster:{__version__}"}


def test_a_pod_holds_the_workers_that_its_cores_allow(cluster):
    """A worker takes one core, and --max_memory of 2 GB with 1 GB for the program."""
    for group in cluster["workerGroupSpecs"]:
        (container,) = group["template"]["spec"]["containers"]
        limits = container["resources"]["limits"]
        assert limits == container["resources"]["requests"], "or Ray would count what the pod may not have"
        memory = int(limits["memory"].removesuffix("Gi")) * 2**30
        assert int(limits["cpu"]) * 3 * 10**9 <= 0.85 * memory, "Ray keeps a part for its store of objects"


def test_the_entrypoint_has_flags_that_exist(main_in_process):
    job = yaml.safe_load((ROOT / "deploy" / "ray-job.yaml").read_text())["spec"]
    command, subcommand, *arguments = shlex.split(job["entrypoint"])
    assert command == "srgan-cluster"
    code, text, _ = main_in_process(main, subcommand, "--help")
    assert code == 0
    for name in re.findall(r"--(\w+)=", job["entrypoint"]):
        assert re.search(rf"--{name}\b", text), name
    assert len(arguments) > 2
