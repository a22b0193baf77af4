// What can go wrong between an account and its vendor, and with a provider's profile.
export const oauthProblems = {};
