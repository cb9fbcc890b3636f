import numpy as np

from srgan_tf.export.onnx_file import open_onnx, operators, write_onnx
from tests.helpers import TINY, random_generator


def test_onnxruntime_gives_the_models_values_at_any_size(tmp_path):
    model = random_generator()
    path = tmp_path / "tiny.onnx"
    write_onnx(model, path)
    run = open_onnx(path)
    for shape in ((1, 8, 20, 3), (2, 17, 5, 3)):
        lr = np.random.default_rng(0).uniform(size=shape).astype(np.float32)
        np.testing.assert_allclose(run(lr), model(lr), atol=1e-4)
    assert operators(path)["Conv"] == 2 * TINY.blocks + 5
