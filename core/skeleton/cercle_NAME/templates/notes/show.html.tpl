{% extends "layout.html" %}
{% from "ui.html" import button, callout, date, prose %}
{% block head %}<link rel="stylesheet" href="{{ static("<< name >>", "<< name >>.css") }}">{% endblock %}
{% block title %}{{ note.title }}{% endblock %}
{% block heading %}
<h1>{{ note.title }}</h1>
<p class="<< name >>-byline">{{ note.author.name if note.author else _("Former member") }} · {{ date(note.created_at) }}</p>
{% endblock %}
{% block actions %}
{% if can("<< name >>.remove", note) and not note.removed_at %}
<form method="post" action="{{ url("<< name >>:removal.create", note=note.id) }}">{{ button(_("Remove"), kind="quiet", icon_name="trash-2") }}</form>
{% endif %}
{% endblock %}
{% block content %}
{% if note.removed_at %}
{% call callout(kind="warning", title=_("This note is removed.")) %}
<form method="post" action="{{ url("<< name >>:removal.delete", note=note.id) }}">{{ button(_("Bring it back")) }}</form>
{% endcall %}
{% endif %}
{{ prose(note.body_html) }}
{% endblock %}
