"""What the app's answers do to a person's screen, and what the person reads when an answer is no good."""

import json

from bot.sandbox.fake_slack.checks import exactly_one, items, record
from bot.sandbox.fake_slack.composition import OPTION, OPTION_GROUP, offered
from bot.sandbox.fake_slack.delivery import FAILED
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.hooks import respond
from bot.sandbox.fake_slack.state import Hook, Json, Toast, View, Workspace
from bot.sandbox.fake_slack.traffic import Delivery
from bot.sandbox.fake_slack.views import (
    checked_modal,
    close_all,
    close_top,
    replace_view,
    stack_view,
)

TROUBLE = "We had some trouble connecting. Try again?"
SUGGESTIONS = record(
    {"options": items(OPTION, 100, 0), "option_groups": items(OPTION_GROUP, 100, 0)},
    (),
    exactly_one("options", "option_groups"),
)


class BadAnswerError(Exception):
    """The app answered 200 with something Slack cannot use."""


def toast(workspace: Workspace, user: str, code: str, text: str) -> None:
    """Tell a person that the app failed them."""
    workspace.screen(user).toasts.append(Toast(code, text))
    workspace.show("toast", user, "", text, {"code": code})


def failure_code(delivery: Delivery) -> str | None:
    """Return what went wrong with a command or interaction, None when it was answered with 200."""
    if delivery.status is None:
        return delivery.error or FAILED
    if delivery.status == 200:
        return None
    return "http_service_error" if delivery.status >= 500 else "http_client_error"


def take_command_answer(workspace: Workspace, hook: Hook, command: str, delivery: Delivery) -> None:
    """Show the reply to a slash command: nothing, text, or a message."""
    code = failure_code(delivery)
    if code is None:
        code = _refused_reply(workspace, hook, delivery)
    if code is not None:
        toast(workspace, hook.user, code, f'{command} failed with the error "{code}"')


def take_action_answer(workspace: Workspace, user: str, delivery: Delivery) -> None:
    """Check the answer to an action or shortcut; its body has no meaning."""
    code = failure_code(delivery)
    if code is not None:
        toast(workspace, user, code, TROUBLE)


def take_submission_answer(workspace: Workspace, view: View, delivery: Delivery) -> None:
    """Do what the answer to a `view_submission` says; anything unusable keeps the modal and shows a toast."""
    code = failure_code(delivery)
    if code is not None:
        toast(workspace, view.user, code, TROUBLE)
        return
    try:
        _act_on(workspace, view, _submission_body(delivery))
    except SlackError as error:
        toast(workspace, view.user, error.code, TROUBLE)
    except BadAnswerError as error:
        toast(workspace, view.user, "bad_answer", f"{TROUBLE} ({error})")


def read_suggestions(workspace: Workspace, user: str, delivery: Delivery) -> list[Json]:
    """Return the options offered for what was typed, groups flattened; none, with a toast, when unusable."""
    code = failure_code(delivery)
    body: Json = {}
    if code is None:
        body = _object(delivery.answer) or {}
        code = "bad_answer" if list(SUGGESTIONS(body, "")) else None
    if code is not None:
        toast(workspace, user, code, "The options could not be loaded.")
        return []
    return offered(body)


def _refused_reply(workspace: Workspace, hook: Hook, delivery: Delivery) -> str | None:
    if not delivery.answer.strip():
        return None
    body = _object(delivery.answer)
    try:
        respond(workspace, hook, {"text": delivery.answer} if body is None else body)
    except SlackError as error:
        return error.code
    return None


def _submission_body(delivery: Delivery) -> Json:
    if not delivery.answer.strip():
        return {}
    body = _object(delivery.answer)
    if body is None:
        raise BadAnswerError("not a JSON object")
    return body


def _act_on(workspace: Workspace, view: View, body: Json) -> None:
    action = body.get("response_action")
    if action in ("errors", "update") and view.id not in workspace.views:
        raise BadAnswerError("that modal is closed")
    if not body:
        _close(workspace, view)
    elif action == "clear":
        close_all(workspace, view.user)
    elif action == "errors":
        _show_errors(workspace, workspace.views[view.id], body.get("errors"))
    elif action == "update":
        _update(workspace, workspace.views[view.id], body.get("view"))
    elif action == "push":
        stack_view(workspace, view.user, checked_modal(workspace, body.get("view")))
    else:
        raise BadAnswerError(f"response_action {action!r}")


def _close(workspace: Workspace, view: View) -> None:
    if workspace.screen(view.user).stack[-1:] == [view.id]:
        close_top(workspace, view.user)


def _update(workspace: Workspace, view: View, body: object) -> None:
    replace_view(workspace, view, checked_modal(workspace, body, own=view))


def _show_errors(workspace: Workspace, view: View, errors: object) -> None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise BadAnswerError("errors must be an object of block_id and text")
    if not errors.keys() <= inputs:
        raise BadAnswerError(f"no input block {', '.join(sorted(errors.keys() - inputs))}")
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise BadAnswerError("each error must be text")
    show_field_errors(workspace, view, errors)


def show_field_errors(workspace: Workspace, view: View, errors: dict[str, str]) -> None:
    """Mark fields of a modal as wrong."""
    workspace.screen(view.user).errors = dict(errors)
    workspace.show("field_errors", view.user, view.id, "\n".join(errors.values()), {"errors": errors})


def _object(text: str) -> Json | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
