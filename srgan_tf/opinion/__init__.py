"""The opinion test (MOS): people rate images from 1 (bad) to 5 (excellent) in a browser.

The command `create` makes a study of directories of images, `serve` opens it to raters, and `report` says
what they think. The modules, from left to right:

    create -> study (what is shown) -> session (to whom, in which order) -> web -> server
    store (what raters did) -> scores -> statistics, raters -> analysis -> tables, plots, report

Nothing here needs TensorFlow.
"""
