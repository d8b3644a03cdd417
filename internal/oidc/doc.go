// Package oidc lets people sign in by an OpenID Connect provider: it sends them there,
// takes the code that they come back with, and says who they are and which roles that
// means. The flow is the authorization code with PKCE (RFC 7636), with or without a
// secret of the client; the identity is the ID token's, checked by its signature, issuer,
// audience, nonce and times.
package oidc
