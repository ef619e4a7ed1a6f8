import { writeSync } from 'node:fs';
import process from 'node:process';
import { peakRssBytes } from '../peak-rss.mjs';

/** For `--import`: says at the end of the process, on its fourth stream, how much memory it had at most. */
const PEAK_STREAM = 3;
process.on('exit', () => writeSync(PEAK_STREAM, String(peakRssBytes())));
