"""Features that were computed before."""

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.formats.features import features_of


def check_refusal(path, message, **arrays):
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=message) as caught:
        features_of(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_features_of_each_form_are_read_in_single(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.ones(4), b=np.ones((2, 4), np.float16), c=np.ones((2, 3, 4), np.float32))
    found = features_of(path)
    assert {n: a.shape for n, a in found.items()} == {"a": (4,), "b": (2, 4), "c": (2, 3, 4)}
    assert {a.dtype for a in found.values()} == {np.dtype(np.float32)}


def test_what_are_no_features_is_refused(tmp_path):
    path, good = tmp_path / "a.npz", np.ones(4)
    check_refusal(path, "no features")
    check_refusal(path, "b in it has 5 features and a has 4", a=good, b=np.ones(5))
    check_refusal(path, r"shape \(\)", a=np.ones(()))
    check_refusal(path, r"shape \(1, 1, 1, 4\)", a=np.ones((1, 1, 1, 4)))
    check_refusal(path, r"shape \(0, 4\)", a=np.ones((0, 4)))
    check_refusal(path, "type int64", a=np.ones(4, np.int64))
    check_refusal(path, "type complex128", a=np.ones(4, complex))
    check_refusal(path, "not finite", a=np.array([1, np.nan]))
    check_refusal(path, "not finite", a=np.array([1, 1e300]))
    check_refusal(path, "array of object", a=np.array([good, good[:1]], object))
    path.write_text("no archive")
    with pytest.raises(InputError, match="not an .npz file"):
        features_of(path)
