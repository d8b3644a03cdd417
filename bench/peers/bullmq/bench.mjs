// The job of the comparison on BullMQ: put n jobs one by one, put them in bulk,
// and put some into an idle queue. Prints one JSON object; fails unless every
// job was handled exactly once.
//
//   node bench.mjs HOST PORT N SAMPLES JOB
import { Queue, Worker } from 'bullmq';

const [host, port, n, samples, job] = process.argv.slice(2);
const connection = { host, port: Number(port) };
const data = JSON.parse(job);
const count = Number(n);
const millis = () => Number(process.hrtime.bigint()) / 1e6;
const name = (i) => `bench-${i}`;
const options = { removeOnComplete: true };

async function rate(put) {
  const queue = new Queue(`bulk-${Math.random().toString(36).slice(2)}`, { connection });
  await queue.waitUntilReady();
  const began = millis();
  await put(queue);
  const took = millis() - began;
  await drain(queue);
  await queue.close();
  return count / (took / 1000);
}

// drain handles everything and fails unless each job came exactly once.
async function drain(queue) {
  const seen = new Map();
  let finish;
  const all = new Promise((resolve) => { finish = resolve; });
  const worker = new Worker(queue.name, async (j) => {
    seen.set(j.id, (seen.get(j.id) ?? 0) + 1);
    if (seen.size === count) finish();
  }, { connection, concurrency: 100 });
  await all;
  await worker.close();
  for (let i = 0; i < count; i++) {
    if (seen.get(name(i)) !== 1) throw new Error(`job ${name(i)} was handled ${seen.get(name(i)) ?? 0} times`);
  }
  if (seen.size !== count) throw new Error(`${seen.size} of ${count} jobs were handled`);
}

async function oneByOne(queue) {
  for (let i = 0; i < count; i++) await queue.add('campaign', { ...data, id: name(i) }, { ...options, jobId: name(i) });
}

async function inBulk(queue) {
  const batch = 1000;
  for (let i = 0; i < count; i += batch) {
    const jobs = [];
    for (let k = i; k < Math.min(i + batch, count); k++) {
      jobs.push({ name: 'campaign', data: { ...data, id: name(k) }, opts: { ...options, jobId: name(k) } });
    }
    await queue.addBulk(jobs);
  }
}

// idle is the time from the return of add to the handler, and from its call.
async function idle() {
  const queue = new Queue('idle', { connection });
  let taken;
  const worker = new Worker('idle', async () => taken(millis()), { connection });
  await worker.waitUntilReady();
  const called = [];
  const returned = [];
  for (let i = 0; i < Number(samples) + 10; i++) {
    const arrived = new Promise((resolve) => { taken = resolve; });
    const call = millis();
    await queue.add('campaign', { ...data, id: name(i) }, { ...options, jobId: name(i) });
    const back = millis();
    const at = await arrived;
    if (i >= 10) { // the first ones warm up
      called.push(at - call);
      returned.push(Math.max(0, at - back));
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  await worker.close();
  await queue.close();
  return { called, returned };
}

const one = await rate(oneByOne);
const bulk = await rate(inBulk);
console.log(JSON.stringify({ one, bulk, ...(await idle()) }));
