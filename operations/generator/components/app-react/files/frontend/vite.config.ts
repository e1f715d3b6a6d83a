import { tmpdir } from "node:os";
import { join } from "node:path";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { JsonLines } from "./report";

// Where `manage.py runserver` or uvicorn answers while one develops.
const service = process.env["SERVICE_URL"] ?? "http://127.0.0.1:8000";
const ours = ["/api", "/static", "/media", "/accounts", "/admin", "/records"];

export default defineConfig({
  plugins: [react()],
  // Packages may be shared and read-only.
  cacheDir: join(tmpdir(), "vite"),
  server: { proxy: Object.fromEntries(ours.map((path) => [path, service])) },
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    reporters: ["default", ...(process.env["TEST_REPORT"] ? [new JsonLines()] : [])],
  },
});
