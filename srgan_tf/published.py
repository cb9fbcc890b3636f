"""The figures of the paper's tables, and of the images that its authors released."""

import math

PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "nearest": {"Set5": (26.26, 0.7552), "Set14": (24.64, 0.7100), "BSD100": (25.02, 0.6606)},
    "bicubic": {"Set5": (28.43, 0.8211), "Set14": (25.99, 0.7486), "BSD100": (25.94, 0.6935)},
    "SRCNN": {"Set5": (30.07, 0.8627), "Set14": (27.18, 0.7861), "BSD100": (26.68, 0.7291)},
    "SelfExSR": {"Set5": (30.33, 0.8720), "Set14": (27.45, 0.7972), "BSD100": (26.83, 0.7387)},
    "DRCN": {"Set5": (31.52, 0.8938), "Set14": (28.02, 0.8074), "BSD100": (27.21, 0.7493)},
    "ESPCN": {"Set5": (30.76, 0.8784), "Set14": (27.66, 0.8004), "BSD100": (27.02, 0.7442)},
    "SRResNet": {"Set5": (32.05, 0.9019), "Set14": (28.49, 0.8184), "BSD100": (27.58, 0.7620)},
    "SRGAN": {"Set5": (29.40, 0.8472), "Set14": (26.02, 0.7397), "BSD100": (25.16, 0.6688)},
    "SRResNet-VGG22": {"Set5": (30.51, 0.8803), "Set14": (27.19, 0.7807)},
    "SRGAN-MSE": {"Set5": (30.64, 0.8701), "Set14": (26.92, 0.7611)},
    "SRGAN-VGG22": {"Set5": (29.84, 0.8468), "Set14": (26.44, 0.7518)},
    "HR": {"Set5": (math.inf, 1.0), "Set14": (math.inf, 1.0), "BSD100": (math.inf, 1.0)},
}
"""Mean PSNR in dB and SSIM by method and dataset, protocol `paper`: Tables 1 and 2 of Ledig et al.
(CVPR 2017). SRResNet is SRResNet-MSE, SRGAN is SRGAN-VGG54."""

AUTHORS_IMAGES: dict[str, dict[str, tuple[float, float]]] = {
    "SRResNet": {"Set5": (32.08, 0.8939)},
    "SRGAN": {"Set5": (29.43, 0.8356)},
}
"""The same of the images that the authors released, under protocol `community`."""

MOS: dict[str, dict[str, float]] = {
    "nearest": {"Set5": 1.28, "Set14": 1.20, "BSD100": 1.11},
    "bicubic": {"Set5": 1.97, "Set14": 1.80, "BSD100": 1.47},
    "SRCNN": {"Set5": 2.57, "Set14": 2.26, "BSD100": 1.87},
    "SelfExSR": {"Set5": 2.65, "Set14": 2.34, "BSD100": 1.89},
    "DRCN": {"Set5": 3.26, "Set14": 2.84, "BSD100": 2.12},
    "ESPCN": {"Set5": 2.89, "Set14": 2.52, "BSD100": 2.01},
    "SRResNet": {"Set5": 3.37, "Set14": 2.98, "BSD100": 2.29},
    "SRGAN": {"Set5": 3.58, "Set14": 3.72, "BSD100": 3.56},
    "SRResNet-VGG22": {"Set5": 3.46, "Set14": 3.15},
    "SRGAN-MSE": {"Set5": 3.77, "Set14": 3.43},
    "SRGAN-VGG22": {"Set5": 3.78, "Set14": 3.57},
    "HR": {"Set5": 4.32, "Set14": 4.32, "BSD100": 4.46},
}
"""Mean opinion scores of 26 raters, 1 bad to 5 excellent, of the paper's tables, under the same names."""
