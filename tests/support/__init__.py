"""What the tests share: real servers on loopback, and what every CalDAV server must let us do."""

import pytest

pytest.register_assert_rewrite("support.calendar_contract")
