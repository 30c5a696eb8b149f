[build-system]
requires = ["hatchling>=1.28"]
build-backend = "hatchling.build"

[project]
name = "<< package >>"
version = "0.1.0"
description = "<< title >> for clubs on Cercle"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["cercle>=<< version >>,<1"]

[project.optional-dependencies]
dev = ["pytest>=9"]
browser = ["cercle[wcag]"] # and then: playwright install chromium

# this is how Cercle finds the plugin
[project.entry-points."cercle.plugins"]
<< name >> = "cercle_<< name >>"

[tool.hatch.build.targets.wheel]
packages = ["cercle_<< name >>"]

[tool.ruff]
line-length = 120

[tool.ruff.lint.isort]
known-first-party = ["cercle", "cercle_<< name >>"]

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "--import-mode=importlib"
anyio_mode = "auto" # every `async def test_…` runs, without a mark
