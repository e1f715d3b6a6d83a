// Every kind of record on its pages, as a person uses them.
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { beforeEach, describe, expect, it } from "vitest";

import { App } from "../App";
import { kinds } from "../entities";
import { heading, titleOf } from "../records";
import { asked, refuse, sample, serve } from "../test/service";

function open(path: string): void {
  render(<MemoryRouter initialEntries={[path]}><App /></MemoryRouter>);
}

beforeEach(() => serve());

describe("home", () => {
  it("leads to every kind that is listed", async () => {
    open("/");
    await screen.findByRole("heading", { name: "Overview" });
    const nav = within(screen.getByRole("navigation", { name: "Main" }));
    for (const kind of kinds.filter((one) => one.listed)) {
      expect(nav.getByRole("link", { name: heading(kind.labelPlural) })).toBeDefined();
    }
  });

  it("says when there is nothing at an address", async () => {
    open("/app/nothing-here");
    await screen.findByRole("heading", { name: "There is nothing here" });
  });
});

describe.each(kinds.map((kind) => [kind.slug, kind] as const))("%s", (slug, kind) => {
  it("list", async () => {
    open(`/app/${slug}`);
    await screen.findByRole("heading", { level: 1, name: heading(kind.labelPlural) });
    const rows = await screen.findAllByRole("rowheader");
    expect(rows[0]?.textContent).toBe(titleOf(kind, sample(kind, 1)));
    await userEvent.click(screen.getByRole("button", { name: "More" }));
    await waitFor(() => expect(asked.some((one) => one.path.includes("page=2"))).toBe(true));
  });

  it.runIf(kind.searchable)("search", async () => {
    open(`/app/${slug}`);
    await userEvent.type(await screen.findByRole("searchbox"), "xyzzy{Enter}");
    await screen.findByRole("heading", { name: "No matches" });
  });

  it.runIf(kind.columns.some((name) => kind.sortable.includes(name)))("sort", async () => {
    const column = kind.columns.find((name) => kind.sortable.includes(name))!;
    open(`/app/${slug}?sort=${column}`);
    await screen.findAllByRole("rowheader");
    expect(asked.some((one) => one.path.includes(`ordering=${column}`))).toBe(true);
  });

  it("detail", async () => {
    open(`/app/${slug}/3`);
    await screen.findByRole("heading", { level: 1, name: titleOf(kind, sample(kind, 3)) });
  });

  it.runIf(kind.create)("form", async () => {
    open(`/app/${slug}/new`);
    const field = kind.fields.find((one) => !one.readOnly);
    const refusal = { [field?.name ?? "detail"]: ["Not like this."] };
    refuse.set(`POST /api/${slug}/`, { status: 400, body: refusal });
    const save = await screen.findByRole("button", { name: `Save ${kind.label}` });
    await userEvent.click(save);
    await screen.findByText("1 thing to fix before saving");
    screen.getByText("Not like this.");
    refuse.clear();
    await userEvent.click(screen.getByRole("button", { name: `Save ${kind.label}` }));
    await screen.findByRole("heading", { level: 1, name: titleOf(kind, sample(kind, 7)) });
  });

  it.runIf(kind.remove)("delete", async () => {
    open(`/app/${slug}/3`);
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    await userEvent.click(screen.getByRole("button", { name: "Delete it" }));
    await screen.findByRole("heading", { level: 1, name: heading(kind.labelPlural) });
    expect(asked.some((one) => one.method === "DELETE")).toBe(true);
  });
});
