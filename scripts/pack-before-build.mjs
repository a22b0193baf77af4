/**
 * electron-builder's `beforeBuild`: `dist/app/` holds the one package that is no part of a bundle (keytar, with
 * its binaries), so nothing is collected, installed or compiled.
 */
export default function beforeBuild() {
  return false;
}
