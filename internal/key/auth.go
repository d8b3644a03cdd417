package key

// What is kept of users, tokens, sessions and the audit log stands outside octoq:, so
// that the logins of producers and workers do not reach it.

const auth = "octoq-auth:{auth}:"

// AuthUsers is the hash of the users, by name.
const AuthUsers = auth + "users"

// AuthTokens is the hash of the tokens, by id.
const AuthTokens = auth + "tokens"

// AuthMeta is the hash of what holds for all of them, such as the latest change.
const AuthMeta = auth + "meta"

// AuthAudit is the stream of the actions, with their actors, that concern no campaign.
const AuthAudit = auth + "audit"

// AuthKept is written behind changes, to see whether Redis has them on disk; it expires.
const AuthKept = auth + "kept"

// AuthSession is what is kept of one session.
func AuthSession(id string) string { return auth + "session:" + id }
