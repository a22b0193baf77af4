#!/usr/bin/env bash
# Runs Electron so that its words are kept in files, whoever else reads them: Playwright takes what is printed
# before the tests can listen. The process keeps its id.
exec "$KEYFOB_TEST_ELECTRON" "$@" > >(tee -a "$KEYFOB_TEST_LOG.out") 2> >(tee -a "$KEYFOB_TEST_LOG.err" >&2)
