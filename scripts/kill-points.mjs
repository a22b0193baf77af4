// `npm run kill-points`: stops the agent at every write of each command that changes an account (testing/kill-points).
import '../testing/kill-points/run.ts';
