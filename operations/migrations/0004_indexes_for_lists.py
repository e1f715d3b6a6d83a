from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0003_idempotency_keys_of_their_own'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='operation',
            name='operations_by_project',
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['-created_at', '-id'], name='operations_newest'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['project', '-created_at', '-id'], name='operations_of_project'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['project', 'status', '-created_at', '-id'], name='operations_by_status'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['project', 'type', '-created_at', '-id'], name='operations_by_type'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['blueprint', '-created_at', '-id'], name='operations_of_blueprint'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('project', None)), fields=['requested_by', '-created_at', '-id'], name='operations_of_no_project'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['created_at', 'id'], name='operations_waiting'),
        ),
    ]
