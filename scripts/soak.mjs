// `npm run soak`: the real agent for an hour, with everything that goes wrong at once (testing/soak).
import '../testing/soak/run.ts';
