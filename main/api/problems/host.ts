// What can go wrong with a home, its files, and what a host does on its machine.
export const hostProblems = {};
