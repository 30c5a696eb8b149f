msgid ""
msgstr ""
"Language: fr\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "<< title >>"
msgstr "<< title >>"

msgid "Short notes that members write for their club"
msgstr "De courtes notes que les membres écrivent pour leur club"

msgid "Read notes"
msgstr "Lire les notes"

msgid "Write notes"
msgstr "Écrire des notes"

msgid "Remove notes and bring them back"
msgstr "Retirer des notes et les rétablir"

msgid "Your note is there."
msgstr "Votre note est publiée."

msgid "after must be the value of next from the page before."
msgstr "after doit être la valeur de next de la page précédente."

msgid "All notes"
msgstr "Toutes les notes"

msgid "notes"
msgstr "notes"

msgid "Write a note"
msgstr "Écrire une note"

msgid "Nobody has written anything yet."
msgstr "Personne n’a encore rien écrit."

msgid "Title"
msgstr "Titre"

msgid "Text"
msgstr "Texte"

msgid "Markdown works here."
msgstr "Vous pouvez employer Markdown."

msgid "Publish"
msgstr "Publier"

msgid "Cancel"
msgstr "Annuler"

msgid "Former member"
msgstr "Ancien membre"

msgid "Remove"
msgstr "Retirer"

msgid "This note is removed."
msgstr "Cette note est retirée."

msgid "Bring it back"
msgstr "La rétablir"

msgid "Your notes"
msgstr "Vos notes"

msgid "Notes on a page"
msgstr "Notes par page"

msgid "Older notes are on the next pages."
msgstr "Les notes plus anciennes sont sur les pages suivantes."
