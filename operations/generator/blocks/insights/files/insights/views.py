"""The dashboard and the reports."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from insights.board import board
from insights.periods import PRESETS, Period
from insights.reports import Report, read_report
from insights.subjects import subjects_of
from records.export import csv_response, safe


def dashboard(request: HttpRequest) -> HttpResponse:
    period = Period.read(request.GET.dict())
    subjects = list(subjects_of(request.user))
    context = {
        "period": period,
        "presets": PRESETS,
        "board": board(subjects, request.user, period),
        "is_empty": not any(subject.records(request.user).exists() for subject in subjects),
    }
    return render(request, "insights/dashboard.html", context)


def report(request: HttpRequest) -> HttpResponse:
    """`?of=Order&by=status&show=sum:total&as=bars&from=…&to=…`; `&format=csv` is its table."""
    found = read_report(request.GET.dict(), list(subjects_of(request.user)), request.user)
    if found is not None and request.GET.get("format") == "csv":
        return _table(found)
    return render(
        request,
        "insights/report.html",
        {"report": found, "period": Period.read(request.GET.dict())},
    )


def _table(report: Report) -> HttpResponse:
    response = csv_response(report.title)
    writer = csv.writer(response)
    writer.writerow([safe(report.group_label), safe(report.measure_label), "Share in percent"])
    for row in report.rows:
        writer.writerow([safe(row.point.label), row.point.value, row.share])
    writer.writerow([report.total_label, report.total.value, ""])
    return response
