// What happened to each test, written to $TEST_REPORT as the service's own tests are: one JSON object per line.
import { writeFileSync } from "node:fs";

import type { Reporter, TestModule } from "vitest/node";

const OUTCOMES = { passed: "passed", failed: "failed", skipped: "skipped", pending: "error" };

export class JsonLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { message: string }[]): void {
    const lines: object[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const result = test.result();
        lines.push({
          id: `frontend.${test.fullName.replaceAll(" > ", ".").replaceAll(" ", "_")}`,
          outcome: OUTCOMES[result.state],
          seconds: (test.diagnostic()?.duration ?? 0) / 1000,
          message: (result.errors ?? []).map((error) => error.stack ?? error.message).join("\n"),
        });
      }
    }
    const broken = [...errors, ...modules.flatMap((module) => module.errors())];
    for (const [number, error] of broken.entries()) {
      lines.push({ id: `frontend.error_${number + 1}`, outcome: "error", seconds: 0, message: error.message });
    }
    const all = [...lines, { total: lines.length }];
    writeFileSync(process.env["TEST_REPORT"]!, all.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}
