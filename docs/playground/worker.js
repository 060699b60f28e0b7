// Python, beside the page, so that the page stays responsive. It is started from memory: the page
// hands it every file, and by then has forbidden itself, and so this worker, any connection.
"use strict";

let glue;

onmessage = async ({ data }) => {
  if (data.files) {
    try {
      await start(data.files);
      postMessage({ ready: glue.describe() });
    } catch (error) {
      postMessage({ broken: String(error.message ?? error) });
    }
    return;
  }
  try {
    postMessage({ id: data.id, result: glue.run(data.request) });
  } catch (error) {
    // The page starts another worker: after an overflow of its stack, this Python is of no use.
    postMessage({ id: data.id, broken: String(error.message ?? error).trim().split("\n").at(-1) });
  }
};

async function start(files) {
  const real = self.fetch;
  self.fetch = async (url) => {
    const name = String(url).split("/").at(-1);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(files[name], { headers: { "content-type": type } });
  };
  const module = (name) =>
    import(URL.createObjectURL(new Blob([files[name]], { type: "text/javascript" })));
  const { loadPyodide } = await module("pyodide.mjs");
  const { default: createPyodideModule } = await module("pyodide.asm.mjs");
  const python = await loadPyodide({
    indexURL: "memory:/",
    packageBaseUrl: "memory:/",
    createPyodideModule,
  });
  self.fetch = real;
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith(".whl")) python.unpackArchive(bytes, "wheel");
  }
  python.FS.writeFile("/home/pyodide/glue.py", new Uint8Array(files["glue.py"]));
  python.runPython('import sys; sys.path.insert(0, "/home/pyodide")');
  glue = python.pyimport("glue");
}
