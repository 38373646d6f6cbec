"""References survive being kept in a file, or say that they did not."""

import numpy as np
import pytest

from services.common.errors import ExitStatus, Fatal
from services.embed.references import References, read_references

KEPT = References(
    [np.array([2, 3], np.int32), np.array([2, 7, 8, 3], np.int32), np.array([2, 3], np.int32)],
    np.arange(6, dtype=np.float32).reshape(3, 2),
)


def test_what_was_kept_is_read(tmp_path):
    path = tmp_path / "references"
    path.write_bytes(KEPT.to_bytes())
    read = read_references(path)
    assert [ids.tolist() for ids in read.ids] == [ids.tolist() for ids in KEPT.ids]
    assert np.array_equal(read.vectors, KEPT.vectors)


def test_the_same_references_are_the_same_bytes():
    assert KEPT.to_bytes() == KEPT.to_bytes()


@pytest.mark.parametrize("content", [b"", KEPT.to_bytes()[:-1]])
def test_a_damaged_file_says_what_to_delete(tmp_path, content):
    path = tmp_path / "references"
    path.write_bytes(content)
    with pytest.raises(Fatal, match="delete its folder") as caught:
        read_references(path)
    assert caught.value.status == ExitStatus.CONFIGURATION
