from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ArchivedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(help_text='app.Model the record belonged to', max_length=200)),
                ('record_id', models.CharField(max_length=64)),
                ('values', models.JSONField()),
                ('archived_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-archived_at', 'source', 'record_id'],
                'indexes': [models.Index(fields=['source', 'record_id'], name='archive_by_record')],
            },
        ),
    ]
