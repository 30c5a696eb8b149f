"""What Cercle promises of every plugin, held here for this one."""

from cercle.testing import PluginContract, Village


class TestContract(PluginContract):
    """The gate, the freeze, the canary sweep, the number of queries, people who leave, pages for everybody."""

    plugin = "<< name >>"
    lists = ("/",)

    async def plant(self, village: Village, number: int) -> None:
        note = {"title": f"Note {number}", "body": "Bring your own hammer."}
        sent = await village.client(village.member).post("/c/atelier/<< name >>/new", data=note)
        assert sent.status_code == 303
