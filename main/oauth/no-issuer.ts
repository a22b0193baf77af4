// The issuer of vendors that name none, since oauth4webapi wants one. It is never sent anywhere nor compared.
export const noIssuer = 'https://issuer.invalid';
