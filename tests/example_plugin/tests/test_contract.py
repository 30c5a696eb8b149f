"""What Cercle promises of every plugin, held here for this one."""

from cercle.testing import PluginContract, Village


class TestContract(PluginContract):
    """The gate, the freeze, the canary sweep, the number of queries, pages without scripts."""

    plugin = "poll"
    lists = ("/",)

    async def plant(self, village: Village, number: int) -> None:
        poll = {"question": f"Question {number}", "answers": "Yes\nNo"}
        sent = await village.client(village.member).post("/c/atelier/poll/new", data=poll)
        assert sent.status_code == 303
