/** The bearer token of the service. It stays in this tab, and is never part of a link. */

const KEY = 'scoreflux.token';

let token = stored();

function stored() {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return ''; // The browser permits no storage.
  }
}

/** The header fields that authorize a request. */
export function authorization() {
  return token === '' ? {} : { Authorization: `Bearer ${token}` };
}

/** From now on, requests send this token. An empty text sends none. Characters that no token has are left out. */
export function useToken(text) {
  token = text.replace(/[^A-Za-z0-9._~+/=-]/g, '');
  try {
    if (token === '') sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    // The page then asks again when it is loaded again.
  }
}

/** Whether requests send a token. */
export function hasToken() {
  return token !== '';
}
