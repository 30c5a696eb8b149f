"""Mistakes in the plugin that `cercle plugin new poll` writes: file, what was right, what is wrong, where it is told, and how."""

# ruff: noqa: E501
# fmt: off

MISTAKES = (
    # what it imports
    ("queries.py", "from cercle import", "import core.db\nfrom cercle import", "import core.db", "imports core.db; a plugin imports only cercle"),
    ("queries.py", "    found = Note", "    from spaces import models\n    found = Note", "from spaces", "imports spaces.models; a plugin imports only cercle"),
    ("queries.py", "PAGE = 50", "import importlib\nOTHER = importlib.import_module('plugins.wiki')\nPAGE = 50", "OTHER", "imports plugins.wiki; a plugin imports only cercle"),
    ("events.py", "from cercle import Event", "from cercle import Event, Evnt", "import Event", "cercle has no 'Evnt'; did you mean 'Event'"),
    ("forms.py", "from cercle import", "import cercle._testing.walk\nfrom cercle import", "_testing", "imports cercle._testing.walk; only cercle and cercle.testing are public"),
    # rights
    ("routes.py", 'views.new, "notes.new", WRITE', 'views.new, "notes.new", "poll.wrte"', "poll.wrte", "asks for the permission 'poll.wrte', which nobody declares; did you mean 'poll.write'?"),
    ("routes.py", '"notes.create", WRITE', '"notes.create", VIEW', "notes.create", "POST /new asks only for 'poll.view', which is for reading"),
    ("routes.py", '"removal.delete"', '"removal.create"', "removal.create", "two routes are called 'removal.create'"),
    ("routes.py", '"notes.show", VIEW', '"notes.show"', "notes.show", "does not load: "),
    ("permissions.py", ", writes=False", "", "poll.view", 'there is no permission("poll.view", …, writes=False)'),
    ("permissions.py", '"poll.view"', '"notes.view"', "notes.view", "does not load: "),
    # prefixes
    ("events.py", 'name="poll.note_removed"', 'name="note_removed"', "class NoteRemoved", "does not load: Event 'note_removed' must start with 'poll.'"),
    ("models.py", 'table = "poll_note"', 'table = "note"', '"note"', "does not load: Table 'note' must start with 'poll_'"),
    ("models.py", '"accounts.User", related_name="poll_notes"', '"accounts.User", related_name="notes"', "author:", "does not load: "),
    ("static/poll.css", ".poll-byline", ".byline", ".byline", "warning: .byline is not the plugin's alone"),
    ("static/poll.css", "var(--ink-soft)", "#777", "#777", "color has a colour of its own; use a token"),
    ("static/poll.css", "var(--ink-soft)", "var(--ink-sof)", "ink-sof)", "there is no token --ink-sof; did you mean 'ink-soft'?"),
    ("static/poll.css", "@layer parts", "@layer theme", ".poll-byline", "stands outside of @layer parts"),
    # tables
    ("models.py", "title = fields.CharField(max_length=120)", "title = fields.CharField(max_length=9000)", "9000", "Note.title: a CharField has 1 to 2000 characters"),
    ("models.py", "on_delete=fields.SET_NULL", "on_delete=fields.RESTRICT", "author:", "Note.author: on_delete=RESTRICT keeps a person from ever being erased"),
    ("models.py", "null=True, on_delete=fields.SET_NULL", "null=True", "author:", "warning: Note.author: its rows go with the person"),
    ("models.py", "max_length=120", "max_length=121", '"""What is kept', "the models have changed since the last migration. Run: cercle makemigrations poll"),
    ("hooks.py", "async def person_exported", "async def person_exportd", "def person_exportd", "there is no hook 'person_exportd'; did you mean 'person_exported'?"),
    # hooks
    ("hooks.py", "plugin_holdings(club: Club)", "plugin_holdings(clb: Club)", "clb: Club", "the hook 'plugin_holdings' has no argument 'clb'; did you mean 'club'?"),
    ("hooks.py", "@hookimpl\nasync def plugin_holdings", "async def plugin_holdings", "def plugin_holdings", "warning: plugin_holdings is the name of a hook, but is not marked with @hookimpl"),
    ("queries.py", "async def notes_of", "from cercle import hookimpl\n\n\n@hookimpl\nasync def notes_of", "def notes_of", "notes_of is marked with @hookimpl outside of hooks.py"),
    # templates
    ("templates/notes/new.html", "poll:notes.create", "poll:notes.crate", "crate", "leads to 'poll:notes.crate', a route that does not exist; did you mean 'poll:notes.create'?"),
    ("templates/notes/index.html", "{% endfor %}", "{% endfr %}", "endfr", "Encountered unknown tag 'endfr'"),
    ("templates/notes/show.html", '"poll.css"', '"pool.css"', "pool.css", "asks for static/pool.css, which does not exist"),
    ("templates/notes/show.html", '{% extends "layout.html" %}', '{% extends "layuot.html" %}', "layuot", "there is no template 'layuot.html'"),
    ("templates/notes/index.html", "import button", "import buton, button", "buton", "ui.html has no 'buton'; did you mean 'button'?"),
    ("templates/notes/index.html", "date(note.created_at", "date(note.created_at|agoo", "agoo", "No filter named 'agoo'"),
    ("templates/notes/show.html", "note.body_html", "nota.body_html", "nota.", "'nota' is not defined: no view gives it; did you mean 'note'?"),
    ("templates/notes/show.html", "{{ prose(note.body_html) }}", "{{ note.body_html|safe }}", "|safe", "warning: shows text as HTML that nobody has cleaned"),
    ("templates/notes/show.html", "{{ prose(note.body_html) }}", "<p style='color: red'>x</p>", "color: red", "holds a script or style of its own, which browsers refuse here"),
    ("views.py", '"poll/notes/new.html"', '"poll/notes/neww.html"', "neww", "there is no template 'poll/notes/neww.html'; did you mean 'poll/notes/new.html'?"),
    # translations
    ("views.py", '"Your note is there."', '"Your note is somewhere."', "somewhere", "'Your note is somewhere.' is not translated in locale/fr/LC_MESSAGES/messages.po"),
    ("locale/fr/LC_MESSAGES/messages.po", 'msgstr "Titre"', 'msgstr "Titre de %(note)s"', 'msgid "Title"', "the translation of 'Title' names %(note)s, which the text does not"),
    ("locale/fr/LC_MESSAGES/messages.po", 'msgid "Title"', '#, fuzzy\nmsgid "Title"', "Title", "the translation of 'Title' is marked as fuzzy, so it is not shown"),
    # code
    ("services.py", "    made = await render", "    open('x')\n    made = await render", "open('x')", "warning: open() holds up everybody's requests"),
    ("services.py", "    made = await render", "    from time import sleep as rest\n    rest(1)\n    made = await render", "rest(1)", "warning: time.sleep() holds up everybody's requests; use await asyncio.sleep(…)"),
    ("views.py", "from cercle import", "from markupsafe import Markup\n\nTRUSTED = Markup(__name__)\nfrom cercle import", "TRUSTED", "warning: marks text as safe HTML"),
    # the manifest
    ("__init__.py", 'icon="notebook-pen",', 'icon="notebook-pen",\n    requires=("wiki>=2,<1",),', "requires=", "requires wiki<1,>=2, which no version can satisfy"),
    ("__init__.py", 'icon="notebook-pen",', 'icon="notebook-pen",\n    requires=("wikki",),', "requires=", "requires wikki, which is not installed; did you mean 'wiki'?"),
    ("__init__.py", 'icon="notebook-pen",', 'icon="notebook-pen",\n    requires=("wiki>=99",),', "requires=", "requires wiki>=99, but"),
    ("__init__.py", ",<1", "", "cercle=", "warning: says cercle="),
    ("__init__.py", 'cercle=">=', 'cercle="<', "cercle=", "does not load: Needs Cercle <"),
    ("__init__.py", 'name="poll"', 'name="Poll!"', "name=", "does not load: The name 'Poll!' must be"),
    ("__init__.py", 'version="0.1.0"', 'version="one"', "version=", "does not load: Wrong version in the manifest"),
    # what does not load
    ("services.py", "async def write_note(", "async def write_note((", "write_note((", "is no Python: "),
    ("views.py", "from cercle_poll.forms import NoteInput", "from cercle_poll.forms import NoInput", "NoInput", "does not load: ImportError: cannot import name 'NoInput'"),
    ("models.py", "from tortoise import fields", "import tortoise_nonesuch\nfrom tortoise import fields", "nonesuch", "does not load: ModuleNotFoundError: No module named 'tortoise_nonesuch'; install it"),
    ("events.py", "from cercle import Event", "from cercle import Event\n\n1 / 0", "1 / 0", "does not load: ZeroDivisionError: division by zero"),
)
