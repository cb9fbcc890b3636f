"""Trains SRResNet (--phase=pretrain) and SRGAN (--phase=gan)."""

from srgan_tf.commands.train import run

if __name__ == "__main__":
    run()
