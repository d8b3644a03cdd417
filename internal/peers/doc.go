// Package peers keeps in Redis by which settings each living worker of an account
// works, so that workers and operators notice when two of them differ: which of
// them holds for a campaign would change from call to call. What is kept is
// readable, holds no secret, and goes by itself once a worker no longer says it.
// What to do about a difference is left to those who ask.
package peers
