from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0004_indexes_for_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='MetricIncrement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('labels', models.CharField(max_length=300)),
                ('value', models.BigIntegerField()),
            ],
            options={
                'db_table': 'metric_increments',
                'indexes': [models.Index(fields=['name', 'labels'], name='metric_increments_by_series')],
            },
        ),
    ]
