from tortoise import fields, migrations
from tortoise.migrations import operations as ops

ENDINGS = (
    "pdf docx docm dotx pptx pptm ppsx potx xlsx xlsm xltx odt ods odp ott ots otp odg "
    "txt text md markdown csv tsv rst org log html htm xhtml"
).split()
OLD = " OR ".join(f"name_key LIKE '%.{ending}'" for ending in ENDINGS)


class Migration(migrations.Migration):
    dependencies = [('accounts', '0004_lists_of_people'), ('files', '0002_sort_keys'), ('spaces', '0008_what_grows')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Entry',
            name='wants_text',
            field=fields.BooleanField(default=False, db_index=True, db_default=False),
        ),
        # what is there already is read too, bit by bit
        ops.RunSQL(f"UPDATE files_entry SET wants_text = TRUE WHERE is_file AND ({OLD})"),
    ]
