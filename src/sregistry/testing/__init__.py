"""For packages with endpoints of their own: the suite that every endpoint has to pass, and small images for it.

Shipped with the program, so that another package is tested against the version that is installed; it needs pytest.
"""

import pytest

pytest.register_assert_rewrite("sregistry.testing.endpoints")
