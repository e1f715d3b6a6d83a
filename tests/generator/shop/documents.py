"""Shops as the Architect would leave them: with words of their own, and with none."""

from __future__ import annotations

from blueprints.schemas import BlueprintDocument, EntityField
from tests.generator.documents import component, endpoint, entity, link, rule


def plain_shop() -> BlueprintDocument:
    """Nothing but the wish to sell."""
    document = BlueprintDocument(feature_name="Shop", summary="Things worth having.")
    rule(document, "shop.cart")
    rule(document, "shop.checkout", payment="test")
    rule(document, "shop.orders")
    return document


def bookshop() -> BlueprintDocument:
    """Books with a cost and copies, genres, and orders in somebody's own words."""
    document = BlueprintDocument(feature_name="Bookshop", summary="Second-hand books.")
    genre = entity(document, "Genre", "name")
    book = entity(document, "Book", "title, author, cost: decimal, pages: integer, blurb: text")
    link(document, book, genre)
    customer = entity(document, "Customer", "name, phone: phone")
    order = entity(
        document,
        "Order",
        "order number, name, email: email, delivery address: text, gift wrapping?: boolean, placed on: date",
    )
    status = EntityField(id=document.new_id("FLD"), name="state", type="choice")
    status.choices = ["received", "confirmed", "sent"]
    method = EntityField(id=document.new_id("FLD"), name="payment method", type="choice")
    method.choices = ["credit card", "invoice"]
    order.fields += [status, method]
    link(document, order, customer)
    review = entity(document, "Review", "author name, text: text")
    link(document, review, book)
    rule(document, "shop.cart", product="Book")
    rule(document, "shop.checkout")
    rule(document, "shop.orders")
    component(document, "gallery", book, route="/")
    for method_, path in (("GET", "/api/books/"), ("POST", "/api/orders/")):
        endpoint(document, method_, path)
    return document
