// The service's API, typed by its own OpenAPI document (openapi.json, from which schema.d.ts is made).
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the service refused: `fields` are its words about single values, by their names. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: Record<string, string[]> = {},
  ) {
    super(message);
  }
}

const csrf: Middleware = {
  onRequest({ request }) {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (token && request.method !== "GET") request.headers.set("X-CSRFToken", token);
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => globalThis.fetch(request),
  bodySerializer: serialized,
});
api.use(csrf);

/** The answer's data, or an ApiError in words for people. */
export async function answered<Data>(
  request: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  let result;
  try {
    result = await request;
  } catch {
    throw new ApiError(0, "The service cannot be reached. Check your connection and try again.");
  }
  const { data, error, response } = result;
  if (response.ok) return data as Data;
  throw refusal(response.status, error);
}

function refusal(status: number, error: unknown): ApiError {
  const told = error !== null && typeof error === "object" ? (error as Record<string, unknown>) : {};
  if (status === 400) {
    const fields = Object.entries(told).map(([name, words]) => [name, [words].flat().map(String)]);
    return new ApiError(status, "Some values need another look.", Object.fromEntries(fields));
  }
  const known: Record<number, string> = {
    401: "Sign in first.",
    403: "This is not yours to do. You may need to sign in.",
    404: "There is nothing here. It may have been removed.",
    409: "It is still needed elsewhere and stays.",
  };
  const message = known[status] ?? `The service answered ${status}. Try again in a moment.`;
  return new ApiError(status, message);
}

/** JSON, or form data where a file is among the values. */
function serialized(body: unknown): FormData | string {
  const values = Object.entries(body as object);
  if (!values.some(([, value]) => value instanceof File)) return JSON.stringify(body);
  const form = new FormData();
  for (const [name, value] of values) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined) form.append(name, one instanceof File ? one : text(one));
    }
  }
  return form;
}

function text(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
