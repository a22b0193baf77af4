// `npm run faults`: every fault of the list (testing/faults), met by the real agent.
import '../testing/faults/run.ts';
