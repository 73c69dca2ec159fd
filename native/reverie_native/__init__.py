"""The product Y = X W^T of a few vectors for XLA on a CPU, on all cores.

`TARGET` is the address of a handler of XLA's foreign function interface: W (G, X) in float32
or bfloat16, X (N, X) and Y (N, G) in float32.
"""

import ctypes
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

_folder = Path(__file__).parent
_library = next(
    (path for suffix in EXTENSION_SUFFIXES if (path := _folder / f"_product{suffix}").exists()),
    None,
)
if _library is None:
    raise ImportError("reverie-native was installed without its library: install it again")
TARGET = ctypes.CDLL(str(_library)).reverie_product
