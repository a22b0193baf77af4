// `npm run fault-proxy`: a proxy on loopback that does what networks and vendors do on a bad day (testing/fault-proxy).
import '../testing/fault-proxy/run.ts';
