from dataclasses import replace

from bot.domain.identifiers import MessageTs, SlackChannelId
from bot.ports.store import Draft, PostedMessage
from storage.database import Database
from storage.installations import Installation, Installations, fingerprint_of
from storage.store import WorkspaceStore
from tests.integration.storage.samples import ANA, BEN, CONTOSO_DOMAIN, HERE, MINUTE, NOON

CHANNEL, OTHER_CHANNEL = SlackChannelId("C0TEAM"), SlackChannelId("C0APPROVALS")


async def test_a_message_is_found_by_subject_and_channel(store: WorkspaceStore) -> None:
    card = PostedMessage("card:a", CHANNEL, MessageTs("1.1"))
    elsewhere = replace(card, channel=OTHER_CHANNEL)
    await store.commit(store.messages.recording(card), store.messages.recording(elsewhere))

    assert await store.messages.find("card:a", CHANNEL) == card
    assert await store.messages.of("card:a") == [elsewhere, card]


async def test_a_message_posted_again_takes_the_place_of_the_earlier_one(store: WorkspaceStore) -> None:
    card = PostedMessage("card:a", CHANNEL, MessageTs("1.1"))
    again = replace(card, ts=MessageTs("2.2"))
    await store.commit(store.messages.recording(card))
    await store.commit(store.messages.recording(again))

    assert await store.messages.of("card:a") == [again]


async def test_a_draft_is_written_over_and_removed(store: WorkspaceStore) -> None:
    draft = Draft("V1", ANA, {"customer": {"name": "Contoso"}, "roles": ["a"], "days": 365}, NOON)
    later = replace(draft, form={"customer": None}, updated_at=NOON + MINUTE)
    await store.commit(store.drafts.saving(draft))
    assert await store.drafts.get("V1") == draft

    await store.commit(store.drafts.saving(later))
    assert await store.drafts.get("V1") == later

    await store.commit(store.drafts.removing("V1"))
    assert await store.drafts.get("V1") is None


async def test_a_persons_drafts_about_a_customer_come_newest_first(store: WorkspaceStore) -> None:
    first, second = (
        Draft("V1", ANA, {"n": 1}, NOON, CONTOSO_DOMAIN),
        Draft("V2", ANA, {"n": 2}, NOON + MINUTE, CONTOSO_DOMAIN),
    )
    of_somebody_else = Draft("V3", BEN, {"n": 3}, NOON + 2 * MINUTE, CONTOSO_DOMAIN)
    about_another = Draft("V4", ANA, {"n": 4}, NOON + 2 * MINUTE, "fabrikam.com")
    await store.commit(*map(store.drafts.saving, (first, of_somebody_else, about_another, second)))

    assert await store.drafts.about(CONTOSO_DOMAIN, by=ANA) == [second, first]


async def test_a_persons_drafts_about_a_customer_go_together_and_no_others(store: WorkspaceStore) -> None:
    gone = [Draft("V1", ANA, {}, NOON, CONTOSO_DOMAIN), Draft("V2", ANA, {}, NOON, CONTOSO_DOMAIN)]
    kept = [Draft("V3", BEN, {}, NOON, CONTOSO_DOMAIN), Draft("V4", ANA, {}, NOON, "fabrikam.com")]
    await store.commit(*map(store.drafts.saving, (*gone, *kept)))

    await store.commit(store.drafts.removing_about(CONTOSO_DOMAIN, by=ANA))

    assert [await store.drafts.get(one.id) for one in (*gone, *kept)] == [None, None, *kept]


async def test_drafts_nobody_touched_since_are_removed(store: WorkspaceStore) -> None:
    old, new = Draft("V1", ANA, {"n": 1}, NOON), Draft("V2", ANA, {"n": 2}, NOON + MINUTE)
    await store.commit(store.drafts.saving(old), store.drafts.saving(new))
    await store.commit(store.drafts.removing_older(NOON + MINUTE))

    assert [await store.drafts.get(one.id) for one in (old, new)] == [None, new]


async def test_a_note_is_written_over(store: WorkspaceStore) -> None:
    await store.commit(store.notes.setting("checkpoint", "1"))
    await store.commit(store.notes.setting("checkpoint", "2"))

    assert await store.notes.get("checkpoint") == "2"
    assert await store.notes.get("import") is None


async def test_a_token_is_remembered_by_its_fingerprint(database: Database) -> None:
    installations = Installations(database)
    found = Installation(fingerprint_of("xoxb-1"), HERE, {"user_id": "U0BOT", "bot_id": "B0BOT"})
    await installations.record(replace(found, answer={"bot_id": "B0OLD"}))
    await installations.record(found)

    assert await installations.find(fingerprint_of("xoxb-1")) == found
    assert await installations.find(fingerprint_of("xoxb-2")) is None
