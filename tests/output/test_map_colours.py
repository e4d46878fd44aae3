"""When colours of maps are logarithmic: by what fills the volume, not by its lowest value."""

from __future__ import annotations

import numpy as np

from npsolver.output.map_colours import LOG_FROM, LOW_SHARE, low_end


def test_low_end_is_the_value_below_which_a_share_of_the_volume_lies():
    values = np.array([5.0, 1e-9, 3.0, 4.0])
    assert low_end(values, np.array([1.0, 0.5 * LOW_SHARE, 1.0, 1.0])) == 3.0  # a thin depleted layer does not count
    assert low_end(values, np.array([1.0, 4 * LOW_SHARE, 1.0, 1.0])) == 1e-9
    assert LOG_FROM > 1.0
