// The service as the app meets it: requests answered over fetch, from records in memory.
import { vi } from "vitest";

import { kinds } from "../entities";
import type { AnyKind, Field, Row } from "../records";

export const asked: { method: string; path: string; body: unknown }[] = [];
export const refuse = new Map<string, { status: number; body: unknown }>();

export function sample(kind: AnyKind, id: number): Row {
  return Object.fromEntries([["id", id], ...kind.fields.map((field) => [field.name, valueOf(field, id)])]) as Row;
}

function valueOf(field: Field, id: number): unknown {
  switch (field.type) {
    case "integer": case "decimal": return id;
    case "money": return `${id}.00`;
    case "boolean": return true;
    case "date": return "2026-05-14";
    case "datetime": return "2026-05-14T10:00:00Z";
    case "time": return "10:00";
    case "choice": return field.choices?.[0]?.[0] ?? "";
    case "link": return 1;
    case "links": return [1];
    case "json": return { a: 1 };
    case "image": case "file": return "/media/one.png";
    case "url": return "https://example.org/";
    default: return `${field.name} ${id}`;
  }
}

export function serve(count = 30): void {
  asked.length = 0;
  refuse.clear();
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const type = request.headers.get("Content-Type") ?? "";
    const text = request.method === "GET" ? "" : await request.clone().text();
    asked.push({ method: request.method, path: pathname + search, body: type.includes("json") && text ? JSON.parse(text) : text });
    const refused = refuse.get(`${request.method} ${pathname}`);
    if (refused) return answer(refused.status, refused.body);
    if (pathname === "/api/session/") return answer(200, { user: null, may: allowed() });
    const [, , slug, id] = pathname.split("/");
    const kind = kinds.find((one) => one.slug === slug);
    if (!kind) return answer(404, {});
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    if (request.method === "POST") return answer(201, sample(kind, 7));
    if (id) return answer(200, sample(kind, Number(id)));
    const query = new URLSearchParams(search);
    if (query.get("search") === "xyzzy") return answer(200, { count: 0, results: [] });
    const size = Math.min(Number(query.get("page_size") ?? 25), count);
    return answer(200, { count, results: Array.from({ length: size }, (_, number) => sample(kind, number + 1)) });
  });
}

function allowed(): Record<string, string[]> {
  return Object.fromEntries(kinds.map((kind) => [kind.slug, ["list", "read", "create", "update", "delete"]]));
}

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}
