import pytest

TINY = {
    "batch_size": 4,
    "crop_size": 24,
    "blocks": 2,
    "filters": 8,
    "discriminator_filters": 8,
    "steps": 6,
    "learning_rate": 1e-3,
    "log_every": 2,
    "checkpoint_every": 2,
    "ema_decay": 0.9,
    "augment": True,
}
"""The network and the run that serve every test of training."""


@pytest.fixture
def tiny(photographs) -> dict:
    """Values of a run of seconds."""
    return {**TINY, "data": str(photographs)}


@pytest.fixture
def flags():
    """Values as flags of train.py."""
    return lambda values: [f"--{name}={value}" for name, value in values.items()]
