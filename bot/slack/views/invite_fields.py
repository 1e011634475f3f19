"""The inputs of the form by which people invite a customer."""

from collections.abc import Callable, Iterable

from bot.domain.clouds import Cloud
from bot.domain.invitation import Delivery
from bot.domain.markets import MARKET_OF
from bot.domain.partner import Partner
from bot.domain.roles import ROLE_TEMPLATES
from bot.slack import names
from bot.slack.blocks import (
    Block,
    Element,
    checkboxes,
    email_input,
    input_block,
    option,
    option_group,
    radio,
    select,
    text_input,
)
from bot.slack.limits import shorten_plain
from bot.slack.locales import LANGUAGES
from bot.slack.parts import country, duration
from bot.slack.views.invite_form import DURATIONS, LONGEST, InviteForm
from bot.slack.words import Words

_YES = "yes"
_HINTED = frozenset(
    {
        names.CUSTOMER_DOMAIN,
        names.CONTACT_EMAIL,
        names.CLOUD,
        names.ROLE_TEMPLATE,
        names.REASON,
    }
)


def placeholder(words: Words, name: str) -> str:
    return words.plain(f"fields/{name}/placeholder")


def labelled(
    words: Words,
    element: Element,
    *,
    hint: str | None = None,
    optional: bool = False,
) -> Block:
    """Return an input with the label and hint of its name."""
    name = element["action_id"]
    if hint is None and name in _HINTED:
        hint = words.plain(f"fields/{name}/hint")
    label = words.plain(f"fields/{name}/label")
    return input_block(label, element, hint=hint, optional=optional)


def typed_field(words: Words, name: str, initial: str, *, multiline: bool = False) -> Block:
    """Return a text input, filled in as far as it holds."""
    longest = LONGEST[name]
    element = text_input(
        name,
        initial=shorten_plain(initial, longest),
        placeholder=placeholder(words, name),
        multiline=multiline,
        max_length=longest,
    )
    return labelled(words, element)


def email_field(words: Words, initial: str) -> Block:
    name = names.CONTACT_EMAIL
    return labelled(words, email_input(name, initial=initial, placeholder=placeholder(words, name)))


def choice_field(
    words: Words, name: str, values: Iterable[str], said: Callable[[str], str], initial: str
) -> Block:
    """Return a select over `values`, `said` giving the words of each."""
    options = [option(value, said(value)) for value in values]
    return labelled(words, select(name, options, initial=initial, placeholder=placeholder(words, name)))


def tick_field(words: Words, name: str, *, ticked: bool) -> Block:
    """Return one check box; nobody has to tick it."""
    said, about = words.plain(f"fields/{name}/option"), words.plain(f"fields/{name}/about_option")
    element = checkboxes(name, [option(_YES, said, about)], initial=[_YES] if ticked else [])
    return labelled(words, element, optional=True)


def country_field(words: Words, form: InviteForm, partner: Partner) -> Block:
    """Return the countries and regions by Microsoft market, our own market first."""
    own = MARKET_OF.get(partner.country)
    markets = sorted(set(MARKET_OF.values()), key=lambda market: (market != own, _market(words, market)))
    groups = [
        option_group(
            words.plain("markets/own", market=_market(words, market))
            if market == own
            else _market(words, market),
            _countries(words, market),
        )
        for market in markets
    ]
    name, initial = names.COUNTRY, form.country or partner.country
    return labelled(words, select(name, groups=groups, initial=initial, placeholder=placeholder(words, name)))


def _market(words: Words, market: str) -> str:
    return words.plain(f"markets/{market_key(market)}")


def market_key(market: str) -> str:
    """Return the name of a market's template."""
    return market.lower().replace(",", "").replace(" ", "_")


def _countries(words: Words, market: str) -> list[Element]:
    codes = [code for code, its in MARKET_OF.items() if its == market]
    named = sorted((country(words, code), code) for code in codes)
    return [option(code, name) for name, code in named]


def cloud_field(words: Words, form: InviteForm, partner: Partner) -> Block:
    return choice_field(
        words,
        names.CLOUD,
        [cloud.value for cloud in Cloud],
        lambda cloud: words.plain(f"clouds/{cloud}"),
        form.cloud or partner.cloud,
    )


def role_template_field(words: Words, form: InviteForm) -> Block:
    name = names.ROLE_TEMPLATE
    options = [
        option(key, words.plain(f"role_templates/{key}"), words.plain(f"role_templates/about_{key}"))
        for key in ROLE_TEMPLATES
    ]
    initial = form.role_template or next(iter(ROLE_TEMPLATES))
    return labelled(words, select(name, options, initial=initial, placeholder=placeholder(words, name)))


def duration_field(words: Words, form: InviteForm) -> Block:
    days = map(str, DURATIONS)
    return choice_field(
        words, names.DURATION, days, lambda value: duration(words, int(value)), str(form.duration)
    )


def language_field(words: Words, form: InviteForm) -> Block:
    return choice_field(
        words,
        names.MAIL_LANGUAGE,
        LANGUAGES,
        lambda language: words.plain(f"languages/{language}"),
        form.mail_language,
    )


def delivery_field(words: Words, form: InviteForm, *, can_send: bool) -> Block:
    """Return the ways out for the mail; sending it for people only where that is set up."""
    offered = [one for one in Delivery if can_send or one is not Delivery.SEND_FOR_ME]
    options = [
        option(one.value, words.plain(f"deliveries/{one}"), words.plain(f"deliveries/about_{one}"))
        for one in offered
    ]
    initial = form.delivery if form.delivery in offered else offered[0].value
    return labelled(words, radio(names.DELIVERY, options, initial=initial))
