// What can go wrong with the places where secrets are kept.
export const vaultProblems = {};
