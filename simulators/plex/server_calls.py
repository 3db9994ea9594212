"""Calls about the server itself: who it is, its libraries, its activities, its owner's preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plex.messages import Answer, Refusal
from simulators.plex.rendering import container, element

if TYPE_CHECKING:
    from simulators.plex.calls import Call


def identity(call: Call) -> Answer:
    """The one call without a token."""
    options = call.options
    attributes = {
        "size": 0,
        "apiVersion": "1.1.1",
        "claimed": 1,
        "machineIdentifier": options.machine_identifier,
        "version": options.version,
    }
    return Answer(body=container(attributes, ()))


def root(call: Call) -> Answer:
    """What plexapi's constructor asks for."""
    options = call.options
    attributes = {
        "size": 1,
        "friendlyName": options.friendly_name,
        "machineIdentifier": options.machine_identifier,
        "myPlex": 1,
        "multiuser": 1,
        "platform": "Linux",
        "allowMediaDeletion": 1,
        "version": options.version,
    }
    return Answer(
        body=container(attributes, [element("Directory", {"count": 1, "key": "library", "title": "library"})])
    )


def library(_call: Call) -> Answer:
    """The front page of the library, which plexapi wants before the sections."""
    attributes = {"size": 1, "identifier": "com.plexapp.plugins.library", "title1": "Plex Library"}
    return Answer(
        body=container(attributes, [element("Directory", {"key": "sections", "title": "Library Sections"})])
    )


def sections(call: Call) -> Answer:
    """The libraries."""
    rows = [call.render.section(section) for section in call.library.sections.values()]
    return Answer(body=container({"size": len(rows), "allowSync": 0, "title1": "Plex Library"}, rows))


def preferences(call: Call) -> Answer:
    """The owner's alone, so whoever may read them may edit."""
    if not call.request.owner:
        raise Refusal(call.options.guest_status)
    rows = [element("Setting", {"id": "FriendlyName", "type": "text", "value": call.options.friendly_name})]
    return Answer(body=container({"size": len(rows)}, rows))


def activities(call: Call) -> Answer:
    """What goes on behind the scenes."""
    rows = [
        element(
            "Activity",
            {
                "uuid": activity.uuid,
                "type": activity.type,
                "cancellable": 1,
                "userID": 1,
                "title": activity.title,
                "subtitle": "",
                "progress": -1,
            },
        )
        for activity in call.backstage.running()
    ]
    return Answer(body=container({"size": len(rows)}, rows))


def cancel_activity(call: Call) -> Answer:
    """Its work is not done then."""
    if not call.backstage.cancel(call.parts["uuid"]):
        raise Refusal(404)
    return Answer()
