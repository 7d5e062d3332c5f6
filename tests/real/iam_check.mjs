// Simulates every case of a list in one process.
// usage: node iam_check.mjs NODE_MODULES_PARENT < requests.json > results.json
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(join(process.argv[2], 'package.json'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const results = []
for (const request of JSON.parse(readFileSync(0, 'utf8'))) {
  const outcome = await runSimulation(request, {})
  if (outcome.resultType === 'error') {
    results.push({ error: outcome.errors })
    continue
  }
  const parts = outcome.resultType === 'single' ? [outcome.result] : outcome.results
  const ignored = [...new Set(parts.flatMap((part) => part.ignoredContextKeys ?? []))]
  results.push({ result: outcome.overallResult, ignored })
}
process.stdout.write(JSON.stringify(results))
