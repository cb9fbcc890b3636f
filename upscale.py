"""Upscales images with a trained generator."""

from srgan_tf.commands.upscale import run

if __name__ == "__main__":
    run()
