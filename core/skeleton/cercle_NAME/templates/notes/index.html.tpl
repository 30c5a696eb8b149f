{% extends "layout.html" %}
{% from "ui.html" import button, date, empty_state, item_list, list_item, pagination %}
{% block title %}{{ _("<< title >>") }}{% endblock %}
{% block heading %}<h1>{{ _("<< title >>") }}</h1>{% endblock %}
{% block actions %}{% if can("<< name >>.write", club) %}{{ button(_("Write a note"), href=url("<< name >>:notes.new"), kind="primary", icon_name="plus") }}{% endif %}{% endblock %}
{% block content %}
{% call item_list(label=_("<< title >>")) %}
{% for note in notes %}
{{ list_item(note.title, href=url("<< name >>:notes.show", note=note.id), text=note.words|truncate(160), meta=date(note.created_at)) }}
{% endfor %}
{% endcall %}
{% if not notes %}{{ empty_state("notebook-pen", _("Nobody has written anything yet.")) }}{% endif %}
{{ pagination(older=url("<< name >>:notes.index", before=older) if older else None) }}
{% endblock %}
