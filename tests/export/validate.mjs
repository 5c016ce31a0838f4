// Runs the Khronos glTF validator: node validate.mjs FILE...   prints one JSON list, one report a file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { validateBytes } = createRequire(import.meta.url)("gltf-validator");

const reports = [];
for (const file of process.argv.slice(2)) {
  const { issues } = await validateBytes(new Uint8Array(readFileSync(file)), { uri: file, maxIssues: 100 });
  reports.push({
    file,
    errors: issues.numErrors,
    warnings: issues.numWarnings,
    infos: issues.numInfos,
    messages: issues.messages.map((m) => `${m.code} at ${m.pointer ?? m.offset}: ${m.message}`),
  });
}
console.log(JSON.stringify(reports));
