"""Comments go where their item goes: out of sight with it, back with it, and for good when it is gone for good."""

from __future__ import annotations

from cercle import Club, atomic, dialect, forget_content, rows
from plugins.comments.models import Comment, ItemState
from plugins.comments.services.publishing import Standing, record, standing_of

BATCH = 200


async def follow_item(club: Club, plugin: str, kind: str, number: int) -> None:
    """Bring the catalogue's rows of an item's comments in step with the item; doing it twice changes nothing."""
    of_item = Comment.filter(club_id=club.id, plugin=plugin, kind=kind, object_id=number)
    if not await of_item.exists():
        return
    while True:
        async with atomic():
            standing = await standing_of(club.id, plugin, kind, number)
            if standing is None:
                done = await _forget_some(club, plugin, kind, number)
            else:
                done = await _bring_some(club, standing, plugin, kind, number)
        if done < BATCH:
            return


async def follow_club(club: Club, plugin: str = "") -> None:
    """The same for all items of a club with comments, or for those of one plugin: when switches or rights have changed."""
    of_club = Comment.filter(club_id=club.id, **({"plugin": plugin} if plugin else {}))
    for item in await of_club.distinct().values_list("plugin", "kind", "object_id"):
        await follow_item(club, str(item[0]), str(item[1]), int(item[2]))


async def forget_plugin(plugin: str) -> None:
    """Erase the comments on all that a plugin had, in the running transaction."""
    items = await Comment.filter(plugin=plugin).distinct().values_list("club_id", "kind", "object_id")
    for club_id, kind, number in items:
        club = await Club.get(id=club_id)
        while await _forget_some(club, plugin, str(kind), int(number)) >= BATCH:
            pass
    await ItemState.filter(plugin=plugin).delete()


async def follow_all() -> None:
    """The same everywhere, where a comment stands in the catalogue though its item does not, or the other way round."""
    sql = (
        "SELECT DISTINCT m.club_id, m.plugin, m.kind, m.object_id FROM comments_comment m "
        "JOIN spaces_content c ON c.plugin = 'comments' AND c.kind = 'comment' AND c.object_id = m.id "
        "JOIN spaces_club_plugin o ON o.id = c.switch_id AND o.effective IN ('on', 'read_only') "
        "LEFT JOIN spaces_content i ON i.plugin = m.plugin AND i.kind = m.kind AND i.object_id = m.object_id "
        "LEFT JOIN spaces_club_plugin s ON s.id = i.switch_id "
        "LEFT JOIN comments_item_state t ON t.plugin = m.plugin AND t.kind = m.kind AND t.object_id = m.object_id "
        "WHERE m.removed_at IS NULL AND m.hidden_at IS NULL AND (i.id IS NULL OR (c.state = 'published') <> "
        "(i.state = 'published' AND i.hidden_at IS NULL AND i.audience <> 'author' AND s.effective IN ('on', 'read_only') "
        f"AND COALESCE(t.state, '') <> 'off')) LIMIT {BATCH}"
    )
    for row in await rows(sql):
        if (club := await Club.get_or_none(id=row["club_id"])) is not None:
            await follow_item(club, row["plugin"], row["kind"], int(row["object_id"]))


async def _bring_some(club: Club, standing: Standing, plugin: str, kind: str, number: int) -> int:
    words, state = dialect(), "published" if standing.audience else "trashed"
    marks = [words.param(place) for place in range(1, 7)]
    sql = (
        "SELECT m.id FROM comments_comment m JOIN spaces_content c ON c.plugin = 'comments' AND c.kind = 'comment' "
        f"AND c.object_id = m.id WHERE m.plugin = {marks[0]} AND m.kind = {marks[1]} AND m.object_id = {marks[2]} "
        "AND m.removed_at IS NULL AND m.hidden_at IS NULL AND c.hidden_at IS NULL "
        f"AND (c.state <> {marks[3]} OR c.audience <> {marks[4]} OR c.title <> {marks[5]}) ORDER BY m.id LIMIT {BATCH}"
    )
    audience = standing.audience or "moderators"
    found = await rows(sql, [plugin, kind, number, state, audience, standing.title])
    for comment in await Comment.filter(id__in=[row["id"] for row in found]).order_by("id"):
        await record(club, comment, standing, touch=False)
    return len(found)


async def _forget_some(club: Club, plugin: str, kind: str, number: int) -> int:
    """Replies first, so that each thread goes whole even when it takes several transactions."""
    of_item = Comment.filter(club_id=club.id, plugin=plugin, kind=kind, object_id=number)
    gone = [int(id) for id in await of_item.order_by("-id").limit(BATCH).values_list("id", flat=True)]  # type: ignore[call-overload]
    await forget_content(plugin="comments", kind="comment", object_ids=gone)
    await Comment.filter(id__in=gone).delete()
    await ItemState.filter(plugin=plugin, kind=kind, object_id=number).delete()
    return len(gone)
