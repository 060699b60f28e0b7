// Runs the Worker of docs/examples/cloudflare in Pyodide, as `node cloudflare_worker.mjs
// PYODIDE_MODULE WHEELS SOURCE UPSTREAM`, with requests from standard input, one JSON object a line,
// and answers to standard output, one a line: a body is text, a stream the milliseconds of its parts.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Node would quote the line of source that threw, and Pyodide's is a megabyte long.
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const [module, wheels, source, upstream] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(module));
const pyodide = await loadPyodide();

for (const name of readdirSync(wheels)) {
  pyodide.unpackArchive(new Uint8Array(readFileSync(join(wheels, name))), "wheel");
}
for (const name of ["worker.py", "entry.py"]) {
  pyodide.FS.writeFile(`/home/pyodide/${name}`, readFileSync(join(source, name), "utf8"));
}

// Cloudflare's runtime has this module; what it does beyond handing over is not tested here.
pyodide.FS.writeFile(
  "/home/pyodide/workers.py",
  "class WorkerEntrypoint:\n    def __init__(self, env):\n        self.env = env\n",
);
const worker = pyodide.runPython(`
import sys
sys.path.insert(0, "/home/pyodide")
from types import SimpleNamespace
import entry

async def call(request, upstream):
    worker = entry.Default(SimpleNamespace(UPSTREAM=upstream))
    return await worker.fetch(SimpleNamespace(js_object=request))

call
`);

const lines = createInterface({ input: process.stdin });
console.log(JSON.stringify({ python: pyodide.runPython("sys.version") }));
for await (const line of lines) {
  const { url, body, base64, ...init } = JSON.parse(line);
  const bytes = base64 === undefined ? body : Buffer.from(base64, "base64");
  const request = new Request(url, { ...init, body: bytes, duplex: "half" });
  const start = performance.now();
  const response = await worker(request, upstream);
  const parts = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    parts.push(performance.now() - start);
    text += decoder.decode(part, { stream: true });
  }
  const headers = Object.fromEntries(response.headers);
  console.log(JSON.stringify({ status: response.status, headers, text, parts }));
}
