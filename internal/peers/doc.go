// Package peers keeps in Redis by which settings each living worker of an account
// works, so that workers and operators notice when two of them differ: which of
// them holds for a campaign would change from call to call. An announcement
// is readable, holds no secret, and expires unless its worker renews it. What to do
// about a difference is left to the callers.
package peers
