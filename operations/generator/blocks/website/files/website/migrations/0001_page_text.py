from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PageText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        help_text="The address of the page, such as /about/.",
                        max_length=200,
                        unique=True,
                    ),
                ),
                ("heading", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(help_text="An empty line begins a new paragraph.")),
            ],
            options={"ordering": ["path"]},
        ),
    ]
