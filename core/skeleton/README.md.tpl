# << package >>

<< title >> for clubs on Cercle: members write short notes, everybody in the club reads them.

    pip install -e .            # beside Cercle, in the same environment
    cercle migrate              # makes the table
    cercle plugin check << name >>
    cercle serve                # the operator finds "<< title >>" among the plugins of a club

    pip install -e ".[dev]"
    pytest                      # on SQLite; CERCLE_TEST_DATABASES=sqlite,postgres for both
    pytest --cercle-verdict     # also writes cercle_<< name >>/verdict.json, which operators read before they enable it

Pages are looked at in a browser too, where there is one: `pip install -e ".[dev,browser]"`, then `playwright install chromium`.

| file | holds |
|---|---|
| `__init__.py` | the manifest |
| `models.py`, `migrations/` | `Note` |
| `permissions.py` | who reads, writes and removes |
| `queries.py` | the notes of a club |
| `services.py`, `events.py` | `write_note`, `remove_note`, `bring_back_note`, and what they announce |
| `forms.py` | what people may send |
| `settings.py` | what a club chooses: how many notes stand on a page |
| `routes.py`, `views.py`, `templates/`, `static/` | the pages, below `/c/{club}/<< name >>` |
| `api.py` | the same for programs, below `/api/v1/clubs/{club}/<< name >>` |
| `hooks.py` | the newest notes on the home of a club; what turning the plugin off would freeze; what people take along |
| `locale/fr/` | French; the source is English |
| `tests/` | a running site with people of every kind |

After a change of `models.py`: `cercle makemigrations << name >>`.
