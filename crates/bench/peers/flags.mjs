// The flags as a Node programmer would fetch them: fetch, whose one agent keeps connections. Usage: node flags.mjs LINES CONCURRENCY,
// where LINES is a file with "-o FILE URL" a line. Flags that do not exist are left out; any other failure ends the program.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";

const [lines, concurrency] = process.argv.slice(2);
const tasks = readFileSync(lines, "utf8").trim().split("\n").values();

async function worker() {
  for (const line of tasks) {
    const [, file, url] = line.split(" ");
    const response = await fetch(url);
    const image = await response.arrayBuffer();
    if (response.ok) await writeFile(file, new Uint8Array(image));
    else if (response.status !== 404) throw new Error(`${url}: status ${response.status}`);
  }
}

await Promise.all(Array.from({ length: Number(concurrency) }, worker));
