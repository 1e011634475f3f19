import pytest

from bot.sandbox.fake_slack import View
from tests.integration.fake_slack.tools import Api, Clock, Json, home, modal, plain, section, text_input

ANA = "U0ANA"


async def opened(api: Api, **more: object) -> Json:
    answer = await api("views.open", trigger_id=api.trigger(ANA), view=modal(section("One"), **more))
    assert answer["ok"], answer
    return dict(answer["view"])


async def test_an_opened_view_is_what_the_person_sees(api: Api) -> None:
    view = await opened(api, callback_id="invite")

    seen = api.slack.person(ANA).view
    assert isinstance(seen, View)
    assert seen.id == view["id"]
    assert view["root_view_id"] == view["id"]
    assert view["blocks"][0]["block_id"]


async def test_a_trigger_works_for_three_seconds(api: Api, clock: Clock) -> None:
    trigger = api.trigger(ANA)
    clock.advance(seconds=3)

    answer = await api("views.open", trigger_id=trigger, view=modal())

    assert answer["error"] == "expired_trigger_id"


async def test_a_trigger_works_once(api: Api) -> None:
    trigger = api.trigger(ANA)
    await api("views.open", trigger_id=trigger, view=modal())

    answer = await api("views.open", trigger_id=trigger, view=modal())

    assert answer["error"] == "exchanged_trigger_id"


async def test_a_refused_view_does_not_use_up_its_trigger(api: Api) -> None:
    trigger = api.trigger(ANA)
    await api("views.open", trigger_id=trigger, view=modal(title=plain("x" * 25)))

    assert (await api("views.open", trigger_id=trigger, view=modal()))["ok"]


async def test_a_made_up_trigger_is_invalid(api: Api) -> None:
    assert (await api("views.open", trigger_id="1.2.3", view=modal()))["error"] == "invalid_trigger_id"


async def test_a_view_must_be_a_view(api: Api) -> None:
    trigger = api.trigger(ANA)

    assert (await api("views.open", trigger_id=trigger))["error"] == "invalid_arguments"
    assert (await api("views.open", trigger_id=trigger, view=home()))["error"] == "invalid_arguments"
    assert (await api("views.open", trigger_id=trigger, view="{"))["error"] == "invalid_arguments"


async def test_the_stack_holds_three_views(api: Api) -> None:
    root = await opened(api)
    for _ in range(2):
        answer = await api("views.push", trigger_id=api.trigger(ANA, from_modal=True), view=modal())
        assert answer["view"]["root_view_id"] == root["id"]

    answer = await api("views.push", trigger_id=api.trigger(ANA, from_modal=True), view=modal())

    assert answer["error"] == "push_limit_reached"
    assert len(api.slack.person(ANA).views) == 3


async def test_a_push_needs_a_trigger_from_a_modal(api: Api) -> None:
    await opened(api)

    answer = await api("views.push", trigger_id=api.trigger(ANA), view=modal())

    assert answer["error"] == "invalid_trigger_id"


async def test_an_update_keeps_the_id_and_changes_the_hash(api: Api) -> None:
    view = await opened(api)

    answer = await api("views.update", view_id=view["id"], hash=view["hash"], view=modal(section("Two")))

    assert answer["view"]["id"] == view["id"]
    assert answer["view"]["hash"] != view["hash"]


@pytest.mark.parametrize("method", ["views.update", "views.publish"])
async def test_a_stale_hash_is_a_conflict(api: Api, method: str) -> None:
    if method == "views.update":
        view = await opened(api)
        target: Json = {"view_id": view["id"], "view": modal()}
    else:
        view = (await api("views.publish", user_id=ANA, view=home()))["view"]
        target = {"user_id": ANA, "view": home()}
    assert (await api(method, hash=view["hash"], **target))["ok"]

    answer = await api(method, hash=view["hash"], **target)

    assert answer["error"] == "hash_conflict"


async def test_a_view_is_found_by_its_external_id(api: Api) -> None:
    view = await opened(api, external_id="invite-1")

    answer = await api("views.update", external_id="invite-1", view=modal(external_id="invite-1"))

    assert answer["view"]["id"] == view["id"]


async def test_an_external_id_belongs_to_one_living_view(api: Api) -> None:
    await opened(api, external_id="invite-1")
    trigger = api.trigger("U0BEN")

    taken = await api("views.open", trigger_id=trigger, view=modal(external_id="invite-1"))
    await api.slack.person(ANA).close()
    free = await api("views.open", trigger_id=trigger, view=modal(external_id="invite-1"))

    assert taken["error"] == "duplicate_external_id"
    assert free["ok"]


async def test_a_closed_view_is_not_found(api: Api) -> None:
    view = await opened(api)
    await api.slack.person(ANA).close()

    assert (await api("views.update", view_id=view["id"], view=modal()))["error"] == "not_found"


async def test_an_update_must_say_which_view(api: Api) -> None:
    assert (await api("views.update", view=modal()))["error"] == "invalid_arguments"


async def test_what_was_typed_survives_an_update_only_under_the_same_ids(api: Api) -> None:
    blocks = [text_input("kept", "Domain"), text_input("renamed", "Reason")]
    answer = await api("views.open", trigger_id=api.trigger(ANA), view=modal(*blocks))
    ana = api.slack.person(ANA)
    ana.fill("kept", "fabrikam.com")
    ana.fill("renamed", "because")

    changed = [text_input("kept", "Domain"), text_input("other", "Reason")]
    await api("views.update", view_id=answer["view"]["id"], view=modal(*changed))

    assert ana.values["kept"]["typed"]["value"] == "fabrikam.com"
    assert ana.values["other"]["typed"]["value"] is None


async def test_home_is_published_per_person_and_keeps_its_id(api: Api) -> None:
    first = await api("views.publish", user_id=ANA, view=home(section("Nothing yet")))
    second = await api("views.publish", user_id=ANA, view=home(section("One customer")))

    assert first["view"]["id"] == second["view"]["id"]
    published = api.slack.person(ANA).home
    assert published is not None
    assert published.blocks[0]["text"]["text"] == "One customer"
    assert api.slack.person("U0BEN").home is None


async def test_publishing_needs_a_home_tab_and_a_person(api: Api) -> None:
    assert (await api("views.publish", user_id="U0NOBODY", view=home()))["error"] == "user_not_found"
    api.slack.workspace.home_tab_enabled = False

    assert (await api("views.publish", user_id=ANA, view=home()))["error"] == "not_enabled"
