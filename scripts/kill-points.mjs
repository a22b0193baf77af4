// `npm run kill-points`: faults of the disk at each call of the commands that change an account (testing/kill-points).
import '../testing/kill-points/run.ts';
