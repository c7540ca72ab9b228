"""A notice goes by every way that reaches somebody, the ways given up too."""

from hypothesis import given
from hypothesis import strategies as st

from backend.notices.routes import Channel, Route, Way, routes

NOW, WAS = Way("13800001234", mobile=True), Way("13900005678", former=True, mobile=True)
LANDLINE, HOME, OLD_HOME = Way("0556-1234567"), Way("演示路1号"), Way("演示路2号", former=True)
ways = st.lists(st.builds(Way, st.text(min_size=1), *[st.booleans()] * 3), max_size=4)


def channels(*phones: Way, addresses: tuple[Way, ...] = (), **how: bool) -> list[Channel]:
    asked = {"sms": True, "call_back": False, **how}
    return [route.channel for route in routes(phones=phones, addresses=addresses, **asked)]


def test_a_mobile_number_gets_a_message_also_the_old_one() -> None:
    found = routes(phones=[NOW, WAS], addresses=[], sms=True, call_back=False)

    assert found == (
        Route(Channel.SMS, NOW.value, former=False),
        Route(Channel.SMS, WAS.value, former=True),
    )


def test_where_an_answer_is_wanted_every_number_is_called_too() -> None:
    assert channels(NOW, call_back=True) == [Channel.SMS, Channel.CALL_BACK]


def test_a_number_without_messages_is_called() -> None:
    assert channels(LANDLINE) == [Channel.CALL_BACK]
    assert channels(NOW, sms=False) == [Channel.CALL_BACK]


def test_who_has_no_number_gets_a_letter_and_else_finds_it_at_the_window() -> None:
    assert channels(addresses=(HOME,)) == [Channel.LETTER]
    assert channels() == [Channel.WINDOW]


def test_a_number_that_was_given_up_reaches_nobody_for_sure() -> None:
    assert channels(WAS, addresses=(HOME,)) == [Channel.SMS, Channel.LETTER]
    assert channels(WAS) == [Channel.SMS, Channel.WINDOW]


def test_what_is_on_record_since_lately_reaches_nobody_for_sure() -> None:
    new, moved = Way("13700009999", mobile=True, fresh=True), Way("演示路3号", fresh=True)

    assert channels(new, addresses=(HOME,)) == [Channel.SMS, Channel.LETTER]
    assert channels(new, addresses=(moved,)) == [Channel.SMS, Channel.LETTER, Channel.WINDOW]
    assert channels(NOW, new, addresses=(moved,)) == [Channel.SMS, Channel.SMS]


def test_a_letter_goes_to_an_address_that_was_given_up() -> None:
    assert channels(NOW, addresses=(HOME, OLD_HOME)) == [Channel.SMS, Channel.LETTER]


@given(ways, ways, st.booleans(), st.booleans())
def test_everybody_is_told_by_some_way_and_every_old_way_is_told(
    phones: list[Way], addresses: list[Way], sms: bool, call_back: bool
) -> None:
    found = routes(phones=phones, addresses=addresses, sms=sms, call_back=call_back)

    sure = {way.value for way in (*phones, *addresses) if way.reaches}
    assert any(route.address in sure or route.channel is Channel.WINDOW for route in found)
    told = {route.address for route in found}
    assert {way.value for way in phones} <= told
    assert {way.value for way in addresses if way.former} <= told
    assert not any(route.channel is Channel.SMS for route in found) or sms
