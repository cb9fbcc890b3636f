"""The opinion test (MOS): people rate images from 1 (bad) to 5 (excellent) in a browser.

The command `create` makes a study of folders of images, `serve` opens it to raters, and `report` prints
what they think. The modules, from left to right:

    create -> study (the images) -> session (one rater's order and progress) -> web
    store (ratings) -> statistics -> analysis -> plots, report

Nothing here needs TensorFlow.
"""
