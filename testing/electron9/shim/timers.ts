// Electron after 9: Node's queue is drained whenever one of Electron's own events settled a promise.
//
// 9.4.1 leaves the queue alone until the next timer fires, so that for example a token request that began in
// `will-redirect` would wait for ever. A timer every 10 ms makes that wait 10 ms at most. It is not unref'ed
// on purpose: an application that waits for Electron's next event must not count as idle.
setInterval(() => undefined, 10);
