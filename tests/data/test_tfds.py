import numpy as np
import pytest
import tensorflow_datasets as tfds

from srgan_tf.data.pipeline import batches
from srgan_tf.data.sampler import CropOptions
from srgan_tf.data.tfds import image_feature, open_tfds
from srgan_tf.errors import UsageError
from srgan_tf.images import decode_rgb
from tests.helpers import sample_image

SIZES = {"train": [(40 + i, 50) for i in range(10)], "test": [(44, 48), (33, 61), (20, 20)]}


class TinyPhotographs(tfds.core.GeneratorBasedBuilder):
    """Thirteen photographs, each with a smaller copy, as in div2k."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [tfds.core.BuilderConfig(name=name) for name in ("plain", "masks", "broken")]  # noqa: RUF012

    def _info(self):
        image = tfds.features.Image(shape=(None, None, 3))
        features = {
            "plain": {"lr": image, "hr": image, "label": tfds.features.ClassLabel(num_classes=2)},
            "masks": {"left": image, "right": image},
            "broken": {"image": image},
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features[self.builder_config.name])
        )

    def _split_generators(self, dl_manager):
        if self.builder_config.name == "broken":
            raise ConnectionError("no route to host")
        return {split: self._generate_examples(split) for split in SIZES}

    def _generate_examples(self, split):
        for i, (height, width) in enumerate(SIZES[split]):
            hr = np.asarray(sample_image(height, width, i))
            yield i, {"lr": hr[::4, ::4], "hr": hr, "label": i % 2}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("tfds")
    tfds.builder("tiny_photographs/plain", data_dir=root).download_and_prepare()
    return root


def open_tiny(data_dir, spec="tiny_photographs/plain", split="train", **options):
    return open_tfds(spec, split=split, data_dir=data_dir, **options)


def sizes(source):
    return sorted(zip(source.heights.tolist(), source.widths.tolist(), strict=True))


def test_the_images_are_the_hr_ones(data_dir):
    source = open_tiny(data_dir)
    assert source.name == "tfds:tiny_photographs/plain/1.0.0:train"
    assert sizes(source) == sorted(SIZES["train"])
    expected = {np.asarray(sample_image(*size, i)).tobytes() for i, size in enumerate(SIZES["train"])}
    assert {decode_rgb(source.read(i)).tobytes() for i in range(len(source))} == expected


def test_default_splits_and_named_ones(data_dir):
    assert sizes(open_tiny(data_dir, split="validation")) == sorted(SIZES["test"])
    assert sizes(open_tiny(data_dir, "tiny_photographs/plain:test")) == sorted(SIZES["test"])
    assert sizes(open_tiny(data_dir, "tiny_photographs/plain:1.0.0:test")) == sorted(SIZES["test"])
    assert len(open_tiny(data_dir, "tiny_photographs/plain:train+test")) == 13


def test_parts_of_a_split_are_disjoint_and_complete(data_dir):
    parts = [open_tiny(data_dir, f"tiny_photographs/plain:train[{part}]") for part in (":30%", "30%:")]
    assert [len(part) for part in parts] == [3, 7]
    assert sizes(parts[0]) + sizes(parts[1]) != sizes(parts[0]) * 2
    assert sorted(sizes(parts[0]) + sizes(parts[1])) == sorted(SIZES["train"])


def test_min_size_and_cache(data_dir, tmp_path):
    first = open_tiny(data_dir, split="validation", min_size=24, cache=tmp_path)
    again = open_tiny(data_dir, split="validation", min_size=24, cache=tmp_path)
    assert first.summary() == again.summary()
    assert "2 images" in first.summary()
    assert "1 smaller than 24x24" in first.summary()


def test_batches(data_dir):
    (lr, hr), *_ = batches(open_tiny(data_dir), CropOptions(batch_size=4, crop_size=32)).take(1)
    assert lr.shape == (4, 8, 8, 3)
    assert hr.shape == (4, 32, 32, 3)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("no_such_data_set", "tfds:no_such_data_set: Dataset no_such_data_set not found"),
        ("tiny_photographs/plain:dev", "no split 'dev' in tiny_photographs/plain/1.0.0: expected one of"),
        ("tiny_photographs/broken", "cannot be downloaded and prepared: no route to host; copy a prepared"),
        ("", "expected tfds:NAME"),
    ],
)
def test_wrong_use(data_dir, spec, message):
    with pytest.raises(UsageError, match=message) as error:
        open_tiny(data_dir, spec)
    assert "\n" not in str(error.value)


def test_which_image_must_be_plain(data_dir):
    builder = tfds.builder("tiny_photographs/masks", data_dir=data_dir)
    with pytest.raises(UsageError, match="it has several: left, right"):
        image_feature(builder)


def test_other_file_formats_are_refused(tmp_path):
    builder = tfds.builder("tiny_photographs/plain", data_dir=tmp_path, file_format="array_record")
    builder.download_and_prepare()
    with pytest.raises(UsageError, match="prepared as array_record"):
        open_tiny(tmp_path)
