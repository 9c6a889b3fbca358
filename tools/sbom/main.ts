import { writeFile } from 'node:fs/promises';
import { createSbom } from './sbom.js';

// `npm run sbom [file]`: without a file, the document goes to standard output.
const [, , file] = process.argv;
const text = `${JSON.stringify(await createSbom(), null, 2)}\n`;
if (file === undefined) process.stdout.write(text);
else await writeFile(file, text);
