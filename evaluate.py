"""Scores methods on benchmarks, as the paper's tables were computed and as later papers do it."""

from srgan_tf.commands.evaluate import run

if __name__ == "__main__":
    run()
