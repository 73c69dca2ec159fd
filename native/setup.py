"""Compiles `product.cc` with the headers that jaxlib ships."""

from pathlib import Path

import jaxlib
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "reverie_native._product",
            ["reverie_native/product.cc"],
            include_dirs=[str(Path(jaxlib.__file__).parent / "include")],
            language="c++",
            extra_compile_args=["-std=c++17", "-O3"],
        )
    ]
)
