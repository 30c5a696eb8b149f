{% extends "layout.html" %}
{% from "ui.html" import button, field, form_actions, form_errors %}
{% block title %}{{ _("Write a note") }}{% endblock %}
{% block heading %}<h1>{{ _("Write a note") }}</h1>{% endblock %}
{% block content %}
<form method="post" action="{{ url("<< name >>:notes.create") }}">
{% if form %}{{ form_errors(form) }}{% endif %}
{{ field("title", _("Title"), form=form, required=True) }}
{{ field("body", _("Text"), type="textarea", rows=10, form=form, required=True, hint=_("Markdown works here.")) }}
{% call form_actions() %}{{ button(_("Publish"), kind="primary") }}{{ button(_("Cancel"), href=url("<< name >>:notes.index")) }}{% endcall %}
</form>
{% endblock %}
