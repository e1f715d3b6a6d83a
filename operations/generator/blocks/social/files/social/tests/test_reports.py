"""What is reported reaches staff, who can take it away."""

from django.contrib import admin
from django.test import TestCase

from social.admin import ReportAdmin
from social.models import Report
from social.parts import PARTS
from social.tests.cast import address, build, signed_in


class ReportTests(TestCase):
    def test_a_report_tells_staff_and_removing_removes(self) -> None:
        for part in PARTS:
            said = build(part.model)
            client = signed_in()
            where = address(part, "report", said)
            self.assertContains(client.get(where), "Report this")
            client.post(where, {"reason": "Rude."})
            report = Report.objects.get(kind=part.model.__name__)
            self.assertEqual((report.number, report.reason), (said.pk, "Rude."))
            staff = ReportAdmin(Report, admin.site)
            staff.remove_what_was_reported(None, Report.objects.filter(pk=report.pk))
            self.assertFalse(part.model.objects.filter(pk=said.pk).exists())
            self.assertFalse(Report.objects.exists())
