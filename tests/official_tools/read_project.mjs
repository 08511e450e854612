// Reads a developer project with HubSpot's own parsing library and prints what it found.
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.resolve(process.env.NODE_PATH ?? '.', 'x.js'));
const library = require.resolve('@hubspot/project-parsing-lib/translate');
const { translate } = await import(pathToFileURL(library));

const [project] = process.argv.slice(2);
if (!project) {
  console.error('usage: read_project.mjs FOLDER');
  process.exit(2);
}
const expected = { APPLICATION: 1, WEBHOOKS: 1, WORKFLOW_ACTION: 4 };
for (const profile of ['development', 'production']) {
  const context = { projectSourceDir: path.resolve(project, 'src'), platformVersion: '2026.03', accountId: 1 };
  const { intermediateRepresentation, skippedHsMetaFiles } = await translate(context, {
    skipValidation: true,
    profile,
  });
  const counts = {};
  for (const node of Object.values(intermediateRepresentation.intermediateNodesIndexedByUid)) {
    counts[node.componentType] = (counts[node.componentType] ?? 0) + 1;
    const { actionUrl, settings, auth } = node.config;
    const url = actionUrl ?? settings?.targetUrl ?? auth?.redirectUrls?.[0];
    console.log(`${profile}  ${node.componentType.padEnd(15)}  ${node.uid.padEnd(16)}  ${url}`);
  }
  const differs = Object.keys({ ...expected, ...counts }).filter((type) => expected[type] !== counts[type]);
  if (differs.length > 0 || skippedHsMetaFiles.length > 0) {
    console.error(`${profile}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(counts)}, skipped ${skippedHsMetaFiles}`);
    process.exit(1);
  }
}
console.log('no error');
