// Package hold is the use case around an account's stop: when every campaign of
// an account would fail the same way, the account is held, tried now and then,
// opened for one campaign, and set free when that one passes.
//
// Decide is the pure rule for what one answer of the API means for the hold. A
// Controller applies it, tries the account while it is held, and mirrors the hold
// to the pause of asynq's queues, so that it is seen and can be lifted there.
//
// The hold itself is obeyed by the limiter, which reads the key that the Store
// writes; the pauses only mirror it. What becomes of a campaign is not decided
// here but in internal/stage.
package hold
