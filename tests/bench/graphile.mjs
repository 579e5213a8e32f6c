// graphile-worker's batched preset with jobs that fail: prints how many
// failures a second were committed.  graphile.mjs load JOBS | run SECONDS
import { run, runMigrations, makeWorkerUtils, Logger } from "graphile-worker";
import pg from "pg";

const [what, number] = process.argv.slice(2);
// "host=/tmp/x user=postgres dbname=y"
const { host, user, dbname } = Object.fromEntries(process.env.BENCH_DATABASE.split(" ").map((word) => word.split("=")));
const silent = new Logger(() => () => {});
const pool = new pg.Pool({ host, user, database: dbname, max: 8 });
pool.on("error", () => {});
pool.on("connect", (client) => client.on("error", () => {}));

// Every failure raises attempts by one, when it is fetched; what is fetched
// and not yet failed is locked.
const failures = async () =>
	Number((await pool.query("select sum(attempts) - count(locked_at) as n from graphile_worker._private_jobs")).rows[0].n);

if (what === "load") {
	await runMigrations({ pgPool: pool, logger: silent });
	const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
	await utils.addJob("check", {});
	await pool.query(
		`insert into graphile_worker._private_jobs (task_id, payload, max_attempts, run_at)
		 select t.id, '{}', 1000, now() - random() * interval '1 hour'
		 from graphile_worker._private_tasks t, generate_series(1, $1::int) where t.identifier = 'check'`, [number]);
	await pool.query("vacuum analyze graphile_worker._private_jobs");
	await utils.release();
} else {
	const before = await failures();
	let first = 0n, last = 0n;
	const runner = await run({
		pgPool: pool,
		logger: silent,
		noHandleSignals: true,
		preset: { worker: {
			concurrentJobs: 24, maxPoolSize: 4, pollInterval: 2000,
			localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0,
		} },
		taskList: { check: () => {
			last = process.hrtime.bigint();
			if (first === 0n) first = last;
			throw new Error("not yet");
		} },
	});
	await new Promise((done) => setTimeout(done, number * 1000));
	await runner.stop();
	const seconds = Number(last - first) / 1e9;
	console.log(((await failures()) - before) / seconds);
}
await pool.end().catch(() => {});
process.exit(0);
