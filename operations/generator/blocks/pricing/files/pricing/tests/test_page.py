"""The page compares the plans that there are."""

from django.test import TestCase
from django.urls import reverse

from pricing.seed import seed
from pricing.views import features
from records.models import Plan


class PricingPageTests(TestCase):
    def test_plans_stand_side_by_side_the_cheapest_first(self) -> None:
        Plan.objects.create(name="Orchard", price=49, period="month", features="Everything")
        Plan.objects.create(name="Seed", price=0, period="month", features="One bed\nOne tree")
        answer = self.client.get(reverse("pricing:page"))
        self.assertContains(answer, "<article", count=2)
        text = answer.content.decode()
        self.assertLess(text.index("<h2>Seed"), text.index("<h2>Orchard"))
        self.assertContains(answer, "<li>One tree</li>", html=True)

    def test_the_highlighted_plan_stands_out(self) -> None:
        Plan.objects.create(name="Tree", price=19, period="month", highlighted=True)
        self.assertContains(self.client.get(reverse("pricing:page")), "tier--first")

    def test_without_plans_the_page_says_so(self) -> None:
        self.assertContains(self.client.get(reverse("pricing:page")), "No plans yet")

    def test_one_line_of_features_is_split_at_its_sentences(self) -> None:
        self.assertEqual(features(Plan(features="One bed. Two trees.")), ["One bed", "Two trees"])


class SeedTests(TestCase):
    def test_three_plans_are_sown_once(self) -> None:
        seed()
        seed()
        self.assertEqual(
            list(Plan.objects.order_by("price").values_list("name", flat=True)),
            ["Seed", "Tree", "Orchard"],
        )
        self.assertContains(self.client.get(reverse("pricing:page")), "tier--first")
