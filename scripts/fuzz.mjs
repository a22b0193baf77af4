// `npm run fuzz`: 100,000 cases for each parser of what comes from outside (testing/fuzz).
import '../testing/fuzz/run.ts';
