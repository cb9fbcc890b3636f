import signal

import pytest

from srgan_tf.stopping import interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_interrupt_the_block_and_only_the_block(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts() as came:
        signal.raise_signal(number)
    assert came == [number]
    assert signal.getsignal(number) is before
