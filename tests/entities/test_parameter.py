"""The table of parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.entities.defaults import DEFAULTS
from mailgate.entities.parameter import PARAMETERS, canonical, find, typed
from mailgate.errors import MailgateError


def test_there_is_a_parameter_for_every_default() -> None:
    assert set(PARAMETERS) == set(DEFAULTS)


@pytest.mark.parametrize("key", PARAMETERS)
def test_a_default_is_in_the_form_in_which_values_are_kept(key: str) -> None:
    parameter = PARAMETERS[key]
    assert canonical(parameter, parameter.default) == parameter.default


@given(st.sampled_from(sorted(PARAMETERS)), st.text(max_size=60))
def test_a_kept_value_stays_as_it_is(key: str, text: str) -> None:
    parameter = PARAMETERS[key]
    try:
        kept = canonical(parameter, text)
    except MailgateError:
        return
    assert canonical(parameter, kept) == kept
    assert isinstance(typed(parameter, kept), (str, int, bool))


def test_keys_are_found_in_any_case_and_the_nearest_is_named() -> None:
    assert find(" Mail.Bounce.VERP ").key == "mail.bounce.verp"
    with pytest.raises(MailgateError, match=r"did you mean mail\.bounce\.limit\?"):
        find("mail.bounce.limits")
    with pytest.raises(MailgateError, match="mailgate param list"):
        find("zzz")
