#!/usr/bin/env node
// The `keyfob` command for whoever names Node's script: bin/keyfob.cjs, which is all of it.
import './keyfob.cjs';
